package serve_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/client"
	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestKinds: all kinds, with empty bodies and large ones.
func TestKinds(t *testing.T) {
	t.Parallel()
	handlers := map[stream.Type]serve.Handler{
		stream.Unary: echo,
		stream.Bidi:  echo,
		stream.Client: func(_ context.Context, s serve.ServerStream) error {
			var last []byte
			for {
				body, err := s.Recv()
				if err == io.EOF {
					return s.Send(last)
				}
				if err != nil {
					return err
				}
				last = bytes.Clone(body)
			}
		},
		stream.Server: func(_ context.Context, s serve.ServerStream) error {
			body, err := s.Recv()
			for range 3 {
				if err == nil {
					err = s.Send(body)
				}
			}
			return err
		},
	}
	for _, p := range protocols {
		for _, typ := range []stream.Type{stream.Unary, stream.Client, stream.Server, stream.Bidi} {
			if typ != stream.Unary && !p.family.streams() || typ == stream.Unary && p.family == streams {
				continue
			}
			t.Run(p.name+"/"+typ.String(), func(t *testing.T) {
				t.Parallel()
				inMemory(t, &p, always(handlers[typ]), func(t *testing.T, c *client.Client) {
					a, b := p.body(1), p.body(300_000)
					empty := p.empty()
					for _, bodies := range [][][]byte{{a}, {empty}, {b}} { // on one connection
						if typ.ClientStreams() {
							bodies = append(bodies, a, empty, b)
						}
						want := map[stream.Type][][]byte{
							stream.Unary: bodies, stream.Bidi: bodies, stream.Client: bodies[len(bodies)-1:],
							stream.Server: {bodies[0], bodies[0], bodies[0]},
						}[typ]
						rpc := stream.Call{Method: stream.Method{Name: "Echo", Type: typ}}
						if typ == stream.Bidi {
							dialog(t, c, &p, rpc, bodies)
							continue
						}
						got := invoke(t.Context(), c, &p, rpc, bodies...)
						if got.err != nil || !sameBodies(got.bodies, want) {
							t.Errorf("%d replies, %v", len(got.bodies), got.err)
						}
					}
				})
			})
		}
	}
}

// details is an encoded google.rpc.Status.
var details = (&connectwire.Error{Code: 5, Message: "gone: ä%", Details: []connectwire.Detail{{Type: "a.B", Value: []byte("\x08\x05")}}}).AppendStatus(nil)

// endings are errors of handlers, and what clients make of them: kind, code, message and
// detail, by the family of the protocol. An empty one is that of grpc.
var endings = []struct {
	name string
	end  func(p *protocol) error
	want [bare + 1]string
}{
	{
		"status with details",
		func(*protocol) error {
			return &stream.Status{Code: 5, Message: "gone: ä%", Details: details}
		},
		calls("status 5 gone: ä%", "application 6 gone: ä%", "application 6 status 5 NOT_FOUND: gone: ä%"),
	},
	{
		"application exception",
		func(*protocol) error { return &serve.ApplicationError{Type: 7, Message: "bad"} },
		calls("status 2 bad", "application 7 bad", "application 7 bad"),
	},
	{
		"business status",
		func(*protocol) error {
			return &serve.BizStatusError{Code: 404, Message: "no", Extra: map[string]string{"k": "v"}}
		},
		[...]string{`business 404 no {"k":"v"}`, `business 404 no {"k":"v"}`, `business 404 no {"k":"v"}`, "ok 0 ", "ok 0 "},
	},
	{
		"wrapped", func(*protocol) error { return fmt.Errorf("look up: %w", &stream.Status{Code: 5, Message: "gone"}) },
		calls("status 5 gone", "application 6 gone", "application 6 look up: status 5 NOT_FOUND: gone"),
	},
	{"any error", func(*protocol) error { return io.ErrNoProgress }, words("status 2 ", "application 6 ", io.ErrNoProgress.Error())},
	{"deadline", func(*protocol) error { return context.DeadlineExceeded }, words("status 4 ", "application 6 ", context.DeadlineExceeded.Error())},
	{"cancelled", func(*protocol) error { return context.Canceled }, words("status 1 ", "application 6 ", context.Canceled.Error())},
	{"panic", func(*protocol) error { panic("oh") }, words("status 2 ", "application 6 ", "panic in the handler: oh")},
	{
		"no such method", func(*protocol) error { return nil }, // Find has none
		[...]string{
			"status 12 unknown method /test.Service/End", "application 1 unknown method End (service Service)",
			"application 1 unknown method End (service Service)", "application 20 unknown service , method End", "application 20 unknown service , method End",
		},
	},
}

