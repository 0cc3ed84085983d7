package thrift

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
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/call/internal/gate"
	"github.com/idlcall/idlcall/pkg/call/internal/h1"
	"github.com/idlcall/idlcall/pkg/call/internal/kitex"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/grow"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// apacheContentType is Apache's, for every protocol
// (apache/thrift:lib/go/thrift/http_client.go).
const apacheContentType = "application/x-thrift"

// httpCarrier is the transport HTTP: a POST for each call, with one message
// in the request's body and one in that of the answer. It is HTTP/1.1, which all
// of Apache's servers speak.
type httpCarrier struct {
	*h1.Sites
	answer string // what one is called
	opts   *call.Options
	dialer *dial.Dialer
	calls  *Carrier // counts sequence ids
}

// NewHTTP makes the transport HTTP.
func NewHTTP(o *call.Options, base dial.Dialer, answer string) call.Carrier {
	d := base.Speaking(o, call.PhaseHTTP, "http/1.1")
	return &httpCarrier{h1.NewSites(o, d), answer, o, d, &Carrier{}}
}

// Preconnect does nothing: net/http connects for a request.
func (*httpCarrier) Preconnect(context.Context, *stream.Call, int) (atOnce int, err error) {
	return 0, nil
}

func (c *httpCarrier) Open(ctx context.Context, rpc *stream.Call) (stream.Stream, error) {
	f, err := FormOf(c.answer, c.opts, &rpc.Method)
	if err != nil {
		return nil, err
	}
	s := &httpUnary{carrier: c, rpc: rpc, form: f, opened: make(gate.Gate)}
	if s.fields, err = httpFields(c.opts, rpc); err != nil {
		return nil, err
	}
	s.parent = ctx
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	s.forget = context.AfterFunc(c.Ended(), func() { s.cancel(call.ErrClosed) })
	return s, nil
}

// httpFields are the header of a request.
func httpFields(o *call.Options, rpc *stream.Call) ([]hpack.HeaderField, error) {
	fields := []hpack.HeaderField{
		{Name: "content-type", Value: apacheContentType}, {Name: "accept", Value: apacheContentType},
	}
	agent := hpack.HeaderField{Name: "user-agent", Value: o.UserAgent}
	for _, p := range rpc.Header {
		name, value := strings.ToLower(p.Name), p.Value
		why := web.BadName(name)
		switch name {
		case "user-agent", "accept":
			agent.Name = ""
		case "content-type", "content-length", "host", "connection", "transfer-encoding", "te", "upgrade", "trailer":
			why = "it is set by the protocol"
		}
		if stream.IsBinary(name) {
			value = string(grpcwire.AppendBinary(nil, value))
		} else if why == "" {
			why = web.BadValue(value)
		}
		if why != "" {
			return nil, &call.MetadataError{Name: p.Name, Reason: why}
		}
		fields = append(fields, hpack.HeaderField{Name: name, Value: value})
	}
	if agent.Name != "" {
		fields = append(fields, agent)
	}
	return kitex.AppendMetainfo(o, fields, rpc)
}

