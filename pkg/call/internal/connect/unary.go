package connect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// unary is a call with one message each way, which are the bodies.
type unary struct {
	shared

	sent     bool
	body     []byte // of the answer, as far as it has come
	expand   *compress.Expander
	returned bool
}

// Send makes the request.
func (s *unary) Send(body []byte) error {
	if s.sent {
		return fault.ErrSendClosed
	}
	s.sent = true
	if len(body) == 0 {
		body = s.emptyBody()
	}
	wire, flags, err := s.comp.Message(body)
	if err != nil {
		return err
	}
	if s.header.get {
		encoding := ""
		if flags != 0 {
			encoding = s.rpc.Compress
		}
		s.header.query = connectwire.Query(codec(&s.rpc.Method), encoding, wire)
		_, err = s.req.Start(true, false)
		return s.left(err, len(body), len(s.header.query))
	}
	s.req.Keep(nil, wire)
	st, err := s.req.Start(false, true)
	if err != nil {
		return err
	}
	return s.left(s.req.Sent(st.Write(nil, wire, true)), len(body), len(wire))
}

// left tells the Trace of a message that has left.
func (s *unary) left(err error, body, wire int) error {
	if err != nil {
		return err
	}
	s.rpc.Trace.Send(body, wire)
	s.rpc.Trace.HalfClose()
	return nil
}

// CloseSend does nothing after Send; a call without a message gets an empty one.
func (s *unary) CloseSend() error {
	if s.sent {
		return nil
	}
	return s.Send(s.emptyBody())
}

// Recv returns the message of the answer, and then io.EOF.
func (s *unary) Recv() ([]byte, error) { return s.req.Recv((*unaryAnswer)(s)) }

// Header waits for the peer's header.
func (s *unary) Header() (stream.Metadata, error) {
	if s.req.Begun((*unaryAnswer)(s)) || is[*stream.Status](s.req.Final()) {
		return s.answer, nil
	}
	return nil, s.req.Final()
}

// Ready reports whether the next Recv does not wait.
func (s *unary) Ready() bool { return s.req.Final() != nil || s.returned }

// unaryAnswer is the call as its Request knows it.
type unaryAnswer unary

// Begin judges the header. A peer's error is in the body.
func (a *unaryAnswer) Begin(st web.Stream) error { return (*unary)(a).begin(st) }

// Next returns the message, and then io.EOF.
func (a *unaryAnswer) Next(st web.Stream) ([]byte, error) {
	if a.returned {
		return nil, io.EOF
	}
	body, err := (*unary)(a).message(st)
	a.returned = err == nil
	return body, err
}

// End adds to the error that ended the RPC what the call knows.
func (a *unaryAnswer) End(err error) error {
	a.expand.Close()
	return describe(a.req.Ctx, err, func(err error) error {
		if len(a.body) == 0 || a.returned {
			return err
		}
		return &call.WaitError{Have: len(a.body), Err: err}
	})
}

// begin waits for the header and judges it. A peer's error is in the body.
func (s *unary) begin(st web.Stream) error {
	if err := st.WaitHeader(); err != nil {
		return err
	}
	s.rpc.Trace.Answer()
	fields, bare := st.Answer()
	s.rpc.Trace.GetHeader(func() stream.Metadata { return web.RawMetadata(fields) })
	a := parseAnswer(fields, connectwire.HeaderEncoding)
	s.split(fields)
	switch {
	case a.status == 0:
		return &call.ProtocolError{Target: st.At().Text, Saw: "an answer without a :status"}
	case a.status == 200 && a.is(s.header.contentType):
		return s.encoded(st, a)
	case a.status != 200 && a.is(connectwire.ContentTypeJSON) && !bare:
		return s.refusal(st, a)
	case bare:
		return s.mismatch(st, a, nil)
	}
	body, _ := web.Peek(st)
	return s.mismatch(st, a, body)
}

