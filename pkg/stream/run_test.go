package stream_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// peer is a stream whose other end is the test: what is sent arrives in sent, and
// what the test puts into replies is received. It keeps the contract of Stream.
type peer struct {
	sent    chan string
	half    chan struct{} // closed by CloseSend
	replies chan string
	status  chan error // ends the RPC
	once    sync.Once
	closed  chan struct{}
}

func newPeer() *peer {
	return &peer{make(chan string), make(chan struct{}), make(chan string), make(chan error, 1), sync.Once{}, make(chan struct{})}
}

var errAbandoned = errors.New("abandoned")

func (p *peer) Send(body []byte) error {
	select {
	case p.sent <- string(body):
		return nil
	case <-p.closed:
		return errAbandoned
	}
}

func (p *peer) Recv() ([]byte, error) {
	select {
	case r := <-p.replies:
		return []byte(r), nil
	case err := <-p.status:
		return nil, err
	case <-p.closed:
		return nil, errAbandoned
	}
}

func (p *peer) CloseSend() error                 { close(p.half); return nil }
func (p *peer) Header() (stream.Metadata, error) { return nil, nil }
func (p *peer) Trailer() stream.Metadata         { return nil }
func (p *peer) Ready() bool                      { return false }
func (p *peer) Close(error) error                { p.once.Do(func() { close(p.closed) }); return nil }

// serve runs the other end: f gets a message and returns the replies to it; after
// the half-close the RPC ends with end.
func (p *peer) serve(f func(string) []string, end error) {
	for {
		select {
		case m := <-p.sent:
			for _, r := range f(m) {
				p.replies <- r
			}
		case <-p.half:
			p.status <- end
			return
		case <-p.closed:
			return
		}
	}
}

func echo(m string) []string { return []string{m} }

// docs supplies bodies, then err.
func docs(err error, bodies ...string) stream.Next {
	return func() ([]byte, error) {
		if len(bodies) == 0 {
			return nil, err
		}
		body := bodies[0]
		bodies = bodies[1:]
		return []byte(body), nil
	}
}

// collect records what is emitted.
type collect struct{ got []string }

func (c *collect) emit(body []byte) error { c.got = append(c.got, string(body)); return nil }

func TestRun(t *testing.T) {
	t.Parallel()
	status := &stream.Status{Code: 5, Message: "nothing here"}
	bad := errors.New("bad document")
	twice := func(m string) []string { return []string{m, m} }
	silent := func(string) []string { return nil }
	for _, test := range []struct {
		name    string
		typ     stream.Type
		pump    stream.Pump
		next    stream.Next
		serve   func(string) []string
		end     error
		want    string
		wantErr error
	}{
		{"unary", stream.Unary, stream.Pump{}, docs(io.EOF, "a"), echo, io.EOF, "a", nil},
		{"unary without input", stream.Unary, stream.Pump{}, docs(io.EOF), echo, io.EOF, "", nil},
		{"unary with a status", stream.Unary, stream.Pump{}, docs(io.EOF, "a"), silent, status, "", status},
		{"unary without a reply", stream.Unary, stream.Pump{}, docs(io.EOF, "a"), silent, io.EOF, "", &stream.CardinalityError{}},
		{"unary with two replies", stream.Unary, stream.Pump{}, docs(io.EOF, "a"), twice, io.EOF, "", &stream.CardinalityError{}},
		{"unary with two documents", stream.Unary, stream.Pump{}, docs(io.EOF, "a", "b"), echo, io.EOF, "", &stream.ExtraInputError{}},
		{"unary with a bad document", stream.Unary, stream.Pump{}, docs(bad), echo, io.EOF, "", bad},
		{"server streaming", stream.Server, stream.Pump{}, docs(io.EOF, "a"), twice, io.EOF, "a a", nil},
		{"server streaming, no reply", stream.Server, stream.Pump{}, docs(io.EOF, "a"), silent, io.EOF, "", nil},
		{"server streaming, status after replies", stream.Server, stream.Pump{}, docs(io.EOF, "a"), twice, status, "a a", status},
		{"bidi", stream.Bidi, stream.Pump{}, docs(io.EOF, "a", "b"), twice, io.EOF, "a a b b", nil},
		{"bidi in lockstep", stream.Bidi, stream.Pump{Lockstep: true}, docs(io.EOF, "a", "b", "c"), echo, io.EOF, "a b c", nil},
		{"bidi with an interval", stream.Bidi, stream.Pump{Interval: time.Minute}, docs(io.EOF, "a", "b"), echo, io.EOF, "a b", nil},
		{"bidi, bad document after two", stream.Bidi, stream.Pump{}, docs(bad, "a", "b"), echo, io.EOF, "a b", bad},
		{"client streaming, bad document", stream.Client, stream.Pump{}, docs(bad, "a"), silent, io.EOF, "", bad},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPeer()
				go p.serve(untilClosed(p, test.serve), test.end)
				var c collect
				err := test.pump.Run(t.Context(), p, test.typ, test.next, c.emit)
				if !sameError(err, test.wantErr) {
					t.Errorf("error %v, want %v", err, test.wantErr)
				}
				if got := strings.Join(c.got, " "); got != test.want {
					t.Errorf("replies %q, want %q", got, test.want)
				}
				select {
				case <-p.closed:
				default:
					t.Error("the stream was left open")
				}
			})
		})
	}
}

