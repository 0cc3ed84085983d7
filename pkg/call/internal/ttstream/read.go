package ttstream

import (
	"encoding/binary"
	"io"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/kitex"
	"github.com/idlcall/idlcall/pkg/call/internal/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// next takes one frame. It returns a message, or nil where the frame was something
// else, or how the stream ended.
func (s *rpcStream) next() ([]byte, error) {
	if err := s.awaitOpened(); err != nil {
		return nil, err
	}
	s.reading.Lock()
	f, wire, err := s.readFrame(s.conn)
	s.reading.Unlock()
	if err != nil {
		return nil, s.broken(err)
	}
	if f.Stream != s.id {
		return nil, nil // of a stream that is over, or never was: Kitex drops such, too
	}
	if !s.heard {
		s.heard = true
		s.stopWaiting()
		s.rpc.Trace.Answer()
	}
	switch f.Type {
	case ttheader.FrameHeader:
		return nil, s.takeHeader(&f)
	case ttheader.FrameData:
		return s.takeData(&f, wire)
	case ttheader.FrameTrailer:
		return nil, s.takeTrailer(&f)
	case ttheader.FrameReset:
		return nil, s.takeReset(&f)
	}
	return nil, nil // META is for meshes
}

// awaitOpened waits until the stream has been opened, or cannot be.
func (s *rpcStream) awaitOpened() error {
	if err := s.opened.Pass(s.ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.openErr
}

// readFrame reads the next frame. Its payload is valid until the next one.
func (s *rpcStream) readFrame(conn *thrift.Conn) (f ttheader.StreamFrame, wire int, err error) {
	if s.heard && s.rpc.Method.Type == stream.Server && len(conn.Unread()) == 0 {
		s.pace.wait()
	}
	x := s.reader()
	n, err := x.ReadHead(conn)
	if err != nil {
		return f, 0, err
	}
	if err := conn.Need(n); err != nil {
		return f, 0, conn.Lost(err, int64(n))
	}
	f, err = ttheader.ParseStream(conn.Unread()[:n])
	if err != nil {
		return f, 0, x.Violation("%v", err)
	}
	conn.Consume(n)
	s.pace.bytes += n
	s.traceFrame(false, f.Type, n, len(f.Payload))
	return f, n, nil
}

// broken says where in the stream it was that the connection went wrong.
func (s *rpcStream) broken(err error) error {
	switch e := err.(type) {
	case *call.MismatchError:
		if s.heard {
			return s.violation("%s in place of a frame, after %s", e.Saw, fault.Count(s.received))
		}
	case *call.ConnectionLostError: // of a connection that has served before, it counts calls
		return &call.ConnectionLostError{Target: e.Target, Messages: s.received, Err: e.Err}
	case *call.ConnectError:
		if s.heard {
			return &call.ConnectionLostError{Target: e.Target, Messages: s.received, Err: e.Err}
		}
		if e.Phase == call.PhaseThrift {
			e.Phase = call.PhaseStream
		}
	}
	return err
}

// reader judges what the peer says as it does the answers to calls.
func (s *rpcStream) reader() *thrift.Reader {
	return &thrift.Reader{Opts: s.carrier.Opts, RPC: s.rpc, Form: s.form, Target: s.conn.Target, Seq: s.id}
}

func (s *rpcStream) violation(format string, args ...any) error {
	return s.reader().Violation(format, args...)
}

func (s *rpcStream) takeHeader(f *ttheader.StreamFrame) error {
	if s.headed {
		return s.violation("a second HEADER on the stream")
	}
	s.headed, s.header = true, thrift.PairMetadata(f.Str)
	s.traceHeader(f)
	return nil
}

func (s *rpcStream) takeData(f *ttheader.StreamFrame, wire int) ([]byte, error) {
	switch limit := s.carrier.Opts.MaxMessageSize; {
	case len(f.Payload) == 0: // a struct has its STOP at least
		return nil, s.violation("a DATA frame without a message")
	case len(f.Payload) > limit:
		return nil, &call.MessageSizeError{Size: int64(len(f.Payload)), Limit: limit}
	}
	s.received++
	s.pace.messages++
	s.traceReceived(f, wire)
	return f.Payload, nil
}

// takeTrailer judges the peer's end of the stream. An exception says more than a
// business status beside it.
func (s *rpcStream) takeTrailer(f *ttheader.StreamFrame) error {
	s.end()
	s.traceEnd(f)
	s.last = kitex.WithoutBiz(thrift.PairMetadata(f.Str))
	if len(f.Payload) > 0 {
		typ, message, err := parseException(f.Payload)
		if err != nil {
			return s.violation("an exception that cannot be read: %v", err)
		}
		return &call.ApplicationError{Type: typ, Message: message}
	}
	if biz := kitex.BizStatus(thrift.Lookup(f.Str), s.rpc.Trace); biz != nil {
		return biz
	}
	return io.EOF
}

func (s *rpcStream) takeReset(f *ttheader.StreamFrame) error {
	s.end()
	s.traceEnd(f)
	e := &call.StreamResetError{Target: s.conn.Target.Text, Code: call.NoResetCode, Messages: s.received, Path: ttheader.Lookup(f.Str, ttheader.StrCancelPath)}
	if len(f.Payload) > 0 {
		var err error
		if e.Code, e.Message, err = parseException(f.Payload); err != nil {
			return s.violation("a reset that cannot be read: %v", err)
		}
	}
	return e
}

// end notes that the peer has ended the stream. Once we have abandoned it that is no
// more than the answer, which a read may bring although its deadline has passed.
func (s *rpcStream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = s.cause == nil
}

// parseException reads an EXCEPTION envelope. Its name and sequence id are not
// looked at: the frame says whose it is.
func parseException(payload []byte) (typ int32, message string, err error) {
	m, err := thriftwire.Parse(thriftwire.Binary, payload)
	if err != nil {
		return 0, "", err
	}
	return thriftwire.ParseException(thriftwire.Binary, m.Body)
}

// Ready reports whether the next Recv has what it returns at hand.
func (s *rpcStream) Ready() bool {
	if s.final != nil || s.ahead != nil {
		return true
	}
	if !s.heard { // nothing has been printed that could wait
		return false
	}
	b := s.conn.Unread()
	return len(b) >= ttheader.PrefixLen && int64(len(b)) >= 4+int64(binary.BigEndian.Uint32(b))
}
