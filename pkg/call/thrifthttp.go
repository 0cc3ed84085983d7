package call

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// contentTypeThrift is Apache's, for every protocol
// (apache/thrift:lib/go/thrift/http_client.go).
const contentTypeThrift = "application/x-thrift"

// thriftHTTPCarrier is the transport HTTP: a POST for each call, with one message
// in the request's body and one in that of the answer. It is HTTP/1.1, which all
// of Apache's servers speak.
type thriftHTTPCarrier struct {
	*webSites
	row    *transport
	opts   *Options
	dialer *dialer
	calls  *thriftCarrier // counts sequence ids
}

func newThriftHTTPCarrier(t *transport, o *Options, base dialer) carrier {
	d := base.speaking(o, PhaseHTTP, "http/1.1")
	return &thriftHTTPCarrier{newWebSites(o, d), t, o, d, &thriftCarrier{}}
}

func (c *thriftHTTPCarrier) Open(ctx context.Context, rpc *stream.Call) (stream.Stream, error) {
	f, err := formOf(c.row, c.opts, &rpc.Method)
	if err != nil {
		return nil, err
	}
	s := &thriftHTTPStream{carrier: c, rpc: rpc, form: f, opened: make(chan struct{})}
	if s.fields, err = c.opts.httpFields(rpc); err != nil {
		return nil, err
	}
	s.parent = ctx
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	return s, nil
}

// httpFields are the header of a request.
func (o *Options) httpFields(rpc *stream.Call) ([]hpack.HeaderField, error) {
	fields := []hpack.HeaderField{
		{Name: "content-type", Value: contentTypeThrift}, {Name: "accept", Value: contentTypeThrift},
	}
	agent := hpack.HeaderField{Name: "user-agent", Value: o.UserAgent}
	for _, p := range rpc.Header {
		name, value := strings.ToLower(p.Name), p.Value
		why := badName(name)
		switch name {
		case "user-agent", "accept":
			agent.Name = ""
		case "content-type", "content-length", "host", "connection", "transfer-encoding", "te", "upgrade", "trailer":
			why = "it is set by the protocol"
		}
		if stream.IsBinary(name) {
			value = string(grpcwire.AppendBinary(nil, value))
		} else if why == "" {
			why = badValue(value)
		}
		if why != "" {
			return nil, &MetadataError{Name: p.Name, Reason: why}
		}
		fields = append(fields, hpack.HeaderField{Name: name, Value: value})
	}
	if agent.Name != "" {
		fields = append(fields, agent)
	}
	return o.appendMetainfo(fields, rpc)
}

// post sends one request and waits for the header of the answer. written is called
// when the request has left, perhaps more than once; first says that nothing has been
// answered on the connection yet. sent is called when it has left whole.
func (c *thriftHTTPCarrier) post(ctx context.Context, site webSite, trace *stream.Trace, fields []hpack.HeaderField, body []byte, written func(first bool), sent func()) (*http.Response, error) {
	var conn net.Conn
	var late *time.Timer // of the first answer on a connection
	moments := webMoments{
		conn: func(info httptrace.GotConnInfo) {
			if conn = info.Conn; late == nil && !info.Reused {
				late = c.opts.impatient(trace, "no answer from "+site.target.Text, otherTransport)
			}
		},
		written:  func() { written(late != nil) },
		sent:     sent,
		answered: trace.Answer,
	}
	scheme := "http"
	if c.dialer.secured(site.target) {
		scheme = "https"
	}
	path := site.target.Path
	if path == "" {
		path = "/"
	}
	line := stream.Metadata{{Name: ":method", Value: http.MethodPost}, {Name: ":path", Value: path}}
	traced := moments.watch(ctx, trace, line)
	req, err := newPost(traced, scheme, site.target, path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Host = c.opts.authority(site.target)
	for _, f := range fields {
		req.Header.Add(textproto.CanonicalMIMEHeaderKey(f.Name), f.Value)
	}
	res, err := site.transport.RoundTrip(req)
	if late != nil {
		late.Stop()
	}
	if err != nil {
		return nil, explainHTTP(ctx, site.target, conn, err)
	}
	return res, nil
}

// readBody reads the body of a response into memory that grows with what comes. It
// stops early where enough says so of what has come.
func readBody(res *http.Response, limit int, enough func([]byte) bool) ([]byte, error) {
	if res.ContentLength > int64(limit) {
		return nil, &MessageSizeError{Size: res.ContentLength, Limit: limit}
	}
	var body []byte
	for {
		body = slices.Grow(body, max(512, min(len(body), 1<<20)))
		n, err := res.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > limit:
			return nil, &MessageSizeError{Size: int64(len(body)), Limit: limit}
		case err == io.EOF || enough(body):
			return body, nil
		case err != nil:
			return body, err
		}
	}
}

