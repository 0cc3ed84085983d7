package connect

import (
	"fmt"
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
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// streaming is an RPC that streams in either way, or both.
type streaming struct {
	shared

	prefix [grpcwire.PrefixLen]byte
	msgs   envelope.Reader
}

// Send writes a message. Where the client sends exactly one, it is followed by the
// half-close in the same write.
func (s *streaming) Send(body []byte) error {
	if s.sendDone {
		return fault.ErrSendClosed
	}
	wire, flags, err := s.comp.Message(body)
	if err != nil {
		return err
	}
	if int64(len(wire)) > 1<<32-1 {
		return fmt.Errorf("message of %d bytes does not fit an envelope", len(wire))
	}
	grpcwire.AppendPrefix(s.prefix[:0], flags, uint32(len(wire)))
	st, single := s.req.Opened(), s.req.Waits()
	if single { // the one message
		s.sendDone = true
		s.req.Keep(s.prefix[:], wire)
		if st, err = s.req.Start(false, true); err != nil {
			return err
		}
	}
	if err = s.req.Sent(st.Write(s.prefix[:], wire, single)); err != nil {
		return err
	}
	s.rpc.Trace.Send(len(body), len(wire)+grpcwire.PrefixLen)
	if single {
		s.rpc.Trace.HalfClose()
	}
	return nil
}

// CloseSend half-closes; a server stream without a message gets an empty one.
func (s *streaming) CloseSend() error {
	if s.sendDone {
		return nil
	}
	if s.req.Waits() {
		if s.rpc.Method.Protocol == stream.JSON {
			return s.Send([]byte("{}"))
		}
		return s.Send(nil)
	}
	s.sendDone = true
	err := s.req.Opened().Write(nil, nil, true)
	if err == nil {
		s.rpc.Trace.HalfClose()
	}
	if err == io.EOF {
		return nil // the peer has finished, Recv knows
	}
	return err
}

// Recv returns the next message.
func (s *streaming) Recv() ([]byte, error) {
	for s.final == nil {
		st, err := s.req.Current()
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
func (s *streaming) Header() (stream.Metadata, error) {
	for s.final == nil && !s.begun {
		st, err := s.req.Current()
		if err == nil {
			err = s.begin(st)
		}
		if err != nil {
			s.fail(err)
		}
	}
	if s.begun {
		return s.answer, nil
	}
	return nil, s.final
}

// Ready reports whether the next Recv has its message at hand.
func (s *streaming) Ready() bool { return s.final == nil && s.msgs.Ready() }

// fail ends the receiving side, unless the request can be sent once more.
func (s *streaming) fail(err error) {
	if !s.begun {
		var again bool
		if again, err = s.req.Retry(err); again {
			return
		}
	}
	switch e := err.(type) {
	case *call.ConnectionLostError:
		err = &call.ConnectionLostError{Target: e.Target, Messages: s.msgs.Received, Err: e.Err}
	case *call.ResetError:
		err = &call.ResetError{Target: e.Target, HTTP2Code: e.HTTP2Code, Messages: s.msgs.Received}
	}
	s.final = describe(s.req.Ctx, err, s.msgs.Waited)
	s.msgs.Close()
	s.req.Finish(s.final)
}

// begin waits for the header and judges it. How the RPC ended is in the body.
func (s *streaming) begin(st web.Stream) error {
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
	s.begun, s.answer = true, web.MetadataOf(fields)
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
