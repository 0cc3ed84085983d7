package call

import (
	"context"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// grpcCarrier is the transports GRPC and GRPCWeb: gRPC-Web is gRPC for proxies and
// browsers, where the trailer is part of the body (gRPC doc/PROTOCOL-WEB.md). It keeps
// one connection and replaces it when it can open no more streams.
type grpcCarrier struct {
	opts   *Options
	dialer *dialer

	mu      sync.Mutex
	conn    httpConn
	old     []httpConn // replaced; streams may still run on them
	attempt *attempt   // dial in progress
	closed  bool
}

// attempt is a dial that several callers wait for.
type attempt struct {
	done chan struct{}
	conn httpConn
	err  error
	// canceled: the caller that dialled gave up, the others try again.
	canceled bool
}

func newGRPCCarrier(_ *transport, o *Options, d dialer) carrier {
	speaks, protos := PhaseHTTP2, []string{"h2"}
	if o.Transport == GRPCWeb && !o.HTTP2 {
		speaks, protos = PhaseHTTP, []string{"h2", "http/1.1"}
	}
	return &grpcCarrier{opts: o, dialer: d.speaking(o, speaks, protos...)}
}

func (g *grpcCarrier) Open(ctx context.Context, rpc *stream.Call) (stream.Stream, error) {
	m := &rpc.Method
	switch {
	case g.opts.Transport == GRPCWeb && m.IsThrift():
		return nil, &UnsupportedError{GRPCWeb, m.Type, true, "Thrift goes over gRPC or Thrift's own transports"}
	case g.opts.PathPackage != "" && !m.IsThrift():
		return nil, &OptionError{"path package", g.opts.PathPackage, errThriftOnly}
	}
	fields, err := g.opts.requestFields(rpc)
	if err != nil {
		return nil, err
	}
	s := &grpcStream{carrier: g, ctx: ctx, rpc: rpc, fields: fields, msgs: messages{opts: g.opts, trace: rpc.Trace, web: g.opts.Transport == GRPCWeb}}
	if s.comp, err = newCompressor(rpc.Compress); err != nil {
		return nil, err
	}
	if !m.Type.ClientStreams() {
		s.opened = make(gate)
		return s, nil
	}
	if _, err := s.start(false, false); err != nil {
		return nil, err
	}
	return s, nil
}

// connect returns a connection that takes streams, dialling if there is none.
// Callers that come while one dials share its result; trace is told of the dial of its
// own RPC only.
func (g *grpcCarrier) connect(ctx context.Context, trace *stream.Trace) (httpConn, error) {
	for {
		g.mu.Lock()
		if g.closed {
			g.mu.Unlock()
			return nil, ErrClosed
		}
		if g.conn != nil && g.conn.usable() {
			conn := g.conn
			g.mu.Unlock()
			return conn, nil
		}
		if a := g.attempt; a != nil {
			g.mu.Unlock()
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
		g.attempt = a
		g.retire()
		g.mu.Unlock()

		a.conn, a.err = dialAny(ctx, g.opts.Targets, func(ctx context.Context, t Target) (httpConn, error) { return g.dialOne(ctx, t, trace) })
		a.canceled = a.err != nil && ctx.Err() != nil
		return g.install(a)
	}
}

// retire moves the connection to the old ones and forgets those that are over.
func (g *grpcCarrier) retire() {
	if g.conn != nil {
		g.old = append(g.old, g.conn)
		g.conn = nil
	}
	running := g.old[:0]
	for _, c := range g.old {
		if !c.gone() {
			running = append(running, c)
		}
	}
	clear(g.old[len(running):])
	g.old = running
}

// install publishes the result of a dial.
func (g *grpcCarrier) install(a *attempt) (httpConn, error) {
	g.mu.Lock()
	g.attempt = nil
	if g.closed && a.conn != nil {
		defer a.conn.close()
		a.conn, a.err = nil, ErrClosed
	}
	g.conn = a.conn
	g.mu.Unlock()
	close(a.done)
	return a.conn, a.err
}

// dialOne connects to t.
func (g *grpcCarrier) dialOne(ctx context.Context, t Target, trace *stream.Trace) (httpConn, error) {
	start := time.Now()
	dialCtx, cancel := context.WithTimeoutCause(ctx, g.opts.ConnectTimeout, errConnectTimeout)
	defer cancel()
	nc, sniff, err := g.dialer.dial(dialCtx, t, trace)
	if err != nil {
		return nil, err
	}
	proto := ""
	if secured, ok := nc.(alpnConn); ok {
		proto = secured.ConnectionState().NegotiatedProtocol
	}
	if g.dialer.speaks == PhaseHTTP && proto != "h2" {
		return newH1Conn(g.dialer, t, nc), nil
	}
	if err := g.opts.checkALPN(t, proto); err != nil {
		nc.Close()
		return nil, err
	}
	conn := newH2Conn(nc, sniff, t, g.opts, g.opts.ConnectTimeout-time.Since(start), trace)
	if err := g.await(ctx, conn); err != nil {
		return nil, err
	}
	return conn, nil
}

// await waits for the peer's SETTINGS where there are other targets to turn to.
// Otherwise the request can leave in the same packet as our own (RFC 9113 section 3.4
// allows it).
func (g *grpcCarrier) await(ctx context.Context, conn *h2conn) error {
	if len(g.opts.Targets) == 1 {
		return nil
	}
	conn.flush()
	select {
	case <-conn.ready:
		return nil
	case <-conn.readerDone:
	case <-ctx.Done():
		conn.fail(context.Cause(ctx))
		<-conn.readerDone
	}
	return conn.err
}

func (g *grpcCarrier) Close() error {
	g.mu.Lock()
	g.closed = true
	conns := g.old
	if g.conn != nil {
		conns = append(conns, g.conn)
	}
	g.old, g.conn = nil, nil
	g.mu.Unlock()
	for _, c := range conns {
		c.close()
	}
	return nil
}
