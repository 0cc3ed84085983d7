package decode

import (
	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// ttStream is a stream of TTHeader.
type ttStream struct{ *rpc }

// streamFrame takes a frame of a stream. One that comes after the end, as the answer to a reset,
// says nothing; numbers go up.
func (t *thriftSide) streamFrame(frame []byte) error {
	f, err := ttheader.ParseStream(frame)
	if err != nil {
		return err
	}
	s := t.streams[f.Stream]
	if t.from == proxy.Client && f.Type == ttheader.FrameHeader {
		t.openStream(&f)
		return nil
	}
	if s == nil {
		if f.Stream > t.last && f.Type != ttheader.FrameMeta {
			t.c.say(Undecoded{From: t.from, Reason: "a frame of a stream that is not open", First: frame[:min(len(frame), t.c.d.o.MaxBody)], Bytes: int64(len(frame))})
		}
		return nil
	}
	switch f.Type {
	case ttheader.FrameHeader:
		s.header(t.from, stringPairs(f.Str))
	case ttheader.FrameData:
		_ = s.message(t.from, f.Payload, len(frame))
	case ttheader.FrameTrailer:
		t.endSide(s, &f)
	case ttheader.FrameReset:
		delete(t.streams, f.Stream)
		s.finish(t.resetBy(&f))
	}
	return nil
}

// openStream begins a stream.
func (t *thriftSide) openStream(f *ttheader.StreamFrame) {
	m := stream.Method{Name: f.Method, Service: ttheader.Lookup(f.Str, ttheader.StrIDLService), Lang: stream.Thrift, Streaming: true}
	if old := t.streams[f.Stream]; old != nil {
		old.finish(&EndError{"a trailer: the stream's number is used again"})
	}
	if len(t.streams) >= maxCalls {
		t.c.say(Undecoded{From: t.from, Reason: "too many streams at once", First: []byte(f.Method)})
		return
	}
	t.last = max(t.last, f.Stream)
	s := &ttStream{t.c.begin(m, "ttheader-streaming")}
	t.streams[f.Stream] = s
	s.header(t.from, stringPairs(f.Str))
}

// endSide takes a trailer: of the client it is a half-close.
func (t *thriftSide) endSide(s *ttStream, f *ttheader.StreamFrame) {
	md := stringPairs(f.Str)
	s.trailer(t.from, md)
	if t.from == proxy.Client {
		s.halfClose()
		return
	}
	delete(t.streams, f.Stream)
	switch {
	case len(f.Payload) > 0:
		s.finish(exceptionOf(f.Payload))
	default:
		var end error
		if biz := bizStatus(md); biz != nil {
			end = biz
		}
		s.finish(end)
	}
}

// exceptionOf is the application exception in a trailer.
func exceptionOf(payload []byte) error {
	code, text, err := streamException(payload)
	if err != nil {
		return &EndError{"an exception that can be read"}
	}
	return &call.ApplicationError{Type: code, Message: text}
}

// resetBy is how a stream ends that a side gives up.
func (t *thriftSide) resetBy(f *ttheader.StreamFrame) error {
	e := &CanceledError{From: t.from, Code: call.NoResetCode, Text: "without a reason"}
	if len(f.Payload) > 0 {
		if code, text, err := streamException(f.Payload); err == nil {
			e.Code, e.Text = int64(code), text
		}
	}
	return e
}

// streamException reads what a frame of a stream has as its payload: an exception with an
// envelope.
func streamException(payload []byte) (code int32, text string, err error) {
	msg, err := thriftwire.Parse(thriftwire.Binary, payload)
	if err != nil {
		return 0, "", err
	}
	return thriftwire.ParseException(thriftwire.Binary, msg.Body)
}