// sniffBody adds to body what comes of an answer that is certainly not Thrift, within
// sniffWait. stop ends a read that waits.
func sniffBody(res *http.Response, body []byte, stop func()) []byte {
	defer time.AfterFunc(sniffWait, stop).Stop()
	more, _ := io.ReadAll(io.LimitReader(res.Body, max(0, sniffLimit-int64(len(body)))))
	return append(body, more...)
}

// answerOf judges a response; stop ends the exchange.
func (x *exchange) answerOf(res *http.Response, stop func()) (thriftReply, error) {
	var r thriftReply
	if res.StatusCode != http.StatusOK || isHTML(res.Header.Get("Content-Type")) {
		return r, x.notOverHTTP(res, sniffBody(res, nil, stop))
	}
	foreignBegin := func(b []byte) bool { return len(b) >= 4 && x.form.judgeMessage(b) == foreign }
	body, err := readBody(res, min(x.opts.MaxMessageSize, 1<<31-1-headroom)+headroom, foreignBegin)
	if large, ok := errors.AsType[*MessageSizeError](err); ok {
		large.Limit = x.opts.MaxMessageSize // as the user gave it
	}
	if err != nil {
		return r, err
	}
	if len(body) == 0 || x.form.judgeMessage(body) == foreign {
		return r, x.notOverHTTP(res, sniffBody(res, body, stop))
	}
	r.wire = len(body)
	x.parseMessage(&r, body)
	return r, nil
}

// isHTML reports whether a content type is that of a page, which no Thrift server
// gives to an answer.
func isHTML(contentType string) bool {
	return strings.HasPrefix(strings.ToLower(contentType), "text/html")
}

// notOverHTTP describes a response that has no Thrift message.
func (x *exchange) notOverHTTP(res *http.Response, body []byte) error {
	contentType := res.Header.Get("Content-Type")
	e := x.opts.httpMismatch(x.target, res.StatusCode, contentType, append([]byte(nil), body[:min(len(body), sniffLimit)]...))
	e.Want = x.form.want()
	if e.Guess == GuessHTTP2 {
		e.Guess = GuessHTTP1
	}
	if g, framed := thriftGuess(body); g != GuessUnknown {
		e.Guess, e.Framed = g, framed
	}
	if len(body) == 0 && res.StatusCode == http.StatusOK {
		e.Saw += ", no body"
	}
	if location := res.Header.Get("Location"); location != "" {
		e.Saw += fmt.Sprintf(", location %.80q", location)
	}
	return e
}

// thriftHTTPStream is one call over HTTP.
type thriftHTTPStream struct {
	carrier *thriftHTTPCarrier
	parent  context.Context
	ctx     context.Context
	cancel  context.CancelCauseFunc
	rpc     *stream.Call
	form    form
	fields  []hpack.HeaderField

	sent   bool
	opened chan struct{} // closed when the call is over
	// unheard: the request has left on a connection that has carried no answer.
	unheard atomic.Bool

	header   stream.Metadata
	reply    thriftReply
	answer   error
	returned bool
}

// Send returns when the request has left, or is not going to.
func (s *thriftHTTPStream) Send(body []byte) error {
	if s.sent {
		return errSendClosed
	}
	s.sent = true
	if len(body) == 0 {
		body = s.form.emptyBody()
	}
	seq := s.carrier.calls.nextSeq()
	env := thriftwire.Envelope{Name: s.rpc.Method.Name, Type: thriftwire.Call, Seq: seq}
	if s.rpc.Method.Oneway {
		env.Type = thriftwire.Oneway
	}
	if name := s.carrier.opts.Multiplex; name != "" {
		env.Name = name + ":" + env.Name
	}
	wire := thriftwire.Append(nil, s.form.protocol, env, body)
	size, written := len(body), make(chan struct{})
	left := sync.OnceFunc(func() { close(written) })
	go func() {
		defer close(s.opened)
		s.exchange(env, wire, size, func(first bool) { s.unheard.Store(first); left() })
	}()
	select {
	case <-written:
	case <-s.opened:
	}
	select {
	case <-written:
		return nil // Recv says what came of it
	default:
		return s.answer
	}
}

