package translate_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/client"
	"github.com/idlcall/idlcall/pkg/proxy/translate"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// A client of Connect calls the demo server, which speaks gRPC.
func Example() {
	ctx := context.Background()
	s, err := session.Open(ctx, session.Options{Target: session.Demo})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	t := &translate.Translator{Session: s}
	server := serve.Server{Find: t.Find}

	options := call.Options{Transport: call.Connect, Targets: []call.Target{{Network: "tcp", Address: "proxy:80", Authority: "proxy"}}}
	options.Dial = dialing(ctx, server)
	c, err := client.New(options)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	rpc, err := c.Open(ctx, stream.Call{Method: stream.Method{Service: "pb.StreamingService", Name: "UnaryEcho"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rpc.Close(nil)
	_ = rpc.Send([]byte("\x0a\x02hi"))
	_ = rpc.CloseSend()
	reply, err := rpc.Recv()
	fmt.Printf("%q %v\n", reply, err)
	// Output: "\n\x02hi" <nil>
}

// TestPipe: the halves of a pipe close one by one.
func TestPipe(t *testing.T) {
	t.Parallel()
	a, b := translate.Pipe("here")
	defer a.Close()
	_ = b.SetDeadline(time.Now().Add(10 * time.Second))
	go func() {
		_, _ = a.Write([]byte("question"))
		_ = a.(interface{ CloseWrite() error }).CloseWrite()
	}()
	if got, err := io.ReadAll(b); err != nil || string(got) != "question" {
		t.Fatalf("%q, %v", got, err)
	}
	go func() {
		_, _ = b.Write([]byte("answer"))
		_ = b.Close()
	}()
	if got, err := io.ReadAll(a); err != nil || string(got) != "answer" {
		t.Fatalf("%q, %v", got, err)
	}
	if a.RemoteAddr().String() != "here" {
		t.Error(a.RemoteAddr())
	}
}

// TestHeaderFirst: a client that waits for the server's header before it sends anything gets it.
func TestHeaderFirst(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	behind := serve.Server{Find: func(*stream.Method) (serve.Handler, error) {
		return func(_ context.Context, s serve.ServerStream) error {
			if err := s.SendHeader(stream.Metadata{{Name: "x-first", Value: "1"}}); err != nil {
				return err
			}
			body, err := s.Recv()
			if err == nil {
				err = s.Send(body)
			}
			return err
		}, nil
	}}
	target := []call.Target{{Network: "tcp", Address: "proxy:80", Authority: "proxy"}}
	s, err := session.Open(ctx, session.Options{NoIDL: true, Call: call.Options{Targets: target, Dial: dialing(ctx, behind)}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	server := serve.Server{Find: (&translate.Translator{Session: s}).Find}
	c, err := client.New(call.Options{Transport: call.GRPC, Targets: target, Dial: dialing(ctx, server)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	rpc, err := c.Open(ctx, stream.Call{Method: stream.Method{Service: "a.B", Name: "C", Type: stream.Bidi}})
	if err != nil {
		t.Fatal(err)
	}
	defer rpc.Close(nil)
	patience := time.AfterFunc(10*time.Second, func() { _ = rpc.Close(context.DeadlineExceeded) })
	defer patience.Stop()
	md, err := rpc.Header()
	if v, _ := md.Get("x-first"); v != "1" || err != nil {
		t.Fatalf("%v, %v", md, err)
	}
	_ = rpc.Send([]byte("\x0a\x02hi"))
	if reply, err := rpc.Recv(); string(reply) != "\x0a\x02hi" || err != nil {
		t.Errorf("%q, %v", reply, err)
	}
}