// post sends one request and waits for the header of the answer. written is called
// when the request has left, perhaps more than once; first says that nothing has been
// answered on the connection yet. sent is called when it has left whole.
func (c *httpCarrier) post(ctx context.Context, site h1.Site, trace *stream.Trace, fields []hpack.HeaderField, body []byte, written func(first bool), sent func()) (*http.Response, error) {
	var conn net.Conn
	var late *time.Timer // of the first answer on a connection
	moments := h1.Moments{
		Conn: func(info httptrace.GotConnInfo) {
			if conn = info.Conn; late == nil && !info.Reused {
				late = dial.Impatient(c.opts, trace, "no answer from "+site.Target.Text, otherTransport)
			}
		},
		Written:  func() { written(late != nil) },
		Sent:     sent,
		Answered: trace.Answer,
	}
	scheme := "http"
	if c.dialer.Secured(site.Target) {
		scheme = "https"
	}
	path := site.Target.Path
	if path == "" {
		path = "/"
	}
	line := stream.Metadata{{Name: ":method", Value: http.MethodPost}, {Name: ":path", Value: path}}
	traced := moments.Watch(ctx, trace, line)
	req, err := h1.NewRequest(traced, http.MethodPost, scheme, site.Target, path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Host = dial.Authority(c.opts, site.Target)
	for _, f := range fields {
		req.Header.Add(textproto.CanonicalMIMEHeaderKey(f.Name), f.Value)
	}
	res, err := site.Transport.RoundTrip(req)
	if late != nil {
		late.Stop()
	}
	if err != nil {
		return nil, h1.Explain(ctx, c.Ended(), site.Target, conn, err)
	}
	return res, nil
}

// readBody reads the body of a response into memory that grows with what comes. It
// stops early where enough says so of what has come.
func readBody(res *http.Response, limit int, enough func([]byte) bool) ([]byte, error) {
	if res.ContentLength > int64(limit) {
		return nil, &call.MessageSizeError{Size: res.ContentLength, Limit: limit}
	}
	var body []byte
	for {
		body = grow.For(body, len(body)+1<<20, 512)
		n, err := res.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > limit:
			return nil, &call.MessageSizeError{Size: int64(len(body)), Limit: limit}
		case err == io.EOF || enough(body):
			return body, nil
		case err != nil:
			return body, err
		}
	}
}

// sniffBody adds to body what comes of an answer that is certainly not Thrift; stop ends
// a read that waits.
func sniffBody(res *http.Response, body []byte, stop func()) []byte {
	body, _ = foreign.Sniff(body, func(b []byte) ([]byte, error) {
		b = grow.For(b, len(b), foreign.SniffLimit)
		n, err := res.Body.Read(b[len(b):cap(b)])
		return b[:len(b)+n], err
	}, stop)
	return body
}

