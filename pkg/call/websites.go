package call

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// webSites are the targets of transports that go through net/http.
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
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			ctx, cancel := context.WithTimeoutCause(ctx, o.ConnectTimeout, errConnectTimeout)
			defer cancel()
			nc, _, err := d.dial(ctx, t)
			return nc, err
		}
		w.sites = append(w.sites, webSite{t, &http.Transport{
			DialContext: dial, DialTLSContext: dial, ForceAttemptHTTP2: len(d.protos) > 1,
			DisableCompression: true, MaxIdleConnsPerHost: 1 << 10, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: maxHeaderList,
		}})
	}
	return w
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

// closedUnused reports whether a peer closed a new connection before the request
// was written. net/http has an error for it (errServerClosedIdle), which it does
// not export.
func closedUnused(err error) bool {
	return strings.Contains(err.Error(), "server closed idle connection")
}

// explainHTTP makes one of our errors out of net/http's, with the help of the
// first bytes that the peer sent.
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
	if sniff, ok := conn.(*sniffConn); ok {
		first := sniff.seen()
		if len(first) == 0 && (peerClosed(err) || closedUnused(err)) {
			return &ConnectError{Target: t.Text, Phase: PhaseHTTP, Dropped: true, Err: io.EOF}
		}
		if guess, _ := classify(first); guess != GuessHTTP1 && len(first) > 0 {
			e := notHTTP2(t, first)
			e.Want = "HTTP"
			return e
		}
	}
	return &ConnectionLostError{Target: t.Text, Err: err}
}
