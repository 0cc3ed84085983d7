package clients

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// patience bounds each of these tests.
const patience = 20 * time.Second

// serving runs a server of handlers by the names of their methods, and returns its address.
// When the test ends, all that it has begun must end.
func serving(t *testing.T, handlers map[string]serve.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := serve.Server{Find: func(m *stream.Method) (serve.Handler, error) { return handlers[m.Name], nil }}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-served:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("the server does not end")
		}
	})
	return through(t, l.Addr().String())
}

// each answers each request with itself.
func each(_ context.Context, s serve.ServerStream) error {
	for {
		body, err := s.Recv()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = s.Send(body)
		}
		if err != nil {
			return err
		}
	}
}

// last answers with the last request, once.
func last(_ context.Context, s serve.ServerStream) error {
	var kept []byte
	for {
		body, err := s.Recv()
		if err == io.EOF {
			return s.Send(kept)
		}
		if err != nil {
			return err
		}
		kept = append([]byte(nil), body...)
	}
}

// thrice answers one request three times.
func thrice(_ context.Context, s serve.ServerStream) error {
	body, err := s.Recv()
	for range 3 {
		if err == nil {
			err = s.Send(body)
		}
	}
	return err
}

// ending receives a request and fails.
func ending(err error) serve.Handler {
	return func(_ context.Context, s serve.ServerStream) error {
		if _, err := s.Recv(); err != nil && err != io.EOF {
			return err
		}
		return err
	}
}

// waiting receives a request, and then waits for its context, whose end it tells.
func waiting(ended chan<- error) serve.Handler {
	return func(ctx context.Context, s serve.ServerStream) error {
		if _, err := s.Recv(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			ended <- ctx.Err()
			return ctx.Err()
		case <-time.After(patience):
			ended <- errors.New("the context does not end")
			return nil
		}
	}
}
