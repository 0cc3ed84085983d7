package ttstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/gate"
	"github.com/idlcall/idlcall/pkg/call/internal/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// rpcStream is one RPC over TTHeader Streaming, alone on a connection. The sender
// puts frames into an outbox; the receiver reads the connection itself, so that a
// receiver that is slow holds back the peer and nothing gathers here.
type rpcStream struct {
	carrier *thrift.Carrier
	ctx     context.Context
	rpc     *stream.Call
	form    thrift.Form
	info    *thrift.Info // of the HEADER that opens the stream

	opened gate.Gate // until conn or openErr is set

	mu      sync.Mutex
	conn    *thrift.Conn // nil before it is opened
	out     *sender
	openErr error
	unwatch func() bool
	closed  bool
	cause   error // why we abandoned the stream, if we did
	// ended: the peer has ended the stream. halfClosed: we have sent TRAILER.
	ended, halfClosed bool
	wait              firstWait

	gone    chan struct{} // closed when the connection is given back or closed
	leaving bool          // somebody is about to; guarded by mu
	reading sync.Mutex    // held by whoever reads the connection

	// Set before the gate is opened.
	id      int32
	head    []byte // of a DATA frame
	trailer []byte // the TRAILER that half-closes

	sendDone bool // by the sender

	// Receiving side.
	headed   bool // HEADER came
	heard    bool // a frame came
	received int
	pace     pace
	ahead    []byte // a message that Header came upon
	header   stream.Metadata
	last     stream.Metadata // of TRAILER
	final    error
}

// streamReadBuffer is how much is read at once, in bytes.
const streamReadBuffer = 64 << 10

// carrier is the transport TTHeaderStreaming. A stream has its connection alone,
// as a call has. (Streams could share one, but without flow control: one slow receiver
// would stop all.)
type carrier struct{ *thrift.Carrier }

// New makes the transport TTHeaderStreaming.
func New(o *call.Options, d dial.Dialer, answer string) call.Carrier {
	return carrier{thrift.NewCarrier(o, d, answer)}
}

// Open prepares a stream. Where the client sends exactly one message, the first Send
// connects.
func (c carrier) Open(ctx context.Context, rpc *stream.Call) (stream.Stream, error) {
	f, info, err := c.Ask(rpc)
	if err != nil {
		return nil, err
	}
	s := &rpcStream{carrier: c.Carrier, ctx: ctx, rpc: rpc, form: f, info: &info, pace: newPace(rpc.Silence), opened: make(gate.Gate), gone: make(chan struct{})}
	if !rpc.Method.Type.ClientStreams() {
		return s, nil
	}
	header, err := s.start()
	if err == nil {
		err = s.put(header)
	}
	if err != nil && err != io.EOF { // Recv knows why the peer has ended it already
		return nil, err
	}
	return s, nil
}

// start connects, and returns the HEADER that is still to be sent.
func (s *rpcStream) start() ([]byte, error) {
	if s.ctx.Err() != nil {
		return nil, s.fail(context.Cause(s.ctx))
	}
	conn, err := s.carrier.Connect(s.ctx, s.rpc)
	if err != nil {
		return nil, s.fail(err)
	}
	conn.Reserve(streamReadBuffer)
	s.id = s.carrier.NextSeq()
	h := s.info.TT
	h.Seq = s.id
	header, err := h.Append(nil)
	if err == nil {
		s.head, err = s.frame(ttheader.FrameData, nil)
	}
	if err == nil {
		s.trailer, err = s.frame(ttheader.FrameTrailer, nil)
	}
	if err != nil {
		s.carrier.Discard(conn)
		return nil, s.fail(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.carrier.Discard(conn)
		return nil, fault.ErrAbandoned
	}
	s.conn, s.out = conn, newSender(conn.Nc)
	s.unwatch = context.AfterFunc(s.ctx, func() { s.abandon(context.Cause(s.ctx)) })
	s.opened.Open()
	s.traceSent(&h, header)
	return header, nil
}

// fail tells the receiver why the stream was not opened.
func (s *rpcStream) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.openErr == nil {
		s.openErr = err
	}
	s.opened.Open()
	return err
}

// frame makes a frame of this stream.
func (s *rpcStream) frame(t ttheader.FrameType, payload []byte, str ...ttheader.Pair) ([]byte, error) {
	return ttheader.AppendStream(nil, t, s.id, s.rpc.Method.Name, payload, str...)
}

