package grpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/compress"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/call/internal/gate"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Stream is one RPC over gRPC or gRPC-Web.
type Stream struct {
	carrier *carrier
	ctx     context.Context
	rpc     *stream.Call
	fields  []hpack.HeaderField

	// opened is nil where Open opens; otherwise it opens when the first
	// Send or CloseSend has set st or openErr.
	opened gate.Gate

	mu      sync.Mutex
	St      web.Stream
	openErr error
	unwatch func() bool
	closed  bool

	// Sending side.
	comp     *compress.Compressor
	prefix   [grpcwire.PrefixLen]byte
	sent     bool
	sendDone bool
	// replay is the one message of a stream that has but one, kept as long
	// as the peer may refuse the request. nil where it was too large.
	replay []byte

	// Receiving side.
	tries   int
	begun   bool
	cur     []byte
	off     int
	framed  bool // a message or trailer has come
	msgs    messages
	header  stream.Metadata
	trailer stream.Metadata
	final   error // sticky
}

const (
	// replayLimit is the largest message that is kept for a retry.
	replayLimit = 256 << 10
	// maxTries bounds how often a refused request is sent.
	maxTries = 4
)

// start opens the HTTP stream. more leaves the writer asleep, since a message
// is about to follow.
func (s *Stream) start(end, more bool) (web.Stream, error) {
	st, err := s.openStream(end, more)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && err == nil {
		st.Abort(http2.ErrCodeCancel, fault.ErrAbandoned)
		err = fault.ErrAbandoned
	}
	if err == nil {
		s.St = st
		if s.unwatch != nil {
			s.unwatch()
		}
		s.unwatch = context.AfterFunc(s.ctx, func() {
			st.Abort(http2.ErrCodeCancel, context.Cause(s.ctx))
		})
	} else if s.openErr == nil {
		s.openErr = err
	}
	s.opened.Open()
	return st, err
}

func (s *Stream) openStream(end, more bool) (web.Stream, error) {
	for {
		if s.ctx.Err() != nil {
			return nil, context.Cause(s.ctx)
		}
		conn, err := s.carrier.pool.Connect(s.ctx, s.rpc.Trace)
		if err != nil {
			return nil, err
		}
		t := conn.At()
		fields := fieldsFor(s.ctx, s.fields, s.carrier.opts, t, foreign.SecuresTo(s.carrier.opts, t), &s.rpc.Method)
		st, err := conn.Request(s.ctx, fields, end, more, s.rpc.Trace)
		if err == nil {
			return st, nil
		}
		if s.tries++; !errors.Is(err, web.ErrUnusable) || s.tries >= maxTries {
			return nil, conn.WhyUnusable(err)
		}
	}
}

// Send writes a message. Where the client sends exactly one, it is followed by
// the half-close in the same write.
func (s *Stream) Send(body []byte) error {
	if s.sendDone {
		return fault.ErrSendClosed
	}
	if len(body) == 0 && s.rpc.Method.IsThrift() {
		body = thriftwire.EmptyStruct
	}
	wire, flags, err := s.comp.Message(body)
	if err != nil {
		return err
	}
	if int64(len(wire)) > 1<<32-1 {
		return fmt.Errorf("message of %d bytes does not fit a gRPC frame", len(wire))
	}
	grpcwire.AppendPrefix(s.prefix[:0], flags, uint32(len(wire)))
	st, err := s.sendStream(wire)
	if err != nil {
		return err
	}
	single := s.opened != nil
	err = st.Write(s.prefix[:], wire, single)
	if err != nil && isRefused(err) && s.replay != nil {
		err = nil // Recv sends it again
	}
	if err == nil {
		s.rpc.Trace.Send(len(body), len(wire)+grpcwire.PrefixLen)
	}
	if err == nil && single {
		s.rpc.Trace.HalfClose()
	}
	return err
}

// sendStream is the stream to send on; it is opened now if this is the one
// message.
func (s *Stream) sendStream(wire []byte) (web.Stream, error) {
	if s.opened == nil {
		return s.St, nil
	}
	s.sent, s.sendDone = true, true
	if len(wire) <= replayLimit {
		s.replay = append(make([]byte, 0, len(wire)), wire...)
	}
	return s.start(false, true)
}

// CloseSend half-closes. After the one message of a stream that has but one it
// does nothing, since Send did.
func (s *Stream) CloseSend() error {
	if s.sendDone {
		return nil
	}
	s.sendDone = true
	if s.opened != nil { // no message at all
		_, err := s.start(true, false)
		return err
	}
	err := s.St.Write(nil, nil, true)
	if err == nil {
		s.rpc.Trace.HalfClose()
	}
	if err == io.EOF {
		return nil // the peer has finished, Recv knows
	}
	return err
}

