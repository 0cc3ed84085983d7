// Package detect tells by its first bytes what begins a connection or an answer: the one
// home of these facts. It looks at memory only, needs no more than is there, and never
// panics.
//
// The forms of Thrift are told apart by the table of Kitex's servers
// (cloudwego/kitex:pkg/remote/codec/default_codec.go, pkg/remote/trans/detection), with
// compact, JSON and THeader added:
//
//	80 01 | 82 v1 | [1,"           a message without a frame: Message
//	length | 10 00 | flags         TTHeader; with bit 1 of the flags a stream
//	length | 0f ff                 THeader
//	length | 80 01 | 82 v1 | [1,"  a message in a frame
//	length | 90 01                 Kitex Protobuf, which needs a frame
package detect

import (
	"bytes"
	"encoding/binary"

	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
)

// Kind is what begins.
type Kind uint8

// The kinds. Framed says of the messages of Thrift whether they are in a frame.
const (
	Unknown         Kind = iota
	TLS                  // a TLS record
	HTTP2                // HTTP/2: the preface of a client
	HTTP1                // a request of HTTP/1
	Strict               // Thrift's binary protocol, in its strict form
	Compact              // Thrift's compact protocol
	JSON                 // Thrift's JSON protocol
	KitexProtobuf        // always in a frame
	TTHeader             // a call
	TTHeaderStreams      // a frame of TTHeader streaming
	THeader              // Apache's THeader
)

// Form is a Kind, and whether a message is in a frame.
type Form struct {
	Kind   Kind
	Framed bool
}

// Sizes in bytes.
const (
	// ThriftLen is enough for Thrift to tell all forms apart.
	ThriftLen = 8
	// RequestLen is what Request asks for at most.
	RequestLen = len(Preface)
)

// Preface is what a client begins HTTP/2 with (RFC 9113 section 3.4).
const Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// Beginnings of messages, as the first two bytes.
const (
	strictMagic = 0x8001
	kitexMagic  = 0x9001
)

const (
	jsonBegin  = `[1,"`
	lengthLen  = 4
	magicLen   = 2
	compactTag = 0x82
)

// Request judges the first bytes of a client. Where these are too few to know, need is
// how many are wanted, more than there are and at most RequestLen; otherwise 0.
func Request(b []byte) (f Form, need int) {
	switch {
	case len(b) < magicLen:
		return Form{}, magicLen
	case IsTLS(b):
		return Form{Kind: TLS}, 0
	case begins(b, Preface):
		return orMore(Form{Kind: HTTP2}, b, len(Preface))
	case isHTTP1(b):
		return orMore(Form{Kind: HTTP1}, b, lengthLen)
	case len(b) < len(jsonBegin) && begins(b, jsonBegin):
		return Form{}, len(jsonBegin)
	}
	f = Thrift(b)
	if f.Kind == Unknown || f.Kind == TTHeader {
		return orMore(f, b, ThriftLen)
	}
	return f, 0
}

// orMore is the answer where f is certain with want bytes.
func orMore(f Form, b []byte, want int) (Form, int) {
	if len(b) < want {
		return Form{}, want
	}
	return f, 0
}

// begins reports whether b and text are the same as far as both go.
func begins(b []byte, text string) bool {
	n := min(len(b), len(text))
	return string(b[:n]) == text[:n]
}

// Thrift says in which of Thrift's forms a message begins like this. It needs ThriftLen
// bytes to know them all: TTHeader streaming has its flag in the last two.
func Thrift(b []byte) Form {
	if k := Unframed(b); k != Unknown {
		return Form{Kind: k}
	}
	if len(b) < lengthLen+magicLen {
		return Form{}
	}
	switch binary.BigEndian.Uint16(b[lengthLen:]) {
	case ttheader.Magic:
		if len(b) >= ThriftLen && b[7]&ttheader.FlagStreaming != 0 {
			return Form{TTHeaderStreams, true}
		}
		return Form{TTHeader, true}
	case theader.Magic:
		return Form{THeader, true}
	case strictMagic:
		return Form{Strict, true}
	case kitexMagic:
		return Form{KitexProtobuf, true}
	}
	if len(b) >= ThriftLen {
		if p, ok := Message(b[lengthLen:]); ok {
			return Form{kindOf(p), true}
		}
	}
	return Form{}
}

// Unframed is Thrift for what has no length before it: Strict, Compact, JSON or Unknown.
func Unframed(b []byte) Kind {
	if p, ok := Message(b); ok && p != thriftwire.KitexProtobuf {
		return kindOf(p)
	}
	return Unknown
}

// kindOf is the Kind of a protocol.
func kindOf(p thriftwire.Protocol) Kind {
	switch p {
	case thriftwire.Compact:
		return Compact
	case thriftwire.JSON:
		return JSON
	case thriftwire.KitexProtobuf:
		return KitexProtobuf
	}
	return Strict
}

// Protocol is that of a message in such a form; false where its bytes do not tell.
func (f Form) Protocol() (thriftwire.Protocol, bool) {
	switch f.Kind {
	case Strict:
		return thriftwire.Binary, true
	case Compact:
		return thriftwire.Compact, true
	case JSON:
		return thriftwire.JSON, true
	case KitexProtobuf:
		return thriftwire.KitexProtobuf, true
	}
	return 0, false
}

// Message tells the protocol of a message that has no length before it. Two bytes are
// enough, but for JSON, which takes four. The messages of a server are replies and
// exceptions; here any type will do.
func Message(b []byte) (p thriftwire.Protocol, ok bool) {
	switch {
	case len(b) >= 2 && binary.BigEndian.Uint16(b) == strictMagic:
		return thriftwire.Binary, true
	case len(b) >= 2 && binary.BigEndian.Uint16(b) == kitexMagic:
		return thriftwire.KitexProtobuf, true
	case isCompact(b):
		return thriftwire.Compact, true
	case bytes.HasPrefix(b, []byte(jsonBegin)):
		return thriftwire.JSON, true
	}
	return 0, false
}

// isCompact checks for version 1 and a type from 1 to 4.
func isCompact(b []byte) bool {
	return len(b) >= 2 && b[0] == compactTag && b[1]&0x1f == 1 && b[1]>>5 >= 1 && b[1]>>5 <= 4
}

// Answer reports whether the answer to a call of method may begin like b, in protocol p
// and without a length before it. Unlike Message it takes space before JSON, and the old
// form of the binary protocol, which begins with the length of the name.
func Answer(p thriftwire.Protocol, method string, b []byte) bool {
	if p == thriftwire.JSON {
		text := bytes.TrimLeft(b, " \t\r\n")
		return len(text) == 0 || text[0] == '['
	}
	if got, ok := Message(b); ok && got == p {
		return true
	}
	return p == thriftwire.Binary && len(b) >= 4 && binary.BigEndian.Uint32(b) == uint32(len(method))
}

// LooksLikeThrift is for who asked in HTTP, and is stricter than Thrift: a whole strict
// header 80 01 00 tt, or a compact one, bare or behind a length that is no text
// (apache/thrift:doc/specs/thrift-rpc.md), or TTHeader
// (cloudwego.github.io: kitex/Reference/transport_protocol_ttheader.md).
func LooksLikeThrift(b []byte) bool {
	if isEnvelope(b) {
		return true
	}
	return len(b) >= 8 && b[0] < 0x10 && (isEnvelope(b[4:]) || binary.BigEndian.Uint16(b[4:]) == ttheader.Magic)
}

func isEnvelope(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	return binary.BigEndian.Uint16(b) == strictMagic && b[2] == 0 && b[3] >= 1 && b[3] <= 4 || isCompact(b)
}
