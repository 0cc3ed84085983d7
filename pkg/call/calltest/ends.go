package calltest

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// sameOutcome compares what of two outcomes is the peer's.
func sameOutcome(a, b stream.Outcome) bool {
	return a.Kind == b.Kind && a.Code == b.Code && a.Message == b.Message
}

// refusal: the handler says no at once.
func (tr *Transport) refusal(t *testing.T) {
	if tr.Refusal == nil {
		t.Skip("the transport has no word for it")
	}
	for _, kind := range tr.Types {
		s := tr.open(bounded(t), t, kind, func(_ context.Context, p Peer) error {
			if tr.HalfDuplex || !kind.ClientStreams() {
				for _, err := p.Recv(); err == nil; _, err = p.Recv() {
				}
			}
			return tr.Refusal
		})
		if err := send(s, tr.body("x")); err != nil && err != io.EOF {
			t.Errorf("%s: send: %v", kind, err)
		}
		replies, err := all(s)
		if o := stream.OutcomeOf(err); len(replies) > 0 || !sameOutcome(o, tr.Refused) {
			t.Errorf("%s: %q, %+v, want %+v", kind, replies, o, tr.Refused)
		}
	}
}

// lateRefusal: the handler says no behind replies, which come all the same.
func (tr *Transport) lateRefusal(t *testing.T) {
	if tr.Refusal == nil {
		t.Skip("the transport has no word for it")
	}
	for _, kind := range tr.Types {
		if !kind.ServerStreams() {
			continue
		}
		s := tr.open(bounded(t), t, kind, func(ctx context.Context, p Peer) error {
			if err := echo(kind)(ctx, p); err != nil {
				return err
			}
			return tr.Refusal
		})
		if err := send(s, tr.body("x")); err != nil {
			t.Fatal(err)
		}
		replies, err := all(s)
		if o := stream.OutcomeOf(err); len(replies) != 1 || !sameOutcome(o, tr.Refused) {
			t.Errorf("%s: %q, %+v, want %+v", kind, replies, o, tr.Refused)
		}
	}
}

// earlyEnd: the server ends a stream before the client has; sending then is io.EOF at the
// latest when receiving has shown the end.
func (tr *Transport) earlyEnd(t *testing.T) {
	if !tr.has(stream.Bidi) || tr.HalfDuplex {
		t.Skip("no server can end first")
	}
	s := tr.open(bounded(t), t, stream.Bidi, func(_ context.Context, p Peer) error {
		body, err := p.Recv()
		if err != nil {
			return err
		}
		return p.Send(body)
	})
	if err := s.Send(tr.body("x")); err != nil {
		t.Fatal(err)
	}
	if replies, err := all(s); err != nil || len(replies) != 1 {
		t.Errorf("%q, %v", replies, err)
	}
	if err := s.Send(tr.body("too late")); err == nil {
		t.Error("a message was sent behind the end")
	}
	if err := s.CloseSend(); err != nil {
		t.Errorf("half-close behind the end: %v", err)
	}
}

// halfClose: the server sees the end of the requests, and answers behind it.
func (tr *Transport) halfClose(t *testing.T) {
	for _, kind := range tr.Types {
		if !kind.ClientStreams() {
			continue
		}
		seen := make(chan int, 1)
		s := tr.open(bounded(t), t, kind, func(_ context.Context, p Peer) error {
			n := 0
			for _, err := p.Recv(); err == nil; _, err = p.Recv() {
				n++
			}
			seen <- n
			return p.Send(tr.body("all"))
		})
		if err := send(s, tr.body("1"), tr.body("2")); err != nil {
			t.Fatal(err)
		}
		if replies, err := all(s); err != nil || len(replies) != 1 {
			t.Errorf("%s: %q, %v", kind, replies, err)
		}
		if n := <-seen; n != 2 {
			t.Errorf("%s: the server saw %d messages", kind, n)
		}
		if err := s.CloseSend(); err != nil {
			t.Errorf("%s: a second half-close: %v", kind, err)
		}
		if err := s.Send(tr.body("3")); err == nil {
			t.Errorf("%s: a message was sent behind the half-close", kind)
		}
	}
}

