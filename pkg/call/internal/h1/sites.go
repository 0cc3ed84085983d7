package h1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
)

// Sites are the targets of Thrift over HTTP, which goes through net/http.
type Sites struct {
	sites []Site
	conns connections
	ended context.Context // when the client is closed
	end   context.CancelCauseFunc

	mu     sync.Mutex
	chosen int // index of the site that connected
	closed bool
}

// Site is one target with its connections.
type Site struct {
	Target    call.Target
	Transport *http.Transport
}

// NewSites are the targets of the options.
func NewSites(o *call.Options, d *dial.Dialer) *Sites {
	w := &Sites{}
	w.ended, w.end = context.WithCancelCause(context.Background())
	for _, t := range o.Targets {
		w.sites = append(w.sites, Site{t, newTransport(&w.conns, func(ctx context.Context) (*dial.Peer, error) {
			return dialHTTP1(ctx, d, t)
		})})
	}
	return w
}

// connections are those that net/http has, idle and busy, so that all of them can be ended.
type connections struct {
	mu     sync.Mutex
	open   map[*dial.Peer]bool
	closed bool
}

// add takes note of a new connection.
func (c *connections) add(p *dial.Peer) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = p.Close()
		return nil, call.ErrClosed
	}
	if c.open == nil {
		c.open = map[*dial.Peer]bool{}
	}
	c.open[p] = true
	p.Closed = func() {
		c.mu.Lock()
		delete(c.open, p)
		c.mu.Unlock()
	}
	return p, nil
}

// close ends all connections, and those to come.
func (c *connections) close() {
	c.mu.Lock()
	c.closed = true
	open := c.open
	c.open = nil
	c.mu.Unlock()
	for p := range open {
		_ = p.Close()
	}
}

// newTransport speaks HTTP/1.1 on the connections that dial makes.
func newTransport(all *connections, connect func(context.Context) (*dial.Peer, error)) *http.Transport {
	dialed := func(ctx context.Context, _, _ string) (net.Conn, error) {
		p, err := connect(ctx)
		if err != nil {
			return nil, err
		}
		return all.add(p)
	}
	return &http.Transport{
		DialContext: dialed, DialTLSContext: dialed,
		DisableCompression: true, MaxIdleConnsPerHost: 1 << 10, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: web.MaxHeaderList,
	}
}

// Do sends a request to the targets in order until one connects.
func (w *Sites) Do(ctx context.Context, send func(Site) (*http.Response, error)) (*http.Response, call.Target, error) {
	w.mu.Lock()
	first, closed := w.chosen, w.closed
	w.mu.Unlock()
	if closed {
		return nil, call.Target{}, call.ErrClosed
	}
	var errs []error
	for i := first; i < len(w.sites); i++ {
		site := w.sites[i]
		res, err := send(site)
		var connect *call.ConnectError
		if err != nil && errors.As(err, &connect) && ctx.Err() == nil {
			errs = append(errs, err)
			continue
		}
		w.mu.Lock()
		w.chosen = i
		w.mu.Unlock()
		return res, site.Target, err
	}
	if len(errs) == 1 {
		return nil, call.Target{}, errs[0]
	}
	return nil, call.Target{}, &call.TargetsError{Errs: errs}
}

// Ended is a context that ends when the sites are closed.
func (w *Sites) Ended() context.Context { return w.ended }

// Close ends all calls and connections.
func (w *Sites) Close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.end(call.ErrClosed)
	for _, s := range w.sites {
		s.Transport.CloseIdleConnections()
	}
	w.conns.close()
	return nil
}

// webHost is what net/http tells connections apart by; it is not dialled.
func webHost(t call.Target) string {
	if t.Network == "unix" {
		return "localhost"
	}
	return t.Address
}

// NewRequest is a request to t whose path, with a query, goes out as it is.
func NewRequest(ctx context.Context, method, scheme string, t call.Target, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, "", body)
	if err != nil {
		return nil, fmt.Errorf("make an HTTP request: %w", err)
	}
	req.URL = &url.URL{Scheme: scheme, Host: webHost(t), Opaque: path}
	return req, nil
}

// closedUnused reports whether a peer closed a new connection before the request
// was written. net/http has an error for it (errServerClosedIdle), which it does
// not export.
func closedUnused(err error) bool {
	return strings.Contains(err.Error(), "server closed idle connection")
}

// Explain makes one of our errors out of net/http's; conn is the connection that
// the request had, nil where it had none. closed ends with the client.
func Explain(ctx, closed context.Context, t call.Target, conn net.Conn, err error) error {
	var connect *call.ConnectError
	var mismatch *call.MismatchError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case closed.Err() != nil:
		return call.ErrClosed
	case errors.As(err, &connect):
		return connect
	case errors.As(err, &mismatch):
		return mismatch
	}
	peer, ok := conn.(*dial.Peer)
	switch {
	case !ok:
	case peer.Mismatch() != nil: // err is of the write that was still going on
		return peer.Mismatch()
	case !peer.Heard() && !peer.Secured && (fault.PeerClosed(err) || closedUnused(err)):
		return &call.ConnectError{Target: t.Text, Phase: call.PhaseHTTP, Dropped: true, Err: io.EOF}
	}
	return &call.ConnectionLostError{Target: t.Text, Err: err}
}

// dialHTTP1 connects to t as net/http asks for it.
func dialHTTP1(ctx context.Context, d *dial.Dialer, t call.Target) (*dial.Peer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.Opts.ConnectTimeout, dial.ErrConnectTimeout)
	defer cancel()
	nc, _, err := d.Dial(ctx, t, dialTrace(ctx))
	if err != nil {
		return nil, err
	}
	return dial.NewPeer(nc, t, d.Opts), nil
}
