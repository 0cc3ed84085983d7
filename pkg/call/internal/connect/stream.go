package connect

import (
	"io"
	"slices"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/envelope"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// streaming is an RPC that streams in either way, or both.
type streaming struct {
	shared

	out  envelope.Writer
	msgs envelope.Reader
}

// Send writes a message. Where the client sends exactly one, it is followed by the
// half-close in the same write.
func (s *streaming) Send(body []byte) error {
	if len(body) == 0 {
		body = s.emptyBody()
	}
	return s.out.Send(body)
}

// CloseSend half-closes; a server stream without a message gets an empty one.
func (s *streaming) CloseSend() error {
	if s.out.Unsent() {
		return s.Send(s.emptyBody())
	}
	return s.out.CloseSend()
}

// Recv returns the next message.
func (s *streaming) Recv() ([]byte, error) { return s.req.Recv((*streamAnswer)(s)) }

// Header waits for the peer's header.
func (s *streaming) Header() (stream.Metadata, error) {
	if s.req.Begun((*streamAnswer)(s)) {
		return s.answer, nil
	}
	return nil, s.req.Final()
}

// Ready reports whether the next Recv has its message at hand.
func (s *streaming) Ready() bool { return s.req.Final() == nil && s.msgs.Ready() }

// streamAnswer is the stream as its Request knows it.
type streamAnswer streaming

// Begin judges the header.
func (a *streamAnswer) Begin(st web.Stream) error { return (*streaming)(a).begin(st) }

// Next returns the next message, or how the RPC ended.
func (a *streamAnswer) Next(st web.Stream) ([]byte, error) { return (*streaming)(a).next(st) }

// End adds to the error that ended the RPC what the stream knows.
func (a *streamAnswer) End(err error) error {
	switch e := err.(type) {
	case *call.ConnectionLostError:
		err = &call.ConnectionLostError{Target: e.Target, Messages: a.msgs.Received, Err: e.Err}
	case *call.ResetError:
		err = &call.ResetError{Target: e.Target, HTTP2Code: e.HTTP2Code, Messages: a.msgs.Received}
	}
	a.msgs.Close()
	return describe(a.req.Ctx, err, a.msgs.Waited)
}

// begin waits for the header and judges it. How the RPC ended is in the body.
func (s *streaming) begin(st web.Stream) error {
	if st.HalfDuplex() && s.rpc.Method.Type == stream.Bidi {
		defer dial.Impatient(s.carrier.opts, s.rpc.Trace, "no answer from "+st.At().Text, "over HTTP/1.1 it may come when all requests are sent").Stop()
	}
	if err := st.WaitHeader(); err != nil {
		return err
	}
	s.rpc.Trace.Answer()
	fields, bare := st.Answer()
	s.rpc.Trace.GetHeader(func() stream.Metadata { return web.RawMetadata(fields) })
	a := parseAnswer(fields, connectwire.HeaderStreamEncoding)
	switch {
	case a.status == 0:
		return &call.ProtocolError{Target: st.At().Text, Saw: "an answer without a :status"}
	case bare:
		return s.mismatch(st, a, nil)
	case a.status != 200 || !a.is(s.header.contentType):
		body, _ := web.Peek(st)
		return s.mismatch(st, a, body)
	}
	s.answer = web.MetadataOf(fields)
	s.msgs.Target, s.msgs.Encoding = st.At().Text, a.encoding
	return nil
}

// next returns the next message, or how the RPC ended.
func (s *streaming) next(st web.Stream) ([]byte, error) {
	message, last, err := s.msgs.Next(st)
	switch {
	case err == io.EOF:
		if have, need := s.msgs.Left(); have > 0 {
			return nil, s.msgs.Violation("the stream ended %d bytes into a message of %d", have, need)
		}
		return nil, s.msgs.Violation("the stream ended without the message that says how, after %s", fault.Count(s.msgs.Received))
	case err == nil && last:
		return nil, s.end(st, message)
	}
	return message, err
}

// end reads the message that ends the stream, behind which nothing may come.
func (s *streaming) end(st web.Stream, message []byte) error {
	e, pairs, err := connectwire.ParseEnd(message)
	if err != nil {
		return s.msgs.Violation("%v", err)
	}
	fields := make([]hpack.HeaderField, len(pairs))
	for i, p := range pairs {
		fields[i] = hpack.HeaderField{Name: p.Name, Value: p.Value}
	}
	slices.SortStableFunc(fields, func(a, b hpack.HeaderField) int { return strings.Compare(a.Name, b.Name) })
	s.rpc.Trace.GetTrailer(func() stream.Metadata { return web.RawMetadata(fields) })
	s.trailer = web.MetadataOf(fields)
	if e != nil {
		return s.status(e, stream.Unknown)
	}
	behind, _ := s.msgs.Left()
	if behind == 0 {
		rest, _ := web.Peek(st)
		behind = len(rest)
	}
	if behind > 0 {
		return s.msgs.Violation("the body goes on behind the end of the stream")
	}
	return io.EOF
}