// waiting is a handler that answers nothing; it tells that it runs, and that its context
// has ended.
func waiting(runs chan<- struct{}, ended chan<- time.Duration) Handler {
	return func(ctx context.Context, p Peer) error {
		left := time.Duration(0)
		if deadline, ok := ctx.Deadline(); ok {
			left = time.Until(deadline)
		}
		go func() {
			for _, err := p.Recv(); err == nil; _, err = p.Recv() {
			}
		}()
		runs <- struct{}{}
		<-ctx.Done()
		ended <- left
		time.Sleep(200 * time.Millisecond) // the client's own clock speaks first
		return context.Cause(ctx)
	}
}

// begin opens a call of a kind to a server that waits, and returns when that runs.
func (tr *Transport) begin(ctx context.Context, t *testing.T, kind stream.Type) (s stream.Stream, ended <-chan time.Duration) {
	t.Helper()
	runs, end := make(chan struct{}, 1), make(chan time.Duration, 1)
	s = tr.open(ctx, t, kind, waiting(runs, end))
	if err := s.Send(tr.body("x")); err != nil {
		t.Fatal(err)
	}
	if tr.HalfDuplex {
		_ = s.CloseSend()
	}
	select {
	case <-runs:
	case <-ctx.Done():
		t.Fatal("the handler was not called")
	}
	return s, end
}

// cancel: a context that ends is how the call ended, with its cause.
func (tr *Transport) cancel(t *testing.T) {
	why := errors.New("enough")
	for _, kind := range tr.Types {
		ctx, cancel := context.WithCancelCause(bounded(t))
		s, _ := tr.begin(ctx, t, kind)
		time.AfterFunc(10*time.Millisecond, func() { cancel(why) })
		if _, err := all(s); !errors.Is(err, why) {
			t.Errorf("%s: %v", kind, err)
		}
		if err := s.Send(tr.body("y")); err == nil {
			t.Errorf("%s: a message was sent behind the end", kind)
		}
	}
}

// closing: Close with a reason, from another goroutine, ends the call; again, it does
// nothing.
func (tr *Transport) closing(t *testing.T) {
	why := errors.New("tired")
	for _, kind := range tr.Types {
		s, _ := tr.begin(bounded(t), t, kind)
		time.AfterFunc(10*time.Millisecond, func() { _ = s.Close(why) })
		if _, err := all(s); !errors.Is(err, why) {
			t.Errorf("%s: %v", kind, err)
		}
		for range 2 {
			if err := s.Close(nil); err != nil {
				t.Errorf("%s: close again: %v", kind, err)
			}
		}
	}
}

// deadline: our time is up, and the server was told how much there was.
func (tr *Transport) deadline(t *testing.T) {
	for _, kind := range tr.Types {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		s, ended := tr.begin(ctx, t, kind)
		if _, err := all(s); stream.OutcomeOf(err).Kind != stream.KindDeadline {
			t.Errorf("%s: %v", kind, err)
		}
		if !tr.Deadline {
			continue
		}
		select {
		case left := <-ended:
			if left <= 0 || left > 300*time.Millisecond {
				t.Errorf("%s: the server had %v", kind, left)
			}
		case <-time.After(limit):
			t.Errorf("%s: the server goes on", kind)
		}
	}
}

// afterClose: a client that was closed makes no calls, and ends those that run.
func (tr *Transport) afterClose(t *testing.T) {
	kind := tr.Types[0]
	runs, ended := make(chan struct{}, 1), make(chan time.Duration, 1)
	c := tr.client(t, waiting(runs, ended))
	s, err := c.Open(bounded(t), tr.rpc(kind))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(tr.body("x")); err != nil {
		t.Fatal(err)
	}
	if tr.HalfDuplex {
		_ = s.CloseSend()
	}
	<-runs
	time.AfterFunc(10*time.Millisecond, func() { _ = c.Close() })
	if _, err := all(s); !errors.Is(err, call.ErrClosed) {
		t.Errorf("the call that ran: %v", err)
	}
	if _, err := c.Open(bounded(t), tr.rpc(kind)); !errors.Is(err, call.ErrClosed) {
		t.Errorf("a new call: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
}