// exchange makes the request and waits for the whole answer.
func (s *thriftHTTPStream) exchange(env thriftwire.Envelope, wire []byte, body int, written func(first bool)) {
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	res, target, err := s.carrier.do(ctx, func(site webSite) (*http.Response, error) {
		return s.carrier.post(ctx, site, s.rpc.Trace, s.fields, wire, written, func() { s.traceSent(env, body, len(wire)) })
	})
	if err != nil {
		s.answer = err
		return
	}
	defer res.Body.Close()
	s.unheard.Store(false)
	x := &exchange{s.carrier.opts, s.rpc, s.form, target, env.Seq}
	s.answer = s.receive(x, res, stop)
}

func (s *thriftHTTPStream) traceSent(env thriftwire.Envelope, body, wire int) {
	s.rpc.Trace.SeeFrame(true, func() string { return frameLine(s.form, env, wire, body) })
	s.rpc.Trace.Send(body, wire)
}

// receive reads the answer; stop ends the exchange. The result is what Recv returns in
// place of a reply.
func (s *thriftHTTPStream) receive(x *exchange, res *http.Response, stop func()) error {
	fields := webFields(res)
	s.header = metadataOf(fields)
	t := s.rpc.Trace
	t.GetHeader(func() stream.Metadata { return rawMetadata(fields) })
	if s.rpc.Method.Oneway && res.StatusCode/100 == 2 { // 200 from Apache; others have 202, 204
		return nil
	}
	reply, err := x.answerOf(res, stop)
	switch err.(type) {
	case nil:
	case *MismatchError, *MessageSizeError, *ProtocolError:
		return err
	default:
		return s.broken(x, err)
	}
	s.reply = reply
	t.SeeFrame(false, func() string { return frameLine(s.form, reply.msg.Envelope, reply.wire, len(reply.msg.Body)) })
	t.Receive(len(reply.msg.Body), reply.wire)
	err, _ = x.judge(&s.reply)
	return err
}

// broken explains a body that could not be read.
func (s *thriftHTTPStream) broken(x *exchange, err error) error {
	switch {
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case err == io.ErrUnexpectedEOF: // net/http's word for a connection that ends before the body does
		err = io.EOF
	}
	return &ConnectionLostError{Target: x.target.Text, Err: fmt.Errorf("read the HTTP body: %w", err)}
}

// CloseSend does nothing after Send; a call without a message gets an empty one.
func (s *thriftHTTPStream) CloseSend() error {
	if s.sent {
		return nil
	}
	return s.Send(nil)
}

func (s *thriftHTTPStream) wait() error {
	select {
	case <-s.opened:
		return nil
	default:
	}
	select {
	case <-s.opened:
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

// waited says of a deadline that nothing at all had come until then.
func (s *thriftHTTPStream) waited(err error) error {
	if s.unheard.Load() && errors.Is(err, context.DeadlineExceeded) {
		return &WaitError{First: true, Err: err}
	}
	return err
}

// Recv returns the body of the reply, and then io.EOF.
func (s *thriftHTTPStream) Recv() ([]byte, error) {
	switch err := s.wait(); {
	case err != nil:
		return nil, s.waited(err)
	case s.answer != nil:
		return nil, s.waited(s.answer)
	case s.returned || s.rpc.Method.Oneway:
		return nil, io.EOF
	}
	s.returned = true
	return s.reply.msg.Body, nil
}

// Header is that of the response.
func (s *thriftHTTPStream) Header() (stream.Metadata, error) {
	if err := s.wait(); err != nil {
		return nil, err
	}
	if s.header == nil && s.answer != nil {
		return nil, s.answer
	}
	return s.header, nil
}

// Trailer is empty.
func (s *thriftHTTPStream) Trailer() stream.Metadata { return nil }

// Ready reports whether the next Recv does not wait.
func (s *thriftHTTPStream) Ready() bool {
	select {
	case <-s.opened:
		return true
	default:
		return false
	}
}

// Close abandons the call. The peer is not told why.
func (s *thriftHTTPStream) Close(cause error) error {
	s.cancel(cmp.Or(cause, errAbandoned))
	return nil
}