// current is the stream to receive from; it waits for the first Send.
func (s *Stream) current() (web.Stream, error) {
	if err := s.opened.Pass(s.ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.St, s.openErr
}

// Recv returns the next message.
func (s *Stream) Recv() ([]byte, error) {
	for s.final == nil {
		st, err := s.current()
		if err == nil {
			err = s.begin(st)
		}
		if err == nil {
			var body []byte
			if body, err = s.next(st); err == nil {
				return body, nil
			}
		}
		s.fail(err)
	}
	return nil, s.final
}

// Header waits for the peer's header.
func (s *Stream) Header() (stream.Metadata, error) {
	for s.final == nil && !s.begun {
		st, err := s.current()
		if err == nil {
			err = s.begin(st)
		}
		if err != nil {
			s.fail(err)
		}
	}
	if s.begun {
		return s.header, nil
	}
	var status *stream.Status
	if s.final == io.EOF || errors.As(s.final, &status) { // trailers only
		return nil, nil
	}
	return nil, s.final
}

// Trailer is what ended the RPC.
func (s *Stream) Trailer() stream.Metadata { return s.trailer }

// Close abandons the RPC unless it is over. HTTP/2 has no words for the cause.
func (s *Stream) Close(cause error) error {
	if cause == nil {
		cause = fault.ErrAbandoned
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.unwatch != nil {
		s.unwatch()
	}
	if s.openErr == nil && s.St == nil {
		s.openErr = cause
	}
	if s.St != nil {
		s.St.Abort(http2.ErrCodeCancel, cause)
	}
	s.opened.Open()
	return nil
}

// fail ends the receiving side, unless the request can be sent once more.
func (s *Stream) fail(err error) {
	again, err := s.retry(err)
	if again {
		return
	}
	s.final = s.describe(err)
	s.msgs.close()
	s.mu.Lock()
	if s.unwatch != nil {
		s.unwatch()
	}
	if s.St != nil {
		s.St.Abort(http2.ErrCodeCancel, s.final)
	}
	s.mu.Unlock()
}

func isRefused(err error) bool {
	var refused *call.RefusedError
	return errors.As(err, &refused)
}

// retry sends a refused request again; the peer has not acted on it. Where it
// cannot, it returns the error to report.
func (s *Stream) retry(err error) (bool, error) {
	if s.begun || s.replay == nil || !isRefused(err) || s.ctx.Err() != nil {
		return false, err
	}
	if s.tries++; s.tries >= maxTries {
		return false, err
	}
	st, err := s.start(false, true)
	if err != nil {
		return false, err
	}
	_ = st.Write(s.prefix[:], s.replay, true) // an error shows on receiving
	return true, nil
}

// describe adds what this stream knows to an error.
func (s *Stream) describe(err error) error {
	switch e := err.(type) {
	case *call.ConnectionLostError:
		return &call.ConnectionLostError{Target: e.Target, Messages: s.msgs.received, Err: e.Err}
	case *call.ResetError:
		if e.Code() == stream.Canceled && fault.DeadlineDue(s.ctx) {
			return s.waited(context.Cause(s.ctx))
		}
		return &call.ResetError{Target: e.Target, HTTP2Code: e.HTTP2Code, Messages: s.msgs.received}
	case *stream.Status:
		const ours = "grpc.reflection." // its path is no choice of the user's
		if e.Code == stream.Unimplemented && !strings.HasPrefix(s.rpc.Method.Service, ours) {
			e.Asked = s.fields[2].Value
		}
	}
	return s.waited(fault.OwnDeadline(s.ctx, err))
}

// waited adds to a deadline what had come until then.
func (s *Stream) waited(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) || s.msgs.received == 0 && len(s.cur) == s.off {
		return err
	}
	e := &call.WaitError{Messages: s.msgs.received, Have: len(s.cur) - s.off, Err: err}
	if e.Have >= grpcwire.PrefixLen {
		_, n := grpcwire.ParsePrefix(s.cur[s.off:])
		e.Want = grpcwire.PrefixLen + int64(n)
	}
	return e
}

// begin waits for the peer's first header block and judges it.
func (s *Stream) begin(st web.Stream) error {
	if s.begun {
		return nil
	}
	if st.HalfDuplex() && s.rpc.Method.Type == stream.Bidi {
		defer dial.Impatient(s.carrier.opts, s.rpc.Trace, "no answer from "+st.At().Text, "over HTTP/1.1 it may come when all requests are sent").Stop()
	}
	if err := st.WaitHeader(); err != nil {
		return err
	}
	s.rpc.Trace.Answer()
	fields, bare := st.Answer()
	a := parseAnswer(fields)
	s.msgs.target, s.msgs.encoding = st.At().Text, a.encoding
	switch {
	case a.status == 0: // RFC 9113 section 8.3.2: malformed
		return &call.ProtocolError{Target: s.msgs.target, Saw: "an answer without a :status"}
	case bare && (a.hasStatus || s.fits(a)): // "Trailers-Only"
		return s.end(fields)
	case bare:
		return s.mismatch(st, a, nil)
	}
	s.rpc.Trace.GetHeader(func() stream.Metadata { return web.RawMetadata(fields) })
	if !s.fits(a) {
		return s.misfit(st, a, fields)
	}
	s.header = web.MetadataOf(fields)
	s.begun = true
	return nil
}

// fits reports whether an answer is of the protocol, and its body to be read.
func (s *Stream) fits(a answer) bool {
	return a.status == 200 && isGRPC(a.contentType, contentType(s.carrier.opts)) && s.otherCodec(a) == ""
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
	family := contentType(s.carrier.opts)
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
	e := foreign.HTTPMismatch(s.carrier.opts, st.At(), a.status, a.contentType, body)
	if e.Codec = s.otherCodec(a); e.Codec != "" {
		_, name := s.codec()
		e.Want = name + " over " + e.Want
	}
	if a.message != "" {
		e.Saw += fmt.Sprintf(", %s %q", grpcwire.HeaderMessage, foreign.Folded(a.message))
	}
	return e
}

func (s *Stream) end(fields []hpack.HeaderField) error {
	var err error
	s.trailer, err = s.msgs.end(fields)
	return err
}

// next cuts the next message out of what has come.
func (s *Stream) next(st web.Stream) ([]byte, error) {
	for {
		have, need := s.cur[s.off:], grpcwire.PrefixLen
		if len(have) >= need {
			flags, n := grpcwire.ParsePrefix(have)
			if err := s.msgs.check(flags, n); err != nil {
				return nil, err
			}
			if need += int(n); len(have) >= need {
				s.off, s.framed = s.off+need, true
				if s.msgs.isTrailer(flags) {
					return nil, s.endInBody(st, flags, have[grpcwire.PrefixLen:need])
				}
				return s.msgs.decode(flags, have[grpcwire.PrefixLen:need])
			}
		}
		var err error
		s.cur, err = st.More(s.cur, s.off, need)
		s.off = 0
		if err == io.EOF {
			err = s.endBehindBody(st, need)
		}
		if err != nil {
			return nil, err
		}
	}
}

// endBehindBody judges an answer whose body has ended. Where that was empty, the status
// may be in the header ("Trailers-Only", in two pieces); behind a message it counts
// for nothing there.
func (s *Stream) endBehindBody(st web.Stream, need int) error {
	fields := st.Trailer()
	if header, _ := st.Answer(); !s.framed && len(s.cur) == 0 && !parseAnswer(fields).hasStatus && parseAnswer(header).hasStatus {
		fields = header
	}
	if s.msgs.web && len(s.cur) > 0 {
		return s.msgs.violation("the body ended inside a message, after %s", fault.Count(s.msgs.received))
	}
	err := s.end(fields)
	if err == io.EOF && len(s.cur) > 0 {
		return s.msgs.violation("the stream ended %d bytes into a message of %d", len(s.cur), need)
	}
	return err
}

// endInBody takes gRPC-Web's trailer, and waits a moment for the end of the body, after
// which the connection can be used again.
func (s *Stream) endInBody(st web.Stream, flags byte, block []byte) error {
	fields, err := s.msgs.trailerOf(flags, block)
	if err != nil {
		return err
	}
	behind := len(s.cur) - s.off
	if err = s.end(fields); behind == 0 {
		rest, _ := web.Peek(st)
		behind = len(rest)
	}
	if err == io.EOF && behind > 0 {
		return s.msgs.violation("the body goes on behind its trailer")
	}
	return err
}

// Ready reports whether the next Recv has its message at hand.
func (s *Stream) Ready() bool {
	have := s.cur[s.off:]
	if s.final != nil || len(have) < grpcwire.PrefixLen {
		return false
	}
	_, n := grpcwire.ParsePrefix(have)
	return len(have)-grpcwire.PrefixLen >= int(n)
}
