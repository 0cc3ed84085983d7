package dial

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

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Dialer makes connections as Options say. It is safe for concurrent use.
type Dialer struct {
	Opts   *call.Options
	tls    *tls.Config // nil where no target wants TLS
	proxy  proxyFunc
	Speaks call.Phase // what begins on a new connection, or after the TLS handshake
	Protos []string   // ALPN
}

// New reads the files of TLS and the URL of a proxy. speaking makes it that of a
// transport.
func New(o *call.Options) (Dialer, error) {
	d := Dialer{Opts: o}
	secure := o.TLS.Enabled || o.TLS.CACert != "" // a proxy may need the roots
	for _, t := range o.Targets {
		secure = secure || t.TLS
	}
	var err error
	if secure {
		if d.tls, err = config(&o.TLS); err != nil {
			return d, err
		}
	}
	d.proxy, err = newProxyFunc(o.Proxy)
	return d, err
}

// Speaking is the dialer of a transport, with its Options and what it begins with.
func (d Dialer) Speaking(o *call.Options, speaks call.Phase, protos ...string) *Dialer {
	d.Opts, d.Speaks, d.Protos = o, speaks, protos
	return &d
}

// Any tries the targets in order.
func Any[T any](ctx context.Context, targets []call.Target, dial func(context.Context, call.Target) (T, error)) (T, error) {
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
	return none, &call.TargetsError{Errs: errs}
}

// Secured reports whether connections to t use TLS.
func (d *Dialer) Secured(t call.Target) bool { return foreign.SecuresTo(d.Opts, t) }

// Dial connects to t and, where asked for, secures the connection, of which the RPC
// is told that it is made for. ctx ends with the connect timeout.
func (d *Dialer) Dial(ctx context.Context, t call.Target, trace *stream.Trace) (net.Conn, *SniffConn, error) {
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
	raw := &SniffConn{Conn: nc, trace: trace}
	if !d.Secured(t) {
		return raw, raw, nil
	}
	conn, err := d.secure(ctx, t, raw, trace)
	if err != nil {
		return nil, nil, err
	}
	return conn, raw, nil
}

func (d *Dialer) connect(ctx context.Context, t call.Target) (net.Conn, error) {
	if d.Opts.Dial != nil {
		nc, err := d.Opts.Dial(ctx)
		if err != nil {
			return nil, d.dialError(ctx, t, err)
		}
		return nc, nil
	}
	if t.Network == "tcp" {
		via, err := d.proxy(t)
		if err != nil {
			return nil, d.failure(ctx, t, call.PhaseProxy, err)
		}
		if via != nil {
			nc, err := d.dialProxy(ctx, via, t)
			if err != nil {
				return nil, d.failure(ctx, t, call.PhaseProxy, err)
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
func (d *Dialer) dialError(ctx context.Context, t call.Target, err error) *call.ConnectError {
	if errors.Is(err, syscall.ECONNRESET) && ctx.Err() == nil {
		phase := d.Speaks
		if d.Secured(t) {
			phase = call.PhaseTLS
		}
		return &call.ConnectError{Target: t.Text, Phase: phase, Dropped: true, Err: err}
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return d.failure(ctx, t, call.PhaseResolve, err)
	}
	return d.failure(ctx, t, call.PhaseDial, err)
}

// ErrConnectTimeout is the cause of a context that the connect timeout ended.
var ErrConnectTimeout = errors.New("connect timeout")

// failure makes a ConnectError; it tells our connect timeout from the end of
// the caller's context.
func (d *Dialer) failure(ctx context.Context, t call.Target, phase call.Phase, err error) *call.ConnectError {
	e := &call.ConnectError{Target: t.Text, Phase: phase, Err: err}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrConnectTimeout):
		e.Timeout, e.Err = d.Opts.ConnectTimeout, nil
	case cause != nil:
		e.Err = cause
	}
	return e
}

// SniffConn remembers the first bytes received, so that a peer that speaks
// another protocol can be described.
type SniffConn struct {
	net.Conn
	trace *stream.Trace
	mu    sync.Mutex
	first []byte
	done  bool

	CertAsked atomic.Bool // by the server, in a TLS handshake
}

func (c *SniffConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.trace.Move(n, 0)
	c.mu.Lock()
	if !c.done && n > 0 {
		c.first = append(c.first, p[:min(n, foreign.SniffLimit-len(c.first))]...)
		c.done = len(c.first) >= foreign.SniffLimit
	}
	c.mu.Unlock()
	return n, err
}

func (c *SniffConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.trace.Move(0, n)
	return n, err
}

// NetConn is the connection below.
func (c *SniffConn) NetConn() net.Conn { return c.Conn }

// seen returns a copy of what was kept.
func (c *SniffConn) seen() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]byte(nil), c.first...)
}

// Stop frees what was kept and keeps no more.
func (c *SniffConn) Stop() {
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
