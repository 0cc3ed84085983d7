package thrift

import (
	"crypto/tls"
	"io"
	"net"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/internal/grow"
	"github.com/idlcall/idlcall/pkg/stream"
)

const (
	readBuffer = 4 << 10
	// thriftKeep is the largest buffer that is kept for the next call.
	keepBuffer = 1 << 20
)

// Conn is a connection that carries one call at a time. Whoever has it
// owns it; only interrupt and discard may be called meanwhile.
type Conn struct {
	Target call.Target
	Nc     net.Conn
	raw    *dial.SniffConn // under nc
	eager  *dial.Eager     // nil over TLS

	buf  []byte // buf[r:w] has come and is not consumed
	r, w int

	// Calls counts those that ended well.
	Calls int
	// unconfirmed: a oneway request was the last that left; nothing says that
	// the peer has read it. oneway is the Trace of that.
	unconfirmed bool
	oneway      *stream.Trace
}

// NewConn takes over a new connection.
func NewConn(nc net.Conn, raw *dial.SniffConn, t call.Target) *Conn {
	raw.Stop() // need keeps what came
	c := &Conn{Target: t, Nc: nc, raw: raw}
	if nc == net.Conn(raw) {
		c.Nc, c.eager = raw.Conn, raw.Eager()
	}
	return c
}

// Unread is what has come and is not consumed.
func (c *Conn) Unread() []byte { return c.buf[c.r:c.w] }

// Need waits until n bytes are there. The buffer grows with what really comes:
// by not more than has come already.
func (c *Conn) Need(n int) error {
	for c.w-c.r < n {
		if err := c.fill(n); err != nil {
			return err
		}
	}
	return nil
}

// await waits for the first byte of an answer.
func (c *Conn) await() error {
	if c.eager != nil && c.r == c.w {
		c.eager.Wait()
		defer c.eager.Done()
	}
	return c.Need(1)
}

// Reserve makes the buffer large enough to read size bytes at once.
func (c *Conn) Reserve(size int) {
	if len(c.buf) < size {
		c.buf = append(c.buf, make([]byte, size-len(c.buf))...)
	}
}

// Copied is the connection with a buffer of its own; what was consumed stays in the
// other.
func (c *Conn) Copied() *Conn {
	other := *c
	other.buf = append([]byte(nil), c.Unread()...)
	other.r, other.w = 0, len(other.buf)
	return &other
}

// fill reads once.
func (c *Conn) fill(n int) error {
	if c.r == c.w {
		c.r, c.w = 0, 0
	}
	if c.w == len(c.buf) || c.r > 0 {
		have := c.w - c.r
		copy(c.buf, c.buf[c.r:c.w])
		c.r, c.w = 0, have
		if have == len(c.buf) {
			c.buf = grow.For(c.buf, n, readBuffer)
			c.buf = c.buf[:cap(c.buf)]
		}
	}
	for range 100 { // as bufio: net.Conn may return nothing
		m, err := c.Nc.Read(c.buf[c.w:])
		c.w += m
		if m > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// sniff waits for up to n bytes that explain an answer that is not Thrift's, but
// not for long. The connection is of no use afterwards.
func (c *Conn) sniff(n int) []byte {
	_ = c.Nc.SetReadDeadline(time.Now().Add(foreign.SniffWait))
	_ = c.Need(n)
	b := c.Unread()
	return append([]byte(nil), b[:min(len(b), foreign.SniffLimit)]...)
}

// Consume forgets n bytes; they stay where they are until the next fill.
func (c *Conn) Consume(n int) { c.r += n }

// FreeBuffer gives the buffer away where a body may still be in use, or where it
// has become large.
func (c *Conn) FreeBuffer(inUse bool) {
	if inUse || cap(c.buf) > keepBuffer {
		c.buf, c.r, c.w = nil, 0, 0
	}
}

// Past is a deadline that has passed.
var Past = time.Unix(1, 0)

// interrupt makes reads and writes return at once.
func (c *Conn) interrupt() { _ = c.Nc.SetDeadline(Past) }

// discard closes the connection without TLS's close_notify, for which Close would
// wait.
func (c *Conn) discard() { c.raw.Close() }

// close ends the connection in an orderly way.
func (c *Conn) close() { c.Nc.Close() }

// Alive reports whether an idle connection can take a request: it is open and
// nothing came unasked. After a oneway request over TLS, something may have come:
// session tickets, which nobody has read yet.
func (c *Conn) Alive() bool {
	switch peek(c.raw.Conn) {
	case peekedNothing:
		return c.r == c.w
	case peekedBytes:
		_, secured := c.Nc.(*tls.Conn)
		return secured && c.unconfirmed
	}
	return false
}

// peeked is what an idle connection has to read.
type peeked uint8

const (
	peekedNothing peeked = iota
	peekedBytes
	peekedEnd
)

// shutdown half-closes after a oneway call, so that the peer reads the request
// and then the end. Closing at once could reset the connection, and lose it.
func (c *Conn) shutdown() {
	if half, ok := c.Nc.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// linger waits for the peer's end of a connection that was shut down, and
// returns what it said before.
func (c *Conn) linger(until time.Time) []byte {
	defer c.Nc.Close()
	if _, ok := c.Nc.(interface{ CloseWrite() error }); !ok {
		return nil
	}
	_ = c.Nc.SetReadDeadline(until)
	for c.w-c.r < readBuffer && c.fill(c.w-c.r+1) == nil {
	}
	return c.Unread()
}

// refusal makes the error of a connection that ended before the first answer on
// it had begun.
func (c *Conn) refusal(err error) error {
	if c.Calls > 0 {
		return &call.ConnectionLostError{Target: c.Target.Text, Messages: c.Calls, Err: err}
	}
	e := &call.ConnectError{Target: c.Target.Text, Phase: call.PhaseThrift, Err: err, Alert: fault.PeerAlert(err)}
	_, e.Secured = c.Nc.(*tls.Conn)
	e.CertAsked = c.raw.CertAsked.Load()
	if e.Alert != 0 { // in TLS 1.3 a client certificate is refused after the handshake
		e.Phase = call.PhaseTLS
	}
	if e.Dropped = e.Alert == 0 && fault.PeerClosed(err); !e.Dropped && e.Alert == 0 {
		return &call.ConnectionLostError{Target: c.Target.Text, Err: err}
	}
	return e
}

// Lost makes the error of a connection that ended inside an answer of want bytes.
func (c *Conn) Lost(err error, want int64) error {
	have := c.w - c.r
	if have == 0 {
		return c.refusal(err)
	}
	return &call.ConnectionLostError{Target: c.Target.Text, Err: &call.CutError{Have: have, Want: want, Err: err}}
}
