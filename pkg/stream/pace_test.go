package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// slowly supplies the bodies of next, each after a time.
func slowly(each time.Duration, next stream.Next) stream.Next {
	return func() ([]byte, error) {
		time.Sleep(each)
		return next()
	}
}

// obey ends the RPC of a peer with a context, as transports do.
func obey(ctx context.Context, p *peer) {
	context.AfterFunc(ctx, func() { p.status <- context.Cause(ctx) })
}

// TestInterval: the time between two sends is that between their starts, however
// long the input takes.
func TestInterval(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		input time.Duration
		want  string
	}{
		{0, "0s 1m0s 2m0s"},
		{40 * time.Second, "40s 1m40s 2m40s"},
		{70 * time.Second, "1m10s 2m20s 3m30s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, start := newPeer(), time.Now()
			var at []string
			go p.serve(func(string) []string { at = append(at, time.Since(start).String()); return nil }, io.EOF)
			next := slowly(test.input, docs(io.EOF, "a", "b", "c"))
			if err := (stream.Pump{Interval: time.Minute}).Run(t.Context(), p, stream.Bidi, next, new(collect).emit); err != nil {
				t.Error(err)
			}
			if got := strings.Join(at, " "); got != test.want {
				t.Errorf("input of %v: sent at %s, want %s", test.input, got, test.want)
			}
		})
	}
}

// TestEndWhilePacing: whatever ends an RPC does not wait for the next send.
func TestEndWhilePacing(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	status := &stream.Status{Code: 5}
	for _, test := range []struct {
		name string
		pump stream.Pump
		end  func(p *peer, cancel context.CancelCauseFunc)
		want string
	}{
		{"interval, interrupted", stream.Pump{Interval: time.Hour}, func(_ *peer, cancel context.CancelCauseFunc) { cancel(stop) }, "stop"},
		{"interval, the server ends", stream.Pump{Interval: time.Hour}, func(p *peer, _ context.CancelCauseFunc) { p.status <- io.EOF }, "<nil>"},
		{"interval, a status", stream.Pump{Interval: time.Hour}, func(p *peer, _ context.CancelCauseFunc) { p.status <- status }, status.Error()},
		{"lockstep, interrupted", stream.Pump{Lockstep: true}, func(_ *peer, cancel context.CancelCauseFunc) { cancel(stop) }, "stop"},
		{"lockstep, the server ends", stream.Pump{Lockstep: true}, func(p *peer, _ context.CancelCauseFunc) { p.status <- io.EOF }, "<nil>"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			p, start := newPeer(), time.Now()
			obey(ctx, p)
			go p.serve(func(string) []string { return nil }, io.EOF)
			time.AfterFunc(time.Second, func() { test.end(p, cancel) })
			err := test.pump.Run(ctx, p, stream.Bidi, docs(io.EOF, "a", "b"), new(collect).emit)
			if fmt.Sprint(err) != test.want || time.Since(start) != time.Second {
				t.Errorf("%s: %v after %v, want %s after 1s", test.name, err, time.Since(start), test.want)
			}
		})
	}
}

// TestLockstepOrder: a reply counts for the request before it only.
func TestLockstepOrder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		greeting []string
		answer   func(string) []string
		want     string
	}{
		{"one reply each", nil, echo, ">a <a >b <b >c <c"},
		{"a greeting", []string{"hello"}, echo, "<hello >a <a >b <b >c <c"},
		{"two greetings", []string{"hello", "you"}, echo, "<hello <you >a <a >b <b >c <c"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPeer()
			var events []string
			greeted := make(chan struct{})
			go func() {
				for _, g := range test.greeting {
					p.replies <- g
				}
				synctest.Wait()
				close(greeted)
				p.serve(func(m string) []string {
					events = append(events, ">"+m)
					synctest.Wait() // a request that does not wait for its turn is there now
					return test.answer(m)
				}, io.EOF)
			}()
			next := docs(io.EOF, "a", "b", "c")
			first := func() ([]byte, error) { <-greeted; return next() }
			emit := func(body []byte) error { events = append(events, "<"+string(body)); return nil }
			if err := (stream.Pump{Lockstep: true}).Run(t.Context(), p, stream.Bidi, first, emit); err != nil {
				t.Error(err)
			}
			if got := strings.Join(events, " "); got != test.want {
				t.Errorf("%s: %s, want %s", test.name, got, test.want)
			}
		})
	}
}

