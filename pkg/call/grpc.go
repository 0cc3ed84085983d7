package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// grpcStream is one RPC over gRPC or gRPC-Web.
type grpcStream struct {
	carrier *grpcCarrier
	ctx     context.Context
	rpc     *stream.Call
	fields  []hpack.HeaderField

	// opened is nil where Open opens; otherwise it opens when the first
	// Send or CloseSend has set st or openErr.
	opened gate

	mu      sync.Mutex
	st      httpStream
	openErr error
	unwatch func() bool
	closed  bool

	// Sending side.
	comp     *compressor
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
func (s *grpcStream) start(end, more bool) (httpStream, error) {
	st, err := s.openStream(end, more)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && err == nil {
		st.abort(http2.ErrCodeCancel, errAbandoned)
		err = errAbandoned
	}
	if err == nil {
		s.st = st
		if s.unwatch != nil {
			s.unwatch()
		}
		s.unwatch = context.AfterFunc(s.ctx, func() {
			st.abort(http2.ErrCodeCancel, context.Cause(s.ctx))
		})
	} else if s.openErr == nil {
		s.openErr = err
	}
	s.opened.open()
	return st, err
}

func (s *grpcStream) openStream(end, more bool) (httpStream, error) {
	for {
		if s.ctx.Err() != nil {
			return nil, context.Cause(s.ctx)
		}
		conn, err := s.carrier.connect(s.ctx, s.rpc.Trace)
		if err != nil {
			return nil, err
		}
		t := conn.at()
		fields := fieldsFor(s.ctx, s.fields, s.carrier.opts, t, s.carrier.dialer.secured(t), &s.rpc.Method)
		st, err := conn.request(s.ctx, fields, end, more, s.rpc.Trace)
		if err == nil {
			return st, nil
		}
		if s.tries++; !errors.Is(err, errUnusable) || s.tries >= maxTries {
			return nil, conn.whyUnusable(err)
		}
	}
}

// Send writes a message. Where the client sends exactly one, it is followed by
// the half-close in the same write.
func (s *grpcStream) Send(body []byte) error {
	if s.sendDone {
		return errSendClosed
	}
	if len(body) == 0 && s.rpc.Method.IsThrift() {
		body = emptyStruct
	}
	wire, flags, err := s.comp.message(body)
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
	err = st.write(s.prefix[:], wire, single)
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
func (s *grpcStream) sendStream(wire []byte) (httpStream, error) {
	if s.opened == nil {
		return s.st, nil
	}
	s.sent, s.sendDone = true, true
	if len(wire) <= replayLimit {
		s.replay = append(make([]byte, 0, len(wire)), wire...)
	}
	return s.start(false, true)
}

// CloseSend half-closes. After the one message of a stream that has but one it
// does nothing, since Send did.
func (s *grpcStream) CloseSend() error {
	if s.sendDone {
		return nil
	}
	s.sendDone = true
	if s.opened != nil { // no message at all
		_, err := s.start(true, false)
		return err
	}
	err := s.st.write(nil, nil, true)
	if err == nil {
		s.rpc.Trace.HalfClose()
	}
	if err == io.EOF {
		return nil // the peer has finished, Recv knows
	}
	return err
}

// current is the stream to receive from; it waits for the first Send.
func (s *grpcStream) current() (httpStream, error) {
	if err := s.opened.pass(s.ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st, s.openErr
}

// Recv returns the next message.
func (s *grpcStream) Recv() ([]byte, error) {
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
func (s *grpcStream) Header() (stream.Metadata, error) {
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
func (s *grpcStream) Trailer() stream.Metadata { return s.trailer }

// Close abandons the RPC unless it is over. HTTP/2 has no words for the cause.
func (s *grpcStream) Close(cause error) error {
	if cause == nil {
		cause = errAbandoned
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.unwatch != nil {
		s.unwatch()
	}
	if s.openErr == nil && s.st == nil {
		s.openErr = cause
	}
	if s.st != nil {
		s.st.abort(http2.ErrCodeCancel, cause)
	}
	s.opened.open()
	return nil
}

// fail ends the receiving side, unless the request can be sent once more.
func (s *grpcStream) fail(err error) {
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
	if s.st != nil {
		s.st.abort(http2.ErrCodeCancel, s.final)
	}
	s.mu.Unlock()
}

func isRefused(err error) bool {
	var refused *RefusedError
	return errors.As(err, &refused)
}

// retry sends a refused request again; the peer has not acted on it. Where it
// cannot, it returns the error to report.
func (s *grpcStream) retry(err error) (bool, error) {
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
	_ = st.write(s.prefix[:], s.replay, true) // an error shows on receiving
	return true, nil
}

// describe adds what this stream knows to an error.
func (s *grpcStream) describe(err error) error {
	switch e := err.(type) {
	case *ConnectionLostError:
		return &ConnectionLostError{Target: e.Target, Messages: s.msgs.received, Err: e.Err}
	case *ResetError:
		if e.Code() == stream.Canceled && deadlineDue(s.ctx) {
			return s.waited(context.Cause(s.ctx))
		}
		return &ResetError{Target: e.Target, HTTP2Code: e.HTTP2Code, Messages: s.msgs.received}
	case *stream.Status:
		const ours = "grpc.reflection." // its path is no choice of the user's
		if e.Code == stream.Unimplemented && !strings.HasPrefix(s.rpc.Method.Service, ours) {
			e.Asked = s.fields[2].Value
		}
	}
	return s.waited(ownDeadline(s.ctx, err))
}

// waited adds to a deadline what had come until then.
func (s *grpcStream) waited(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) || s.msgs.received == 0 && len(s.cur) == s.off {
		return err
	}
	e := &WaitError{Messages: s.msgs.received, Have: len(s.cur) - s.off, Err: err}
	if e.Have >= grpcwire.PrefixLen {
		_, n := grpcwire.ParsePrefix(s.cur[s.off:])
		e.Want = grpcwire.PrefixLen + int64(n)
	}
	return e
}

// begin waits for the peer's first header block and judges it.
func (s *grpcStream) begin(st httpStream) error {
	if s.begun {
		return nil
	}
	if _, half := st.(*h1stream); half && s.rpc.Method.Type == stream.Bidi {
		defer s.carrier.opts.impatient(s.rpc.Trace, "no answer from "+st.at().Text, "over HTTP/1.1 it may come when all requests are sent").Stop()
	}
	if err := st.waitHeader(); err != nil {
		return err
	}
	s.rpc.Trace.Answer()
	fields, bare := st.answer()
	a := parseAnswer(fields)
	s.msgs.target, s.msgs.encoding = st.at().Text, a.encoding
	switch {
	case a.status == 0: // RFC 9113 section 8.3.2: malformed
		return &ProtocolError{Target: s.msgs.target, Saw: "an answer without a :status"}
	case bare && (a.hasStatus || s.fits(a)): // "Trailers-Only"
		return s.end(fields)
	case bare:
		return s.mismatch(st, a, nil)
	}
	s.rpc.Trace.GetHeader(func() stream.Metadata { return rawMetadata(fields) })
	if !s.fits(a) {
		return s.misfit(st, a, fields)
	}
	s.header = metadataOf(fields)
	s.begun = true
	return nil
}

// fits reports whether an answer is of the protocol, and its body to be read.
func (s *grpcStream) fits(a answer) bool {
	return a.status == 200 && isGRPC(a.contentType, s.carrier.opts.contentType()) && s.otherCodec(a) == ""
}

// codec is the subtype of an answer's content type, which may lack it.
func (s *grpcStream) codec() (subtype, name string) {
	if s.rpc.Method.IsThrift() {
		return "thrift", "Thrift"
	}
	return "proto", "Protobuf"
}

// otherCodec is the codec of an answer where it is not the one that was asked for.
func (s *grpcStream) otherCodec(a answer) string {
	family := s.carrier.opts.contentType()
	if !isGRPC(a.contentType, family) {
		return ""
	}
	codec := codecOf(a.contentType, family)
	if own, _ := s.codec(); codec == own {
		return ""
	}
	return codec
}

// misfit judges an answer that does not fit, by the beginning of its body: where that
// is empty, a status in the trailer or the header counts.
func (s *grpcStream) misfit(st httpStream, a answer, fields []hpack.HeaderField) error {
	body, err := peekBody(st)
	if len(body) == 0 && err == io.EOF {
		if trailer := st.trailer(); parseAnswer(trailer).hasStatus {
			return s.end(trailer)
		}
		if a.hasStatus {
			return s.end(fields)
		}
	}
	return s.mismatch(st, a, body)
}

func (s *grpcStream) mismatch(st httpStream, a answer, body []byte) *MismatchError {
	e := s.carrier.opts.httpMismatch(st.at(), a.status, a.contentType, body)
	if e.Codec = s.otherCodec(a); e.Codec != "" {
		_, name := s.codec()
		e.Want = name + " over " + e.Want
	}
	if a.message != "" {
		e.Saw += fmt.Sprintf(", %s %q", headerMessage, folded(a.message))
	}
	return e
}

func (s *grpcStream) end(fields []hpack.HeaderField) error {
	var err error
	s.trailer, err = s.msgs.end(fields)
	return err
}

// next cuts the next message out of what has come.
func (s *grpcStream) next(st httpStream) ([]byte, error) {
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
		s.cur, err = st.more(s.cur, s.off, need)
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
func (s *grpcStream) endBehindBody(st httpStream, need int) error {
	fields := st.trailer()
	if header, _ := st.answer(); !s.framed && len(s.cur) == 0 && !parseAnswer(fields).hasStatus && parseAnswer(header).hasStatus {
		fields = header
	}
	if s.msgs.web && len(s.cur) > 0 {
		return s.msgs.violation("the body ended inside a message, after %s", count(s.msgs.received))
	}
	err := s.end(fields)
	if err == io.EOF && len(s.cur) > 0 {
		return s.msgs.violation("the stream ended %d bytes into a message of %d", len(s.cur), need)
	}
	return err
}

// endInBody takes gRPC-Web's trailer, and waits a moment for the end of the body, after
// which the connection can be used again.
func (s *grpcStream) endInBody(st httpStream, flags byte, block []byte) error {
	fields, err := s.msgs.trailerOf(flags, block)
	if err != nil {
		return err
	}
	behind := len(s.cur) - s.off
	if err = s.end(fields); behind == 0 {
		rest, _ := peekBody(st)
		behind = len(rest)
	}
	if err == io.EOF && behind > 0 {
		return s.msgs.violation("the body goes on behind its trailer")
	}
	return err
}

// Ready reports whether the next Recv has its message at hand.
func (s *grpcStream) Ready() bool {
	have := s.cur[s.off:]
	if s.final != nil || len(have) < grpcwire.PrefixLen {
		return false
	}
	_, n := grpcwire.ParsePrefix(have)
	return len(have)-grpcwire.PrefixLen >= int(n)
}
