package thrift

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/gate"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// unary is one call. The first Send, or CloseSend, takes a connection and
// writes the request; Recv reads the answer and gives the connection back.
type unary struct {
	carrier *Carrier
	ctx     context.Context
	rpc     *stream.Call
	form    Form
	info    Info

	sent   bool      // by the sender
	opened gate.Gate // until conn or openErr is set

	mu      sync.Mutex
	conn    *Conn // nil before it is opened, and when it is given back
	seq     int32
	openErr error
	unwatch func() bool
	closed  bool
	cause   error // why, where it is closed
	// idle: the whole answer has come and the connection is good for more.
	idle bool

	// Receiving side.
	scanner  thriftwire.Scanner
	reply    Reply
	begun    bool // reply is there
	answer   error
	returned bool
	final    error
}

// Send writes the request. No body at all stands for a message without fields.
func (s *unary) Send(body []byte) error {
	if s.sent {
		return fault.ErrSendClosed
	}
	s.sent = true
	if len(body) == 0 {
		body = thriftwire.EmptyBody(s.form.protocol)
	}
	opts := s.carrier.Opts
	env := thriftwire.Envelope{Name: s.rpc.Method.Name, Type: thriftwire.Call, Seq: s.carrier.NextSeq()}
	if s.rpc.Method.Oneway {
		env.Type = thriftwire.Oneway
	}
	if opts.Multiplex != "" && s.form.protocol != thriftwire.KitexProtobuf {
		env.Name = opts.Multiplex + ":" + env.Name
	}
	r, err := s.form.Build(s.ctx, s.carrier.takeBuffer(), env, &s.info, body)
	if err != nil {
		return s.open(nil, err)
	}
	err = s.write(&r)
	s.carrier.freeBuffer(r.Wire)
	return err
}

// CloseSend does nothing after Send; a call without a message gets an empty one.
func (s *unary) CloseSend() error {
	if s.sent {
		return nil
	}
	return s.Send(nil)
}

// write sends a request on a connection that can take it. A kept connection that
// turns out to be dead before a byte has left is replaced; after that nobody
// knows whether the peer has acted on the request.
func (s *unary) write(r *Request) error {
	for {
		if s.ctx.Err() != nil {
			return s.open(nil, context.Cause(s.ctx))
		}
		conn, err := s.carrier.Connect(s.ctx, s.rpc)
		if err != nil {
			return s.open(nil, err)
		}
		stop := context.AfterFunc(s.ctx, conn.interrupt)
		n, err := conn.Nc.Write(r.Wire)
		switch {
		case err == nil, fault.PeerClosed(err) && (n > 0 || conn.Calls == 0) && !s.rpc.Method.Oneway:
			s.mu.Lock()
			s.unwatch, s.seq, s.idle = stop, r.env.Seq, s.rpc.Method.Oneway
			s.mu.Unlock()
			if openErr := s.open(conn, nil); openErr != nil {
				return openErr
			}
			if err != nil {
				return io.EOF // it may have said why
			}
			r.trace(s.form, &s.info, s.rpc.Trace)
			return nil
		case stop() && fault.PeerClosed(err) && n == 0 && conn.Calls > 0:
			s.carrier.Discard(conn)
			continue
		}
		s.carrier.Discard(conn)
		return s.open(nil, s.explain(conn.refusal(err)))
	}
}

// open tells the receiver how sending went.
func (s *unary) open(conn *Conn, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && err == nil {
		err = fault.ErrAbandoned
		s.unwatch()
		s.carrier.Discard(conn)
		conn = nil
	}
	if s.openErr == nil {
		s.conn, s.openErr = conn, err
	}
	s.opened.Open()
	return err
}

// explain replaces an error by the reason that we had to cause it.
func (s *unary) explain(err error) error {
	s.mu.Lock()
	cause := s.cause
	s.mu.Unlock()
	switch {
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case cause != nil:
		return cause
	case s.carrier.IsClosed():
		return call.ErrClosed
	}
	return err
}

