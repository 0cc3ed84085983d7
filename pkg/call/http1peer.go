package call

import (
	"context"
	"net"
	"sync"
	"time"
)

// http1Peer is a connection to a peer that is to answer in HTTP/1. Reading fails with a
// MismatchError where the first bytes are something else: net/http would wait for the
// end of a line first, which others need not send.
type http1Peer struct {
	net.Conn
	opts    *Options
	target  Target
	secured bool

	mu   sync.Mutex
	head []byte // the first bytes, up to "HTTP/"
	// other is what the peer speaks instead, nil where it speaks HTTP/1.
	other *MismatchError
}

// dialHTTP1 connects to t as net/http asks for it.
func (d *dialer) dialHTTP1(ctx context.Context, t Target) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.opts.ConnectTimeout, errConnectTimeout)
	defer cancel()
	nc, _, err := d.dial(ctx, t, dialTrace(ctx))
	if err != nil {
		return nil, err
	}
	return newHTTP1Peer(nc, t, d.opts), nil
}

func newHTTP1Peer(nc net.Conn, t Target, o *Options) *http1Peer {
	_, secured := nc.(alpnConn)
	return &http1Peer{Conn: nc, opts: o, target: t, secured: secured}
}

// heard reports whether the peer has said anything.
func (c *http1Peer) heard() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.head) > 0
}

// mismatch is what the peer speaks instead of HTTP/1, or nil.
func (c *http1Peer) mismatch() *MismatchError {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.other
}

const http1Begin = "HTTP/" // RFC 9112 section 4

func (c *http1Peer) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	had := len(c.head)
	if had == len(http1Begin) || n == 0 {
		return n, err
	}
	for i := had; i < min(had+n, len(http1Begin)); i++ {
		if c.head = append(c.head, p[i-had]); c.head[i] != http1Begin[i] {
			c.other = c.foreign(append(c.head[:had:had], p[:n]...))
			return 0, c.other
		}
	}
	return n, err
}

// foreign describes a peer that begins with first. Where that is little, what comes
// within sniffWait explains more.
func (c *http1Peer) foreign(first []byte) *MismatchError {
	_ = c.SetReadDeadline(time.Now().Add(sniffWait))
	for more := make([]byte, sniffLimit); len(first) < frameHeaderLen; {
		n, err := c.Conn.Read(more)
		if first = append(first, more[:n]...); err != nil {
			break
		}
	}
	e := c.opts.notHTTP2(c.target, first[:min(len(first), sniffLimit)])
	e.Want = "HTTP"
	return e
}
