package dial

import (
	"net"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
)

// Peer is a connection to a peer that is to answer in HTTP/1. Reading fails with a
// MismatchError where the first bytes are something else: net/http would wait for the
// end of a line first, which others need not send.
type Peer struct {
	net.Conn
	opts    *call.Options
	target  call.Target
	Secured bool // by TLS
	// Closed, if set, is called when the connection is closed.
	Closed func()

	mu   sync.Mutex
	head []byte // the first bytes, up to "HTTP/"
	// other is what the peer speaks instead, nil where it speaks HTTP/1.
	other *call.MismatchError
}

// NewPeer takes over a new connection.
func NewPeer(nc net.Conn, t call.Target, o *call.Options) *Peer {
	_, secured := nc.(ALPNConn)
	return &Peer{Conn: nc, opts: o, target: t, Secured: secured}
}

// Close closes the connection.
func (c *Peer) Close() error {
	if c.Closed != nil {
		c.Closed()
	}
	return c.Conn.Close()
}

// Heard reports whether the peer has said anything.
func (c *Peer) Heard() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.head) > 0
}

// Mismatch is what the peer speaks instead of HTTP/1, or nil.
func (c *Peer) Mismatch() *call.MismatchError {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.other
}

const http1Begin = "HTTP/" // RFC 9112 section 4

func (c *Peer) Read(p []byte) (int, error) {
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
func (c *Peer) foreign(first []byte) *call.MismatchError {
	_ = c.SetReadDeadline(time.Now().Add(foreign.SniffWait))
	for more := make([]byte, foreign.SniffLimit); len(first) < len(http1Begin)+4; {
		n, err := c.Conn.Read(more)
		if first = append(first, more[:n]...); err != nil {
			break
		}
	}
	e := foreign.NotHTTP2(c.opts, c.target, first[:min(len(first), foreign.SniffLimit)])
	e.Want = "HTTP"
	return e
}
