package serve

import (
	"context"
	"errors"
	"net/http"
	"strconv"

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

	out http.ResponseWriter
}

func (p *thriftPost) SendHeader(md stream.Metadata) error {
	if p.headed {
		return ErrLate
	}
	p.headed = true
	return appendHTTP(p.out.Header(), "", md)
}

// serveThriftPost answers a POST with a message of Thrift in its body. What else a client
// posts is answered with a status of HTTP.
func (s *Server) serveThriftPost(x *exchange) {
	x.ctx, x.in = x.req.Context(), x.req.Body
	whole := &connectUnary{exchange: x}
	if err := whole.whole(); err != nil {
		http.Error(x.out, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	protocol, ok := detect.Message(x.have)
	if !ok {
		x.out.Header().Set("Accept-Post", acceptPost)
		http.Error(x.out, "this is a server of RPCs: gRPC, gRPC-Web, Connect and Thrift", http.StatusUnsupportedMediaType)
		return
	}
	message, err := thriftwire.Parse(protocol, x.have)
	if err != nil {
		http.Error(x.out, err.Error(), http.StatusBadRequest)
		return
	}
	req := &request{Message: message, protocol: protocol, via: viaHTTP}
	ctx, cancel := context.WithCancel(x.req.Context())
	defer cancel()
	call := &callStream{req: req, method: req.method(), incoming: ofHTTP(x.req.Header), ctx: ctx, conn: x.conn}
	err = s.run(ctx, &thriftPost{call, x.out})
	if x.dropped(err) {
		return
	}
	x.out.Header().Set("Content-Type", contentTypeThrift)
	if call.silent(err) {
		x.out.Header().Set("Content-Length", "0")
		return
	}
	typ, body := call.end(err)
	answer, err := req.frame(call.method.Name, typ, body, nil)
	if err != nil {
		http.Error(x.out, err.Error(), http.StatusInternalServerError)
		return
	}
	x.out.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = x.out.Write(answer)
}

// acceptPost is what the server takes (W3C LDP section 7.1).
const acceptPost = "application/grpc, application/grpc+proto, application/grpc-web, application/grpc-web+proto, application/grpc-web-text, " +
	"application/proto, application/json, application/connect+proto, application/connect+json, " + contentTypeThrift

// dropped ends the connection where that is how the RPC is to end.
func (x *exchange) dropped(err error) bool {
	if !errors.Is(err, ErrDrop) {
		return false
	}
	_ = x.conn.Close()
	return true
}
