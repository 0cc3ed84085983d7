// Package format maps between JSON and the bytes of messages: documents in,
// request bodies out; reply bodies in, readable text out.
package format

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Codec maps the messages of one method. Encode and Decode may run concurrently
// with each other, but neither with itself.
type Codec interface {
	// Encode appends the request body of one JSON document to dst. A mistake
	// in the document is a *ValueError; dst is then worthless.
	Encode(dst, json []byte) ([]byte, error)
	// Decode appends one reply to dst, as compact JSON without a line end. A
	// body that does not fit the type is a *DecodeError. The result of a Thrift
	// method may be an *Exception, or be missing: a *NoResultError.
	Decode(dst, body []byte) ([]byte, error)
	// Stream is Decode for replies of any size, in memory that the size of the
	// body bounds: where the text becomes large, and the whole body has proved
	// to be sound, take is given the text in pieces. What it returns is what
	// follows them, behind dst.
	Stream(dst, body []byte, take func(text []byte) error) ([]byte, error)
}

// Options say how values are written and how strictly they are read. The zero
// value is canonical ProtoJSON, and this program's own mapping for Thrift.
type Options struct {
	// EmitDefaults writes fields of implicit presence (Thrift: neither required
	// nor optional), lists and maps even when they are empty or not there.
	EmitDefaults bool
	// IDLNames writes the field names of the IDL instead of Protobuf's
	// lowerCamelCase or the names that Thrift annotations give. Both are read
	// always.
	IDLNames bool
	// EnumNumbers writes enum values as numbers.
	EnumNumbers bool
	// Int64 is how 64-bit integers are written.
	Int64 Int64Form
	// Protocol is how Thrift bodies are encoded.
	Protocol stream.Protocol
	// Base fills the base.Base field of a Thrift request where the document
	// does not.
	Base []BaseValue
	// Binary is how bytes are written. They are read as base64 always.
	Binary BinaryForm
	// IgnoreUnknown skips unknown keys of a request instead of refusing them.
	IgnoreUnknown bool
	// Warn, if set, is told of replies that JSON cannot carry as they are.
	Warn func(message string)
	// Skipped, if set, is told how many fields of a reply are not shown: unknown
	// ones, which the IDL does not have, and mistyped ones, which Protobuf
	// passes over because their wire type is not that of the IDL. name is the
	// method or the type.
	Skipped func(name string, unknown, mistyped int)
}

// Int64Form is a way to write 64-bit integers in JSON: with all digits always.
type Int64Form uint8

// The forms of Int64Form.
const (
	Int64Usual Int64Form = iota // Protobuf: string, as ProtoJSON has it; Thrift: number
	Int64Number
	Int64String
)

// UnmarshalText reads "number", "string" or nothing.
func (f *Int64Form) UnmarshalText(text []byte) error {
	switch string(text) {
	case "":
		*f = Int64Usual
	case "number":
		*f = Int64Number
	case "string":
		*f = Int64String
	default:
		return fmt.Errorf("want number or string")
	}
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (f Int64Form) MarshalText() ([]byte, error) {
	return []byte([...]string{"", "number", "string"}[f]), nil
}

// BinaryForm is a way to write bytes in JSON.
type BinaryForm uint8

// The forms of BinaryForm.
const (
	Base64 BinaryForm = iota
	Hex
	Text // as it is where it is UTF-8, else base64 after "base64:"
)

// UnmarshalText reads "base64", "hex" or "text".
func (f *BinaryForm) UnmarshalText(text []byte) error {
	switch string(text) {
	case "base64":
		*f = Base64
	case "hex":
		*f = Hex
	case "text":
		*f = Text
	default:
		return fmt.Errorf("want base64, hex or text")
	}
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (f BinaryForm) MarshalText() ([]byte, error) {
	return []byte([...]string{"base64", "hex", "text"}[f]), nil
}

// NewCodec returns the codec of a method's input and output.
func NewCodec(m *idl.Method, o Options) (Codec, error) {
	switch in := m.Input.(type) {
	case *idl.ProtoMessage:
		if out, ok := m.Output.(*idl.ProtoMessage); ok {
			return newProtoCodec(in, out, o), nil
		}
	case *thrift.Struct:
		if out, ok := m.Output.(*thrift.Struct); ok {
			return newThriftCodec(in, out, o)
		}
	}
	return nil, fmt.Errorf("no JSON mapping for the messages of %s", m.FullName())
}
