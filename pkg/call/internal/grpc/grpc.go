package grpc

import (
	"context"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/compress"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/gate"
	"github.com/idlcall/idlcall/pkg/call/internal/pool"
	"github.com/idlcall/idlcall/pkg/stream"
)

// carrier is the transports GRPC and GRPCWeb: gRPC-Web is gRPC for proxies and
// browsers, where the trailer is part of the body (gRPC doc/PROTOCOL-WEB.md).
type carrier struct {
	opts *call.Options
	pool *pool.Pool
}

func New(o *call.Options, d dial.Dialer, _ string) call.Carrier {
	return &carrier{o, pool.New(o, d, o.Transport == call.GRPCWeb)}
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
	s := &Stream{carrier: g, ctx: ctx, rpc: rpc, fields: fields, msgs: messages{opts: g.opts, trace: rpc.Trace, web: g.opts.Transport == call.GRPCWeb}}
	if s.comp, err = compress.New(rpc.Compress); err != nil {
		return nil, err
	}
	if !m.Type.ClientStreams() {
		s.opened = make(gate.Gate)
		return s, nil
	}
	if _, err := s.start(false, false); err != nil {
		return nil, err
	}
	return s, nil
}
