package decode

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// exchange is a request of HTTP and its answer, which are one call.
type exchange struct {
	*rpc // nil until it is known what is called

	conn    *Conn
	kind    webKind
	verb    string // of HTTP: POST
	target  string // the path, with the query
	request stream.Metadata
	told    bool  // how the call ended, where its messages say it
	failure error // what they say
	ended   [2]bool
	headed  [2]bool
	status  int // of HTTP
	answer  stream.Metadata
	trailed stream.Metadata // what ended the answer
	content [2]content
}

// content is the body of one side.
type content struct {
	contentType string
	encoding    string // of messages, or of the body where that is one
	text        bool   // base64 of gRPC-Web
	digits      []byte // of base64 that are not four yet
	buf         []byte // of a message, or of the body
	held        int    // of buf, as the connection counts it
	size        int64  // of the body where buf has not all of it
	skip        int64  // of a message that is too large
	broken      bool   // pieces are missing
	expand      *compress.Expander
}

// newExchange begins with the header of a request, pseudo-fields included.
func newExchange(c *Conn, fields stream.Metadata) *exchange {
	x := &exchange{conn: c, request: fields}
	x.verb, _ = fields.Get(":method")
	x.target, _ = fields.Get(":path")
	x.take(proxy.Client, fields)
	x.classify(fields)
	if x.kind != kindThrift {
		x.start(x.methodOf(x.target))
	}
	if x.kind == kindConnectGet {
		x.query(x.target)
	}
	return x
}

// start begins the call, once.
func (x *exchange) start(m stream.Method) {
	if x.rpc != nil {
		return
	}
	if x.kind == kindPlain {
		x.rpc = x.conn.beginUnknown(m, x.kind.String(), whyPlain)
	} else {
		x.rpc = x.conn.begin(m, x.kind.String())
	}
	x.header(proxy.Client, x.request)
	x.request = nil
}

// take notes what header fields say of the body that follows.
func (x *exchange) take(from proxy.Side, fields stream.Metadata) {
	b := &x.content[from]
	b.contentType, _ = fields.Get("content-type")
	b.contentType, _, _ = strings.Cut(b.contentType, ";")
	b.contentType = strings.TrimSpace(strings.ToLower(b.contentType))
	b.text = strings.HasPrefix(b.contentType, "application/grpc-web-text")
	x.headed[from] = true
}

// fields takes a header or, with last, or where there was one, a trailer.
func (x *exchange) fields(from proxy.Side, fields stream.Metadata, last bool) {
	x.start(x.methodOf(x.target))
	if from == proxy.Client || x.headed[from] {
		if from == proxy.Server {
			x.trailed = fields
		}
		x.trailer(from, fields)
		return
	}
	status, _ := fields.Get(":status")
	x.status = number(status)
	if x.status/100 == 1 {
		return
	}
	x.take(from, fields)
	x.content[from].encoding = x.kind.encoding(fields)
	x.answer = fields
	x.header(from, fields)
	if last { // of gRPC, "trailers only"
		x.trailed = fields
	}
}

// done reports whether the call has ended, before its exchange has.
func (x *exchange) done() bool { return x.rpc != nil && x.rpc.ended }

// number is the value of digits, 0 where they are none.
func number(digits string) int {
	n := 0
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' || n > 1<<20 {
			return 0
		}
		n = n*10 + int(d-'0')
	}
	return n
}

// data takes a piece of a body.
func (x *exchange) data(from proxy.Side, b []byte) {
	c := &x.content[from]
	if x.done() || c.broken {
		return
	}
	if c.text {
		var err error
		if b, err = c.decodeText(b); err != nil {
			c.broken = true
			x.bad(from, b, len(b), err.Error())
			return
		}
	}
	if x.envelopes(from) {
		x.enveloped(from, b)
	} else if c.size += int64(len(b)); c.size <= int64(x.conn.d.o.MaxMessage) {
		c.buf = append(c.buf, b...)
	}
	x.hold(from)
}

// hold counts what is kept of messages that have not all come. Where those of many calls are
// too much together, that of this call is given up.
func (x *exchange) hold(from proxy.Side) {
	c := &x.content[from]
	x.conn.held += len(c.buf) - c.held
	c.held = len(c.buf)
	if x.conn.held > heldMessages*x.conn.d.o.MaxMessage {
		x.giveUp(from, "too much is under way on the connection")
	}
}

// heldMessages is how many of the largest messages a connection may hold at a time.
const heldMessages = 4

// lost notes that a piece is missing: where messages begin is not known any more.
func (x *exchange) lost(from proxy.Side) { x.giveUp(from, "decoding was behind") }

// giveUp ends the reading of a body.
func (x *exchange) giveUp(from proxy.Side, why string) {
	c := &x.content[from]
	if !c.broken {
		c.broken = true
		x.start(x.methodOf(x.target))
		x.bad(from, nil, len(c.buf), why)
	}
	x.free(from)
}

// end ends one side, and the call with the server's.
func (x *exchange) end(from proxy.Side) {
	if x.ended[from] {
		return
	}
	x.ended[from] = true
	c := &x.content[from]
	switch {
	case x.done() || c.broken:
	case x.envelopes(from):
		if len(c.buf) > 0 {
			x.bad(from, c.buf, len(c.buf), "the body ended inside a message")
		}
	default:
		x.whole(from)
	}
	x.free(from)
	x.start(x.methodOf(x.target))
	if from == proxy.Client {
		x.halfClose()
		return
	}
	x.finish(x.outcome())
	x.free(proxy.Client)
}

// reset ends the call at once.
func (x *exchange) reset(from proxy.Side, code int64, name string) {
	const noError = 0
	x.start(x.methodOf(x.target))
	switch {
	case x.trailed != nil && from == proxy.Server: // with RST_STREAM after an answer the rest of a request is declined
		x.finish(x.outcome())
	case code == noError && from == proxy.Server:
		x.finish(x.outcome())
	default:
		x.finish(&CanceledError{from, code, name})
	}
	x.free(proxy.Client)
	x.free(proxy.Server)
}

// free gives back what a body took.
func (x *exchange) free(from proxy.Side) {
	c := &x.content[from]
	c.expand.Close()
	c.buf, c.digits, c.expand = nil, nil, nil
	x.conn.held -= c.held
	c.held = 0
}
