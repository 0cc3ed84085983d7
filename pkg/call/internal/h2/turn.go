package h2

import (
	"errors"
	"os"
	"time"
)

// turn says who reads. That is a goroutine of the connection, as a rule. Where calls follow
// one another it steps back for a while after each, and the one receiver there is, who
// would only wait for it, reads frames itself: a call is spared the way over another
// goroutine, and mostly over another thread. Whoever reads has all that is the reader's.
// All of it is guarded by the connection's lock.
type turn struct {
	free    bool    // the goroutine has stepped back
	by      *Stream // whose receiver reads, nil where none does
	used    bool    // a receiver has read since the goroutine looked last
	idle    bool    // the goroutine looks again when by has ended, not before
	cut     bool    // by's read was cut short, by a deadline
	lone    int     // calls in a row that were opened where there was no other
	openers int     // who waits to open a stream
	awaited bool    // an opener waits until the goroutine has read what has come
	owed    bool    // there is an answer to the peer in the buffer, which who reads has to see off
	err     error   // of a receiver's read, left to the goroutine
	back    chan struct{}
}

const (
	// patience is how long the goroutine leaves frames unread when no call follows.
	patience = 5 * time.Millisecond
	// turnsOfStream is how often the receiver of one stream reads itself. A long stream is
	// read ahead of its receiver.
	turnsOfStream = 8
	// loneCalls is how many calls in a row have to be alone for the next receiver to read.
	loneCalls = 8
)

// past is a deadline that ends a read at once.
var past = time.Unix(1, 0)

// setFree lets the next call's receiver read, where one call has followed another, each on its
// own, and reports whether. The caller reads, and has read what has come.
func (c *Conn) setFree() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.turn
	c.payOwed()
	if t.awaited {
		t.awaited = false
		c.slots.Broadcast()
		return false
	}
	t.free = len(c.streams) == 0 && t.lone >= loneCalls && t.openers == 0 && c.usableLocked() && !c.traced.Load()
	return t.free
}

// catchUp has what has come while nobody read be read, before a stream is opened: the peer may
// have closed the connection, or be about to. The caller holds mu, which is given up.
func (c *Conn) catchUp() {
	t := &c.turn
	if !t.free || t.by != nil || c.look == nil || c.look.Quiet() {
		return
	}
	c.recall()
	t.awaited = true
	enough := time.AfterFunc(patience, func() { // of half a frame there may be no rest
		c.mu.Lock()
		t.awaited = false
		c.slots.Broadcast()
		c.mu.Unlock()
	})
	defer enough.Stop()
	for t.awaited && c.Err == nil {
		c.slots.Wait()
	}
}

// stepBack returns when it is the goroutine's turn, at once where it does not step back.
// The error is the connection's end.
func (c *Conn) stepBack() error {
	if !c.setFree() {
		return nil
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-c.turn.back:
		case <-timer.C:
		}
		if again, err := c.lookAgain(); !again {
			return err
		}
		timer.Reset(patience)
	}
}

// lookAgain reports whether the goroutine stays back.
func (c *Conn) lookAgain() (again bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.turn
	for t.free && t.by != nil {
		t.idle = true
		c.mu.Unlock()
		<-t.back
		c.mu.Lock()
	}
	t.idle = false
	if again = t.free && t.used; again {
		t.used = false
		return true, nil
	}
	t.free = false
	c.payOwed()
	err, t.err = t.err, nil
	return false, err
}

// recall ends the time in which the goroutine stays back; the caller holds mu.
func (c *Conn) recall() {
	if c.turn.free && c.turn.by == nil {
		c.turn.free = false
		c.turn.signal()
	}
}

func (t *turn) signal() {
	select {
	case t.back <- struct{}{}:
	default:
	}
}

// readFor has st's receiver read what comes next, where it is its turn. It returns when some
// frames have been read, or the stream has ended.
func (c *Conn) readFor(st *Stream) bool {
	if !c.takeTurn(st) {
		return false
	}
	if c.eager != nil && c.br.Buffered() == 0 {
		c.eager.Wait()
		defer c.eager.Done()
	}
	done, err := true, error(nil)
	for done && err == nil {
		if done, err = c.readPlain(); !c.frameBuffered() {
			break
		}
	}
	c.wakePending()
	c.endTurn(st, done, err)
	return true
}

// takeTurn lets the receiver of the only stream read, where the goroutine does not.
func (c *Conn) takeTurn(st *Stream) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.turn
	if !t.free || t.by != nil {
		return false
	}
	if st.gone || !st.sentEnd || len(c.streams) != 1 || c.traced.Load() {
		c.recall()
		return false
	}
	t.by, t.used = st, true
	return true
}

// endTurn ends the turn of st's receiver. done is false where the next frame is not one that
// it can read. Where anybody else waits for frames, the goroutine has to go on.
func (c *Conn) endTurn(st *Stream, done bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.turn
	if t.cut {
		err = c.uncut(err)
	}
	if !st.gone { // with the next request it would leave too late
		c.payOwed() // gives mu up: it is still st's turn
	}
	t.by = nil
	others := len(c.streams)
	if !st.gone {
		others--
	}
	if !done || err != nil || c.Err != nil || others > 0 || st.turns == 0 {
		t.free, t.err = false, err
	}
	if !t.free || t.idle {
		t.signal()
	}
}

// cutShort ends the read of st's receiver, if it reads; the caller holds mu.
func (c *Conn) cutShort(st *Stream) {
	if c.turn.by == st && !c.turn.cut {
		c.turn.cut = true
		_ = c.nc.SetReadDeadline(past)
	}
}

// uncut takes back the deadline of cutShort, and returns the error of the read that was cut,
// where it is another. The caller holds mu.
func (c *Conn) uncut(err error) error {
	c.turn.cut = false
	if c.writeErr != nil { // whose deadline cutShort has replaced
		_ = c.nc.SetReadDeadline(time.Now().Add(CloseTimeout))
		return err
	}
	_ = c.nc.SetReadDeadline(time.Time{})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// answered has what answers a frame written by who reads, before it waits for more: to wake the
// writer for it takes longer. The caller holds mu.
func (c *Conn) answered() { c.turn.owed = true }

// payOwed writes answers that are owed; the caller holds mu, which is given up for a moment.
func (c *Conn) payOwed() {
	if c.turn.owed {
		c.turn.owed = false
		c.leave(true)
	}
}
