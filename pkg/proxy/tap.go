package proxy

import (
	"sync"
	"sync/atomic"
	"time"
)

// Side is one end of a connection.
type Side uint8

// The sides.
const (
	Client Side = iota
	Server
)

// String is the name of the side.
func (s Side) String() string {
	if s == Server {
		return "server"
	}
	return "client"
}

// Watcher sees what passes over one connection. One goroutine calls it, in the order in which
// things happened: a request comes before its answer.
type Watcher interface {
	// Data are bytes of a side that were read at a time. They must not be kept or changed.
	Data(from Side, at time.Time, b []byte)
	// Lost says that n bytes of a side passed unseen, since the Watcher was behind.
	Lost(from Side, at time.Time, n int64)
	// Ended says that a side sends nothing more: nil where it closed its half in order.
	Ended(from Side, at time.Time, err error)
	// Closed is the last call.
	Closed(end Closed)
	// Done reports that the Watcher wants nothing but Closed from now on. It is asked after
	// each call.
	Done() bool
	// Busy reports whether calls are under way. It may be asked by any goroutine.
	Busy() bool
}

// Closed is what became of a connection.
type Closed struct {
	At time.Time
	// FromClient and FromServer are the bytes that were read from each.
	FromClient, FromServer int64
	// Err is why the connection ended, other than both sides having closed theirs.
	Err error
}

// item is an entry of a tap.
type item struct {
	chunk *chunk // nil of an end, or of a loss
	lost  int64
	err   error
	from  Side
	at    time.Time
}

// tap is the way from a link to its Watcher: a queue whose bytes are bounded.
type tap struct {
	watcher Watcher
	limit   int
	done    atomic.Bool // the Watcher wants no more

	mu     sync.Mutex
	wake   sync.Cond
	queue  []item
	bytes  int // that the chunks of the queue take
	closed bool

	ended chan struct{} // closed when run has returned
}

func newTap(w Watcher, limit int) *tap {
	t := &tap{watcher: w, limit: limit, ended: make(chan struct{})}
	t.wake.L = &t.mu
	go t.run()
	return t
}

// put has the Watcher see a chunk, if there is room for it. It never waits for the Watcher.
func (t *tap) put(from Side, c *chunk) {
	if t.done.Load() {
		return
	}
	now := time.Now()
	t.mu.Lock()
	if t.bytes+len(c.b) > t.limit {
		t.drop(from, now, int64(c.n))
	} else {
		c.refs.Add(1)
		t.bytes += len(c.b)
		t.queue = append(t.queue, item{chunk: c, from: from, at: now})
	}
	t.mu.Unlock()
	t.wake.Signal()
}

// drop notes a loss; the caller holds mu. Losses of one side that follow each other are one.
func (t *tap) drop(from Side, at time.Time, n int64) {
	for i := len(t.queue) - 1; i >= 0 && t.queue[i].chunk == nil; i-- {
		if e := &t.queue[i]; e.from == from && e.lost > 0 {
			e.lost += n
			return
		}
	}
	t.queue = append(t.queue, item{lost: n, from: from, at: at})
}

// busy reports whether calls are under way, or what may be one has not been seen yet.
func (t *tap) busy() bool {
	t.mu.Lock()
	unseen := t.bytes > 0
	t.mu.Unlock()
	return unseen || t.watcher.Busy()
}

// end says that a side sends no more.
func (t *tap) end(from Side, err error) {
	t.mu.Lock()
	t.queue = append(t.queue, item{err: err, from: from, at: time.Now()})
	t.mu.Unlock()
	t.wake.Signal()
}

// close says that nothing follows, and waits until the Watcher has seen all.
func (t *tap) close(end Closed) {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.wake.Signal()
	<-t.ended
	t.watcher.Closed(end)
}

func (t *tap) run() {
	defer close(t.ended)
	for {
		items, ok := t.take()
		if !ok {
			return
		}
		for _, e := range items {
			t.show(e)
		}
	}
}

// take waits for entries.
func (t *tap) take() ([]item, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.queue) == 0 {
		if t.closed {
			return nil, false
		}
		t.wake.Wait()
	}
	items := t.queue
	t.queue = nil
	return items, true
}

func (t *tap) show(e item) {
	if !t.done.Load() {
		switch {
		case e.chunk != nil:
			t.watcher.Data(e.from, e.at, e.chunk.bytes())
		case e.lost > 0:
			t.watcher.Lost(e.from, e.at, e.lost)
		default:
			t.watcher.Ended(e.from, e.at, e.err)
		}
		if t.watcher.Done() {
			t.done.Store(true)
		}
	}
	if e.chunk != nil {
		size := len(e.chunk.b)
		e.chunk.release()
		t.mu.Lock()
		t.bytes -= size
		t.mu.Unlock()
	}
}
