package client

import (
	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// chosen is the transport that Options name, or the default of a method.
func chosen(o *call.Options, m *stream.Method) call.Transport {
	switch {
	case o.Transport != "":
		return o.Transport
	case !m.IsThrift():
		return call.GRPC
	case o.Targets[0].HTTP:
		return call.HTTP
	}
	return call.TTHeader
}

// route is the transport that carries a method: a service may have methods that
// stream beside others. Those with streaming.mode "unary" go over HTTP/2 where that
// is chosen, since that is what the annotation is for.
func route(o *call.Options, m *stream.Method) call.Transport {
	t, streams := chosen(o, m), m.Type != stream.Unary
	switch {
	case !m.IsThrift():
		return t
	case streams && t == call.TTHeader:
		return call.TTHeaderStreaming
	case !streams && t == call.TTHeaderStreaming, !streams && !m.Streaming && t == call.GRPC:
		return call.TTHeader
	}
	return t
}
