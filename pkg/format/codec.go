// Package format maps between JSON and the bytes of messages: documents in,
// request bodies out; reply bodies in, readable text out.
package format

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/idl"
)

// Codec maps the messages of one method. Encode and Decode may run concurrently
// with each other, but neither with itself.
type Codec interface {
	// Encode appends the request body of one JSON document to dst. A mistake
	// in the document is a *ValueError; dst is then worthless.
	Encode(dst, json []byte) ([]byte, error)
	// Decode appends one reply to dst, as compact JSON without a line end. A
	// body that does not fit the type is a *DecodeError.
	Decode(dst, body []byte) ([]byte, error)
}

// Options say how values are written and how strictly they are read. The zero
// value is canonical ProtoJSON.
type Options struct {
	// EmitDefaults writes fields of implicit presence, lists and maps even
	// when they are empty.
	EmitDefaults bool
	// ProtoNames uses the field names of the IDL instead of lowerCamelCase.
	ProtoNames bool
	// EnumNumbers writes enum values as numbers.
	EnumNumbers bool
	// Int64Numbers writes 64-bit integers as numbers, all digits, not strings.
	Int64Numbers bool
	// Binary is how bytes are written. They are read as base64 always.
	Binary BinaryForm
	// IgnoreUnknown skips unknown keys of a request instead of refusing them.
	IgnoreUnknown bool
	// Warn, if set, is told of replies that JSON cannot carry as they are.
	Warn func(message string)
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
	in, ok := m.Input.(*idl.ProtoMessage)
	out, ok2 := m.Output.(*idl.ProtoMessage)
	if !ok || !ok2 {
		return nil, fmt.Errorf("no JSON mapping for the messages of %s", m.FullName())
	}
	return newProtoCodec(in, out, o), nil
}
