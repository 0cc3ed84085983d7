package protojson

import (
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// value appends one value of a field.
func (d *decoder) value(dst []byte, f *field, r *record, depth int) ([]byte, error) {
	switch f.kind {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return d.message(dst, r.b, f.message(), depth+1)
	case protoreflect.StringKind:
		return d.stringValue(dst, f, r.b)
	case protoreflect.BytesKind:
		return d.text.AppendBytes(dst, r.b, d.o.Binary)
	case protoreflect.EnumKind:
		return d.enum(dst, f, int32(r.v)), nil
	case protoreflect.BoolKind:
		return strconv.AppendBool(dst, r.v != 0), nil
	case protoreflect.FloatKind:
		return jsontext.AppendFloat(dst, float64(math.Float32frombits(uint32(r.v))), 32), nil
	case protoreflect.DoubleKind:
		return jsontext.AppendFloat(dst, math.Float64frombits(r.v), 64), nil
	}
	return d.integer(dst, f.kind, r.v), nil
}

func (d *decoder) stringValue(dst []byte, f *field, b []byte) ([]byte, error) {
	dst, valid, err := d.text.AppendString(dst, b)
	if !valid {
		d.warn("field " + string(f.desc.FullName()) + ": invalid UTF-8 from the peer is shown as U+FFFD")
	}
	return dst, err
}

func (d *decoder) enum(dst []byte, f *field, n int32) []byte {
	if f.null {
		return append(dst, "null"...)
	}
	return f.values().Append(dst, n, d.o.EnumNumbers)
}

// integer appends an integer; those of 64 bits in quotes unless told otherwise,
// since many JSON readers keep 53 bits only.
func (d *decoder) integer(dst []byte, k protoreflect.Kind, v uint64) []byte {
	bits, signed := integerKind(k)
	quoted := bits == 64 && d.o.QuoteInt64
	if quoted {
		dst = append(dst, '"')
	}
	if v = normal(k, v); signed {
		dst = jsontext.AppendInt(dst, int64(v))
	} else {
		dst = jsontext.AppendUint(dst, v)
	}
	if quoted {
		dst = append(dst, '"')
	}
	return dst
}

// normal turns the wire form of an integer or bool into its value, negative
// ones sign-extended to 64 bits.
func normal(k protoreflect.Kind, v uint64) uint64 {
	switch k {
	case protoreflect.Int32Kind, protoreflect.Sfixed32Kind:
		return uint64(int64(int32(v)))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return uint64(uint32(v))
	case protoreflect.Sint32Kind:
		return uint64(int64(int32(protowire.DecodeZigZag(uint64(uint32(v))))))
	case protoreflect.Sint64Kind:
		return uint64(protowire.DecodeZigZag(v))
	case protoreflect.BoolKind:
		return protowire.EncodeBool(v != 0)
	}
	return v
}

// isZero reports whether a scalar is its type's default.
func (f *field) isZero(r *record) bool {
	switch f.kind {
	case protoreflect.StringKind, protoreflect.BytesKind:
		return len(r.b) == 0
	case protoreflect.EnumKind:
		return int32(r.v) == 0
	}
	return normal(f.kind, r.v) == 0
}