// Recv returns the body of the reply, and then io.EOF.
func (s *unary) Recv() ([]byte, error) {
	if s.final != nil {
		return nil, s.final
	}
	err := s.begin()
	if err == nil {
		err = s.answer
	}
	if err == nil && !s.returned && !s.rpc.Method.Oneway {
		s.returned = true
		return s.reply.Msg.Body, nil
	}
	if err == nil {
		err = io.EOF
	}
	s.final = err
	s.release(false)
	return nil, s.final
}

// begin waits for the answer and judges it.
func (s *unary) begin() error {
	if s.begun {
		return nil
	}
	if err := s.opened.Pass(s.ctx); err != nil {
		return err
	}
	s.mu.Lock()
	conn, err := s.conn, s.openErr
	if err == nil && conn == nil {
		err = fault.ErrAbandoned
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	reusable := true
	if !s.rpc.Method.Oneway {
		if reusable, err = s.receive(conn); err != nil {
			return s.waited(conn, s.explain(err))
		}
	}
	s.begun = true
	s.mu.Lock()
	s.idle = reusable
	s.mu.Unlock()
	return nil
}

// waited adds to a deadline what had come until then.
func (s *unary) waited(conn *Conn, err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &call.WaitError{First: conn.Calls == 0, Have: len(conn.Unread()), Err: err}
	if s.form.framed() && e.Have >= 4 {
		e.Want = 4 + int64(binary.BigEndian.Uint32(conn.Unread()))
	}
	return e
}

// receive reads the answer. Thrift servers have nothing to say before it, so that
// one that waits for the rest of what it takes for a longer request cannot be told
// from a slow one: after the time for connecting there is a warning.
func (s *unary) receive(conn *Conn) (reusable bool, err error) {
	if conn.Calls == 0 {
		defer dial.Impatient(s.carrier.Opts, s.rpc.Trace, "no answer from "+conn.Target.Text, otherTransport).Stop()
	}
	x := Reader{s.carrier.Opts, s.rpc, s.form, conn.Target, s.seq}
	if s.reply, err = x.Read(conn, &s.scanner); err != nil {
		return false, err
	}
	s.reply.trace(s.form, s.rpc.Trace)
	reusable, s.answer = x.judge(&s.reply)
	return reusable, nil
}

const otherTransport = "does it expect another transport?"

// release gives the connection back, or ends it. bodyInUse says that the last
// Recv's result may still be read.
func (s *unary) release(bodyInUse bool) {
	s.mu.Lock()
	conn, idle, unwatch := s.conn, s.idle, s.unwatch
	s.conn, s.unwatch = nil, nil
	s.mu.Unlock()
	if conn == nil {
		return
	}
	if !unwatch() || !idle { // the context has, or may have, interrupted it
		s.carrier.Discard(conn)
		return
	}
	conn.Calls++
	if conn.unconfirmed = s.rpc.Method.Oneway; conn.unconfirmed {
		conn.oneway = s.rpc.Trace
	}
	conn.FreeBuffer(bodyInUse)
	s.carrier.Keep(conn)
}

// Header waits for the answer; a oneway call has none. It is what came beside the
// reply or the exception.
func (s *unary) Header() (stream.Metadata, error) {
	if s.final == nil && !s.begun {
		if err := s.begin(); err != nil {
			s.final = err
			s.release(false)
		}
	}
	if s.begun {
		return s.reply.metadata(), nil
	}
	return nil, s.final
}

// Trailer is empty: nothing follows an answer.
func (s *unary) Trailer() stream.Metadata { return nil }

// Ready reports whether the next Recv does not wait.
func (s *unary) Ready() bool { return s.begun || s.final != nil }

// Close abandons the call unless its answer has come. The peer is not told why.
func (s *unary) Close(cause error) error {
	s.mu.Lock()
	if !s.closed {
		s.cause = cmp.Or(cause, fault.ErrAbandoned)
	}
	s.closed = true
	if s.conn == nil && s.openErr == nil {
		s.openErr = s.cause
	}
	s.opened.Open()
	s.mu.Unlock()
	s.release(true)
	return nil
}
