package proxy

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds each wait.
const patience = 20 * time.Second

// seen is a Watcher that keeps what it is shown.
type seen struct {
	mu     sync.Mutex
	data   [2]bytes.Buffer
	lost   [2]int64
	ended  [2]error
	over   [2]bool
	done   bool
	block  chan struct{} // Data waits for it, unless nil
	closed chan Closed
}

func newSeen() *seen { return &seen{closed: make(chan Closed, 1)} }

func (s *seen) Data(from Side, _ time.Time, b []byte) {
	if s.block != nil {
		<-s.block
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data[from].Write(b)
}

func (s *seen) Lost(from Side, _ time.Time, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost[from] += n
}

func (s *seen) Ended(from Side, _ time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[from], s.over[from] = err, true
}
func (s *seen) Closed(end Closed) { s.closed <- end }
func (s *seen) Done() bool        { return s.done }
func (s *seen) Busy() bool        { return false }

// relaying starts a proxy before a listener, and returns its address.
func relaying(t testing.TB, server net.Listener, watch func() Watcher, buffer int) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{
		Dial: func(ctx context.Context, _ []string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", server.Addr().String())
		},
		Buffer: buffer,
	}
	if watch != nil {
		p.Watch = func(Conn, error) Watcher { return watch() }
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- p.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-served:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("the proxy does not end")
		}
	})
	return l.Addr().String()
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// pair is both ends of a connection through a proxy.
func pair(t testing.TB, w Watcher, buffer int) (client, server *net.TCPConn) {
	t.Helper()
	l := listen(t)
	c, err := net.Dial("tcp", relaying(t, l, func() Watcher { return w }, buffer))
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	for _, end := range []net.Conn{c, s} {
		_ = end.SetDeadline(time.Now().Add(patience))
	}
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

func (s *seen) wait(t *testing.T) Closed {
	t.Helper()
	select {
	case end := <-s.closed:
		return end
	case <-time.After(patience):
		t.Fatal("the connection does not end")
		panic("unreachable")
	}
}

// TestHalfClose: what one side has ended, the other may still answer.
func TestHalfClose(t *testing.T) {
	t.Parallel()
	w := newSeen()
	client, server := pair(t, w, 0)
	_, _ = client.Write([]byte("question"))
	_ = client.CloseWrite()
	if b, err := io.ReadAll(server); err != nil || string(b) != "question" {
		t.Fatalf("%q, %v", b, err)
	}
	_, _ = server.Write([]byte("answer"))
	_ = server.Close()
	if b, err := io.ReadAll(client); err != nil || string(b) != "answer" {
		t.Fatalf("%q, %v", b, err)
	}
	end := w.wait(t)
	if end.Err != nil || end.FromClient != 8 || end.FromServer != 6 {
		t.Errorf("%+v", end)
	}
	if w.data[Client].String() != "question" || w.data[Server].String() != "answer" || !w.over[Client] || !w.over[Server] {
		t.Errorf("%q, %q", &w.data[Client], &w.data[Server])
	}
}

// TestReset: a reset is passed on as one, in both directions, after what came before it.
func TestReset(t *testing.T) {
	t.Parallel()
	for name, swap := range map[string]bool{"by the client": false, "by the server": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSeen()
			one, other := pair(t, w, 0)
			if swap {
				one, other = other, one
			}
			_, _ = one.Write([]byte("cut"))
			b := make([]byte, 3)
			if _, err := io.ReadFull(other, b); err != nil {
				t.Fatal(err)
			}
			_ = one.SetLinger(0)
			_ = one.Close()
			if _, err := other.Read(b); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the other side sees %v", err)
			}
			if end := w.wait(t); !errors.Is(end.Err, syscall.ECONNRESET) {
				t.Errorf("%+v", end)
			}
		})
	}
}

// TestBackPressure: a side that does not read stops the other, and what waits is bounded; a Watcher
// that does not return changes nothing but that it is told of losses.
func TestBackPressure(t *testing.T) { //nolint:paralleltest // it measures memory
	w := newSeen()
	w.block = make(chan struct{})
	client, server := pair(t, w, 1<<20)
	_ = client.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sent, block := 0, make([]byte, 1<<20)
	for {
		n, err := client.Write(block)
		sent += n
		if err != nil {
			break
		}
		if sent > 64<<20 {
			t.Fatal("64 MiB went to a server that reads nothing")
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("%d bytes of memory", grown)
	}
	_ = client.CloseWrite()
	if n, err := io.Copy(io.Discard, server); err != nil || int(n) != sent {
		t.Errorf("%d of %d bytes, %v", n, sent, err)
	}
	_ = server.Close()
	close(w.block)
	w.wait(t)
	if total := int64(w.data[Client].Len()) + w.lost[Client]; total != int64(sent) || w.lost[Client] == 0 {
		t.Errorf("%d seen, %d lost, of %d", w.data[Client].Len(), w.lost[Client], sent)
	}
}

// TestDone: a Watcher that wants no more gets no more, and the relay goes on.
func TestDone(t *testing.T) {
	t.Parallel()
	w := newSeen()
	w.done = true
	client, server := pair(t, w, 0)
	want := make([]byte, 5<<20)
	_, _ = rand.Read(want)
	go func() {
		_, _ = client.Write(want)
		_ = client.CloseWrite()
	}()
	got, err := io.ReadAll(server)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	_ = server.Close()
	if end := w.wait(t); end.FromClient != int64(len(want)) || end.Err != nil {
		t.Errorf("%+v", end)
	}
	if w.data[Client].Len() >= len(want) {
		t.Error("it has seen all")
	}
}

// TestNobodyThere: where the server is not reached, the client is reset and the Watcher told why.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	l := listen(t)
	_ = l.Close()
	w := newSeen()
	c, err := net.Dial("tcp", relaying(t, l, func() Watcher { return w }, 0))
	if err == nil {
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(patience))
		_, err = c.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNRESET) { // which may overtake connecting
		t.Errorf("the client sees %v", err)
	}
	if end := w.wait(t); !errors.Is(end.Err, syscall.ECONNREFUSED) {
		t.Errorf("%+v", end)
	}
}

// TestManyConnections: 1,000 at once, each with its own bytes.
func TestManyConnections(t *testing.T) {
	t.Parallel()
	l := listen(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	address := relaying(t, l, func() Watcher { return newSeen() }, 0)
	const many = 1000
	var all sync.WaitGroup
	ready := make(chan struct{})
	var connected sync.WaitGroup
	connected.Add(many)
	go func() { connected.Wait(); close(ready) }()
	for i := range many {
		all.Go(func() {
			c, err := net.Dial("tcp", address)
			connected.Done()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(patience))
			<-ready
			want := bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 5000)
			go func() {
				_, _ = c.Write(want)
				_ = c.(*net.TCPConn).CloseWrite()
			}()
			if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, want) {
				t.Errorf("connection %d: %d bytes, %v", i, len(got), err)
			}
		})
	}
	all.Wait()
}

// TestUnseenIsBusy: a connection whose Watcher is behind may have a call on it.
func TestUnseenIsBusy(t *testing.T) {
	t.Parallel()
	w := newSeen()
	w.block = make(chan struct{})
	tap := newTap(w, 1<<20)
	var pool chunks
	c := pool.get(false)
	c.n = 1
	tap.put(Client, c)
	if !tap.busy() {
		t.Error("nothing is said to be under way")
	}
	close(w.block)
	tap.close(Closed{})
	if tap.busy() {
		t.Error("something is said to be under way")
	}
}
