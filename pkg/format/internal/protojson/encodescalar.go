package protojson

import (
	"bytes"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// value appends one value of a field without its tag, but with its length or,
// for a group, its end tag.
func (e *encoder) value(dst []byte, f *field, depth int) ([]byte, error) {
	switch f.kind {
	case protoreflect.MessageKind:
		dst, mark := beginLength(dst)
		dst, err := e.message(dst, f.message(), depth+1)
		if err != nil {
			return nil, err
		}
		return endLength(dst, mark), nil
	case protoreflect.GroupKind:
		dst, err := e.message(dst, f.message(), depth+1)
		return protowire.AppendTag(dst, f.num, protowire.EndGroupType), err
	case protoreflect.StringKind:
		text, err := e.p.Text()
		return append(appendVarint(dst, uint64(len(text))), text...), err
	case protoreflect.BytesKind:
		dst, mark := beginLength(dst)
		dst, err := e.p.Base64(dst)
		if err != nil {
			return nil, err
		}
		return endLength(dst, mark), nil
	case protoreflect.BoolKind:
		b, err := e.p.Bool()
		return append(dst, byte(protowire.EncodeBool(b))), err
	case protoreflect.EnumKind:
		n, err := e.enum(f)
		return appendVarint(dst, uint64(n)), err
	case protoreflect.Int32Kind, protoreflect.Int64Kind, protoreflect.Uint32Kind, protoreflect.Uint64Kind:
		return e.varint(dst, f)
	case protoreflect.FloatKind:
		x, err := e.p.Float(32)
		return protowire.AppendFixed32(dst, math.Float32bits(float32(x))), err
	case protoreflect.DoubleKind:
		x, err := e.p.Float(64)
		return protowire.AppendFixed64(dst, math.Float64bits(x)), err
	}
	return e.integer(dst, f)
}

// varint is integer for a kind that all write alike, of numbers that fit any: what most are.
func (e *encoder) varint(dst []byte, f *field) ([]byte, error) {
	off := e.p.Pos
	if n, ok := e.p.ShortInteger(); ok && uint64(n) <= math.MaxInt32 {
		return appendVarint(dst, uint64(n)), nil
	}
	e.p.Pos = off
	return e.integer(dst, f)
}

func (e *encoder) integer(dst []byte, f *field) ([]byte, error) {
	if f.signed {
		n, err := e.p.SignedNumber(f.bits, f.kind, "a number")
		return appendSigned(dst, f.kind, n), err
	}
	n, err := e.p.UnsignedNumber(f.bits, f.kind, "a number")
	return appendUnsigned(dst, f.kind, n), err
}

func appendSigned(dst []byte, kind protoreflect.Kind, n int64) []byte {
	switch kind {
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		return appendVarint(dst, protowire.EncodeZigZag(n))
	case protoreflect.Sfixed32Kind:
		return protowire.AppendFixed32(dst, uint32(n))
	case protoreflect.Sfixed64Kind:
		return protowire.AppendFixed64(dst, uint64(n))
	}
	return appendVarint(dst, uint64(n))
}

func appendUnsigned(dst []byte, kind protoreflect.Kind, n uint64) []byte {
	switch kind {
	case protoreflect.Fixed32Kind:
		return protowire.AppendFixed32(dst, uint32(n))
	case protoreflect.Fixed64Kind:
		return protowire.AppendFixed64(dst, n)
	}
	return appendVarint(dst, n)
}

func integerKind(k protoreflect.Kind) (bits int, signed bool) {
	switch k {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return 32, true
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return 64, true
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return 32, false
	}
	return 64, false
}

// enum reads a value by name or by number. A number needs no name: enums may
// have been extended since.
func (e *encoder) enum(f *field) (int32, error) {
	if f.null && e.p.Null() {
		return 0, nil
	}
	values := f.values()
	if e.p.Peek() != '"' {
		off := e.p.Pos
		if n, ok := e.p.ShortInteger(); ok && int64(int32(n)) == n {
			return int32(n), nil
		}
		e.p.Pos = off
		if off < len(e.p.Src) && e.p.Src[off] != '-' && (e.p.Src[off] < '0' || e.p.Src[off] > '9') {
			return 0, e.p.Unexpected("a name or number of enum " + values.FullName)
		}
		text, err := e.p.Number()
		if err != nil {
			return 0, err
		}
		n, _, fits := jsontext.ParseInteger(text)
		if x, ok := n.Signed(32); fits && ok {
			return int32(x), nil
		}
		return 0, e.p.Fail(off, "%s is not a number of enum %s", jsontext.Clip(text), values.FullName)
	}
	off := e.p.Pos
	name, err := e.p.Text()
	if err != nil {
		return 0, err
	}
	return values.Number(name, off)
}

// mapKey appends a map key, which in JSON is always a string.
func (e *encoder) mapKey(dst []byte, f *field, key []byte, off int) ([]byte, error) {
	switch f.kind {
	case protoreflect.StringKind:
		return protowire.AppendBytes(dst, key), nil
	case protoreflect.BoolKind:
		switch string(key) {
		case "true":
			return append(dst, 1), nil
		case "false":
			return append(dst, 0), nil
		}
		return nil, e.p.Fail(off, "%q is not a key of kind bool: want \"true\" or \"false\"", jsontext.Clip(key))
	}
	if len(key) == 0 || jsontext.NumberLen(key) != len(key) || bytes.ContainsAny(key, ".eE") {
		return nil, e.p.Fail(off, "%q is not a key of kind %s", jsontext.Clip(key), f.kind)
	}
	if f.signed {
		n, err := e.p.Signed(key, off, f.bits, f.kind)
		return appendSigned(dst, f.kind, n), err
	}
	n, err := e.p.Unsigned(key, off, f.bits, f.kind)
	return appendUnsigned(dst, f.kind, n), err
}

// kindName is what the JSON of one value should be, for messages.
func (f *field) kindName() string {
	switch f.kind {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return "value of " + string(f.desc.Message().FullName())
	case protoreflect.EnumKind:
		return "value of enum " + string(f.desc.Enum().FullName())
	case protoreflect.StringKind, protoreflect.BytesKind:
		return "string"
	case protoreflect.BoolKind:
		return "boolean"
	}
	return "number"
}