// Send writes a message. Where the client sends exactly one, HEADER goes before it
// and TRAILER behind it in the same write.
func (s *rpcStream) Send(body []byte) error {
	if s.sendDone {
		return fault.ErrSendClosed
	}
	if len(body) == 0 {
		body = thriftwire.EmptyStruct
	}
	if s.rpc.Method.Type.ClientStreams() {
		return s.sendOne(nil, body, nil)
	}
	s.sendDone = true
	header, err := s.start()
	if err != nil {
		return err
	}
	return s.sendOne(header, body, s.trailer)
}

// sendOne puts a DATA frame between others.
func (s *rpcStream) sendOne(header, body, trailer []byte) error {
	if err := ttheader.SetPayload(s.head, len(body)); err != nil {
		return fmt.Errorf("message of %d bytes does not fit a TTHeader frame", len(body))
	}
	s.expectAnswer(false)
	if trailer != nil {
		s.halfClose()
	}
	err := s.put(header, s.head, body, trailer)
	if err == nil {
		s.traceData(body)
	}
	if err == nil && trailer != nil {
		s.traceTrailer()
	}
	return err
}

// CloseSend half-closes. After the one message of a stream that has but one it does
// nothing, since Send did.
func (s *rpcStream) CloseSend() error {
	if s.sendDone {
		return nil
	}
	if !s.rpc.Method.Type.ClientStreams() {
		return s.Send(nil)
	}
	s.sendDone = true
	s.halfClose()
	err := s.put(s.trailer)
	if err == io.EOF {
		return nil // the peer has finished, Recv knows
	}
	if err == nil {
		s.traceTrailer()
	}
	return err
}

// halfClose notes that our side has no more to say.
func (s *rpcStream) halfClose() {
	s.mu.Lock()
	s.halfClosed = true
	s.mu.Unlock()
	s.expectAnswer(true)
}

// put sends frames. io.EOF says that the peer has ended the stream, or that the
// connection is lost: Recv knows why.
func (s *rpcStream) put(frames ...[]byte) error {
	err := s.out.put(frames...)
	if err == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return io.EOF
	case s.cause != nil:
		return s.cause
	case fault.PeerClosed(err):
		return io.EOF
	case s.carrier.IsClosed():
		return call.ErrClosed
	}
	return &call.ConnectionLostError{Target: s.conn.Target.Text, Err: err}
}

// Recv returns the next message.
func (s *rpcStream) Recv() ([]byte, error) {
	if body := s.ahead; body != nil {
		s.ahead = nil
		return body, nil
	}
	for s.final == nil {
		body, err := s.next()
		if body != nil {
			return body, nil
		}
		if err != nil {
			s.finish(err)
		}
	}
	return nil, s.final
}

// Header waits for the peer's first frame. A peer that ends a stream without HEADER
// has none.
func (s *rpcStream) Header() (stream.Metadata, error) {
	for s.final == nil && !s.headed && s.received == 0 { // HEADER goes before all messages
		body, err := s.next()
		if err != nil {
			s.finish(err)
		}
		s.ahead = body
	}
	if s.headed || s.received > 0 || s.answered() {
		return s.header, nil
	}
	return nil, s.final
}

// answered reports whether the peer itself ended the stream.
func (s *rpcStream) answered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// Trailer is what came with the TRAILER, without what an error says.
func (s *rpcStream) Trailer() stream.Metadata { return s.last }

// finish ends the receiving side.
func (s *rpcStream) finish(err error) {
	s.final = s.explain(err)
	if s.answered() {
		s.leave()
		return
	}
	s.abandon(s.final)
}

// explain replaces an error by the reason that we had to cause it, and adds what
// this stream knows.
func (s *rpcStream) explain(err error) error {
	s.mu.Lock()
	cause, ended, opened := s.cause, s.ended, s.conn != nil
	s.mu.Unlock()
	switch {
	case ended:
		return err
	case s.ctx.Err() != nil:
		err = context.Cause(s.ctx)
	case cause != nil:
		err = cause
	case s.carrier.IsClosed():
		err = call.ErrClosed
	}
	late, ok := errors.AsType[*stream.TimeoutError](err)
	if opened && !s.heard && (errors.Is(err, context.DeadlineExceeded) || ok && late.Op == "recv") {
		return &call.SilentError{Method: s.rpc.Method.BareService() + "/" + s.rpc.Method.Name, First: s.conn.Calls == 0, Err: err}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &call.WaitError{Messages: s.received, Err: err}
	}
	return err
}

