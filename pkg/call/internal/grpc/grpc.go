package grpc

import (
	"context"
	"sync/atomic"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/envelope"
	"github.com/idlcall/idlcall/pkg/call/internal/pool"
	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// carrier is the transports GRPC and GRPCWeb: gRPC-Web is gRPC for proxies and
// browsers, where the trailer is part of the body (gRPC doc/PROTOCOL-WEB.md).
type carrier struct {
	opts   *call.Options
	pool   *pool.Pool
	answer string                 // what one is called
	last   atomic.Pointer[header] // of the call before
}

// New makes the transport GRPC or GRPCWeb, as the options say.
func New(o *call.Options, d dial.Dialer, answer string) call.Carrier {
	return &carrier{opts: o, pool: pool.New(o, d, o.Transport == call.GRPCWeb), answer: answer}
}

// Preconnect makes the connection that calls share.
func (g *carrier) Preconnect(ctx context.Context, rpc *stream.Call, _ int) (atOnce int, err error) {
	return g.pool.Preconnect(ctx, rpc.Trace)
}

// Close ends all streams and connections.
func (g *carrier) Close() error {
	g.pool.Close()
	return nil
}

func (g *carrier) Open(ctx context.Context, rpc *stream.Call) (stream.Stream, error) {
	m := &rpc.Method
	switch {
	case g.opts.Transport == call.GRPCWeb && m.IsThrift():
		return nil, &call.UnsupportedError{Transport: call.GRPCWeb, Type: m.Type, Thrift: true, Reason: "Thrift goes over gRPC or Thrift's own transports"}
	case g.opts.PathPackage != "" && !m.IsThrift():
		return nil, &call.OptionError{Option: call.OptionPathPackage, Value: g.opts.PathPackage, Err: call.ErrThriftOnly}
	}
	h, err := g.header(rpc)
	if err != nil {
		return nil, err
	}
	s := &Stream{opts: g.opts, answer: g.answer, rpc: rpc, path: h.path}
	s.Req.Pool, s.Req.Ctx, s.Req.Trace, s.Req.Header = g.pool, ctx, rpc.Trace, h.make
	s.msgs = envelope.Reader{Opts: g.opts, Trace: rpc.Trace, EncodingHeader: grpcwire.HeaderEncoding}
	if s.isWeb() {
		s.msgs.Last = grpcwire.FlagTrailer
	}
	s.out = envelope.Writer{Req: &s.Req, Trace: rpc.Trace}
	if s.out.Comp, err = compress.New(rpc.Compress); err != nil {
		return nil, err
	}
	if !m.Type.ClientStreams() {
		s.Req.Wait()
		return s, nil
	}
	if _, err := s.Req.Start(false, false); err != nil {
		return nil, err
	}
	return s, nil
}

// header is that of a call, which the one before may have had too.
func (g *carrier) header(rpc *stream.Call) (*header, error) {
	if h := g.last.Load(); h != nil && h.fits(rpc) {
		return h, nil
	}
	h, err := newHeader(g.opts, rpc)
	if err == nil {
		g.last.Store(h)
	}
	return h, err
}
