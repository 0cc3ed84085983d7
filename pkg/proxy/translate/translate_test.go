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
