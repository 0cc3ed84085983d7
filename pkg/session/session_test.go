package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

func openDemo(t testing.TB) *session.Session {
	t.Helper()
	s, err := session.Open(t.Context(), session.Options{Target: session.Demo})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func find(t testing.TB, s *session.Session, name string) *session.Method {
	t.Helper()
	m, err := s.Method(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// events are what a Trace was told of one RPC.
type events struct {
	mu   sync.Mutex
	text []string
}

func (e *events) addf(format string, args ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.text = append(e.text, fmt.Sprintf(format, args...))
}

func (e *events) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.text, ", ")
}

func (e *events) trace() *stream.Trace {
	return &stream.Trace{
		Started:  func(method string, _ stream.Type) { e.addf("start %s", method) },
		Sent:     func(body, _ int) { e.addf("sent %d", body) },
		Received: func(body, _ int) { e.addf("received %d", body) },
		Finished: func(err error) { e.addf("finish %v", err) },
	}
}

// TestConcurrentCalls: a thousand calls at once through one Session, of both languages
// and with every end, each with the reply, the outcome and the events that are its own.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	s := openDemo(t)
	add, fail, buy := find(t, s, "Shop/Add"), find(t, s, "demo.Demo/Fail"), find(t, s, "Shop/Buy")
	var group sync.WaitGroup
	for i := range 1000 {
		group.Go(func() {
			var e events
			switch i % 3 {
			case 0:
				text := strings.Repeat("1", 1+i%9)
				reply, err := add.Call(t.Context(), fmt.Appendf(nil, `{"a": %s, "b": 0}`, text), session.Trace(e.trace()))
				if err != nil || string(reply.JSON) != text {
					t.Errorf("Add of %s: %v, %v", text, reply, err)
				}
				if want := "start Shop/Add, sent 23, received 12, finish <nil>"; e.String() != want {
					t.Errorf("Add: %s, want %s", &e, want)
				}
			case 1:
				code := int64(1 + i%16)
				_, err := fail.Call(t.Context(), fmt.Appendf(nil, `{"code": %d, "message": "no %d"}`, code, i), session.Trace(e.trace()))
				o := stream.OutcomeOf(err)
				if o.Kind != stream.KindStatus || o.Code != code || o.Message != fmt.Sprint("no ", i) {
					t.Errorf("Fail with %d: %+v", code, o)
				}
				if want := fmt.Sprintf("finish %v", err); !strings.HasSuffix(e.String(), want) || strings.Count(e.String(), "start") != 1 {
					t.Errorf("Fail: %s, want %s", &e, want)
				}
			default:
				_, err := buy.Call(t.Context(), []byte(`{"items": [{"name": "unicorn"}]}`), session.Trace(e.trace()))
				if o := stream.OutcomeOf(err); o.Kind != stream.KindDeclared || o.Name != "shop.SoldOut" {
					t.Errorf("Buy: %+v", o)
				}
				if !strings.HasPrefix(e.String(), "start Shop/Buy, sent ") || strings.Count(e.String(), "received") != 1 {
					t.Errorf("Buy: %s", &e)
				}
			}
		})
	}
	group.Wait()
}

// TestStream: a bidi method takes documents while it answers, and tells its end once.
func TestStream(t *testing.T) {
	t.Parallel()
	s := openDemo(t)
	var e events
	st, err := find(t, s, "TestService/Echo").Stream(t.Context(), session.Trace(e.trace()))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"a", "b"} {
		if err := st.Send(fmt.Appendf(nil, `{"message": %q}`, word)); err != nil {
			t.Fatal(err)
		}
		reply, err := st.Recv()
		if want := fmt.Sprintf(`{"message":%q}`, word); err != nil || string(reply) != want {
			t.Errorf("%s, %v, want %s", reply, err, want)
		}
	}
	if err := st.CloseSend(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if _, err := st.Recv(); err != io.EOF {
			t.Error(err)
		}
	}
	st.Close()
	if got := e.String(); strings.Count(got, "finish <nil>") != 1 || strings.Count(got, "received") != 2 {
		t.Error(got)
	}
}

// TestCancelledStream: a context that ends a stream is how it ended.
func TestCancelledStream(t *testing.T) {
	t.Parallel()
	s := openDemo(t)
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	st, err := find(t, s, "pbapi.Mock/BidirectionalStreamingTest").Stream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel(why)
	for reply, err := range st.All() {
		if reply != nil || !errors.Is(err, why) {
			t.Errorf("%s, %v", reply, err)
		}
	}
}

