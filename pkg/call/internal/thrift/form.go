package thrift

import (
	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
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
	if detect.Unframed(b) != detect.Unknown {
		return verdictForeign
	}
	if len(b) < detect.ThriftLen {
		return verdictUndecided
	}
	if want := f.headed(); want != detect.Unknown {
		if detect.Thrift(b).Kind == want {
			return verdictFits
		}
		return verdictForeign
	}
	return f.judgeMessage(b[4:])
}

// headed is what an answer begins with where a header goes before its envelope.
func (f Form) headed() detect.Kind {
	switch f.transport {
	case call.TTHeader, call.TTHeaderFramed:
		return detect.TTHeader
	case call.TTHeaderStreaming:
		return detect.TTHeaderStreams
	case call.Header:
		return detect.THeader
	}
	return detect.Unknown
}

// judgeMessage looks at the beginning of an envelope.
func (f Form) judgeMessage(b []byte) verdict {
	if detect.Answer(f.protocol, f.Name, b) {
		return verdictFits
	}
	return verdictForeign
}
