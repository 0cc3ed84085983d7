package grpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/envelope"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/call/internal/kitex"
	"github.com/idlcall/idlcall/pkg/call/internal/pool"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Stream is one RPC over gRPC or gRPC-Web.
type Stream struct {
	opts   *call.Options
	answer string // what one is called
	rpc    *stream.Call
	path   string // of the method
	// Req is the exchange that carries it.
	Req pool.Request
	out envelope.Writer

	// Receiving side.
	msgs    envelope.Reader
	header  []hpack.HeaderField
	trailer []hpack.HeaderField
	ended   bool // trailer is there
	biz     bool // it has Kitex's business status, which is an error of its own
}

// Send writes a message. Where the client sends exactly one, it is followed by
// the half-close in the same write.
func (s *Stream) Send(body []byte) error {
	if len(body) == 0 && s.rpc.Method.IsThrift() {
		body = thriftwire.EmptyStruct
	}
	return s.out.Send(body)
}

// CloseSend half-closes.
func (s *Stream) CloseSend() error { return s.out.CloseSend() }

// Recv returns the next message.
func (s *Stream) Recv() ([]byte, error) { return s.Req.Recv((*answering)(s)) }

// Header waits for the peer's header.
func (s *Stream) Header() (stream.Metadata, error) {
	if s.Req.Begun((*answering)(s)) {
		return web.MetadataOf(s.header), nil
	}
	var status *stream.Status
	if final := s.Req.Final(); final != io.EOF && !errors.As(final, &status) {
		return nil, final
	}
	return nil, nil // trailers only
}

// Trailer is what ended the RPC.
func (s *Stream) Trailer() stream.Metadata {
	switch {
	case !s.ended:
		return nil
	case s.biz:
		return kitex.WithoutBiz(web.MetadataOf(s.trailer))
	}
	return web.MetadataOf(s.trailer)
}

// Close abandons the RPC unless it is over. HTTP has no words for the cause.
func (s *Stream) Close(cause error) error {
	s.Req.Close(cause)
	return nil
}

// answering is the Stream as its Request knows it.
type answering Stream

// Begin judges the first header block.
func (a *answering) Begin(st web.Stream) error { return (*Stream)(a).begin(st) }

// Next returns the next message, or how the RPC ended.
func (a *answering) Next(st web.Stream) ([]byte, error) { return (*Stream)(a).next(st) }

// End adds to the error that ended the RPC what the Stream knows.
func (a *answering) End(err error) error {
	a.msgs.Close()
	return (*Stream)(a).describe(err)
}

// describe adds what this stream knows to an error.
func (s *Stream) describe(err error) error {
	switch e := err.(type) {
	case *call.ConnectionLostError:
		return &call.ConnectionLostError{Target: e.Target, Messages: s.msgs.Received, Err: e.Err}
	case *call.ResetError:
		if e.Code() == stream.Canceled && fault.DeadlineDue(s.Req.Ctx) {
			return s.waited(context.Cause(s.Req.Ctx))
		}
		return &call.ResetError{Target: e.Target, HTTP2Code: e.HTTP2Code, Messages: s.msgs.Received}
	case *stream.Status:
		const ours = "grpc.reflection." // its path is no choice of the user's
		if e.Code == stream.Unimplemented && !strings.HasPrefix(s.rpc.Method.Service, ours) {
			at, _ := s.Req.At()
			e.Asked = at.Path + s.path
		}
	}
	return s.waited(fault.OwnDeadline(s.Req.Ctx, err))
}

// waited adds to a deadline what had come until then.
func (s *Stream) waited(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return s.msgs.Waited(err)
}

// begin waits for the peer's first header block and judges it.
func (s *Stream) begin(st web.Stream) error {
	if st.HalfDuplex() && s.rpc.Method.Type == stream.Bidi {
		defer dial.Impatient(s.opts, s.rpc.Trace, "no answer from "+st.At().Text, "over HTTP/1.1 it may come when all requests are sent").Stop()
	}
	if err := st.WaitHeader(); err != nil {
		return err
	}
	s.rpc.Trace.Answer()
	fields, bare := st.Answer()
	a := parseAnswer(fields)
	s.msgs.Target, s.msgs.Encoding = st.At().Text, a.encoding
	switch {
	case a.status == 0: // RFC 9113 section 8.3.2: malformed
		return &call.ProtocolError{Target: s.msgs.Target, Saw: "an answer without a :status"}
	case bare && (a.hasStatus || s.fits(a)): // "Trailers-Only"
		return s.end(fields)
	case bare:
		return s.mismatch(st, a, nil)
	}
	s.rpc.Trace.GetHeader(func() stream.Metadata { return web.RawMetadata(fields) })
	if !s.fits(a) {
		return s.misfit(st, a, fields)
	}
	s.header = fields
	return nil
}

// fits reports whether an answer is of the protocol, and its body to be read.
func (s *Stream) fits(a answer) bool {
	return a.status == 200 && isGRPC(a.contentType, contentType(s.opts)) && s.otherCodec(a) == ""
}