// TestRecvTimeoutCounts: from the last message, or, where one reply follows all
// requests, from the end of these.
func TestRecvTimeoutCounts(t *testing.T) {
	t.Parallel()
	silent := func(string) []string { return nil }
	for _, test := range []struct {
		name   string
		typ    stream.Type
		pump   stream.Pump
		input  time.Duration // before each of two documents and the end
		answer func(string) []string
		want   time.Duration
		fails  bool
	}{
		{"client, slow input, no reply", stream.Client, stream.Pump{}, time.Minute, silent, 3*time.Minute + time.Second, true},
		{"client, kept open", stream.Client, stream.Pump{KeepOpen: true}, time.Minute, silent, 3*time.Minute + time.Second, true},
		{"bidi, slow input", stream.Bidi, stream.Pump{}, time.Minute, echo, time.Second, true},
		{"bidi, quick input", stream.Bidi, stream.Pump{KeepOpen: true}, 900 * time.Millisecond, echo, 2800 * time.Millisecond, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, start := newPeer(), time.Now()
			go p.serve(test.answer, nil) // no end: the status is never there
			test.pump.RecvTimeout = time.Second
			err := test.pump.Run(t.Context(), neverEnding{p}, test.typ, slowly(test.input, docs(io.EOF, "a", "b")), new(collect).emit)
			var timeout *stream.TimeoutError
			if errors.As(err, &timeout) != test.fails || time.Since(start) != test.want {
				t.Errorf("%s: %v after %v, want %v", test.name, err, time.Since(start), test.want)
			}
			time.Sleep(time.Hour) // for the input to end
		})
	}
}

// neverEnding is a peer that does not answer the half-close.
type neverEnding struct{ *peer }

func (neverEnding) CloseSend() error { return nil }

// TestEnough: an Emit ends the RPC well, whatever the sending side is at.
func TestEnough(t *testing.T) {
	t.Parallel()
	thrice := func(m string) []string { return []string{m, m, m} }
	never := func(stop <-chan struct{}) stream.Next {
		return func() ([]byte, error) { <-stop; return nil, io.EOF }
	}
	after := func(first, rest stream.Next) stream.Next {
		return func() ([]byte, error) {
			if body, err := first(); err == nil {
				return body, nil
			}
			return rest()
		}
	}
	bad := errors.New("bad document")
	for _, test := range []struct {
		name string
		typ  stream.Type
		next func(stop <-chan struct{}) stream.Next
	}{
		{"unary", stream.Unary, func(<-chan struct{}) stream.Next { return docs(io.EOF, "a") }},
		{"client", stream.Client, func(<-chan struct{}) stream.Next { return docs(io.EOF, "a") }},
		{"server", stream.Server, func(<-chan struct{}) stream.Next { return docs(io.EOF, "a") }},
		{"bidi, input ended", stream.Bidi, func(<-chan struct{}) stream.Next { return docs(io.EOF, "a") }},
		{"bidi, input open", stream.Bidi, func(stop <-chan struct{}) stream.Next { return after(docs(io.EOF, "a"), never(stop)) }},
		{"bidi, sending", stream.Bidi, func(<-chan struct{}) stream.Next { return docs(io.EOF, "a", "b", "c", "d") }},
		{"bidi, a bad document follows", stream.Bidi, func(<-chan struct{}) stream.Next { return docs(bad, "a") }},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, stop := newPeer(), make(chan struct{})
			defer close(stop)
			answer := thrice
			if !test.typ.ServerStreams() {
				answer = echo
			}
			go p.serve(untilClosed(p, answer), io.EOF)
			var got []string
			emit := func(body []byte) error { got = append(got, string(body)); return stream.ErrEnough }
			err := (stream.Pump{}).Run(t.Context(), p, test.typ, test.next(stop), emit)
			if err != nil || !slices.Equal(got, []string{"a"}) {
				t.Errorf("%s: %v, replies %q", test.name, err, got)
			}
			select {
			case <-p.closed:
			default:
				t.Errorf("%s: the stream was left open", test.name)
			}
		})
	}
}

// TestBadDocumentStays: a mistake in the input is what the user sees, whatever ends
// the RPC while the replies to what was before it are waited for.
func TestBadDocumentStays(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad document")
	for name, test := range map[string]struct {
		pump stream.Pump
		end  error
	}{
		"the server ends":      {stream.Pump{}, io.EOF},
		"a status":             {stream.Pump{}, &stream.Status{Code: 5}},
		"the receive timeout":  {stream.Pump{RecvTimeout: 50 * time.Millisecond}, nil},
		"nothing but the wait": {stream.Pump{}, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPeer()
			go p.serve(echo, io.EOF)
			if test.end != nil {
				time.AfterFunc(100*time.Millisecond, func() { p.status <- test.end })
			}
			var c collect
			err := test.pump.Run(t.Context(), p, stream.Bidi, docs(bad, "a"), c.emit)
			if err != bad || !slices.Equal(c.got, []string{"a"}) {
				t.Errorf("%s: %v, replies %q", name, err, c.got)
			}
		})
	}
}

// TestEmitFailsWhileSending: the sender that blocks is let go, and the error stays.
func TestEmitFailsWhileSending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, closed := newPeer(), errors.New("closed")
		time.AfterFunc(time.Second, func() { p.replies <- "unasked" }) // nobody takes a request
		pump := stream.Pump{SendTimeout: time.Minute}
		emit := func([]byte) error { time.Sleep(time.Hour); return closed } // the send times out meanwhile
		if err := pump.Run(t.Context(), p, stream.Bidi, docs(io.EOF, "a"), emit); err != closed {
			t.Error(err)
		}
	})
}
