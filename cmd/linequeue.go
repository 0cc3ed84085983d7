package cmd

import (
	"io"
	"sync"
)

// lineQueue writes lines behind the back of who puts them. Nobody waits for who reads them:
// where he is behind by lineBuffer bytes, lines are left out, and how many is said as soon as
// there is room.
type lineQueue struct {
	w       io.Writer
	skipped func(lines int) []byte // the line that says so
	failed  func(error)            // is told once that writing has failed

	mu     sync.Mutex
	wake   sync.Cond
	buf    []byte // whole lines
	spare  []byte
	left   int // lines that were left out
	closed bool
	ended  chan struct{}
}

// lineBuffer bounds the lines that wait to be written, in bytes.
const lineBuffer = 16 << 20

func newLineQueue(w io.Writer, skipped func(lines int) []byte, failed func(error)) *lineQueue {
	q := &lineQueue{w: w, skipped: skipped, failed: failed, ended: make(chan struct{})}
	q.wake.L = &q.mu
	go q.run()
	return q
}

// run writes lines as they come.
func (q *lineQueue) run() {
	defer close(q.ended)
	for broken := false; ; {
		lines, ok := q.take()
		if !ok {
			return
		}
		if broken {
			continue
		}
		if _, err := q.w.Write(lines); err != nil {
			broken = true
			q.failed(&outputError{err})
		}
	}
}

// take waits for lines.
func (q *lineQueue) take() ([]byte, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.buf) == 0 {
		if q.closed {
			return nil, false
		}
		q.wake.Wait()
	}
	lines := q.buf
	q.buf, q.spare = q.spare[:0], lines
	if q.left > 0 {
		q.buf = append(q.buf, q.skipped(q.left)...)
		q.left = 0
	}
	return lines, true
}

// put has a line written, if there is room for it.
func (q *lineQueue) put(line []byte) {
	q.mu.Lock()
	if len(q.buf)+len(line) > lineBuffer {
		q.left++
	} else {
		q.buf = append(q.buf, line...)
	}
	q.mu.Unlock()
	q.wake.Signal()
}

// close writes what waits, and returns when that is done.
func (q *lineQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.wake.Signal()
	<-q.ended
}
