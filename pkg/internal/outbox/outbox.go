// Package outbox has the write loop: bytes gather in a Box, under the lock of its owner, and
// one goroutine writes them, so that senders wait for no system call and a burst of small
// messages leaves in one write.
package outbox

import (
	"runtime"
	"sync"
)

const (
	// WriteHigh is how many bytes may wait for the writer before senders wait.
	WriteHigh = 64 << 10
	// smallBatch is below which the writer yields once before it writes.
	smallBatch = 1 << 10
	// KeepBuffer is the capacity above which a write buffer is not reused.
	KeepBuffer = 1 << 20
)

// Box gathers bytes that one goroutine writes: a sender waits for no system call,
// and a burst of small messages leaves in one write. All of it is guarded by the lock
// of its owner.
type Box struct {
	mu      *sync.Mutex
	Work    sync.Cond // the writer waits for bytes
	Room    sync.Cond // senders wait for it
	Waiters int       // of room
	awake   bool      // the writer is not waiting, or a sender has its work
	lent    bool      // a sender has
	missed  bool      // the writer has waited for that only, whatever else there is to do
	Closing bool      // it ends when buf is empty
	Taken   func()    // is called when the writer takes buf; may be nil

	Buf, spare []byte
}

// Init gives the box the lock of its owner.
func (b *Box) Init(mu *sync.Mutex) {
	b.mu, b.Work.L, b.Room.L = mu, mu, mu
}

// Wake has the writer write what is in buf; the caller holds the lock.
func (b *Box) Wake() {
	if !b.awake {
		b.awake = true
		b.Work.Signal()
	}
}

// Borrow lets a sender that holds the lock do the writer's work, where that has none: it
// returns all that is to be written, or nil. The sender gives it back to Return.
func (b *Box) Borrow() []byte {
	if b.awake || b.Closing || len(b.Buf) == 0 {
		return nil
	}
	b.awake, b.lent = true, true
	return b.take()
}

// Return takes what Borrow returned, of which a sender has written n bytes, and has the
// writer go on; the caller holds the lock.
func (b *Box) Return(buf []byte, n int) {
	missed := b.missed
	b.awake, b.lent, b.missed = false, false, false
	if n < len(buf) {
		b.Buf = append(buf[:copy(buf, buf[n:])], b.Buf...)
		if b.Taken != nil {
			b.Taken()
		}
	} else {
		b.keep(buf)
	}
	if len(b.Buf) > 0 {
		b.Wake()
	} else if missed {
		b.Work.Signal() // for whatever it was, as the end
	}
}

// Run writes until the outbox is closing and empty, over says that there is no more
// use in it, or writing fails. The owner's lock is held but for the writes.
func (b *Box) Run(over func() bool, write func([]byte) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		for b.lent || !over() && !b.Closing && (!b.awake || len(b.Buf) == 0) {
			b.awake, b.missed = b.lent, b.lent
			b.Work.Wait()
		}
		if over() || len(b.Buf) == 0 {
			return nil
		}
		if err := b.writeBatch(write); err != nil {
			return err
		}
	}
}

func (b *Box) writeBatch(write func([]byte) error) error {
	if len(b.Buf) < smallBatch && !b.Closing { // a sender in full swing may add more
		b.mu.Unlock()
		runtime.Gosched()
		b.mu.Lock()
	}
	buf := b.take()
	b.mu.Unlock()
	err := write(buf)
	b.mu.Lock()
	b.keep(buf)
	return err
}

// take is all that is to be written.
func (b *Box) take() []byte {
	buf := b.Buf
	b.Buf, b.spare = b.spare[:0], nil
	if b.Taken != nil {
		b.Taken()
	}
	if b.Waiters > 0 {
		b.Room.Broadcast()
	}
	return buf
}

// keep takes a buffer back that has been written.
func (b *Box) keep(buf []byte) {
	if cap(buf) <= KeepBuffer {
		b.spare = buf
	}
}
