package call

import (
	"github.com/idlcall/idlcall/pkg/stream"
)

// variesByMethod reports whether methods of a service may travel over different
// transports.
func (o *Options) variesByMethod() bool {
	return o.Thrift && (o.Transport == GRPC || o.Transport == TTHeaderStreaming || o.Transport == TTHeader)
}

// route is the transport that carries a method: a service may have methods that
// stream beside others. Those with streaming.mode "unary" go over HTTP/2 where that
// is chosen, since that is what the annotation is for.
func (o *Options) route(m *stream.Method) Transport {
	streams := m.Type != stream.Unary
	switch {
	case !m.IsThrift():
		return o.Transport
	case streams && o.Transport == TTHeader:
		return TTHeaderStreaming
	case !streams && o.Transport == TTHeaderStreaming, !streams && !m.Streaming && o.Transport == GRPC:
		return TTHeader
	}
	return o.Transport
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