// split tells the trailer from the header.
func (s *unary) split(fields []hpack.HeaderField) {
	s.answer, s.trailer = nil, nil
	for _, p := range web.MetadataOf(fields) {
		if name, isTrailer := strings.CutPrefix(p.Name, connectwire.TrailerPrefix); isTrailer {
			s.trailer.Add(name, p.Value)
		} else {
			s.answer = append(s.answer, p)
		}
	}
}

// encoded prepares for the encoding of an answer.
func (s *unary) encoded(st web.Stream, a answer) error {
	switch a.encoding {
	case "", compress.EncodingIdentity:
	case compress.EncodingGzip, compress.EncodingZstd:
		s.expand = &compress.Expander{Encoding: a.encoding, Limit: s.carrier.opts.MaxMessageSize}
	default:
		return &call.ProtocolError{
			Target: st.At().Text, Saw: "a body compressed with " + strconv.Quote(a.encoding) + ", which was not offered",
		}
	}
	return nil
}

// refusal reads the error that is the body of an answer.
func (s *unary) refusal(st web.Stream, a answer) error {
	if err := s.encoded(st, a); err != nil {
		return err
	}
	body, err := s.read(st)
	if err != nil {
		return err
	}
	e, err := connectwire.ParseError(body)
	if err != nil {
		return s.mismatch(st, a, body[:min(len(body), foreign.SniffLimit)])
	}
	trailer := s.trailer
	s.rpc.Trace.GetTrailer(func() stream.Metadata { return trailer })
	return s.status(e, foreign.CodeOfHTTP(a.status))
}

// message reads the message that is the body of an answer.
func (s *unary) message(st web.Stream) ([]byte, error) {
	body, err := s.read(st)
	if err != nil {
		return nil, err
	}
	s.rpc.Trace.Receive(len(body), len(s.body))
	trailer := s.trailer
	s.rpc.Trace.GetTrailer(func() stream.Metadata { return trailer })
	return body, nil
}

// read takes a whole body, and expands it.
func (s *unary) read(st web.Stream) ([]byte, error) {
	limit := s.carrier.opts.MaxMessageSize
	announced, isAnnounced := contentLength(st)
	if announced > int64(limit) {
		return nil, &call.MessageSizeError{Size: announced, Limit: limit}
	}
	for {
		var err error
		s.body, err = st.More(s.body, 0, len(s.body)+1)
		switch {
		case len(s.body) > limit:
			return nil, &call.MessageSizeError{Size: int64(len(s.body)), Limit: limit}
		case err == io.EOF && isAnnounced && int64(len(s.body)) != announced: // RFC 9113 section 8.1.1
			return nil, &call.ProtocolError{Target: st.At().Text, Saw: fmt.Sprintf("a body of %d bytes where %d were announced", len(s.body), announced)}
		case err == io.EOF:
			return s.expanded(st)
		case err != nil:
			return nil, err
		}
	}
}

func (s *unary) expanded(st web.Stream) ([]byte, error) {
	if s.expand == nil {
		return s.body, nil
	}
	body, err := s.expand.Expand(s.body)
	switch large, ok := err.(*compress.LimitError); {
	case ok:
		return nil, &call.MessageSizeError{Limit: large.Limit}
	case err != nil:
		return nil, &call.ProtocolError{Target: st.At().Text, Saw: "a body that does not decompress: " + err.Error()}
	}
	return body, nil
}

// contentLength is what an answer says of itself, and whether it does.
func contentLength(st web.Stream) (n int64, ok bool) {
	fields, _ := st.Answer()
	for _, f := range fields {
		if f.Name == "content-length" {
			n, err := strconv.ParseInt(f.Value, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// describe adds to an error what the RPC knows; waited is for one of our own deadline.
func describe(ctx context.Context, err error, waited func(error) error) error {
	if reset, ok := err.(*call.ResetError); ok && reset.Code() == stream.Canceled && fault.DeadlineDue(ctx) {
		err = context.Cause(ctx)
	}
	if err = fault.OwnDeadline(ctx, err); errors.Is(err, context.DeadlineExceeded) {
		return waited(err)
	}
	return err
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
