package serve

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"net"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Server answers the connections of clients. Only Find must be set. It may be shared by
// any number of goroutines, and copied before it is first used.
type Server struct {
	// Find returns the Handler of a method, which is as in ServerStream.Method. Neither
	// a Handler nor an error is a method that there is not. It is called for each RPC,
	// by many goroutines.
	Find func(m *stream.Method) (Handler, error)

	// MaxMessage bounds a request, in bytes; 0 is DefaultMaxMessage.
	MaxMessage int64
	// MaxStreams bounds the RPCs at one time on a connection; 0 is DefaultMaxStreams.
	MaxStreams int
	// Greeting is the time that a client has to say what it speaks; 0 is
	// DefaultGreeting.
	Greeting time.Duration
}

// Defaults of a Server's limits.
const (
	DefaultMaxMessage = 64 << 20
	DefaultMaxStreams = 250
	DefaultGreeting   = 10 * time.Second
)

func (s *Server) maxMessage() int64       { return cmp.Or(s.MaxMessage, DefaultMaxMessage) }
func (s *Server) maxStreams() int         { return cmp.Or(s.MaxStreams, DefaultMaxStreams) }
func (s *Server) greeting() time.Duration { return cmp.Or(s.Greeting, DefaultGreeting) }

// Serve accepts connections until ctx ends or the listener fails, and closes that. It
// returns when the last connection has ended: nil where it was ctx that ended it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	var conns sync.WaitGroup
	defer conns.Wait()
	defer cancel()
	defer stop()
	for {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = c.Close()
			}
			return nil
		case err != nil:
			_ = l.Close()
			return err
		}
		conns.Go(func() { _ = s.ServeConn(ctx, c) })
	}
}

// ServeConn answers one client, and closes its connection. It returns when all RPCs have
// ended: nil where the client went between them, otherwise why it could not go on; the
// cause of ctx where that ended it. Errors of one RPC are for its client only.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer nc.Close()
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	defer stop()
	c := &conn{Conn: nc, in: bufio.NewReaderSize(nc, usualSize)}
	err := s.serve(ctx, c)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == io.EOF:
		return nil
	}
	return err
}

// serve finds out what the client speaks.
func (s *Server) serve(ctx context.Context, c *conn) error {
	form, err := c.greet(s.greeting())
	if err != nil {
		return err
	}
	switch form.Kind {
	case detect.HTTP2:
		return s.serveHTTP2(ctx, c)
	case detect.TTHeaderStreams:
		return s.serveStreams(ctx, c)
	}
	return s.serveCalls(ctx, c)
}

// conn is a connection some bytes of which may have been read already.
type conn struct {
	net.Conn
	in  *bufio.Reader
	buf []byte // of take
}

func (c *conn) Read(p []byte) (int, error) { return c.in.Read(p) }

// greet waits for the first bytes, but not for ever.
func (c *conn) greet(limit time.Duration) (detect.Form, error) {
	if err := c.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return detect.Form{}, err
	}
	form, err := c.detect()
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
