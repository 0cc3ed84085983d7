//go:build unix

package dial

import (
	"net"
	"runtime"
	"testing"
	"time"
)

// pair is a connection and its other end.
func pair(t *testing.T) (*SniffConn, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close(); peer.Close() })
	return &SniffConn{Conn: nc}, peer
}

func eager(t *testing.T) (*Eager, net.Conn) {
	t.Helper()
	before := runtime.GOMAXPROCS(2)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	c, peer := pair(t)
	return c.Eager(), peer
}

// wait reports whether a wait has looked, and waits that found nothing.
func (e *Eager) wait() (looked bool) {
	before := *e
	e.Wait()
	e.Done()
	return *e != before && e.skip >= before.skip
}

// TestEagerGivesUp: where answers take long, fewer and fewer waits look.
func TestEagerGivesUp(t *testing.T) {
	e, peer := eager(t)
	var between []int // waits that did not look, between two that did
	for n := 0; len(between) < rarest+2; n++ {
		if e.wait() {
			between = append(between, n)
			n = -1
		}
	}
	for i, n := range between[1:] {
		if want := 1<<min(i+1, rarest) - 1; n != want {
			t.Fatalf("%v waits in between, want %d after look %d", between, want, i+1)
		}
	}

	// With answers all becomes as at first, step by step.
	if _, err := peer.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	for e.misses > 0 {
		e.wait()
	}
	if e.skip != 0 {
		t.Errorf("%d waits do not look after as many answers as looks in vain", e.skip)
	}
}

// TestEagerAlone: where two receivers wait, neither looks.
func TestEagerAlone(t *testing.T) {
	one, _ := eager(t)
	two, _ := eager(t)
	one.skip = 1 // waits without a look
	one.Wait()
	if two.wait() {
		t.Error("looked, while another waited")
	}
	one.Done()
	if !two.wait() {
		t.Error("did not look, alone")
	}
}

// TestEagerEnds: a deadline that has passed ends a look, as it would a read.
func TestEagerEnds(t *testing.T) {
	e, _ := eager(t)
	c, _ := pair(t)
	e.look = c.Looker()
	if err := c.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if e.wait() {
		t.Errorf("%d looks in vain, behind a deadline", e.misses)
	}
}

// TestEagerOnOneCPU: whoever looks there keeps the peer from answering.
func TestEagerOnOneCPU(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	c, _ := pair(t)
	if c.Eager().wait() {
		t.Error("looked, on one CPU")
	}
}
