package serve_test

import (
	"context"
	"fmt"
	"net"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/client"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// One handler answers in whatever protocol it is asked.
func ExampleServer() {
	s := &serve.Server{Find: func(m *stream.Method) (serve.Handler, error) {
		if m.Name != "Echo" {
			return nil, &stream.Status{Code: stream.Unimplemented, Message: "no " + m.Name}
		}
		return func(_ context.Context, s serve.ServerStream) error {
			body, err := s.Recv()
			if err != nil {
				return err
			}
			return s.Send(body)
		}, nil
	}}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, transport := range []call.Transport{call.GRPC, call.TTHeader, call.Framed} {
		c, err := client.New(call.Options{
			Targets: []call.Target{{Network: "tcp", Address: "memory:1", Authority: "memory", Text: "memory"}}, Transport: transport,
			Dial: func(context.Context) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go func() { _ = s.ServeConn(ctx, theirs) }()
				return ours, nil
			},
		})
		if err != nil {
			panic(err)
		}
		fmt.Println(transport, ask(ctx, c))
		_ = c.Close()
	}
	// Output:
	// grpc hello
	// ttheader hello
	// framed hello
}

// ask makes one call.
func ask(ctx context.Context, c *client.Client) string {
	rpc, err := c.Open(ctx, stream.Call{Method: stream.Method{Service: "test.Service", Name: "Echo"}})
	if err != nil {
		return err.Error()
	}
	defer rpc.Close(nil)
	if err := rpc.Send([]byte("hello")); err != nil {
		return err.Error()
	}
	body, err := rpc.Recv()
	if err != nil {
		return err.Error()
	}
	return string(body)
}
