package grpc

import (
	"context"

	"golang.org/x/net/http2/hpack"

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
	answer string // what one is called
}

// New makes the transport GRPC or GRPCWeb, as the options say.
func New(o *call.Options, d dial.Dialer, answer string) call.Carrier {
	return &carrier{o, pool.New(o, d, o.Transport == call.GRPCWeb), answer}
}

// Preconnect makes the connection that calls share.
func (g *carrier) Preconnect(ctx context.Context, rpc *stream.Call, _ int) error {
	_, err := g.pool.Connect(ctx, rpc.Trace)
	return err
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
	fields, err := requestFields(g.opts, rpc)
	if err != nil {
		return nil, err
	}
	path := methodPath(g.opts, m)
	s := &Stream{opts: g.opts, answer: g.answer, rpc: rpc, Req: pool.Request{Pool: g.pool, Ctx: ctx, Trace: rpc.Trace}}
	s.Req.Header = func(t call.Target) []hpack.HeaderField {
		s.path = t.Path + path
		return fieldsFor(ctx, fields, g.opts, t, s.path)
	}
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