// kinds are the words for kinds of outcomes.
var kinds = map[stream.Kind]string{
	stream.KindOK: "ok", stream.KindApplication: "application", stream.KindBiz: "business", stream.KindStatus: "status",
}

func words(status, exception, text string) [bare + 1]string {
	return calls(status+text, exception+text, exception+text)
}

// calls are what clients make of an ending that all calls of Thrift have in common.
func calls(status, stream, call string) [bare + 1]string {
	return [...]string{status, stream, call, call, call}
}

// TestEndings: how an RPC ends is what the handler returns, in the words of each protocol.
func TestEndings(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		for _, tt := range endings {
			t.Run(p.name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				find := always(func(context.Context, serve.ServerStream) error { return tt.end(&p) })
				if tt.name == "no such method" {
					find = func(*stream.Method) (serve.Handler, error) { return nil, nil }
				}
				inMemory(t, &p, find, func(t *testing.T, c *client.Client) {
					typ := stream.Unary
					if p.family == streams {
						typ = stream.Server
					}
					for range 2 { // the connection is good for more
						got := invoke(t.Context(), c, &p, stream.Call{Method: stream.Method{Name: "End", Type: typ}}, p.body(1))
						o := stream.OutcomeOf(got.err)
						text := strings.TrimRight(fmt.Sprintf("%v %d %s %s", kinds[o.Kind], o.Code, o.Message, o.Detail), " ")
						want := strings.TrimRight(tt.want[p.family], " ")
						if p.transport == call.Connect && tt.name == "business status" { // which has no place for one
							want = "status 13 no"
						}
						if p.method.IsThrift() { // whose clients name no package
							want = strings.Replace(want, "test.Service", "Service", 1)
						}
						if text != want {
							t.Errorf("%s\nwant %s", text, want)
						}
						if s, ok := got.err.(*stream.Status); ok && tt.name == "status with details" && !bytes.Equal(s.Details, details) {
							t.Errorf("details %x", s.Details)
						}
					}
				})
			})
		}
	}
}

// TestDeclared: a declared exception is a reply, where the protocol has results.
func TestDeclared(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		if !p.method.IsThrift() || p.family.streams() {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			find := always(func(context.Context, serve.ServerStream) error {
				return &serve.DeclaredError{Name: "SoldOut", Body: p.body(9)}
			})
			inMemory(t, &p, find, func(t *testing.T, c *client.Client) {
				got := invoke(t.Context(), c, &p, stream.Call{Method: stream.Method{Name: "Buy"}}, p.body(1))
				if got.err != nil || !sameBodies(got.bodies, [][]byte{p.body(9)}) {
					t.Errorf("%d replies, %v", len(got.bodies), got.err)
				}
			})
		})
	}
}

// TestEarlyEnd: a handler need not read all, and what it sent before it failed arrives.
func TestEarlyEnd(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		if !p.family.streams() || p.isHTTP1() {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			find := always(func(_ context.Context, s serve.ServerStream) error {
				body, err := s.Recv()
				if err == nil {
					err = s.Send(body)
				}
				if err != nil {
					return err
				}
				return &stream.Status{Code: 10, Message: "enough"}
			})
			inMemory(t, &p, find, func(t *testing.T, c *client.Client) {
				got := invoke(t.Context(), c, &p, stream.Call{Method: stream.Method{Name: "Early", Type: stream.Bidi}}, p.body(1), p.body(2), p.body(3))
				if len(got.bodies) != 1 || stream.OutcomeOf(got.err).Message != "enough" {
					t.Errorf("%d replies, %v", len(got.bodies), got.err)
				}
			})
		})
	}
}

