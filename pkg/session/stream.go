package session

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"sync"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Stream is an RPC of any kind in JSON. One goroutine may send while another
// receives; Close may be called by any.
type Stream struct {
	method *Method
	rpc    stream.Stream
	trace  *stream.Trace
	send   format.Codec
	recv   format.Codec
	body   []byte // of the last Send
	ended  bool
	err    error // with which receiving ended
	told   sync.Once
}

// Stream opens an RPC. Where the client sends but one message, nothing touches the
// network before Send. ctx covers the RPC to its end.
func (m *Method) Stream(ctx context.Context, options ...CallOption) (*Stream, error) {
	send, err := m.Codec()
	if err != nil {
		return nil, err
	}
	recv, err := m.Codec()
	if err != nil {
		return nil, err
	}
	rpc := m.with(options)
	rpc.Trace.Start(m.FullName(), m.Type)
	var s stream.Stream
	err = m.session.options.Retry.run(ctx, rpc.Trace, func() (err error) {
		s, err = m.session.open(ctx, rpc)
		return err
	}, nil)
	if err != nil {
		err = &CallError{m.session.Transport(&rpc.Method), err}
		rpc.Trace.Finish(err)
		return nil, err
	}
	return &Stream{method: m, rpc: s, trace: rpc.Trace, send: send, recv: recv}, nil
}

// Send encodes and sends one JSON document. io.EOF says that the peer has finished;
// receiving tells why.
func (s *Stream) Send(document []byte) error {
	body, err := s.send.Encode(s.body[:0], document)
	if err != nil {
		return err
	}
	s.body = body
	return s.fault(s.rpc.Send(body))
}

// CloseSend says that no more documents follow.
func (s *Stream) CloseSend() error { return s.fault(s.rpc.CloseSend()) }

// fault is an error of the RPC as the Session has them. io.EOF stays.
func (s *Stream) fault(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &CallError{s.method.session.Transport(&s.method.Method.Method), err}
}

// Recv returns the next reply. io.EOF: the RPC ended well.
func (s *Stream) Recv() (json.RawMessage, error) {
	if s.ended {
		return nil, s.err
	}
	body, err := s.rpc.Recv()
	if err == nil {
		var text []byte
		if text, err = s.recv.Decode(nil, body); err == nil {
			return text, nil
		}
		_ = s.rpc.Close(err)
	}
	s.finish(err)
	return nil, s.err
}

// finish ends the receiving side.
func (s *Stream) finish(err error) {
	s.ended, s.err = true, err
	if err != io.EOF {
		s.method.session.doubt(err)
		s.err = s.method.Detailed(s.fault(err))
		err = s.err
	} else {
		err = nil
	}
	s.told.Do(func() { s.trace.Finish(err) })
}

// All half-closes where the client sends one message, and yields the replies. An
// error, which is the last, is how the RPC ended. Leaving the loop early abandons
// the RPC.
func (s *Stream) All() iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		defer s.Close()
		if !s.method.Type.ClientStreams() {
			if err := s.CloseSend(); err != nil && err != io.EOF {
				yield(nil, err)
				return
			}
		}
		for {
			text, err := s.Recv()
			switch {
			case err == io.EOF:
				return
			case err != nil:
				yield(nil, err)
				return
			case !yield(text, nil):
				return
			}
		}
	}
}

// Header waits for the metadata with which the peer begins its answer.
func (s *Stream) Header() (stream.Metadata, error) {
	md, err := s.rpc.Header()
	return md, s.fault(err)
}

// Trailer is complete once receiving has ended.
func (s *Stream) Trailer() stream.Metadata { return s.rpc.Trailer() }

// errLeft is the cause of an RPC that its caller has closed.
var errLeft error = leftError{}

type leftError struct{}

func (leftError) Error() string { return "the stream was closed" }

// Outcome is KindInterrupted.
func (leftError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindInterrupted} }

// Close abandons an RPC that has not finished. It is safe to repeat.
func (s *Stream) Close() {
	_ = s.rpc.Close(errLeft)
	s.told.Do(func() { s.trace.Finish(errLeft) })
}
