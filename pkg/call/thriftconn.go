package call

import (
	"crypto/tls"
	"io"
	"net"
	"slices"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

const (
	thriftReadBuffer = 4 << 10
	// thriftKeep is the largest buffer that is kept for the next call.
	thriftKeep = 1 << 20
)

// thriftConn is a connection that carries one call at a time. Whoever has it
// owns it; only interrupt and discard may be called meanwhile.
type thriftConn struct {
	target Target
	nc     net.Conn
	raw    *sniffConn // under nc

	buf  []byte // buf[r:w] has come and is not consumed
	r, w int

	// calls counts those that ended well.
	calls int
	// unconfirmed: a oneway request was the last that left; nothing says that
	// the peer has read it. oneway is the Trace of that.
	unconfirmed bool
	oneway      *stream.Trace
}

func newThriftConn(nc net.Conn, raw *sniffConn, t Target) *thriftConn {
	raw.stop() // need keeps what came
	if nc == net.Conn(raw) {
		nc = raw.Conn
	}
	return &thriftConn{target: t, nc: nc, raw: raw}
}

// unread is what has come and is not consumed.
func (c *thriftConn) unread() []byte { return c.buf[c.r:c.w] }

// need waits until n bytes are there. The buffer grows with what really comes:
// by not more than has come already.
func (c *thriftConn) need(n int) error {
	for c.w-c.r < n {
		if err := c.fill(n); err != nil {
			return err
		}
	}
	return nil
}

// reserve makes the buffer large enough to read size bytes at once.
func (c *thriftConn) reserve(size int) {
	if len(c.buf) < size {
		c.buf = append(c.buf, make([]byte, size-len(c.buf))...)
	}
}

// copied is the connection with a buffer of its own; what was consumed stays in the
// other.
func (c *thriftConn) copied() *thriftConn {
	other := *c
	other.buf = append([]byte(nil), c.unread()...)
	other.r, other.w = 0, len(other.buf)
	return &other
}

// fill reads once.
func (c *thriftConn) fill(n int) error {
	if c.r == c.w {
		c.r, c.w = 0, 0
	}
	if c.w == len(c.buf) || c.r > 0 {
		have := c.w - c.r
		copy(c.buf, c.buf[c.r:c.w])
		c.r, c.w = 0, have
		if have == len(c.buf) {
			grow := max(thriftReadBuffer, min(n-have, have))
			c.buf = slices.Grow(c.buf, grow)
			c.buf = c.buf[:cap(c.buf)]
		}
	}
	for range 100 { // as bufio: net.Conn may return nothing
		m, err := c.nc.Read(c.buf[c.w:])
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
func (c *thriftConn) sniff(n int) []byte {
	_ = c.nc.SetReadDeadline(time.Now().Add(sniffWait))
	_ = c.need(n)
	b := c.unread()
	return append([]byte(nil), b[:min(len(b), sniffLimit)]...)
}

// consume forgets n bytes; they stay where they are until the next fill.
func (c *thriftConn) consume(n int) { c.r += n }

// freeBuffer gives the buffer away where a body may still be in use, or where it
// has become large.
func (c *thriftConn) freeBuffer(inUse bool) {
	if inUse || cap(c.buf) > thriftKeep {
		c.buf, c.r, c.w = nil, 0, 0
	}
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// interrupt makes reads and writes return at once.
func (c *thriftConn) interrupt() { _ = c.nc.SetDeadline(past) }

// discard closes the connection without TLS's close_notify, for which Close would
// wait.
func (c *thriftConn) discard() { c.raw.Close() }

// close ends the connection in an orderly way.
func (c *thriftConn) close() { c.nc.Close() }

// alive reports whether an idle connection can take a request: it is open and
// nothing came unasked. After a oneway request over TLS, something may have come:
// session tickets, which nobody has read yet.
func (c *thriftConn) alive() bool {
	switch peek(c.raw.Conn) {
	case peekedNothing:
		return c.r == c.w
	case peekedBytes:
		_, secured := c.nc.(*tls.Conn)
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
func (c *thriftConn) shutdown() {
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// linger waits for the peer's end of a connection that was shut down, and
// returns what it said before.
func (c *thriftConn) linger(until time.Time) []byte {
	defer c.nc.Close()
	if _, ok := c.nc.(interface{ CloseWrite() error }); !ok {
		return nil
	}
	_ = c.nc.SetReadDeadline(until)
	for c.w-c.r < thriftReadBuffer && c.fill(c.w-c.r+1) == nil {
	}
	return c.unread()
}

// refusal makes the error of a connection that ended before the first answer on
// it had begun.
func (c *thriftConn) refusal(err error) error {
	if c.calls > 0 {
		return &ConnectionLostError{Target: c.target.Text, Messages: c.calls, Err: err}
	}
	e := &ConnectError{Target: c.target.Text, Phase: PhaseThrift, Err: err, Alert: peerAlert(err)}
	_, e.Secured = c.nc.(*tls.Conn)
	e.CertAsked = c.raw.certAsked.Load()
	if e.Alert != 0 { // in TLS 1.3 a client certificate is refused after the handshake
		e.Phase = PhaseTLS
	}
	if e.Dropped = e.Alert == 0 && peerClosed(err); !e.Dropped && e.Alert == 0 {
		return &ConnectionLostError{Target: c.target.Text, Err: err}
	}
	return e
}

// lost makes the error of a connection that ended inside an answer of want bytes.
func (c *thriftConn) lost(err error, want int64) error {
	have := c.w - c.r
	if have == 0 {
		return c.refusal(err)
	}
	return &ConnectionLostError{Target: c.target.Text, Err: &CutError{have, want, err}}
}