// untilClosed keeps the serving goroutine from waiting for a client that is gone.
func untilClosed(p *peer, f func(string) []string) func(string) []string {
	return func(m string) []string {
		for _, r := range f(m) {
			select {
			case p.replies <- r:
			case <-p.closed:
			}
		}
		return nil
	}
}

// sameError compares identity, or for the pump's own errors the type.
func sameError(got, want error) bool {
	switch want.(type) {
	case *stream.CardinalityError:
		var e *stream.CardinalityError
		return errors.As(got, &e)
	case *stream.ExtraInputError:
		var e *stream.ExtraInputError
		return errors.As(got, &e)
	}
	return got == want
}

// TestServerEndsFirst: the RPC is over when the server says so, though the input
// still blocks.
func TestServerEndsFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPeer()
		p.status <- io.EOF
		never := make(chan struct{})
		defer close(never)
		next := func() ([]byte, error) { <-never; return nil, io.EOF }
		if err := (stream.Pump{}).Run(t.Context(), p, stream.Bidi, next, new(collect).emit); err != nil {
			t.Error(err)
		}
	})
}

// TestInterrupted: a context that ends does not wait for the input either.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stop) })
		never := make(chan struct{})
		defer close(never)
		next := func() ([]byte, error) { <-never; return nil, io.EOF }
		if err := (stream.Pump{}).Run(ctx, newPeer(), stream.Unary, next, new(collect).emit); err != stop {
			t.Error(err)
		}
	})
}

func TestMessageTimeouts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		op   string
		pump stream.Pump
	}{
		{"recv", stream.Pump{RecvTimeout: time.Second}},
		{"send", stream.Pump{SendTimeout: time.Second}},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPeer()
			if test.op == "recv" {
				go p.serve(func(string) []string { return nil }, io.EOF)
			}
			next := docs(io.EOF, "a")
			if test.op == "recv" {
				next = func() ([]byte, error) { <-p.closed; return nil, io.EOF }
			}
			start := time.Now()
			err := test.pump.Run(t.Context(), p, stream.Bidi, next, new(collect).emit)
			var timeout *stream.TimeoutError
			if !errors.As(err, &timeout) || timeout.Op != test.op || time.Since(start) != time.Second {
				t.Errorf("%s: %v after %v", test.op, err, time.Since(start))
			}
		})
	}
}

// abandonable is a peer that notes why it is abandoned.
type abandonable struct {
	*peer
	cause error
}

func (a *abandonable) Close(cause error) error {
	a.cause = cmp.Or(a.cause, cause)
	return a.peer.Close(cause)
}

// TestAbandon: a stream learns why it is abandoned.
func TestAbandon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &abandonable{peer: newPeer()}
		go p.serve(func(string) []string { return nil }, io.EOF)
		next := func() ([]byte, error) { <-p.closed; return nil, io.EOF }
		err := (stream.Pump{RecvTimeout: time.Second}).Run(t.Context(), p, stream.Bidi, next, new(collect).emit)
		if err == nil || p.cause != err {
			t.Errorf("%v, but the stream was abandoned because of %v", err, p.cause)
		}
	})
}

// TestEmitFails: an output that is closed abandons the RPC.
func TestEmitFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, closed := newPeer(), errors.New("closed")
		go p.serve(untilClosed(p, echo), io.EOF)
		err := (stream.Pump{}).Run(t.Context(), p, stream.Server, docs(io.EOF, "a"), func([]byte) error { return closed })
		if err != closed {
			t.Error(err)
		}
	})
}

// TestIdle: what is buffered is flushed before each wait.
func TestIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPeer()
		go p.serve(untilClosed(p, func(m string) []string { return []string{m, m} }), io.EOF)
		var events []string
		pump := stream.Pump{Idle: func() error { events = append(events, "flush"); return nil }}
		emit := func([]byte) error { events = append(events, "emit"); return nil }
		if err := pump.Run(t.Context(), p, stream.Server, docs(io.EOF, "a"), emit); err != nil {
			t.Error(err)
		}
		if want := []string{"flush", "emit", "flush", "emit", "flush"}; !slices.Equal(events, want) {
			t.Errorf("%q, want %q", events, want)
		}
	})
}
