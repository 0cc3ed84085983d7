package thrift

import (
	"bytes"
	"encoding/binary"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Form is how the messages of a method lie in the bytes of a connection.
type Form struct {
	transport call.Transport
	answer    string // what an answer is called
	protocol  thriftwire.Protocol
	// inner: inside TTHeader there is a frame once more.
	inner bool
	Name  string // of the method in an answer
}

// FormOf decides the form, or says why there is none.
func FormOf(answer string, o *call.Options, m *stream.Method) (Form, error) {
	f := Form{transport: o.Transport, answer: answer, protocol: thriftwire.Protocol(m.Protocol), Name: m.Name}
	isProto := !m.IsThrift()
	refuse := func(reason string) (Form, error) {
		return Form{}, &call.UnsupportedError{Transport: o.Transport, Type: m.Type, Thrift: !isProto, Reason: reason}
	}
	switch {
	case m.Type != stream.Unary && isProto && o.Transport != call.TTHeaderStreaming:
		return refuse("Kitex Protobuf has no streaming, that goes over gRPC")
	case m.Type != stream.Unary && o.Transport != call.TTHeaderStreaming:
		return refuse("it is for calls with one request and one answer")
	case isProto && o.Transport == call.TTHeaderStreaming:
		return refuse("it is Thrift's, and the method is Protobuf's")
	case isProto && o.Transport == call.Buffered:
		return refuse("a Protobuf message needs a frame to have an end")
	case isProto && m.Protocol != stream.Binary:
		return Form{}, &call.OptionError{Option: call.OptionProtocol, Value: m.Protocol.String(), Err: call.ErrThriftOnly}
	case isProto && o.Multiplex != "":
		return Form{}, &call.OptionError{Option: call.OptionMultiplex, Value: o.Multiplex, Err: call.ErrThriftOnly}
	case isProto && (o.Transport == call.Header || o.Transport == call.HTTP):
		return refuse("it is Thrift's, and the method is Protobuf's")
	case isProto:
		f.protocol = thriftwire.KitexProtobuf
	}
	f.inner = o.Transport == call.TTHeaderFramed || o.Transport == call.TTHeader && isProto
	return f, nil
}

// Want is the name of the form in errors.
func (f Form) Want() string {
	name := f.answer
	switch {
	case f.transport == call.Framed && f.protocol == thriftwire.KitexProtobuf:
		return "framed Kitex Protobuf"
	case f.transport == call.TTHeader, f.transport == call.TTHeaderFramed, f.transport == call.Header, f.protocol == thriftwire.Binary:
		return name
	case f.protocol == thriftwire.Compact:
		return name + " (compact)"
	}
	return name + " (JSON)"
}

// framed reports whether a length goes before everything else.
func (f Form) framed() bool { return f.transport != call.Buffered }

// emptyBody is what stands for no message at all: in Thrift, a struct without
// fields.
func (f Form) emptyBody() []byte {
	switch f.protocol {
	case thriftwire.KitexProtobuf:
		return nil
	case thriftwire.JSON:
		return []byte("{}")
	}
	return thriftwire.EmptyStruct
}

// verdict is what the first bytes of an answer say.
type verdict uint8

const (
	verdictFits verdict = iota
	verdictUndecided
	verdictForeign
)

// judge looks at the first bytes of an answer: 4 or more, or all that there are.
func (f Form) judge(b []byte) verdict {
	if !f.framed() {
		return f.judgeMessage(b)
	}
	if g := foreign.UnframedGuess(b); g != call.GuessUnknown {
		return verdictForeign
	}
	if len(b) < 8 {
		return verdictUndecided
	}
	if want := f.headed(); want != call.GuessUnknown {
		if g, _ := foreign.ThriftGuess(b); g == want {
			return verdictFits
		}
		return verdictForeign
	}
	return f.judgeMessage(b[4:])
}

// headed is what an answer begins with where a header goes before its envelope.
func (f Form) headed() call.Guess {
	switch f.transport {
	case call.TTHeader, call.TTHeaderFramed:
		return call.GuessTTHeader
	case call.TTHeaderStreaming:
		return call.GuessTTHeaderStreaming
	case call.Header:
		return call.GuessHeader
	}
	return call.GuessUnknown
}

// judgeMessage looks at the beginning of an envelope. The old form of the binary
// one shows by the length of the name.
func (f Form) judgeMessage(b []byte) verdict {
	var ok bool
	switch f.protocol {
	case thriftwire.KitexProtobuf:
		ok = len(b) >= 2 && b[0] == 0x90 && b[1] == 0x01
	case thriftwire.Compact:
		ok = foreign.UnframedGuess(b) == call.GuessCompact
	case thriftwire.JSON:
		ok = len(bytes.TrimLeft(b, " \t\r\n")) == 0 || bytes.TrimLeft(b, " \t\r\n")[0] == '['
	default:
		ok = foreign.UnframedGuess(b) == call.GuessBuffered ||
			len(b) >= 4 && binary.BigEndian.Uint32(b) == uint32(len(f.Name))
	}
	if ok {
		return verdictFits
	}
	return verdictForeign
}
