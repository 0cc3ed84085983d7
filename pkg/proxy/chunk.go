package proxy

import (
	"sync"
	"sync/atomic"
)

// Sizes of what is read at once. A connection begins with the small one, so that one that is
// idle holds little, and changes to the large one while there is much to read.
const (
	smallChunk = 4 << 10
	largeChunk = 64 << 10
)

// chunk is what one read brought. Whoever copies it and whoever watches it look at the same
// bytes, and the last of them gives it back.
type chunk struct {
	b    []byte // all of it
	n    int    // what was read
	pool *sync.Pool
	refs atomic.Int32
}

func (c *chunk) bytes() []byte { return c.b[:c.n] }

// release gives the chunk back, if nobody else has it.
func (c *chunk) release() {
	if c.refs.Add(-1) == 0 {
		c.pool.Put(c)
	}
}

// chunks are those that nobody uses.
type chunks struct{ small, large sync.Pool }

// get returns a chunk with one owner.
func (p *chunks) get(large bool) *chunk {
	pool, size := &p.small, smallChunk
	if large {
		pool, size = &p.large, largeChunk
	}
	c, _ := pool.Get().(*chunk)
	if c == nil {
		c = &chunk{b: make([]byte, size), pool: pool}
	}
	c.refs.Store(1)
	return c
}
