package serve

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
)

// conn is a connection some bytes of which may have been read already.
type conn struct {
	net.Conn

	in      *bufio.Reader
	buf     []byte // of take
	secured bool   // Conn is TLS
	room    room   // for large requests

	mu       sync.Mutex // guards all below
	draining bool
	onDrain  func()
}

// room is what requests of a connection may take of memory at one time, in bytes.
type room struct {
	mu    sync.Mutex
	free  int64
	turns []*turn // who waits, the first first
}

// turn is somebody who waits for room.
type turn struct {
	size int64
	come chan struct{}
}

// acquire waits for room, which a request of any size that is allowed will have.
func (r *room) acquire(ctx context.Context, size int64) error {
	r.mu.Lock()
	if len(r.turns) == 0 && size <= r.free {
		r.free -= size
		r.mu.Unlock()
		return nil
	}
	t := &turn{size, make(chan struct{})}
	r.turns = append(r.turns, t)
	r.mu.Unlock()
	select {
	case <-t.come:
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	at := slices.Index(r.turns, t)
	if at >= 0 {
		r.turns = slices.Delete(r.turns, at, at+1)
	}
	r.mu.Unlock()
	if at < 0 { // it had come
		r.release(size)
	} else {
		r.release(0) // those behind may fit
	}
	return ctx.Err()
}

// release gives room back.
func (r *room) release(size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free += size
	for len(r.turns) > 0 && r.turns[0].size <= r.free {
		r.free -= r.turns[0].size
		close(r.turns[0].come)
		r.turns = r.turns[1:]
	}
}

// drain asks the connection to end once nothing is under way on it.
func (c *conn) drain() {
	c.mu.Lock()
	c.draining = true
	f := c.onDrain
	c.mu.Unlock()
	if f != nil {
		f()
	}
}

// whenDraining says what drain does, which may have been called already.
func (c *conn) whenDraining(f func()) {
	c.mu.Lock()
	c.onDrain = f
	late := c.draining
	c.mu.Unlock()
	if late {
		f()
	}
}

// peer is the client, whose RPC goes via a transport.
func (c *conn) peer(via string) Peer { return Peer{c.RemoteAddr(), via, c.secured} }

// secure begins TLS, which the client speaks.
func (c *conn) secure(ctx context.Context, config *tls.Config, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	secured := tls.Server(&begun{c.Conn, c.in}, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return err
	}
	c.Conn, c.in, c.secured = secured, bufio.NewReaderSize(secured, usualSize), true
	return nil
}

// begun is a connection whose first bytes a reader has.
type begun struct {
	net.Conn

	in *bufio.Reader
}

func (b *begun) Read(p []byte) (int, error) { return b.in.Read(p) }

func (c *conn) Read(p []byte) (int, error) { return c.in.Read(p) }

// greet waits for the first bytes, but not for ever.
func (c *conn) greet(limit time.Duration) (detect.Form, error) {
	if err := c.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return detect.Form{}, err
	}
	c.whenDraining(func() { _ = c.SetReadDeadline(time.Now()) }) // nothing is under way yet
	form, err := c.detect()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining && errors.Is(err, os.ErrDeadlineExceeded) {
		err = io.EOF
	}
	_ = c.SetReadDeadline(time.Time{}) // a connection that is closed shows when it is read
	return form, err
}

// detect tells by what comes next what it is. io.EOF: nothing more comes.
func (c *conn) detect() (detect.Form, error) {
	for need := 1; ; {
		b, err := c.in.Peek(need)
		if err != nil {
			if len(b) > 0 {
				err = unexpected(err)
			}
			return detect.Form{}, err
		}
		form, more := detect.Request(b)
		if more == 0 {
			return form, nil
		}
		need = more
	}
}

// take reads size bytes, valid until the next take. What is announced takes memory only
// as it comes.
func (c *conn) take(size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, &SizeError{size, limit}
	}
	const step = 64 << 10
	if cap(c.buf) > 16*step { // what one large request took is not kept
		c.buf = nil
	}
	c.buf = c.buf[:0]
	for int64(len(c.buf)) < size {
		start := len(c.buf)
		c.buf = append(c.buf, make([]byte, min(size-int64(start), step))...)
		if _, err := io.ReadFull(c.in, c.buf[start:]); err != nil {
			return nil, unexpected(err)
		}
	}
	return c.buf, nil
}

// unexpected is the error of a read inside a message.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// usualSize is the size of a connection's buffer, but while a large message without a
// frame is read.
const usualSize = 4096

// resize gives the buffer another size, in which what it holds must have a place.
func (c *conn) resize(size int) {
	rest, _ := c.in.Peek(c.in.Buffered())
	c.in = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(rest)), c.Conn), size)
}

// shrink gives back what a large message took.
func (c *conn) shrink() {
	if c.in.Size() > 16*usualSize && c.in.Buffered() <= usualSize {
		c.resize(usualSize)
	}
}
