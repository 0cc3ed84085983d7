package cmd

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// statusRow is a line below all that is written to a terminal, as long as there is one. What
// is written to stdout or stderr of the same terminal takes its place. Until it begins, and
// after its end, writers pass it by.
//
// The cursor stays at its first column, so that it is erased whole wherever a terminal that
// became narrower has broken it.
type statusRow struct {
	out, err *aboveRow

	mu    sync.Mutex
	shown bool
	wrote time.Time // when out or err was written to
	last  byte      // that was written
}

// rowQuiet is how long nothing must have been written before the row is drawn: while
// replies fly by, they tell enough, and a row would flicker.
const rowQuiet = 300 * time.Millisecond

func newStatusRow(out, err io.Writer) *statusRow {
	r := &statusRow{last: '\n'}
	r.out, r.err = &aboveRow{row: r, w: out}, &aboveRow{row: r, w: err}
	return r
}

// begin lets the row be drawn.
func (r *statusRow) begin() {
	r.out.shares.Store(isTerminal(r.out))
	r.err.shares.Store(true)
}

// end erases the row for good.
func (r *statusRow) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.erase()
	r.out.shares.Store(false)
	r.err.shares.Store(false)
}

// leave is end for a process that ends, though somebody may sit in a write.
func (r *statusRow) leave() {
	if r.mu.TryLock() {
		r.erase()
		r.mu.Unlock()
	}
}

// draw shows a text that has no more cells than the terminal, unless a line is being written
// there.
func (r *statusRow) draw(text string) {
	if !r.mu.TryLock() {
		return // somebody writes
	}
	defer r.mu.Unlock()
	if r.last != '\n' || time.Since(r.wrote) < rowQuiet || !r.err.shares.Load() {
		return
	}
	_, err := io.WriteString(r.err.w, "\r"+text+"\x1b[J\r")
	r.shown = err == nil
}

// erase leaves no trace; the caller holds mu.
func (r *statusRow) erase() {
	if r.shown {
		_, _ = io.WriteString(r.err.w, "\r\x1b[J")
		r.shown = false
	}
}

// aboveRow writes where the row may be.
type aboveRow struct {
	row    *statusRow
	w      io.Writer
	shares atomic.Bool // the row's terminal, while there is a row
}

func (a *aboveRow) Write(p []byte) (int, error) {
	if !a.shares.Load() || len(p) == 0 {
		return a.w.Write(p)
	}
	a.row.mu.Lock()
	defer a.row.mu.Unlock()
	a.row.erase()
	n, err := a.w.Write(p)
	a.row.wrote, a.row.last = time.Now(), p[len(p)-1]
	return n, err
}

func (a *aboveRow) Unwrap() io.Writer { return a.w }
