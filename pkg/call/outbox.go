package call

import (
	"net"
	"runtime"
	"sync"
	"time"
)

// outbox writes what a stream has to say, from a goroutine of its own: a burst of
// small messages leaves in one write, and a sender waits for a slow peer only where
// much has gathered.
type outbox struct {
	nc net.Conn

	mu      sync.Mutex
	work    sync.Cond // the writer waits for bytes
	room    sync.Cond // senders wait for it
	waiters int       // of room
	idle    bool      // the writer waits
	closing bool      // it ends when buf is empty
	err     error     // why nothing can be written any more

	buf, spare []byte
	done       chan struct{} // closed when the writer has ended
}

func newOutbox(nc net.Conn) *outbox {
	b := &outbox{nc: nc, done: make(chan struct{})}
	b.work.L, b.room.L = &b.mu, &b.mu
	go b.run()
	return b
}

// put adds bytes that belong together; they may be reused afterwards.
func (b *outbox) put(parts ...[]byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.buf) >= writeHigh && b.err == nil && !b.closing {
		b.waiters++
		b.room.Wait()
		b.waiters--
	}
	switch {
	case b.err != nil:
		return b.err
	case b.closing:
		return errSendClosed
	}
	b.add(parts...)
	return nil
}

// add is put without a wait; the caller holds mu.
func (b *outbox) add(parts ...[]byte) {
	for _, p := range parts {
		b.buf = append(b.buf, p...)
	}
	if b.idle {
		b.idle = false
		b.work.Signal()
	}
}

// close adds last words and waits until all is written, but not longer than limit.
// It reports whether it was. Nothing can be put in any more.
func (b *outbox) close(limit time.Duration, last ...[]byte) bool {
	b.mu.Lock()
	if !b.closing && b.err == nil {
		b.add(last...)
	}
	b.closing = true
	b.work.Signal()
	b.room.Broadcast()
	b.mu.Unlock()
	_ = b.nc.SetWriteDeadline(time.Now().Add(limit))
	<-b.done
	_ = b.nc.SetWriteDeadline(time.Time{})
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err == nil
}

// run writes until the outbox is closed, or writing fails.
func (b *outbox) run() {
	defer close(b.done)
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		for len(b.buf) == 0 && !b.closing {
			b.idle = true
			b.work.Wait()
		}
		if len(b.buf) == 0 {
			return
		}
		if len(b.buf) < smallBatch && !b.closing { // a sender in full swing may add more
			b.mu.Unlock()
			runtime.Gosched()
			b.mu.Lock()
		}
		buf := b.buf
		b.buf, b.spare = b.spare[:0], nil
		if b.waiters > 0 {
			b.room.Broadcast()
		}
		b.mu.Unlock()
		_, err := b.nc.Write(buf)
		b.mu.Lock()
		if cap(buf) <= keepBuffer {
			b.spare = buf
		}
		if err != nil {
			b.err = err
			b.room.Broadcast()
			return
		}
	}
}
