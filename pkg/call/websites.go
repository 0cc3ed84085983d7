package call

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
)

// webSites are the targets of Thrift over HTTP, which goes through net/http.
type webSites struct {
	sites []webSite

	mu     sync.Mutex
	chosen int // index of the site that connected
	closed bool
}

// webSite is one target with its connections.
type webSite struct {
	target    Target
	transport *http.Transport
}

func newWebSites(o *Options, d *dialer) *webSites {
	w := &webSites{}
	for _, t := range o.Targets {
		w.sites = append(w.sites, webSite{t, newTransport(func(ctx context.Context) (net.Conn, error) {
			return d.dialHTTP1(ctx, t)
		})})
	}
	return w
}

// newTransport speaks HTTP/1.1 on the connections that dial makes.
func newTransport(dial func(context.Context) (net.Conn, error)) *http.Transport {
	dialed := func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
	return &http.Transport{
		DialContext: dialed, DialTLSContext: dialed,
		DisableCompression: true, MaxIdleConnsPerHost: 1 << 10, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: maxHeaderList,
	}
}

// do sends a request to the targets in order until one connects.
func (w *webSites) do(ctx context.Context, send func(webSite) (*http.Response, error)) (*http.Response, Target, error) {
	w.mu.Lock()
	first, closed := w.chosen, w.closed
	w.mu.Unlock()
	if closed {
		return nil, Target{}, ErrClosed
	}
	var errs []error
	for i := first; i < len(w.sites); i++ {
		site := w.sites[i]
		res, err := send(site)
		var connect *ConnectError
		if err != nil && errors.As(err, &connect) && ctx.Err() == nil {
			errs = append(errs, err)
			continue
		}
		w.mu.Lock()
		w.chosen = i
		w.mu.Unlock()
		return res, site.target, err
	}
	if len(errs) == 1 {
		return nil, Target{}, errs[0]
	}
	return nil, Target{}, &TargetsError{errs}
}

// Close ends idle connections.
func (w *webSites) Close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	for _, s := range w.sites {
		s.transport.CloseIdleConnections()
	}
	return nil
}

// webHost is what net/http tells connections apart by; it is not dialled.
func webHost(t Target) string {
	if t.Network == "unix" {
		return "localhost"
	}
	return t.Address
}

// newPost is a request to t whose path goes out as it is.
func newPost(ctx context.Context, scheme string, t Target, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "", body)
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

// explainHTTP makes one of our errors out of net/http's; conn is the connection that
// the request had, nil where it had none.
func explainHTTP(ctx context.Context, t Target, conn net.Conn, err error) error {
	var connect *ConnectError
	var mismatch *MismatchError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &connect):
		return connect
	case errors.As(err, &mismatch):
		return mismatch
	}
	peer, ok := conn.(*http1Peer)
	switch {
	case !ok:
	case peer.mismatch() != nil: // err is of the write that was still going on
		return peer.mismatch()
	case !peer.heard() && !peer.secured && (peerClosed(err) || closedUnused(err)):
		return &ConnectError{Target: t.Text, Phase: PhaseHTTP, Dropped: true, Err: io.EOF}
	}
	return &ConnectionLostError{Target: t.Text, Err: err}
}
