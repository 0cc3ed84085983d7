package ttstream

import (
	"net"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/internal/outbox"
)

// closeTimeout bounds how long the last words of a stream are waited for.
const closeTimeout = 200 * time.Millisecond

// sender writes what a stream has to say. A sender waits for a slow peer only where
// much has gathered.
type sender struct {
	nc   net.Conn
	done chan struct{} // closed when the writer has ended

	mu  sync.Mutex
	out outbox.Box
	err error // why nothing can be written any more
}

func newSender(nc net.Conn) *sender {
	s := &sender{nc: nc, done: make(chan struct{})}
	s.out.Init(&s.mu)
	go s.run()
	return s
}

func (s *sender) run() {
	defer close(s.done)
	err := s.out.Run(func() bool { return false }, func(buf []byte) error {
		_, err := s.nc.Write(buf)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	s.out.Room.Broadcast()
}

// put adds bytes that belong together; they may be reused afterwards.
func (s *sender) put(parts ...[]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.out.Buf) >= outbox.WriteHigh && s.err == nil && !s.out.Closing {
		s.out.Waiters++
		s.out.Room.Wait()
		s.out.Waiters--
	}
	switch {
	case s.err != nil:
		return s.err
	case s.out.Closing:
		return fault.ErrSendClosed
	}
	s.add(parts...)
	return nil
}

// add is put without a wait; the caller holds mu.
func (s *sender) add(parts ...[]byte) {
	for _, p := range parts {
		s.out.Buf = append(s.out.Buf, p...)
	}
	s.out.Wake()
}

// close adds last words and waits until all is written, but not longer than limit.
// It reports whether it was. Nothing can be put in any more.
func (s *sender) close(limit time.Duration, last ...[]byte) bool {
	s.mu.Lock()
	if !s.out.Closing && s.err == nil {
		s.add(last...)
	}
	s.out.Closing = true
	s.out.Work.Signal()
	s.out.Room.Broadcast()
	s.mu.Unlock()
	_ = s.nc.SetWriteDeadline(time.Now().Add(limit))
	<-s.done
	_ = s.nc.SetWriteDeadline(time.Time{})
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err == nil
}
