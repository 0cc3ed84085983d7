package call

import (
	"context"
	"net"
	"net/http"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/stream"
)

// h1conn carries gRPC-Web over HTTP/1.1. net/http keeps as many connections to one
// target as there are exchanges at a time.
type h1conn struct {
	target    Target
	opts      *Options
	transport *http.Transport

	mu      sync.Mutex
	first   net.Conn // dialled, and not used yet
	failed  bool     // a later dial did
	running int      // exchanges

	closed context.Context // ends the exchanges
	end    context.CancelCauseFunc
}

// newH1Conn takes over nc, a new connection to t.
func newH1Conn(d *dialer, t Target, nc net.Conn) *h1conn {
	c := &h1conn{target: t, opts: d.opts, first: nc}
	c.closed, c.end = context.WithCancelCause(context.Background())
	again := *d
	again.protos = []string{"http/1.1"}
	c.transport = newTransport(func(ctx context.Context) (net.Conn, error) {
		if nc := c.take(); nc != nil {
			return newHTTP1Peer(nc, t, d.opts), nil
		}
		return again.dialHTTP1(ctx, t)
	})
	return c
}

func (c *h1conn) take() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	nc := c.first
	c.first = nil
	return nc
}

func (c *h1conn) at() Target { return c.target }

func (c *h1conn) usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.failed && c.closed.Err() == nil
}

func (c *h1conn) gone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running == 0
}

// left is called once for each exchange that is over.
func (c *h1conn) left() {
	c.mu.Lock()
	c.running--
	c.mu.Unlock()
}

func (c *h1conn) whyUnusable(err error) error { return err }

// fail has the next request dial all targets anew.
func (c *h1conn) fail() {
	c.mu.Lock()
	c.failed = true
	c.mu.Unlock()
}

func (c *h1conn) close() {
	c.end(ErrClosed)
	if nc := c.take(); nc != nil {
		_ = nc.Close()
	}
	c.transport.CloseIdleConnections()
}

// request begins an exchange. Where more is true, the message that follows is all of
// the request, and everything leaves with it.
func (c *h1conn) request(ctx context.Context, fields []hpack.HeaderField, end, more bool, t *stream.Trace) (httpStream, error) {
	c.mu.Lock()
	c.running++
	c.mu.Unlock()
	st := &h1stream{conn: c, trace: t, fields: fields, opened: make(chan struct{})}
	st.ctx, st.cancel = context.WithCancelCause(ctx)
	st.forget = context.AfterFunc(c.closed, func() { st.cancel(ErrClosed) })
	switch {
	case end:
		if err := st.send(nil); err != nil {
			st.abort(http2.ErrCodeCancel, err)
			return nil, err
		}
	case !more:
		st.begin()
	}
	return st, nil
}
