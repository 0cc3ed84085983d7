package call

import (
	"github.com/idlcall/idlcall/pkg/stream"
)

// chosen is the transport that Options name, or the default of a method.
func (o *Options) chosen(m *stream.Method) Transport {
	switch {
	case o.Transport != "":
		return o.Transport
	case !m.IsThrift():
		return GRPC
	case o.Targets[0].HTTP:
		return HTTP
	}
	return TTHeader
}

// route is the transport that carries a method: a service may have methods that
// stream beside others. Those with streaming.mode "unary" go over HTTP/2 where that
// is chosen, since that is what the annotation is for.
func (o *Options) route(m *stream.Method) Transport {
	t, streams := o.chosen(m), m.Type != stream.Unary
	switch {
	case !m.IsThrift():
		return t
	case streams && t == TTHeader:
		return TTHeaderStreaming
	case !streams && t == TTHeaderStreaming, !streams && !m.Streaming && t == GRPC:
		return TTHeader
	}
	return t
}

// methodPath is the path of a method in HTTP/2, without the prefix of the target.
// Kitex looks for the bare name of a Thrift service
// (cloudwego/kitex:pkg/remote/trans/nphttp2/server_handler.go).
func (o *Options) methodPath(m *stream.Method) string {
	if !m.IsThrift() {
		return m.Path()
	}
	service := m.BareService()
	if o.PathPackage != "" {
		service = o.PathPackage + "." + service
	}
	return "/" + service + "/" + m.Name
}
