package pool

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/gate"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Request is one RPC over HTTP: its exchange is opened on a connection of the Pool, at
// once or with the first message, ends with its context, and is opened again where the
// peer has refused a small request.
//
// Start, Keep and Sent are for the sender, Recv, Begun and Final for the receiver, with
// what the protocol knows of an Answer. Close may be called from anywhere.
type Request struct {
	Pool  *Pool
	Ctx   context.Context
	Trace *stream.Trace
	// Header makes the header fields for a target, which are only read.
	Header func(ctx context.Context, t call.Target) []hpack.HeaderField

	waits bool // for Start, with which the first message opens the exchange

	mu      sync.Mutex
	st      web.Stream
	err     error
	unwatch func() bool
	started bool // Start has set st or err, or there is nothing to wait for any more
	closed  bool
	opened  gate.Gate // of receivers who wait for that; nil where there are none

	tries int
	// replay is all that is sent, kept as long as the peer may refuse it; nil where it
	// was too large.
	replay []byte
	room   [smallRequest]byte // of replay, where that is enough

	// Receiving side.
	begun bool
	final error
}

const (
	// replayLimit is the largest request, in bytes, that is kept for a retry.
	replayLimit = 256 << 10
	// smallRequest is the size of one that needs no memory of its own for that.
	smallRequest = 128
	// maxTries bounds how often a refused request is sent. A proxy that takes a few requests
	// of each connection refuses some of those at once again and again.
	maxTries = 10
)

// Wait has receivers wait for Start.
func (r *Request) Wait() { r.waits = true }

// Waits reports whether the first message opens the exchange.
func (r *Request) Waits() bool { return r.waits }

// Start opens the exchange. end says that the header is all, more that a message is about
// to follow, for which the writer is left asleep.
func (r *Request) Start(end, more bool) (web.Stream, error) {
	st, err := r.open(end, more)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed && err == nil {
		st.Abort(http2.ErrCodeCancel, fault.ErrAbandoned)
		err = fault.ErrAbandoned
	}
	if err == nil {
		r.st = st
		r.watch(st)
	} else if r.err == nil {
		r.err = err
	}
	r.pass()
	return st, err
}

// watch has the exchange end with the context, in place of the one before; the caller holds
// mu.
func (r *Request) watch(st web.Stream) {
	if r.unwatch != nil {
		r.unwatch()
	}
	if r.Ctx.Done() != nil {
		r.unwatch = context.AfterFunc(r.Ctx, func() {
			st.Abort(http2.ErrCodeCancel, context.Cause(r.Ctx))
		})
	}
}

// pass lets receivers pass; the caller holds mu.
func (r *Request) pass() {
	r.started = true
	r.opened.Open()
}

func (r *Request) open(end, more bool) (web.Stream, error) {
	for {
		if r.Ctx.Err() != nil {
			return nil, context.Cause(r.Ctx)
		}
		conn, err := r.Pool.Connect(r.Ctx, r.Trace)
		if err != nil {
			return nil, err
		}
		st, err := conn.Request(r.Ctx, r.Header(r.Ctx, conn.At()), end, more, r.Trace)
		if err == nil {
			return st, nil
		}
		if r.tries++; !errors.Is(err, web.ErrUnusable) || r.tries >= maxTries {
			return nil, conn.WhyUnusable(err)
		}
	}
}

// At is where the connection of the exchange leads, once there is one.
func (r *Request) At() (t call.Target, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.st == nil {
		return t, false
	}
	return r.st.At(), true
}

// Opened is the exchange of a Request that does not wait.
func (r *Request) Opened() web.Stream { return r.st }

// Keep keeps what is sent, as long as it is small, to be sent again where the peer
// refuses it.
func (r *Request) Keep(head, body []byte) {
	if n := len(head) + len(body); n <= replayLimit {
		r.replay = r.room[:0]
		if n > smallRequest {
			r.replay = make([]byte, 0, n)
		}
		r.replay = append(append(r.replay, head...), body...)
	}
}

// Sent judges the error of writing what Keep has kept: nil where it is sent again.
func (r *Request) Sent(err error) error {
	if err != nil && isRefused(err) && r.replay != nil {
		return nil
	}
	return err
}

// current is the exchange to receive from; it waits for Start.
func (r *Request) current() (web.Stream, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waits && !r.started {
		if err := r.await(); err != nil {
			return nil, err
		}
	}
	return r.st, r.err
}

// await waits for Start; the caller holds mu.
func (r *Request) await() error {
	if r.opened == nil {
		r.opened = make(gate.Gate)
	}
	opened := r.opened
	r.mu.Unlock()
	err := opened.Pass(r.Ctx)
	r.mu.Lock()
	return err
}

func isRefused(err error) bool {
	_, ok := errors.AsType[*call.RefusedError](err)
	return ok
}

// retry sends a refused request again, on which the peer has not acted. Where it cannot,
// it returns the error to report.
func (r *Request) retry(err error) (again bool, _ error) {
	if r.replay == nil || !isRefused(err) || r.Ctx.Err() != nil {
		return false, err
	}
	if r.tries++; r.tries >= maxTries {
		return false, err
	}
	st, err := r.Start(false, true)
	if err != nil {
		return false, err
	}
	_ = st.Write(r.replay, nil, true) // an error shows on receiving
	return true, nil
}

// finish ends an exchange whose answer has been read, or cannot be.
func (r *Request) finish(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unwatch != nil {
		r.unwatch()
	}
	if r.st != nil {
		r.st.Abort(http2.ErrCodeCancel, err)
	}
}

// Close abandons the RPC unless it is over; nil is no particular cause.
func (r *Request) Close(cause error) {
	if cause == nil {
		cause = fault.ErrAbandoned
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.unwatch != nil {
		r.unwatch()
	}
	if r.err == nil && r.st == nil {
		r.err = cause
	}
	if r.st != nil {
		r.st.Abort(http2.ErrCodeCancel, cause)
	}
	r.pass()
}
