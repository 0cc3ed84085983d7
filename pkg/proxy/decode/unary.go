package decode

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// whole takes a body that is one message, or none.
func (x *exchange) whole(from proxy.Side) {
	c := &x.content[from]
	if c.size > int64(len(c.buf)) {
		x.start(x.methodOf(x.target))
		x.bad(from, c.buf, int(c.size), x.tooLarge(c.size))
		return
	}
	switch {
	case x.kind == kindThrift:
		x.thrift(from, c.buf)
	case x.kind == kindConnectGet && from == proxy.Client: // query has it
	case x.kind == kindConnect, x.kind == kindConnectGet:
		x.connectBody(from, c.buf)
	case len(c.buf) == 0:
	case x.kind == kindPlain:
		x.bad(from, c.buf, len(c.buf), whyPlain)
	default:
		x.bad(from, c.buf, len(c.buf), "the answer is none of "+x.kind.String())
	}
}

// whyPlain is why bodies of HTTP are shown as they are.
const whyPlain = "HTTP that is no RPC"

// connectBody takes the message of a unary call of Connect, or its error.
func (x *exchange) connectBody(from proxy.Side, body []byte) {
	wire := len(body)
	if encoding := x.content[from].encoding; encoding != "" && encoding != "identity" && wire > 0 {
		plain, err := x.expanded(from, body)
		if err != nil {
			x.bad(from, body, wire, "decompress: "+err.Error())
			return
		}
		body = plain
	}
	if from == proxy.Client || x.status == 200 {
		x.failed(x.message(from, body, wire))
		return
	}
	e, err := connectwire.ParseError(body)
	if err != nil {
		x.bad(from, body, wire, "an error that cannot be read: "+err.Error())
		x.failed(&AnswerError{x.status, x.content[from].contentType})
		return
	}
	x.failed(connectStatus(e))
}

// connectStatus is an error of Connect as a status.
func connectStatus(e *connectwire.Error) error {
	s := &stream.Status{Code: stream.Code(e.Code), Message: e.Message}
	if s.Code == stream.OK {
		s.Code = stream.Unknown
	}
	if len(e.Details) > 0 {
		s.Details = e.AppendStatus(nil)
	}
	return s
}

// connectEnd takes the message that ends a stream of Connect.
func (x *exchange) connectEnd(from proxy.Side, body []byte) {
	e, trailer, err := connectwire.ParseEnd(body)
	if err != nil {
		x.bad(from, body, len(body), err.Error())
		return
	}
	x.told = true
	md := make(stream.Metadata, len(trailer))
	for i, p := range trailer {
		md[i] = stream.Pair{Name: strings.ToLower(p.Name), Value: p.Value}
	}
	x.trailer(from, md)
	if e != nil {
		x.failed(connectStatus(e))
	}
}

// queryOf is a value of the query of a path.
func queryOf(path, name string) string {
	_, query, _ := strings.Cut(path, "?")
	values, _ := url.ParseQuery(query)
	return values.Get(name)
}

// query takes the message in the query of a GET.
func (x *exchange) query(path string) {
	text := queryOf(path, "message")
	body := []byte(text)
	if queryOf(path, "base64") == "1" {
		var err error
		if body, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "=")); err != nil {
			x.bad(proxy.Client, []byte(text), len(text), err.Error())
			return
		}
	}
	x.content[proxy.Client].encoding = queryOf(path, "compression")
	x.connectBody(proxy.Client, body)
}

// thrift takes a message of Thrift, which names the method.
func (x *exchange) thrift(from proxy.Side, body []byte) {
	p, ok := detect.Message(body)
	if !ok {
		p = thriftwire.Binary
	}
	msg, err := thriftwire.Parse(p, body)
	if from == proxy.Client {
		if err != nil {
			x.start(x.methodOf(x.target))
			x.bad(from, body, len(body), err.Error())
			return
		}
		x.start(thriftMethod(p, msg.Name, ""))
		_ = x.message(from, msg.Body, len(body))
		return
	}
	switch {
	case err == nil:
		x.told = true
		x.failed(x.reply(p, &msg, len(body), nil))
	case len(body) > 0:
		x.bad(from, body, len(body), err.Error())
	}
}

// failed notes how the call ends, the first time.
func (x *exchange) failed(err error) {
	if x.failure == nil {
		x.failure = err
	}
}

// outcome is how the call ended, when the answer has.
func (x *exchange) outcome() error {
	switch {
	case x.failure != nil:
		return x.failure
	case x.answer == nil:
		return &EndError{"a header"}
	case x.kind == kindGRPC, x.kind == kindGRPCWeb:
		return x.grpcStatus()
	case x.status != 200 && (x.kind != kindPlain || x.status >= 400):
		return &AnswerError{x.status, x.content[proxy.Server].contentType}
	case x.kind == kindConnectStream && !x.told:
		return &EndError{"the message that ends a stream"}
	case x.kind == kindThrift && !x.told && !x.method.Oneway:
		return &EndError{"a message"}
	}
	return nil
}

// grpcStatus is that of the trailer, or of the header where there is no other.
func (x *exchange) grpcStatus() error {
	md := x.trailed
	text, ok := md.Get(grpcwire.HeaderStatus)
	if !ok {
		md = x.answer
		text, ok = md.Get(grpcwire.HeaderStatus)
	}
	switch {
	case ok:
	case x.status != 200 || !strings.HasPrefix(x.content[proxy.Server].contentType, grpcwire.ContentType):
		return &AnswerError{x.status, x.content[proxy.Server].contentType}
	default:
		return &EndError{grpcwire.HeaderStatus}
	}
	code := number(text)
	if code == 0 {
		return nil
	}
	s := &stream.Status{Code: stream.Code(code)}
	message, _ := md.Get(grpcwire.HeaderMessage)
	s.Message = grpcwire.ParseMessage(message)
	if details, ok := md.Get(grpcwire.HeaderDetails); ok {
		s.Details, _ = grpcwire.ParseBinary(details)
	}
	if biz := bizStatus(md); biz != nil {
		biz.Message = s.Message
		return biz
	}
	return s
}
