package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/client"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// overGRPC is a client of a server in memory, which tells how its connection ended.
func overGRPC(ctx context.Context, t *testing.T, s *serve.Server, served chan<- error) *client.Client {
	t.Helper()
	c, err := client.New(call.Options{
		Targets: []call.Target{{Network: "tcp", Address: "test:1", Authority: "test", Text: "test"}}, Proxy: "none",
		Dial: func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { served <- s.ServeConn(ctx, theirs) }()
			return ours, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestLargeRequest: one above the limit is refused by itself.
func TestLargeRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		served := make(chan error, 1)
		c := overGRPC(t.Context(), t, &serve.Server{Find: always(echo), MaxMessage: 100}, served)
		for n, want := range map[int]string{50: "0 ", 200: "8 request of 203 bytes"} {
			got := invoke(t.Context(), c, named("gRPC"), stream.Call{Method: stream.Method{Name: "Echo"}}, named("gRPC").body(n))
			o := stream.OutcomeOf(got.err)
			if text := string(rune('0'+o.Code)) + " " + o.Message; text != want {
				t.Errorf("%d bytes: %s", n, text)
			}
		}
		_ = c.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// TestWaitsForHandlers: ServeConn outlasts handlers over HTTP/2 that take their time to end.
func TestWaitsForHandlers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		served, over, ended := make(chan error, 1), errors.New("over"), false
		c := overGRPC(ctx, t, &serve.Server{Find: always(func(ctx context.Context, _ serve.ServerStream) error {
			<-ctx.Done()
			time.Sleep(time.Hour)
			ended = true
			return nil
		})}, served)
		defer c.Close()
		time.AfterFunc(time.Second, func() { cancel(over) })
		got := invoke(t.Context(), c, named("gRPC"), stream.Call{Method: stream.Method{Name: "Wait"}}, named("gRPC").body(1))
		if got.err == nil {
			t.Error("a call that the server cut off ended well")
		}
		if err := <-served; err != over || !ended {
			t.Errorf("%v; the handler has ended: %v", err, ended)
		}
	})
}

// TestOnewayBytes: between a oneway message and the answer to the next there is nothing.
func TestOnewayBytes(t *testing.T) {
	t.Parallel()
	p := named("framed")
	for name, handler := range map[string]serve.Handler{
		"well": echo, "failed": func(context.Context, serve.ServerStream) error { return io.ErrNoProgress }, "unknown": nil,
	} {
		find := func(m *stream.Method) (serve.Handler, error) {
			if m.Oneway {
				return handler, nil
			}
			return echo, nil
		}
		ours, theirs := net.Pipe()
		s := &serve.Server{Find: find}
		served := make(chan error, 1)
		go func() { served <- s.ServeConn(t.Context(), theirs) }()
		go func() {
			note := thriftwire.Append(nil, p.wire(), thriftwire.Envelope{Name: "Note", Type: thriftwire.Oneway}, p.body(3))
			_, _ = ours.Write(append(note, callBytes(p, false)...))
		}()
		want := thriftwire.Append(nil, p.wire(), thriftwire.Envelope{Name: "Echo", Type: thriftwire.Reply, Seq: 7}, p.body(3))
		got := make([]byte, len(want))
		if _, err := io.ReadFull(ours, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
		ours.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

// TestRestIsNoRequest: what comes of a request behind its deadline is not taken for the next.
func TestRestIsNoRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer ours.Close()
		served := make(chan error, 1)
		s := &serve.Server{Find: always(echo)}
		go func() { served <- s.ServeConn(t.Context(), theirs) }()
		_, err := io.WriteString(ours, "POST /a.B/C HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc-web+proto\r\n"+
			"Transfer-Encoding: chunked\r\nGrpc-Timeout: 200m\r\n\r\n5\r\n\x00\x00\x00\x00\x00\r\n")
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(ours)
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || !bytes.Contains(body, []byte("grpc-status: ")) {
			t.Errorf("%q, %v", body, err)
		}
		go func() { _, _ = io.WriteString(ours, "0\r\n\r\n") }()
		if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
			t.Errorf("behind the answer comes %q, %v", rest, err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}
