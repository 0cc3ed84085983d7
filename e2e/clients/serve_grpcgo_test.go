package clients

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

func grpcgo(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(bodies("proto")), grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// unary makes a call of grpc-go's own unary kind.
func unary(ctx context.Context, conn *grpc.ClientConn, method string, body []byte, o ...grpc.CallOption) ([]byte, error) {
	var reply []byte
	err := conn.Invoke(ctx, "/test.Service/"+method, &body, &reply, o...)
	return reply, err
}

// TestServeGRPCGoKinds: all kinds, empty and large bodies, on one connection.
func TestServeGRPCGoKinds(t *testing.T) {
	conn := grpcgo(t, serving(t, map[string]serve.Handler{"Echo": each, "Last": last, "Thrice": thrice}))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	large := bytes.Repeat([]byte("x"), 5<<20)
	for _, body := range [][]byte{{}, []byte("a"), large} {
		if got, err := unary(ctx, conn, "Echo", body); err != nil || !bytes.Equal(got, body) {
			t.Errorf("unary: %d bytes, %v", len(got), err)
		}
		for method, want := range map[string]int{"Echo": 2, "Last": 1, "Thrice": 3} {
			s, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: method != "Thrice", ServerStreams: method != "Last"}, "/test.Service/"+method)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for range 2 {
					_ = s.SendMsg(&body)
					if method == "Thrice" {
						break
					}
				}
				_ = s.CloseSend()
			}()
			for i := range want {
				var got []byte
				if err := s.RecvMsg(&got); err != nil || !bytes.Equal(got, body) {
					t.Errorf("%s: reply %d of %d bytes, %v", method, i, len(got), err)
				}
			}
			if err := s.RecvMsg(new([]byte)); err != io.EOF && method != "Last" {
				t.Errorf("%s: %v", method, err)
			}
		}
	}
}

// TestServeGRPCGoEndings: how a handler's errors look to grpc-go.
func TestServeGRPCGoEndings(t *testing.T) {
	detail, err := anypb.New(&errdetails.ErrorInfo{Reason: "R", Domain: "D"})
	if err != nil {
		t.Fatal(err)
	}
	details, err := proto.Marshal(&spb.Status{Code: 5, Message: "gone: ä%", Details: []*anypb.Any{detail}})
	if err != nil {
		t.Fatal(err)
	}
	conn := grpcgo(t, serving(t, map[string]serve.Handler{
		"Status":   ending(&stream.Status{Code: 5, Message: "gone: ä%", Details: details}),
		"Any":      ending(errors.New("any")),
		"Declared": ending(&serve.DeclaredError{Name: "E"}),
		"Biz":      ending(&serve.BizStatusError{Code: 404, Message: "biz"}),
		"Deadline": ending(context.DeadlineExceeded),
		"Panic":    func(context.Context, serve.ServerStream) error { panic("oh") },
		"Nothing":  ending(nil),
	}))
	for method, want := range map[string]string{
		"Status": "NotFound gone: ä% 1", "Any": "Unknown any 0", "Declared": "Unknown exception E 0", "Biz": "Internal biz 0",
		"Deadline": "DeadlineExceeded context deadline exceeded 0", "Panic": "Unknown panic in the handler: oh 0",
		"Unheard": "Unimplemented unknown method /test.Service/Unheard 0",
	} {
		_, err := unary(t.Context(), conn, method, []byte("x"))
		s := status.Convert(err)
		if got := fmt.Sprintf("%v %s %d", s.Code(), s.Message(), len(s.Details())); got != want {
			t.Errorf("%s: %s\nwant %s", method, got, want)
		}
		if method == "Status" {
			if info, ok := s.Details()[0].(*errdetails.ErrorInfo); !ok || info.Reason != "R" {
				t.Errorf("details %v", s.Details())
			}
		}
	}
	if _, err := unary(t.Context(), conn, "Nothing", nil); err == nil {
		t.Error("a unary call without a reply ended well")
	}
	gzip := grpc.UseCompressor("gzip")
	if _, err := unary(t.Context(), conn, "Any", []byte("x"), gzip); status.Code(err) == codes.OK {
		t.Error(err)
	}
}

// TestServeGRPCGoMetadata: header, trailer and binary values.
func TestServeGRPCGoMetadata(t *testing.T) {
	conn := grpcgo(t, serving(t, map[string]serve.Handler{"Meta": func(_ context.Context, s serve.ServerStream) error {
		body, err := s.Recv()
		if err != nil {
			return err
		}
		var back stream.Metadata
		for _, p := range s.Header() {
			if p.Name == "key" || p.Name == "key-bin" {
				back.Add("seen-"+p.Name, p.Value)
			}
		}
		if err := s.SetTrailer(back); err != nil {
			return err
		}
		if err := s.SendHeader(back); err != nil {
			return err
		}
		return s.Send(body)
	}}))
	ctx := metadata.AppendToOutgoingContext(t.Context(), "key", "a", "key", "b", "key-bin", "\x00\xff")
	var header, trailer metadata.MD
	if _, err := unary(ctx, conn, "Meta", []byte("x"), grpc.Header(&header), grpc.Trailer(&trailer)); err != nil {
		t.Fatal(err)
	}
	for name, md := range map[string]metadata.MD{"header": header, "trailer": trailer} {
		if got := fmt.Sprintf("%q %q", md.Get("seen-key"), md.Get("seen-key-bin")); got != `["a" "b"] ["\x00\xff"]` {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestServeGRPCGoGone: deadlines and cancellations reach the handler.
func TestServeGRPCGoGone(t *testing.T) {
	ended := make(chan error, 1)
	conn := grpcgo(t, serving(t, map[string]serve.Handler{"Wait": waiting(ended), "Echo": each}))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := unary(ctx, conn, "Wait", []byte("x")); status.Code(err) != codes.DeadlineExceeded {
		t.Error(err)
	}
	<-ended // by the deadline, or by the client that has gone
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	if _, err := unary(ctx, conn, "Wait", []byte("x")); status.Code(err) != codes.Canceled {
		t.Error(err)
	}
	if err := <-ended; err != context.Canceled {
		t.Error(err)
	}
	if _, err := unary(t.Context(), conn, "Echo", []byte("x")); err != nil { // the connection lives
		t.Error(err)
	}
}

// TestServeGRPCGoConcurrent: many RPCs on one connection, more than may run at once.
func TestServeGRPCGoConcurrent(t *testing.T) {
	conn := grpcgo(t, serving(t, map[string]serve.Handler{"Echo": each}))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var calls sync.WaitGroup
	for i := range 1000 {
		calls.Go(func() {
			body := fmt.Appendf(nil, "call %d", i)
			if got, err := unary(ctx, conn, "Echo", body); err != nil || !bytes.Equal(got, body) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	calls.Wait()
}