// answerOf judges a response; stop ends the exchange.
func (x *Reader) answerOf(res *http.Response, stop func()) (Reply, error) {
	var r Reply
	if res.StatusCode != http.StatusOK || isHTML(res.Header.Get("Content-Type")) {
		return r, x.notOverHTTP(res, sniffBody(res, nil, stop))
	}
	foreignBegin := func(b []byte) bool { return len(b) >= 4 && x.Form.judgeMessage(b) == verdictForeign }
	body, err := readBody(res, min(x.Opts.MaxMessageSize, 1<<31-1-headroom)+headroom, foreignBegin)
	if large, ok := errors.AsType[*call.MessageSizeError](err); ok {
		large.Limit = x.Opts.MaxMessageSize // as the user gave it
	}
	if err != nil {
		return r, err
	}
	if len(body) == 0 || x.Form.judgeMessage(body) == verdictForeign {
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
func (x *Reader) notOverHTTP(res *http.Response, body []byte) error {
	contentType := res.Header.Get("Content-Type")
	e := foreign.HTTPMismatch(x.Opts, x.Target, x.Form.Want(), res.StatusCode, contentType, append([]byte(nil), body[:min(len(body), foreign.SniffLimit)]...))
	if e.Guess == call.GuessHTTP2 {
		e.Guess = call.GuessHTTP1
	}
	if g, framed := foreign.ThriftGuess(body); g != call.GuessUnknown {
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

// httpUnary is one call over HTTP.
type httpUnary struct {
	carrier *httpCarrier
	parent  context.Context
	ctx     context.Context
	cancel  context.CancelCauseFunc
	forget  func() bool // the end of the client
	rpc     *stream.Call
	form    Form
	fields  []hpack.HeaderField

	sent   bool
	opened gate.Gate // until the call is over
	// unheard: the request has left on a connection that has carried no answer.
	unheard atomic.Bool

	header   stream.Metadata
	reply    Reply
	answer   error
	returned bool
}

// Send returns when the request has left, or is not going to.
func (s *httpUnary) Send(body []byte) error {
	if s.sent {
		return fault.ErrSendClosed
	}
	s.sent = true
	if len(body) == 0 {
		body = thriftwire.EmptyBody(s.form.protocol)
	}
	seq := s.carrier.calls.NextSeq()
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
		defer s.opened.Open()
		defer s.forget()
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
func (s *httpUnary) exchange(env thriftwire.Envelope, wire []byte, body int, written func(first bool)) {
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	res, target, err := s.carrier.Do(ctx, func(site h1.Site) (*http.Response, error) {
		return s.carrier.post(ctx, site, s.rpc.Trace, s.fields, wire, written, func() { s.traceSent(env, body, len(wire)) })
	})
	if err != nil {
		s.answer = err
		return
	}
	defer res.Body.Close()
	s.unheard.Store(false)
	x := &Reader{s.carrier.opts, s.rpc, s.form, target, env.Seq}
	s.answer = s.receive(x, res, stop)
}

func (s *httpUnary) traceSent(env thriftwire.Envelope, body, wire int) {
	s.rpc.Trace.SeeFrame(true, func() string { return frameLine(s.form, env, wire, body) })
	s.rpc.Trace.Send(body, wire)
}

// receive reads the answer; stop ends the exchange. The result is what Recv returns in
// place of a reply.
func (s *httpUnary) receive(x *Reader, res *http.Response, stop func()) error {
	fields := h1.Fields(res)
	s.header = web.MetadataOf(fields)
	t := s.rpc.Trace
	t.GetHeader(func() stream.Metadata { return web.RawMetadata(fields) })
	if s.rpc.Method.Oneway && res.StatusCode/100 == 2 { // 200 from Apache; others have 202, 204
		return nil
	}
	reply, err := x.answerOf(res, stop)
	switch err.(type) {
	case nil:
	case *call.MismatchError, *call.MessageSizeError, *call.ProtocolError:
		return err
	default:
		return s.broken(x, err)
	}
	s.reply = reply
	t.SeeFrame(false, func() string { return frameLine(s.form, reply.Msg.Envelope, reply.wire, len(reply.Msg.Body)) })
	t.Receive(len(reply.Msg.Body), reply.wire)
	_, err = x.judge(&s.reply)
	return err
}

// broken explains a body that could not be read.
func (s *httpUnary) broken(x *Reader, err error) error {
	switch {
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case s.carrier.Ended().Err() != nil:
		return call.ErrClosed
	case err == io.ErrUnexpectedEOF: // net/http's word for a connection that ends before the body does
		err = io.EOF
	}
	return &call.ConnectionLostError{Target: x.Target.Text, Err: fmt.Errorf("read the HTTP body: %w", err)}
}

// CloseSend does nothing after Send; a call without a message gets an empty one.
func (s *httpUnary) CloseSend() error {
	if s.sent {
		return nil
	}
	return s.Send(nil)
}

// waited says of a deadline that nothing at all had come until then.
func (s *httpUnary) waited(err error) error {
	if s.unheard.Load() && errors.Is(err, context.DeadlineExceeded) {
		return &call.WaitError{First: true, Err: err}
	}
	return err
}

// Recv returns the body of the reply, and then io.EOF.
func (s *httpUnary) Recv() ([]byte, error) {
	switch err := s.opened.Pass(s.ctx); {
	case err != nil:
		return nil, s.waited(err)
	case s.answer != nil:
		return nil, s.waited(s.answer)
	case s.returned || s.rpc.Method.Oneway:
		return nil, io.EOF
	}
	s.returned = true
	return s.reply.Msg.Body, nil
}

// Header is that of the response.
func (s *httpUnary) Header() (stream.Metadata, error) {
	if err := s.opened.Pass(s.ctx); err != nil {
		return nil, err
	}
	if s.header == nil && s.answer != nil {
		return nil, s.answer
	}
	return s.header, nil
}

// Trailer is empty.
func (s *httpUnary) Trailer() stream.Metadata { return nil }

// Ready reports whether the next Recv does not wait.
func (s *httpUnary) Ready() bool {
	return s.opened.IsOpen()
}

// Close abandons the call. The peer is not told why.
func (s *httpUnary) Close(cause error) error {
	s.forget()
	s.cancel(cmp.Or(cause, fault.ErrAbandoned))
	return nil
}
