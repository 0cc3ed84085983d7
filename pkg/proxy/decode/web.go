package decode

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// webKind is what an exchange carries.
type webKind uint8

const (
	kindPlain webKind = iota // HTTP that is no RPC
	kindGRPC
	kindGRPCWeb
	kindConnect // unary
	kindConnectGet
	kindConnectStream
	kindThrift
)

// String is the name of the transport.
func (k webKind) String() string {
	switch k {
	case kindGRPC:
		return "grpc"
	case kindGRPCWeb:
		return "grpc-web"
	case kindConnect, kindConnectGet, kindConnectStream:
		return "connect"
	}
	return "http"
}

func (k webKind) isWeb() bool { return k == kindGRPCWeb }

// encoding is what the header fields of a side say of its messages.
func (k webKind) encoding(fields stream.Metadata) string {
	name := connectwire.HeaderEncoding
	switch k {
	case kindGRPC, kindGRPCWeb:
		name = grpcwire.HeaderEncoding
	case kindConnectStream:
		name = connectwire.HeaderStreamEncoding
	}
	value, _ := fields.Get(name)
	return value
}

// classify finds out by a request what an exchange is.
func (x *exchange) classify(fields stream.Metadata) {
	ct := x.content[proxy.Client].contentType
	_, version := fields.Get(connectwire.HeaderVersion)
	switch {
	case strings.HasPrefix(ct, grpcwire.ContentTypeWeb):
		x.kind = kindGRPCWeb
	case strings.HasPrefix(ct, grpcwire.ContentType):
		x.kind = kindGRPC
	case strings.HasPrefix(ct, "application/connect+"):
		x.kind = kindConnectStream
	case x.verb == "GET" && strings.Contains(x.target, "connect=v"+connectwire.Version):
		x.kind = kindConnectGet
	case x.verb == "POST" && (ct == connectwire.ContentTypeProto || ct == connectwire.ContentTypeJSON && version):
		x.kind = kindConnect
	case x.verb == "POST" && ct == connectwire.ContentTypeJSON && x.isMethod():
		x.kind = kindConnect
	case x.verb == "POST" && isThrift(ct):
		x.kind = kindThrift
	}
	x.content[proxy.Client].encoding = x.kind.encoding(fields)
}

// isMethod reports whether the path is that of a method in the IDL, "/pkg.Service/Method", as of a
// client of Connect that does not say so. Other paths are not looked for.
func (x *exchange) isMethod() bool {
	service, name, ok := strings.Cut(strings.TrimPrefix(x.target, "/"), "/")
	if !ok || !strings.Contains(service, ".") || strings.ContainsAny(name, "/.?") {
		return false
	}
	_, err := x.conn.d.library.get(stream.Method{Service: service, Name: name, Protocol: stream.JSON})
	return err == nil
}

// isThrift reports whether a content type is one of those that Apache's and other clients give
// to Thrift (apache/thrift:lib).
func isThrift(contentType string) bool {
	return strings.HasPrefix(contentType, "application/x-thrift") || strings.HasPrefix(contentType, "application/vnd.apache.thrift")
}

// methodOf is what a path names, with how bodies are encoded. A call of Thrift is named by its
// envelope, which replaces this.
func (x *exchange) methodOf(path string) stream.Method {
	if x.kind == kindPlain || x.kind == kindThrift {
		return stream.Method{Name: x.verb + " " + path, Lang: stream.Thrift}
	}
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimPrefix(path, "/")
	slash := strings.LastIndexByte(path, '/')
	m := stream.Method{Service: path[:max(slash, 0)], Name: path[slash+1:]}
	if prefix := strings.LastIndexByte(m.Service, '/'); x.kind != kindGRPC {
		m.Service = m.Service[prefix+1:]
	}
	ct := x.content[proxy.Client].contentType
	switch {
	case ct == grpcwire.ContentTypeThrift:
		m.Lang = stream.Thrift
	case strings.HasSuffix(ct, "json"), x.kind == kindConnectGet && queryOf(x.target, "encoding") == "json":
		m.Protocol = stream.JSON
	}
	return m
}

// envelopes reports whether the body of a side has messages with a prefix.
func (x *exchange) envelopes(from proxy.Side) bool {
	switch x.kind {
	case kindGRPC, kindGRPCWeb:
		return from == proxy.Client || strings.HasPrefix(x.content[from].contentType, grpcwire.ContentType)
	case kindConnectStream:
		return from == proxy.Client || strings.HasPrefix(x.content[from].contentType, "application/connect+")
	}
	return false
}