// codec is the subtype of an answer's content type, which may lack it.
func (s *Stream) codec() (subtype, name string) {
	if s.rpc.Method.IsThrift() {
		return "thrift", "Thrift"
	}
	return "proto", "Protobuf"
}

// otherCodec is the codec of an answer where it is not the one that was asked for.
func (s *Stream) otherCodec(a answer) string {
	family := contentType(s.opts)
	if !isGRPC(a.contentType, family) {
		return ""
	}
	codec := foreign.CodecOf(a.contentType, family)
	if own, _ := s.codec(); codec == own {
		return ""
	}
	return codec
}

// misfit judges an answer that does not fit, by the beginning of its body: where that
// is empty, a status in the trailer or the header counts.
func (s *Stream) misfit(st web.Stream, a answer, fields []hpack.HeaderField) error {
	body, err := web.Peek(st)
	if len(body) == 0 && err == io.EOF {
		if trailer := st.Trailer(); parseAnswer(trailer).hasStatus {
			return s.end(trailer)
		}
		if a.hasStatus {
			return s.end(fields)
		}
	}
	return s.mismatch(st, a, body)
}

func (s *Stream) mismatch(st web.Stream, a answer, body []byte) *call.MismatchError {
	e := foreign.HTTPMismatch(s.opts, st.At(), s.answer, a.status, a.contentType, body)
	if e.Codec = s.otherCodec(a); e.Codec != "" {
		_, name := s.codec()
		e.Want = call.Answer(name+" over ") + e.Want
	}
	if a.message != "" {
		e.Saw += fmt.Sprintf(", %s %q", grpcwire.HeaderMessage, foreign.Folded(a.message))
	}
	return e
}

// end reads a trailer; io.EOF is status OK.
func (s *Stream) end(fields []hpack.HeaderField) error {
	s.rpc.Trace.GetTrailer(func() stream.Metadata { return web.RawMetadata(fields) })
	s.trailer, s.ended = fields, true
	status, err := parseStatus(fields)
	switch {
	case err != nil:
		return s.msgs.Violation("%v", err)
	case status != nil:
		return s.refusal(status)
	}
	return io.EOF
}

// refusal tells Kitex's business status from a status of the call itself. Its text
// is that of grpc-message (cloudwego/kitex:pkg/remote/trans/nphttp2/grpc/http_util.go).
func (s *Stream) refusal(status *stream.Status) error {
	trailer := s.Trailer()
	biz := kitex.BizStatus(func(key string) string { value, _ := trailer.Get(key); return value }, s.rpc.Trace)
	if biz == nil {
		return status
	}
	biz.Message = status.Message
	s.biz = true
	return biz
}

// next returns the next message, or how the RPC ended.
func (s *Stream) next(st web.Stream) ([]byte, error) {
	message, last, err := s.msgs.Next(st)
	switch {
	case err == io.EOF:
		return nil, s.endBehindBody(st)
	case err == nil && last:
		return nil, s.endInBody(st, message)
	}
	return message, err
}

// endBehindBody judges an answer whose body has ended. Where that was empty, the status
// may be in the header ("Trailers-Only", in two pieces); behind a message it counts
// for nothing there.
func (s *Stream) endBehindBody(st web.Stream) error {
	fields := st.Trailer()
	have, need := s.msgs.Left()
	if header, _ := st.Answer(); !s.msgs.Framed && have == 0 && !parseAnswer(fields).hasStatus && parseAnswer(header).hasStatus {
		fields = header
	}
	if s.isWeb() && have > 0 {
		return s.msgs.Violation("the body ended inside a message, after %s", fault.Count(s.msgs.Received))
	}
	err := s.end(fields)
	if err == io.EOF && have > 0 {
		return s.msgs.Violation("the stream ended %d bytes into a message of %d", have, need)
	}
	return err
}

func (s *Stream) isWeb() bool { return s.opts.Transport == call.GRPCWeb }

// endInBody takes gRPC-Web's trailer, and waits a moment for the end of the body, after
// which the connection can be used again.
func (s *Stream) endInBody(st web.Stream, block []byte) error {
	lines, err := grpcwire.ParseTrailers(block)
	if err != nil {
		return s.msgs.Violation("%v", err)
	}
	fields := make([]hpack.HeaderField, len(lines))
	for i, l := range lines {
		fields[i] = hpack.HeaderField{Name: l.Name, Value: l.Value}
	}
	behind, _ := s.msgs.Left()
	if err = s.end(fields); behind == 0 {
		rest, _ := web.Peek(st)
		behind = len(rest)
	}
	if err == io.EOF && behind > 0 {
		return s.msgs.Violation("the body goes on behind its trailer")
	}
	return err
}

// Ready reports whether the next Recv has its message at hand.
func (s *Stream) Ready() bool { return s.Req.Final() == nil && s.msgs.Ready() }
