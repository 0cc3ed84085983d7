package stream

import (
	"fmt"
	"sync"
	"time"
)

// TimeoutError says that one message took longer than its bound.
type TimeoutError struct {
	Op    string // "send" or "recv"
	After time.Duration
}

func (e *TimeoutError) Error() string {
	if e.Op == "send" {
		return fmt.Sprintf("the peer took no message for %v", e.After)
	}
	return fmt.Sprintf("no message from the peer for %v", e.After)
}

// timed abandons the RPC when f takes longer than limit; 0 is no limit.
func (r *run) timed(op string, limit time.Duration, f func() error) error {
	if limit <= 0 {
		return f()
	}
	timer := time.AfterFunc(limit, func() { r.abandon(&TimeoutError{op, limit}) })
	defer timer.Stop()
	return f()
}

// recv receives a message, for which it waits no longer than RecvTimeout.
func (r *run) recv() ([]byte, error) {
	if r.RecvTimeout <= 0 {
		return r.s.Recv()
	}
	r.wait.start(r.RecvTimeout, func() { r.abandon(&TimeoutError{"recv", r.RecvTimeout}) })
	defer r.wait.stop()
	return r.s.Recv()
}

// recvWait is the clock of the receiving side. It runs while the receiver waits and
// a message is due.
type recvWait struct {
	mu    sync.Mutex
	due   bool
	limit time.Duration
	late  func() // nil where nobody waits
	timer *time.Timer
}

// start begins a wait; late is called when it has taken too long.
func (w *recvWait) start(limit time.Duration, late func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limit, w.late = limit, late
	w.run()
}

// begin says that from now on messages are due.
func (w *recvWait) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.due {
		w.due = true
		w.run()
	}
}

// run starts the timer where it is wanted; the caller holds mu.
func (w *recvWait) run() {
	if w.due && w.late != nil {
		w.timer = time.AfterFunc(w.limit, w.late)
	}
}

// stop ends a wait.
func (w *recvWait) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late = nil
	if w.timer != nil {
		w.timer.Stop()
	}
}
