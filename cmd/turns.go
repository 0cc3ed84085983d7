package cmd

import (
	"context"
	"io"
	"sync"
)

// turns lets what many calls write out in the order of the calls: the first that has not
// ended writes through, what others write is kept until it is their turn.
//
// One that has written turnSize waits for its turn, and no further ones are taken
// while turnsKept wait that have ended, so that memory is bounded whatever the
// order in which calls end.
type turns struct {
	ctx context.Context //nolint:containedctx // waiting for a turn ends with it
	w   io.Writer
	// ended is told of each call when its turn ends, in order; it may be called by any
	// goroutine, by one at a time.
	ended func(document int, err error)

	mu      sync.Mutex
	changed sync.Cond
	queue   []*turn // the first writes through
}

const (
	turnSize  = 1 << 20
	turnsKept = 1024
)

// turn is the output of one call.
type turn struct {
	turns    *turns
	document int
	buf      []byte
	done     bool
	err      error
}

// newTurns returns turns that write to w; stop frees what they hold on to.
func newTurns(ctx context.Context, w io.Writer, ended func(document int, err error)) (_ *turns, stop func() bool) {
	t := &turns{ctx: ctx, w: w, ended: ended}
	t.changed.L = &t.mu
	return t, context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.changed.Broadcast()
	})
}

// take is the turn after all others.
func (t *turns) take(document int) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.queue) >= turnsKept && t.ctx.Err() == nil {
		t.changed.Wait()
	}
	next := &turn{turns: t, document: document}
	t.queue = append(t.queue, next)
	return next
}

// Write writes through, or keeps a copy.
func (n *turn) Write(p []byte) (int, error) {
	t := n.turns
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(n.buf) >= turnSize && t.queue[0] != n {
		if t.ctx.Err() != nil {
			return 0, context.Cause(t.ctx)
		}
		t.changed.Wait()
	}
	if t.queue[0] != n {
		n.buf = append(n.buf, p...)
		return len(p), nil
	}
	if err := n.release(); err != nil {
		return 0, err
	}
	return t.w.Write(p)
}

// release writes what was kept; the caller holds mu.
func (n *turn) release() error {
	if len(n.buf) == 0 {
		return nil
	}
	_, err := n.turns.w.Write(n.buf)
	n.buf = nil
	return err
}

// end ends the turn of a call that ended with err, and those after it that wait for no
// more than that.
func (n *turn) end(err error) {
	t := n.turns
	t.mu.Lock()
	defer t.mu.Unlock()
	n.done, n.err = true, err
	for len(t.queue) > 0 {
		first := t.queue[0]
		failed := first.release()
		if !first.done {
			break
		}
		if first.err == nil && failed != nil {
			first.err = asOutput(failed)
		}
		t.queue[0] = nil
		t.queue = t.queue[1:]
		t.ended(first.document, first.err)
	}
	t.changed.Broadcast()
}
