package serve

import (
	"errors"
	"net/http"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// contentTypeThrift is Apache's, for every protocol
// (apache/thrift:lib/go/thrift/http_client.go).
const contentTypeThrift = "application/x-thrift"

// thriftPost is a call of Thrift over HTTP: metadata is the header of HTTP.
type thriftPost struct {
	*callStream

	x *exchange
}

func (p *thriftPost) SendHeader(md stream.Metadata) error {
	if p.headed {
		return ErrLate
	}
	p.headed = true
	var err error
	p.x.fields, err = appendHTTP(p.x.fields, "", md)
	return err
}

// serveThriftPost answers a POST with a message of Thrift in its body. What else a client
// posts is answered with a status of HTTP.
func (s *Server) serveThriftPost(x *exchange) {
	x.ctx = x.asked.ctx
	x.in = x.body()
	whole := &connectUnary{exchange: x}
	if err := whole.whole(); err != nil {
		x.plain(http.StatusRequestEntityTooLarge, err.Error())
		return
	}
	protocol, ok := detect.Message(x.have)
	if !ok {
		x.set("accept-post", acceptPost)
		x.plain(http.StatusUnsupportedMediaType, "this is a server of RPCs: gRPC, gRPC-Web, Connect and Thrift")
		return
	}
	message, err := thriftwire.Parse(protocol, x.have)
	if err != nil {
		x.plain(http.StatusBadRequest, err.Error())
		return
	}
	req := &request{Message: message, protocol: protocol, via: viaHTTP}
	call := &callStream{req: req, method: req.method(), incoming: ofHTTP(x.asked.fields), ctx: x.ctx, conn: x.conn}
	err = s.run(x.ctx, &thriftPost{call, x})
	if x.dropped(err) {
		return
	}
	x.set("content-type", contentTypeThrift)
	if call.silent(err) {
		_ = x.begin(http.StatusOK, true, true)
		return
	}
	typ, body := call.end(err)
	answer, err := req.frame(call.method.Name, typ, body, nil)
	if err != nil {
		x.plain(http.StatusInternalServerError, err.Error())
		return
	}
	whole.complete(http.StatusOK, answer)
}

// acceptPost is what the server takes (W3C LDP section 7.1).
const acceptPost = "application/grpc, application/grpc+proto, application/grpc-web, application/grpc-web+proto, application/grpc-web-text, " +
	"application/proto, application/json, application/connect+proto, application/connect+json, " + contentTypeThrift

// dropped ends the connection where that is how the RPC is to end.
func (x *exchange) dropped(err error) bool {
	if !errors.Is(err, ErrDrop) {
		return false
	}
	x.drop()
	return true
}
