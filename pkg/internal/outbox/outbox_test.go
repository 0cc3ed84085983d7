package outbox_test

import (
	"bytes"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/idlcall/idlcall/pkg/internal/outbox"
)

// box is an outbox with its owner, and what has been written.
type box struct {
	outbox.Box
	mu      sync.Mutex
	over    bool
	written bytes.Buffer
	ended   chan struct{}
}

func start() *box {
	b := &box{ended: make(chan struct{})}
	b.Init(&b.mu)
	go func() {
		defer close(b.ended)
		_ = b.Run(func() bool { return b.over }, func(p []byte) error {
			b.written.Write(p)
			return nil
		})
	}()
	return b
}

// TestBorrowFirst: a writer that begins while a sender has its work, and after all is over,
// ends.
func TestBorrowFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &box{ended: make(chan struct{})}
		b.Init(&b.mu)
		b.Buf = append(b.Buf, "first"...)
		lent := b.Borrow()
		b.over = true
		b.Work.Broadcast()
		go func() {
			defer close(b.ended)
			_ = b.Run(func() bool { return b.over }, func([]byte) error { return nil })
		}()
		synctest.Wait()
		b.mu.Lock()
		b.Return(lent, len(lent))
		b.mu.Unlock()
		<-b.ended
	})
}

// TestBorrow: a sender that has the writer's work keeps it from the writer, whatever wakes
// that, and what the sender has not written is written before what came meanwhile.
func TestBorrow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		meant   func(b *box) // happens while it is lent
		written int
		want    string
	}{
		{"nothing", func(*box) {}, 5, "first"},
		{"more comes", func(b *box) { b.Buf = append(b.Buf, " second"...); b.Wake() }, 5, "first second"},
		{"more comes, half is written", func(b *box) { b.Buf = append(b.Buf, " second"...); b.Wake() }, 2, "first second"},
		{"none is written", func(*box) {}, 0, "first"},
		{"it closes", func(b *box) { b.Closing = true; b.Work.Broadcast() }, 3, "first"},
		{"it is over", func(b *box) { b.over = true; b.Work.Broadcast() }, 5, "first"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := start()
				synctest.Wait()
				b.mu.Lock()
				b.Buf = append(b.Buf, "first"...)
				lent := b.Borrow()
				if string(lent) != "first" || b.Borrow() != nil {
					t.Errorf("borrowed %q", lent)
				}
				b.mu.Unlock()
				b.mu.Lock()
				tt.meant(b)
				b.mu.Unlock()
				synctest.Wait() // the writer has seen it
				b.written.Write(lent[:tt.written])
				b.mu.Lock()
				b.Return(lent, tt.written)
				b.mu.Unlock()
				synctest.Wait()
				b.mu.Lock()
				b.Closing = true
				b.Work.Broadcast()
				b.mu.Unlock()
				<-b.ended
				if got := b.written.String(); got != tt.want {
					t.Errorf("%q is written, want %q", got, tt.want)
				}
			})
		})
	}
}