// TestMetadata: both ways, with what is Kitex's, and the method as the client named it.
func TestMetadata(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			seen := make(chan string, 1)
			find := always(func(_ context.Context, s serve.ServerStream) error {
				m := s.Method()
				transient, persistent := s.Metainfo()
				var header stream.Metadata
				for _, h := range s.Header() {
					if h.Name != "user-agent" {
						header = append(header, h)
					}
				}
				seen <- fmt.Sprintf("%s %s %v %v %v %v", m.FullName(), m.Protocol, m.Type, header, transient, persistent)
				body, err := s.Recv()
				if err != nil {
					return err
				}
				given := stream.Metadata{{Name: "x-header", Value: "h"}}
				tail := stream.Metadata{{Name: "x-trailer", Value: "t"}}
				headErr, tailErr := s.SendHeader(given), s.SetTrailer(tail)
				if noPlace := p.family == bare; noPlace != (headErr == serve.ErrNoPlace) || !noPlace && headErr != nil {
					t.Errorf("header: %v", headErr)
				}
				if noPlace := p.family >= headed; noPlace != (tailErr == serve.ErrNoPlace) || !noPlace && tailErr != nil {
					t.Errorf("trailer: %v", tailErr)
				}
				if p.family != bare && s.SendHeader(given) != serve.ErrLate {
					t.Error("two headers")
				}
				return s.Send(body)
			})
			inMemory(t, &p, find, func(t *testing.T, c *client.Client) {
				rpc := stream.Call{Method: stream.Method{Name: "Meta"}}
				service, kind, want := "test.Service", stream.Bidi, "[{k-bin \x00\xff} {key v}] [{A_B t}] [{C p}]"
				switch p.family {
				case bare:
					service, kind, want = "", stream.Unary, "[] [] []"
				case untimed:
					service, kind, want = "", stream.Unary, "[{key v}] [{A_B t}] [{C p}]"
				case headed:
					service, kind, want = "Service", stream.Unary, "[{key v}] [{A_B t}] [{C p}]"
				case streams:
					service, want = "Service", "[{key v}] [{A_B t}] [{C p}]"
				}
				if p.family.streams() {
					rpc.Method.Type = stream.Server
				}
				if p.transport == call.Header { // metainfo is Kitex's
					want = "[{key v}] [] []"
					rpc.Header = stream.Metadata{{Name: "key", Value: "v"}}
				} else if p.family != bare {
					rpc.Header = stream.Metadata{{Name: "key", Value: "v"}}
					rpc.Transient, rpc.Persistent = stream.Metadata{{Name: "A_B", Value: "t"}}, stream.Metadata{{Name: "C", Value: "p"}}
				}
				if p.family == grpc {
					rpc.Header.Add("k-bin", "\x00\xff")
					if p.method.IsThrift() {
						service = "Service"
					}
				}
				got := invoke(t.Context(), c, &p, rpc, p.body(1))
				if got.err != nil {
					t.Fatal(got.err)
				}
				want = fmt.Sprintf("%s/Meta %s %v %s", service, p.method.Protocol, kind, want)
				if text := <-seen; text != want {
					t.Errorf("%s\nwant %s", text, want)
				}
				if v, _ := got.header.Get("x-header"); v != "h" && p.family != bare {
					t.Errorf("header %v", got.header)
				}
				if v, _ := got.trailer.Get("x-trailer"); v != "t" && p.family.streams() {
					t.Errorf("trailer %v", got.trailer)
				}
			})
		})
	}
}

