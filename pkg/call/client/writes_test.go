package client

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/idlcall/idlcall/pkg/stream"
)

// countedConn counts system calls that were made, or would be.
type countedConn struct {
	net.Conn
	reads, writes *atomic.Int64
}

func (c countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.reads.Add(1)
	return n, err
}

func (c countedConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// counted is a client whose reads and writes are counted.
func counted(t *testing.T, addr string) (c *testClient, reads, writes *atomic.Int64) {
	reads, writes = new(atomic.Int64), new(atomic.Int64)
	c = newClient(t, addr, func(o *setup) {
		o.Dial = func(ctx context.Context) (net.Conn, error) {
			nc, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
			return countedConn{nc, reads, writes}, err
		}
	})
	return c, reads, writes
}

// TestWritesAreBatched: messages that come faster than the socket takes them
// leave many at a time, and a unary call is one write (and one more for the
// acknowledgement of the peer's SETTINGS).
func TestWritesAreBatched(t *testing.T) {
	const messages = 100_000
	addr := listen(t, rawServer(1, make([]byte, 20)))
	c, _, writes := counted(t, addr)
	if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
		t.Fatal(err)
	}
	if n := writes.Load(); n > 2 {
		t.Errorf("a unary call took %d writes", n)
	}
	writes.Store(0)
	s := open(t, c, stream.Client)
	for range messages {
		if err := s.Send(make([]byte, 20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Recv(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages in %d writes", messages, writes.Load())
	if n := writes.Load(); n > messages/3 { // mostly a hundredth; the race detector slows senders
		t.Errorf("%d messages took %d writes", messages, n)
	}
}

// TestReadsAreBatched: a server stream costs few reads and fewer writes.
func TestReadsAreBatched(t *testing.T) {
	const messages = 100_000
	c, reads, writes := counted(t, listen(t, framesServer(messages, 1, make([]byte, 20))))
	s := open(t, c, stream.Server)
	if err := s.Send(nil); err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		if _, err := s.Recv(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d messages in %d reads and %d writes", n, reads.Load(), writes.Load())
	if n != messages || reads.Load() > messages/10 || writes.Load() > 100 {
		t.Errorf("%d messages took %d reads, %d writes", n, reads.Load(), writes.Load())
	}
}
