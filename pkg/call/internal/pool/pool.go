// Package pool keeps the HTTP connection that requests are opened on, and replaces it when it
// can open no more; callers that come while one dials share its result (pool.go). A Request is
// an RPC on such a connection: request.go opens it, and again where the peer has refused it,
// receive.go takes the answer, of which the protocol knows the rest.
package pool

import (
	"context"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/h1"
	"github.com/idlcall/idlcall/pkg/call/internal/h2"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Pool keeps the connection that requests of one transport are opened on, and
// replaces it when it can open no more.
type Pool struct {
	opts   *call.Options
	dialer *dial.Dialer

	mu      sync.Mutex
	conn    web.Conn
	old     []web.Conn // replaced; streams may still run on them
	attempt *attempt   // dial in progress
	closed  bool
}

// New speaks HTTP/2, or HTTP/1.1 where web allows it and nothing settles on
// HTTP/2.
func New(o *call.Options, d dial.Dialer, web bool) *Pool {
	speaks, protos := call.PhaseHTTP2, []string{"h2"}
	if web && !o.HTTP2 {
		speaks, protos = call.PhaseHTTP, []string{"h2", "http/1.1"}
	}
	return &Pool{opts: o, dialer: d.Speaking(o, speaks, protos...)}
}

// attempt is a dial that several callers wait for.
type attempt struct {
	done chan struct{}
	conn web.Conn
	err  error
	// canceled: the caller that dialled gave up, the others try again.
	canceled bool
}

// Connect returns a connection that takes streams, dialling if there is none.
// Callers that come while one dials share its result; trace is told of the dial of its
// own RPC only.
func (p *Pool) Connect(ctx context.Context, trace *stream.Trace) (web.Conn, error) {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, call.ErrClosed
		}
		if p.conn != nil && p.conn.Usable() {
			conn := p.conn
			p.mu.Unlock()
			return conn, nil
		}
		if a := p.attempt; a != nil {
			p.mu.Unlock()
			select {
			case <-a.done:
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
			if !a.canceled {
				return a.conn, a.err
			}
			continue
		}
		a := &attempt{done: make(chan struct{})}
		p.attempt = a
		p.retire()
		p.mu.Unlock()

		a.conn, a.err = dial.Any(ctx, p.opts.Targets, func(ctx context.Context, t call.Target) (web.Conn, error) { return p.dialOne(ctx, t, trace) })
		a.canceled = a.err != nil && ctx.Err() != nil
		return p.install(a)
	}
}

// Preconnect has a connection, and returns how many calls it takes at once; 0 is any number, or
// nobody knows.
func (p *Pool) Preconnect(ctx context.Context, trace *stream.Trace) (atOnce int, err error) {
	conn, err := p.Connect(ctx, trace)
	if err != nil {
		return 0, err
	}
	over, ok := conn.(*h2.Conn)
	if !ok {
		return 0, nil
	}
	if err := settled(ctx, over); err != nil {
		return 0, err
	}
	return over.AtOnce(), nil
}

// retire moves the connection to the old ones and forgets those that are over.
func (p *Pool) retire() {
	if p.conn != nil {
		p.old = append(p.old, p.conn)
		p.conn = nil
	}
	running := p.old[:0]
	for _, c := range p.old {
		if !c.Gone() {
			running = append(running, c)
		}
	}
	clear(p.old[len(running):])
	p.old = running
}

// install publishes the result of a dial.
func (p *Pool) install(a *attempt) (web.Conn, error) {
	p.mu.Lock()
	p.attempt = nil
	if p.closed && a.conn != nil {
		defer a.conn.Close()
		a.conn, a.err = nil, call.ErrClosed
	}
	p.conn = a.conn
	p.mu.Unlock()
	close(a.done)
	return a.conn, a.err
}

// dialOne connects to t.
func (p *Pool) dialOne(ctx context.Context, t call.Target, trace *stream.Trace) (web.Conn, error) {
	start := time.Now()
	dialCtx, cancel := context.WithTimeoutCause(ctx, p.opts.ConnectTimeout, dial.ErrConnectTimeout)
	defer cancel()
	nc, sniff, err := p.dialer.Dial(dialCtx, t, trace)
	if err != nil {
		return nil, err
	}
	proto := ""
	if secured, ok := nc.(dial.ALPNConn); ok {
		proto = secured.ConnectionState().NegotiatedProtocol
	}
	if p.dialer.Speaks == call.PhaseHTTP && proto != "h2" {
		return h1.New(p.dialer, t, nc), nil
	}
	if err := dial.CheckALPN(p.opts, t, proto); err != nil {
		nc.Close()
		return nil, err
	}
	conn := h2.New(nc, sniff, t, p.opts, p.opts.ConnectTimeout-time.Since(start), trace)
	if err := p.await(ctx, conn); err != nil {
		return nil, err
	}
	return conn, nil
}

// await waits for the peer's SETTINGS where there are other targets to turn to, or the
// caller wants to try again.
// Otherwise the request can leave in the same packet as our own (RFC 9113 section 3.4
// allows it).
func (p *Pool) await(ctx context.Context, conn *h2.Conn) error {
	if len(p.opts.Targets) == 1 && !p.opts.Confirm {
		return nil
	}
	return settled(ctx, conn)
}

// settled waits for the peer's SETTINGS.
func settled(ctx context.Context, conn *h2.Conn) error {
	conn.Flush()
	select {
	case <-conn.Ready:
		return nil
	case <-conn.ReaderDone:
	case <-ctx.Done():
		conn.Fail(context.Cause(ctx))
		<-conn.ReaderDone
	}
	return conn.Err
}

// Close ends all connections.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	conns := p.old
	if p.conn != nil {
		conns = append(conns, p.conn)
	}
	p.old, p.conn = nil, nil
	p.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
}
