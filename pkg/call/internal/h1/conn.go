package h1

import (
	"context"
	"net"
	"net/http"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/gate"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Conn carries gRPC-Web over HTTP/1.1. net/http keeps as many connections to one
// target as there are exchanges at a time.
type Conn struct {
	target    call.Target
	opts      *call.Options
	transport *http.Transport
	conns     connections

	mu      sync.Mutex
	first   net.Conn // dialled, and not used yet
	failed  bool     // a later dial did
	running int      // exchanges

	closed context.Context // ends the exchanges
	end    context.CancelCauseFunc
}

// New takes over nc, a new connection to t.
func New(d *dial.Dialer, t call.Target, nc net.Conn) *Conn {
	c := &Conn{target: t, opts: d.Opts, first: nc}
	c.closed, c.end = context.WithCancelCause(context.Background())
	again := *d
	again.Protos = []string{"http/1.1"}
	c.transport = newTransport(&c.conns, func(ctx context.Context) (*dial.Peer, error) {
		if nc := c.take(); nc != nil {
			return dial.NewPeer(nc, t, d.Opts), nil
		}
		return dialHTTP1(ctx, &again, t)
	})
	return c
}

func (c *Conn) take() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	nc := c.first
	c.first = nil
	return nc
}

// At is where the connections lead.
func (c *Conn) At() call.Target { return c.target }

// Usable reports whether a new exchange may begin.
func (c *Conn) Usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.failed && c.closed.Err() == nil
}

// Gone reports whether no exchange runs.
func (c *Conn) Gone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running == 0
}

// left is called once for each exchange that is over.
func (c *Conn) left() {
	c.mu.Lock()
	c.running--
	c.mu.Unlock()
}

// WhyUnusable is err: there is no more to say.
func (c *Conn) WhyUnusable(err error) error { return err }

// fail has the next request dial all targets anew.
func (c *Conn) fail() {
	c.mu.Lock()
	c.failed = true
	c.mu.Unlock()
}

// Close ends all exchanges.
func (c *Conn) Close() {
	c.end(call.ErrClosed)
	if nc := c.take(); nc != nil {
		_ = nc.Close()
	}
	c.transport.CloseIdleConnections()
	c.conns.close()
}

// Request begins an exchange. Where more is true, the message that follows is all of
// the request, and everything leaves with it.
func (c *Conn) Request(ctx context.Context, fields []hpack.HeaderField, end, more bool, t *stream.Trace) (web.Stream, error) {
	c.mu.Lock()
	c.running++
	c.mu.Unlock()
	st := &exchange{conn: c, trace: t, fields: fields, opened: make(gate.Gate)}
	st.ctx, st.cancel = context.WithCancelCause(ctx)
	st.forget = context.AfterFunc(c.closed, func() { st.cancel(call.ErrClosed) })
	switch {
	case end:
		if err := st.send(nil); err != nil {
			st.Abort(http2.ErrCodeCancel, err)
			return nil, err
		}
	case !more:
		st.begin()
	}
	return st, nil
}