// Close abandons the stream unless it is over; the peer is told the cause.
func (s *rpcStream) Close(cause error) error {
	cause = cmp.Or(cause, fault.ErrAbandoned)
	s.mu.Lock()
	s.closed = true
	if s.conn == nil && s.openErr == nil {
		s.openErr = cause
	}
	s.opened.Open()
	s.mu.Unlock()
	s.abandon(cause)
	return nil
}

// abandon ends the stream from our side with RST, and a TRAILER for servers that do
// not know RST (Kitex before v0.15.1). What had been put in before leaves first, but
// none of it is waited for long.
func (s *rpcStream) abandon(cause error) {
	s.mu.Lock()
	conn := s.conn
	if conn != nil && s.cause == nil {
		s.cause = cause
	}
	s.mu.Unlock()
	if conn == nil {
		return
	}
	s.leaveOnce(func() {
		s.unwatch()
		s.stopWaiting()
		_ = conn.Nc.SetReadDeadline(thrift.Past) // the receiver returns
		last := s.resetFrames(cause)
		if s.out.close(closeTimeout, last...) && len(last) > 0 {
			s.awaitTrailer()
		}
		s.carrier.Discard(conn)
	})
}

// leaveOnce runs f, which gives up the connection, unless somebody else does or has
// done so; then it waits for that.
func (s *rpcStream) leaveOnce(f func()) {
	s.mu.Lock()
	first := !s.leaving
	s.leaving = true
	s.mu.Unlock()
	if first {
		f()
		close(s.gone)
	}
	<-s.gone
}

// resetLinger bounds the wait for the answer to a RST.
const resetLinger = 200 * time.Millisecond

// awaitTrailer reads on after RST to the TRAILER with which Kitex answers it: a
// connection that is closed at once may be reported to the handler in its place.
func (s *rpcStream) awaitTrailer() {
	s.reading.Lock()
	defer s.reading.Unlock()
	conn := s.conn.Copied() // the receiver's last message may still be in use
	_ = conn.Nc.SetReadDeadline(time.Now().Add(resetLinger))
	for {
		f, _, err := s.readFrame(conn)
		if err != nil || f.Stream == s.id && (f.Type == ttheader.FrameTrailer || f.Type == ttheader.FrameReset) {
			return
		}
	}
}

// resetFrames are the last words of a stream that we abandon.
func (s *rpcStream) resetFrames(cause error) [][]byte {
	if lost(cause) {
		return nil
	}
	from, _, _ := strings.Cut(s.carrier.Opts.UserAgent, "/")
	rst, err := s.frame(ttheader.FrameReset, resetPayload(s.rpc.Method.Name, s.id, cause), ttheader.Pair{Key: ttheader.StrCancelPath, Value: from})
	if err != nil {
		return nil
	}
	s.traceFrame(true, ttheader.FrameReset, len(rst), 0)
	return append([][]byte{rst}, s.lastTrailer()...)
}

// lastTrailer is the TRAILER that we still owe the peer, if any.
func (s *rpcStream) lastTrailer() [][]byte {
	s.mu.Lock()
	halfClosed := s.halfClosed
	s.mu.Unlock()
	if halfClosed {
		return nil
	}
	s.traceFrame(true, ttheader.FrameTrailer, len(s.trailer), 0)
	return [][]byte{s.trailer}
}

// lost reports whether the connection is of no use for last words.
func lost(err error) bool {
	switch err.(type) {
	case *call.ConnectionLostError, *call.ConnectError, *call.MismatchError:
		return true
	}
	return false
}

// leave gives the connection back after the peer's end of the stream. Where we had
// more to say, that is taken back, and the connection closed: nobody knows how much
// of it the peer has read.
func (s *rpcStream) leave() {
	s.leaveOnce(func() {
		owed := s.lastTrailer() // Kitex's client sends it too
		written := s.out.close(closeTimeout, owed...)
		if !s.unwatch() || !written || owed != nil || !s.orderly() {
			s.carrier.Discard(s.conn)
			return
		}
		s.conn.Calls++
		s.conn.FreeBuffer(false)
		s.carrier.Keep(s.conn)
	})
}

// orderly reports whether the peer ended the stream in a way that leaves the
// connection good for more.
func (s *rpcStream) orderly() bool {
	switch s.final.(type) {
	case *call.ApplicationError, *call.BizStatusError:
		return true
	}
	return s.final == io.EOF
}