// TestDeadline: the handler's context has the client's deadline, where that is told.
func TestDeadline(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		if p.family == streams || p.family >= untimed {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 1)
			find := always(func(ctx context.Context, s serve.ServerStream) error {
				at, ok := ctx.Deadline()
				if left := time.Until(at); !ok || left <= 0 || left > time.Minute {
					t.Errorf("deadline in %v, %v", left, ok)
				}
				_, _ = s.Recv()
				<-ctx.Done()
				_, err := s.Recv()
				ended <- err
				return err
			})
			inMemory(t, &p, find, func(t *testing.T, c *client.Client) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				typ := stream.Unary
				if p.family == grpc {
					typ = stream.Client
				}
				got := invoke(ctx, c, &p, stream.Call{Method: stream.Method{Name: "Wait", Type: typ}}, p.body(1))
				if o := stream.OutcomeOf(got.err); o.Kind != stream.KindDeadline && o.Kind != stream.KindStatus && o.Kind != stream.KindApplication {
					t.Errorf("%+v", o)
				}
				if err := <-ended; err != context.DeadlineExceeded && err != io.EOF && stream.OutcomeOf(err).Code != int64(stream.Canceled) {
					t.Errorf("the handler saw %v", err)
				}
			})
		})
	}
}

// TestCancel: a client that gives up ends the context, and a Recv that waits.
func TestCancel(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		if !p.family.streams() {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 1)
			find := always(func(ctx context.Context, s serve.ServerStream) error {
				_, err := s.Recv()
				if err == nil {
					_, err = s.Recv()
				}
				<-ctx.Done()
				ended <- err
				return err
			})
			inMemory(t, &p, find, func(t *testing.T, c *client.Client) {
				m := p.method
				m.Service, m.Name, m.Type = "test.Service", "Wait", stream.Bidi
				s, err := c.Open(t.Context(), stream.Call{Method: m})
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Send(p.body(1)); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				_ = s.Close(nil)
				if err := <-ended; stream.OutcomeOf(err).Code != int64(stream.Canceled) {
					t.Errorf("the handler saw %v", err)
				}
			})
		})
	}
}

// TestConcurrent: RPCs side by side on one connection, where the protocol can.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	p := named("gRPC")
	const n = 100
	all := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Add(n)
	find := always(func(_ context.Context, s serve.ServerStream) error {
		body, err := s.Recv()
		if err != nil {
			return err
		}
		waiting.Done()
		<-all // none ends before the last has begun
		return s.Send(body)
	})
	s := &serve.Server{Find: find}
	dials := 0
	c, err := client.New(call.Options{
		Targets: []call.Target{{Network: "tcp", Address: "test:1", Authority: "test", Text: "test"}}, Proxy: "none",
		Dial: func(context.Context) (net.Conn, error) {
			dials++
			ours, theirs := net.Pipe()
			go func() { _ = s.ServeConn(t.Context(), theirs) }()
			return ours, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() {
			got := invoke(t.Context(), c, p, stream.Call{Method: stream.Method{Name: "Echo"}}, p.body(i))
			if got.err != nil || !sameBodies(got.bodies, [][]byte{p.body(i)}) {
				t.Errorf("call %d: %v", i, got.err)
			}
		})
	}
	waiting.Wait()
	close(all)
	calls.Wait()
	if dials != 1 {
		t.Errorf("%d connections", dials)
	}
}

// TestOneway: there is no answer, whatever the handler returns, and the next call gets its own.
func TestOneway(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		if p.family.streams() || !p.method.IsThrift() {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			find := func(m *stream.Method) (serve.Handler, error) {
				switch {
				case m.Oneway != (m.Name == "Note"):
					t.Errorf("%s is oneway: %v", m.Name, m.Oneway)
				case m.Name == "Note":
					return func(context.Context, serve.ServerStream) error { return io.ErrNoProgress }, nil
				}
				return echo, nil
			}
			inMemory(t, &p, find, func(t *testing.T, c *client.Client) {
				oneway := p
				oneway.method.Oneway = true
				if got := invoke(t.Context(), c, &oneway, stream.Call{Method: stream.Method{Name: "Note"}}, p.body(1)); got.err != nil {
					t.Error(got.err)
				}
				got := invoke(t.Context(), c, &p, stream.Call{Method: stream.Method{Name: "Echo"}}, p.body(2))
				if got.err != nil || !sameBodies(got.bodies, [][]byte{p.body(2)}) {
					t.Errorf("%d replies, %v", len(got.bodies), got.err)
				}
			})
		})
	}
}
