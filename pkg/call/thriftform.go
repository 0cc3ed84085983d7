package call

import (
	"bytes"
	"encoding/binary"

	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// form is how the messages of a method lie in the bytes of a connection.
type form struct {
	transport Transport
	answer    string // what an answer is called
	protocol  thriftwire.Protocol
	// inner: inside TTHeader there is a frame once more.
	inner bool
	name  string // of the method in an answer
}

// formOf decides the form, or says why there is none.
func formOf(t *transport, o *Options, m *stream.Method) (form, error) {
	f := form{transport: o.Transport, answer: t.answer, protocol: thriftwire.Protocol(m.Protocol), name: m.Name}
	isProto := !m.IsThrift()
	refuse := func(reason string) (form, error) {
		return form{}, &UnsupportedError{o.Transport, m.Type, !isProto, reason}
	}
	switch {
	case m.Type != stream.Unary && isProto && o.Transport != TTHeaderStreaming:
		return refuse("Kitex Protobuf has no streaming, that goes over gRPC")
	case m.Type != stream.Unary && o.Transport != TTHeaderStreaming:
		return refuse("it is for calls with one request and one answer")
	case isProto && o.Transport == TTHeaderStreaming:
		return refuse("it is Thrift's, and the method is Protobuf's")
	case isProto && o.Transport == Buffered:
		return refuse("a Protobuf message needs a frame to have an end")
	case isProto && m.Protocol != stream.Binary:
		return form{}, &OptionError{"protocol", m.Protocol.String(), errThriftOnly}
	case isProto && o.Multiplex != "":
		return form{}, &OptionError{"multiplexed service", o.Multiplex, errThriftOnly}
	case isProto && (o.Transport == Header || o.Transport == HTTP):
		return refuse("it is Thrift's, and the method is Protobuf's")
	case isProto:
		f.protocol = thriftwire.KitexProtobuf
	}
	f.inner = o.Transport == TTHeaderFramed || o.Transport == TTHeader && isProto
	return f, nil
}

// want is the name of the form in errors.
func (f form) want() string {
	name := f.answer
	switch {
	case f.transport == Framed && f.protocol == thriftwire.KitexProtobuf:
		return "framed Kitex Protobuf"
	case f.transport == TTHeader, f.transport == TTHeaderFramed, f.transport == Header, f.protocol == thriftwire.Binary:
		return name
	case f.protocol == thriftwire.Compact:
		return name + " (compact)"
	}
	return name + " (JSON)"
}

// framed reports whether a length goes before everything else.
func (f form) framed() bool { return f.transport != Buffered }

// emptyBody is what stands for no message at all: in Thrift, a struct without
// fields.
func (f form) emptyBody() []byte {
	switch f.protocol {
	case thriftwire.KitexProtobuf:
		return nil
	case thriftwire.JSON:
		return []byte("{}")
	}
	return emptyStruct
}

// emptyStruct is a struct without fields in the binary and the compact protocol.
var emptyStruct = []byte{thriftwire.Stop}

// verdict is what the first bytes of an answer say.
type verdict uint8

const (
	fits verdict = iota
	undecided
	foreign
)

// judge looks at the first bytes of an answer: 4 or more, or all that there are.
func (f form) judge(b []byte) verdict {
	if !f.framed() {
		return f.judgeMessage(b)
	}
	if g := unframedGuess(b); g != GuessUnknown {
		return foreign
	}
	if len(b) < 8 {
		return undecided
	}
	if want := f.headed(); want != GuessUnknown {
		if g, _ := thriftGuess(b); g == want {
			return fits
		}
		return foreign
	}
	return f.judgeMessage(b[4:])
}

// headed is what an answer begins with where a header goes before its envelope.
func (f form) headed() Guess {
	switch f.transport {
	case TTHeader, TTHeaderFramed:
		return GuessTTHeader
	case TTHeaderStreaming:
		return GuessTTHeaderStreaming
	case Header:
		return GuessHeader
	}
	return GuessUnknown
}

// judgeMessage looks at the beginning of an envelope. The old form of the binary
// one shows by the length of the name.
func (f form) judgeMessage(b []byte) verdict {
	var ok bool
	switch f.protocol {
	case thriftwire.KitexProtobuf:
		ok = len(b) >= 2 && b[0] == 0x90 && b[1] == 0x01
	case thriftwire.Compact:
		ok = unframedGuess(b) == GuessCompact
	case thriftwire.JSON:
		ok = len(bytes.TrimLeft(b, " \t\r\n")) == 0 || bytes.TrimLeft(b, " \t\r\n")[0] == '['
	default:
		ok = unframedGuess(b) == GuessBuffered ||
			len(b) >= 4 && binary.BigEndian.Uint32(b) == uint32(len(f.name))
	}
	if ok {
		return fits
	}
	return foreign
}
