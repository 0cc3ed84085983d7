package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// link is a connection of a client and that to the server, which are one.
type link struct {
	ends   [2]net.Conn // by Side
	tap    *tap        // nil where nobody watches
	chunks *chunks
	count  [2]atomic.Int64 // bytes that were read

	mu  sync.Mutex
	err error // the first that ended the link
}

// lastWords is how long one side may still be read when it takes no more. Usually its reset is
// there already.
const lastWords = time.Second

// run relays until both sides have ended, or ctx has.
func (l *link) run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { l.cut(context.Cause(ctx)) })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { l.half(Client) })
	both.Go(func() { l.half(Server) })
	both.Wait()
	end := net.Conn.Close
	if l.failure() != nil {
		end = reset
	}
	for _, c := range l.ends {
		_ = end(c)
	}
}

// half copies what one side sends, and ends the other as that side ended.
func (l *link) half(from Side) {
	src, dst := l.ends[from], l.ends[1-from]
	readErr, writeErr := l.copy(from, dst, src)
	if l.tap != nil {
		end := readErr
		if end == io.EOF || end == io.ErrUnexpectedEOF {
			end = nil
		}
		l.tap.end(from, end)
	}
	switch {
	case writeErr != nil:
		// The other side has gone. What it has said before is still on its way, by the other
		// half, which ends soon.
		l.note(writeErr)
		_ = dst.SetReadDeadline(time.Now().Add(lastWords))
	case readErr == io.EOF, readErr == io.ErrUnexpectedEOF: // TLS that ends without saying so
		closeWrite(dst)
	case errors.Is(readErr, net.ErrClosed), errors.Is(readErr, io.ErrClosedPipe): // by finish, or by the other half
		l.finish()
	default:
		l.cut(readErr)
	}
}

// copy moves bytes until a side ends. io.EOF is an end in order.
func (l *link) copy(from Side, dst, src net.Conn) (readErr, writeErr error) {
	large := false
	for l.tap != nil && !l.tap.done.Load() {
		c := l.chunks.get(large)
		n, err := src.Read(c.b)
		if n > 0 {
			c.n = n
			l.count[from].Add(int64(n))
			l.tap.put(from, c) // before the other side can answer
			_, writeErr = dst.Write(c.bytes())
			large = n == len(c.b) || large && n > smallChunk
		}
		c.release()
		if writeErr != nil || err != nil {
			return err, writeErr
		}
	}
	return l.splice(from, dst, src)
}

// splice is copy where nobody watches: the kernel can do it.
func (l *link) splice(from Side, dst, src net.Conn) (readErr, writeErr error) {
	n, err := io.Copy(dst, src)
	l.count[from].Add(n)
	switch {
	case err == nil:
		return io.EOF, nil
	case errors.Is(err, syscall.EPIPE):
		return nil, err
	}
	return err, nil
}

// note keeps the first error.
func (l *link) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

// failure is the error that ended the link, if it was one.
func (l *link) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// cut ends both sides at once: they see a reset, as from a peer that is gone.
func (l *link) cut(err error) {
	l.note(err)
	for _, c := range l.ends {
		_ = reset(c)
	}
}

// finish ends both sides in order, as if each had ended its half.
func (l *link) finish() {
	for _, c := range l.ends {
		_ = c.Close()
	}
}

// lower is a connection below those that wrap it.
type lower interface{ NetConn() net.Conn }

// reset closes a connection so that its peer sees a RST.
func reset(c net.Conn) error {
	raw := c
	for {
		wrapped, ok := raw.(lower)
		if !ok {
			break
		}
		raw = wrapped.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	return raw.Close()
}

// closeWrite ends our half of a connection.
func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = c.Close()
}
