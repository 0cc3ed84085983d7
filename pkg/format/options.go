package format

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/format/internal/thriftjson"
)

// Options say how values are written and how strictly they are read. The zero
// value is canonical ProtoJSON, and this program's own mapping for Thrift. Codecs that run
// at the same time call Warn and Skipped at the same time.
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
	// Base fills the base.Base field of a Thrift request where the document
	// does not.
	Base []BaseValue
	// Binary is how bytes are written. They are read as base64 always.
	Binary BinaryForm
	// IgnoreUnknown skips unknown keys of a request instead of refusing them.
	IgnoreUnknown bool
	// Dialect, if set, maps the messages of Thrift methods in place of this package.
	Dialect Dialect
	// Warn, if set, is told of replies that JSON cannot carry as they are, by each
	// codec once.
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

// BaseValue is a value for the base.Base field of a request, for what the document
// does not give. Path is a field's name ("LogID"), or a way down with dots: to a
// field of a struct ("TrafficEnv.Env") or a key of a map ("Extra.zone").
type BaseValue struct{ Path, Value string }

func (o *Options) baseValues() []thriftjson.BaseValue {
	values := make([]thriftjson.BaseValue, len(o.Base))
	for i, v := range o.Base {
		values[i] = thriftjson.BaseValue(v)
	}
	return values
}

func (o *Options) ofProtobuf() jsontext.Options { return o.values(o.Int64 != Int64Number) }
func (o *Options) ofThrift() jsontext.Options   { return o.values(o.Int64 == Int64String) }

func (o *Options) values(quoteInt64 bool) jsontext.Options {
	return jsontext.Options{
		EmitDefaults:  o.EmitDefaults,
		IDLNames:      o.IDLNames,
		EnumNumbers:   o.EnumNumbers,
		QuoteInt64:    quoteInt64,
		Binary:        jsontext.Binary(o.Binary),
		IgnoreUnknown: o.IgnoreUnknown,
		Warn:          o.Warn,
		Skipped:       o.Skipped,
	}
}
