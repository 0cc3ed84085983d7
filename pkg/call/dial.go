package call

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// dialer makes connections as Options say. It is safe for concurrent use.
type dialer struct {
	opts   *Options
	tls    *tls.Config // nil where no target wants TLS
	proxy  proxyFunc
	speaks Phase    // what begins on a new connection, or after the TLS handshake
	protos []string // ALPN
}

// newDialer reads the files of TLS and the URL of a proxy. speaking makes it that of a
// transport.
func newDialer(o *Options) (dialer, error) {
	d := dialer{opts: o}
	secure := o.TLS.Enabled || o.TLS.CACert != "" // a proxy may need the roots
	for _, t := range o.Targets {
		secure = secure || t.TLS
	}
	var err error
	if secure {
		if d.tls, err = o.TLS.config(); err != nil {
			return d, err
		}
	}
	d.proxy, err = newProxyFunc(o.Proxy)
	return d, err
}

// speaking is the dialer of a transport, with its Options and what it begins with.
func (d dialer) speaking(o *Options, speaks Phase, protos ...string) *dialer {
	d.opts, d.speaks, d.protos = o, speaks, protos
	return &d
}

// dialAny tries the targets in order.
func dialAny[T any](ctx context.Context, targets []Target, dial func(context.Context, Target) (T, error)) (T, error) {
	var none T
	var errs []error
	for _, t := range targets {
		conn, err := dial(ctx, t)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	if len(errs) == 1 {
		return none, errs[0]
	}
	return none, &TargetsError{errs}
}

// secured reports whether connections to t use TLS.
func (d *dialer) secured(t Target) bool { return d.opts.securesTo(t) }

func (o *Options) securesTo(t Target) bool { return t.TLS || o.TLS.Enabled }

// dial connects to t and, where asked for, secures the connection, of which the RPC
// is told that it is made for. ctx ends with the connect timeout.
func (d *dialer) dial(ctx context.Context, t Target, trace *stream.Trace) (net.Conn, *sniffConn, error) {
	start := time.Now()
	nc, err := d.connect(ctx, t)
	address := t.Address
	if err == nil && nc.RemoteAddr() != nil && t.Network == "tcp" {
		address = nc.RemoteAddr().String()
	}
	trace.Dial(t.Network, address, time.Since(start), err)
	if err != nil {
		return nil, nil, err
	}
	raw := &sniffConn{Conn: nc}
	if !d.secured(t) {
		return raw, raw, nil
	}
	conn, err := d.secure(ctx, t, raw, trace)
	if err != nil {
		return nil, nil, err
	}
	return conn, raw, nil
}

func (d *dialer) connect(ctx context.Context, t Target) (net.Conn, error) {
	if d.opts.Dial != nil {
		nc, err := d.opts.Dial(ctx)
		if err != nil {
			return nil, d.dialError(ctx, t, err)
		}
		return nc, nil
	}
	if t.Network == "tcp" {
		via, err := d.proxy(t)
		if err != nil {
			return nil, d.failure(ctx, t, PhaseProxy, err)
		}
		if via != nil {
			nc, err := d.dialProxy(ctx, via, t)
			if err != nil {
				return nil, d.failure(ctx, t, PhaseProxy, err)
			}
			return nc, nil
		}
	}
	nc, err := new(net.Dialer).DialContext(ctx, t.Network, t.Address)
	if err != nil {
		return nil, d.dialError(ctx, t, err)
	}
	return nc, nil
}

// dialError knows a peer that accepts a connection and resets it at once: where
// its RST overtakes us, the reset is already the result of connect(2). (The
// answer to a SYN on a closed port is ECONNREFUSED.)
func (d *dialer) dialError(ctx context.Context, t Target, err error) *ConnectError {
	if errors.Is(err, syscall.ECONNRESET) && ctx.Err() == nil {
		phase := d.speaks
		if d.secured(t) {
			phase = PhaseTLS
		}
		return &ConnectError{Target: t.Text, Phase: phase, Dropped: true, Err: err}
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return d.failure(ctx, t, PhaseResolve, err)
	}
	return d.failure(ctx, t, PhaseDial, err)
}

// errConnectTimeout is the cause of a context that the connect timeout ended.
var errConnectTimeout = errors.New("connect timeout")

// failure makes a ConnectError; it tells our connect timeout from the end of
// the caller's context.
func (d *dialer) failure(ctx context.Context, t Target, phase Phase, err error) *ConnectError {
	e := &ConnectError{Target: t.Text, Phase: phase, Err: err}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errConnectTimeout):
		e.Timeout, e.Err = d.opts.ConnectTimeout, nil
	case cause != nil:
		e.Err = cause
	}
	return e
}

// sniffLimit is how many of a peer's first bytes are kept for error messages.
const sniffLimit = 512

// sniffConn remembers the first bytes received, so that a peer that speaks
// another protocol can be described.
type sniffConn struct {
	net.Conn
	mu    sync.Mutex
	first []byte
	done  bool

	certAsked atomic.Bool // by the server, in a TLS handshake
}

func (c *sniffConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	if !c.done && n > 0 {
		c.first = append(c.first, p[:min(n, sniffLimit-len(c.first))]...)
		c.done = len(c.first) >= sniffLimit
	}
	c.mu.Unlock()
	return n, err
}

// seen returns a copy of what was kept.
func (c *sniffConn) seen() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]byte(nil), c.first...)
}

// stop frees what was kept and keeps no more.
func (c *sniffConn) stop() {
	c.mu.Lock()
	c.first, c.done = nil, true
	c.mu.Unlock()
}

// prefixedConn reads from r, which has bytes that were buffered, before Conn.
type prefixedConn struct {
	net.Conn
	r io.Reader
}

func (c *prefixedConn) Read(p []byte) (int, error) { return c.r.Read(p) }