// TestMistakes: what goes wrong has a kind, and nothing is sent for it.
func TestMistakes(t *testing.T) {
	t.Parallel()
	s := openDemo(t)
	ctx := t.Context()
	_, noMethod := s.Method(ctx, "Shop/Sell")
	_, noDocument := find(t, s, "Shop/Add").Call(ctx, []byte(`{"a": "x"}`))
	_, streams := find(t, s, "ServerStream/Pow").Call(ctx, nil)
	_, noTarget := session.Open(ctx, session.Options{Target: "h:99999"})
	_, noFile := session.Open(ctx, session.Options{Files: &load.Options{Files: []string{"no/such.proto"}}})
	gone, err := session.Open(ctx, session.Options{
		Target: "127.0.0.1:1", Call: call.Options{Proxy: "none", ConnectTimeout: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	_, refused := gone.Method(ctx, "S/M")
	for _, tt := range []struct {
		name string
		err  error
		want stream.Kind
	}{
		{"no method", noMethod, stream.KindIDL},
		{"bad document", noDocument, stream.KindData},
		{"unary call of a stream", streams, stream.KindUsage},
		{"no target", noTarget, stream.KindUsage},
		{"no file", noFile, stream.KindIDL},
		{"refused", refused, stream.KindConnection},
	} {
		if o := stream.OutcomeOf(tt.err); o.Kind != tt.want || o.Message == "" {
			t.Errorf("%s: %+v, want kind %d", tt.name, o, tt.want)
		}
	}
}

// TestClosed: calls of a Session that was closed fail, and closing again does nothing.
func TestClosed(t *testing.T) {
	t.Parallel()
	s := openDemo(t)
	m := find(t, s, "Shop/Ping")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := m.Call(t.Context(), nil); !errors.Is(err, call.ErrClosed) {
		t.Error(err)
	}
}

// TestNoTarget: a Session of IDL alone makes no calls, and says so.
func TestNoTarget(t *testing.T) {
	t.Parallel()
	s, err := session.Open(t.Context(), session.Options{Files: &load.Options{Strings: []load.Text{
		{Name: "a.proto", Text: `syntax = "proto3"; message M {} service S { rpc U(M) returns (M); }`},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m := find(t, s, "S/U")
	_, called := m.Call(t.Context(), nil)
	_, opened := m.Stream(t.Context())
	for _, err := range []error{called, opened, m.Prepare(m.RPC())} {
		if o := stream.OutcomeOf(err); o.Kind != stream.KindUsage || o.Message != "the session has no target" {
			t.Errorf("%+v", o)
		}
	}
}

// TestTraceEndsOnce: a stream that is left early has ended for its Trace as well.
func TestTraceEndsOnce(t *testing.T) {
	t.Parallel()
	s := openDemo(t)
	for _, leave := range []string{"break", "close", "end"} {
		var e events
		st, err := find(t, s, "ServerStream/Pow").Stream(t.Context(), session.Trace(e.trace()))
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Send([]byte(`{"number": 2}`)); err != nil {
			t.Fatal(err)
		}
		if leave == "close" {
			st.Close()
		}
		for range st.All() {
			if leave == "break" {
				break
			}
		}
		st.Close()
		if got := e.String(); strings.Count(got, "finish ") != 1 {
			t.Errorf("%s: %s", leave, got)
		}
	}
}

// TestOpenLeavesNothing: what fails to open, or was closed, runs on in no goroutine.
func TestOpenLeavesNothing(t *testing.T) { //nolint:paralleltest // it counts goroutines
	before := runtime.NumGoroutine()
	for range 50 {
		if s, err := session.Open(t.Context(), session.Options{Target: session.Demo, Call: call.Options{MaxMessageSize: -1}}); err == nil {
			_ = s.Close()
			t.Fatal("opened")
		}
		s, err := session.Open(t.Context(), session.Options{Target: session.Demo})
		if err != nil {
			t.Fatal(err)
		}
		m, err := s.Method(t.Context(), "Shop/Ping")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Call(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
	}
	for range 100 {
		if runtime.NumGoroutine() <= before+2 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// TestKinds: mistakes in the options have the kind of a mistake.
func TestKinds(t *testing.T) {
	t.Parallel()
	for _, o := range []session.Options{
		{}, {Target: "h:1", Call: call.Options{MaxMessageSize: -1}}, {Target: "h:1", Call: call.Options{Transport: "smoke"}},
		{Target: "h:1", Protocol: stream.Compact}, {Target: "framed://h:1"},
	} {
		_, err := session.Open(t.Context(), o)
		if got := stream.OutcomeOf(err); got.Kind != stream.KindUsage {
			t.Errorf("%+v: %+v", o, got)
		}
	}
	if o := stream.OutcomeOf(call.ErrClosed); o.Kind != stream.KindInterrupted {
		t.Errorf("%+v", o)
	}
}

// TestCloseDuringLookup: Close does not wait for a server that says nothing.
func TestCloseDuringLookup(t *testing.T) {
	t.Parallel()
	s, err := session.Open(t.Context(), session.Options{Target: "h:1", Call: call.Options{
		Dial: func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			return ours, nil
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := s.Method(context.Background(), "a.B/C")
		ended <- err
	}()
	time.Sleep(20 * time.Millisecond)
	closed := make(chan struct{})
	go func() {
		_ = s.Close()
		close(closed)
	}()
	for range 2 {
		select {
		case <-closed:
			closed = nil
		case err := <-ended:
			if !errors.Is(err, call.ErrClosed) {
				t.Error(err)
			}
			ended = nil
		case <-time.After(10 * time.Second):
			t.Fatal("Close or the lookup waits for ever")
		}
	}
}
