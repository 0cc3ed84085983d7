package format

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
)

// value appends one value of a field without its tag, but with its length or,
// for a group, its end tag.
func (e *protoEncoder) value(dst []byte, f *protoField, depth int) ([]byte, error) {
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
		text, err := e.p.str()
		return protowire.AppendBytes(dst, text), err
	case protoreflect.BytesKind:
		dst, mark := beginLength(dst)
		dst, err := e.p.base64(dst)
		if err != nil {
			return nil, err
		}
		return endLength(dst, mark), nil
	case protoreflect.BoolKind:
		b, err := e.p.boolean()
		return protowire.AppendVarint(dst, protowire.EncodeBool(b)), err
	case protoreflect.EnumKind:
		n, err := e.enum(f)
		return protowire.AppendVarint(dst, uint64(n)), err
	case protoreflect.FloatKind:
		x, err := e.p.float(32)
		return protowire.AppendFixed32(dst, math.Float32bits(float32(x))), err
	case protoreflect.DoubleKind:
		x, err := e.p.float(64)
		return protowire.AppendFixed64(dst, math.Float64bits(x)), err
	}
	text, off, err := e.p.numberOrString()
	if err != nil {
		return nil, err
	}
	return e.integer(dst, f.kind, text, off)
}

// integer appends an integer of a kind, after checking its range.
func (e *protoEncoder) integer(dst []byte, kind protoreflect.Kind, text []byte, off int) ([]byte, error) {
	n, whole, fits := parseInteger(text)
	if !whole {
		return nil, e.p.fail(off, "%s is not an integer, as %s needs", clip(text), kind)
	}
	var signed int64
	var unsigned uint64
	ok := fits
	if fits {
		if bits, isSigned := integerKind(kind); isSigned {
			signed, ok = n.signed(bits)
		} else {
			unsigned, ok = n.unsigned(bits)
		}
	}
	if !ok {
		return nil, e.p.fail(off, "%s is out of range for %s (%s)", clip(text), kind, integerRange(kind))
	}
	switch kind {
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		return protowire.AppendVarint(dst, uint64(signed)), nil
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		return protowire.AppendVarint(dst, protowire.EncodeZigZag(signed)), nil
	case protoreflect.Sfixed32Kind:
		return protowire.AppendFixed32(dst, uint32(signed)), nil
	case protoreflect.Sfixed64Kind:
		return protowire.AppendFixed64(dst, uint64(signed)), nil
	case protoreflect.Fixed32Kind:
		return protowire.AppendFixed32(dst, uint32(unsigned)), nil
	case protoreflect.Fixed64Kind:
		return protowire.AppendFixed64(dst, unsigned), nil
	}
	return protowire.AppendVarint(dst, unsigned), nil
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

func integerRange(k protoreflect.Kind) string {
	bits, signed := integerKind(k)
	if signed {
		return fmt.Sprintf("%d to %d", int64(-1)<<(bits-1), int64(1)<<(bits-1)-1)
	}
	return fmt.Sprintf("0 to %d", ^uint64(0)>>(64-bits))
}

// enum reads a value by name or by number. A number needs no name: enums may
// have been extended since.
func (e *protoEncoder) enum(f *protoField) (int32, error) {
	values := f.values()
	if values.null && e.p.null() {
		return 0, nil
	}
	if e.p.peek() != '"' {
		off := e.p.pos
		if off < len(e.p.src) && e.p.src[off] != '-' && (e.p.src[off] < '0' || e.p.src[off] > '9') {
			return 0, e.p.unexpected("a name or number of enum " + string(values.desc.FullName()))
		}
		text, err := e.p.number()
		if err != nil {
			return 0, err
		}
		n, _, fits := parseInteger(text)
		if x, ok := n.signed(32); fits && ok {
			return int32(x), nil
		}
		return 0, e.p.fail(off, "%s is not a number of enum %s", clip(text), values.desc.FullName())
	}
	off := e.p.pos
	name, err := e.p.str()
	if err != nil {
		return 0, err
	}
	if n, ok := values.byName[string(name)]; ok {
		return n, nil
	}
	return 0, &ValueError{
		Offset:  off,
		Message: fmt.Sprintf("unknown value %q of enum %s", clip(name), values.desc.FullName()),
		Nearest: values.nearest(string(name)),
	}
}

// nearest suggests names.
func (v *protoEnum) nearest(name string) []string {
	values := v.desc.Values()
	names := make([]string, values.Len())
	for i := range names {
		names[i] = string(values.Get(i).Name())
	}
	return nearestValues(name, names)
}

// nearestValues suggests names of an enum's values. An enum of few is shown whole.
func nearestValues(name string, all []string) []string {
	if near := idl.Nearest(name, all); len(near) > 0 {
		return near
	}
	if len(all) <= 4 {
		return all
	}
	return nil
}

// mapKey appends a map key, which in JSON is always a string.
func (e *protoEncoder) mapKey(dst []byte, f *protoField, key []byte, off int) ([]byte, error) {
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
		return nil, e.p.fail(off, "%q is not a key of kind bool: want \"true\" or \"false\"", clip(key))
	}
	if len(key) == 0 || numberLen(key) != len(key) || bytes.ContainsAny(key, ".eE") {
		return nil, e.p.fail(off, "%q is not a key of kind %s", clip(key), f.kind)
	}
	return e.integer(dst, f.kind, key, off)
}

// kindName is what the JSON of one value should be, for messages.
func (f *protoField) kindName() string {
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

// keyAt reads the key at an offset once more, for a message.
func (p *parser) keyAt(off int) string {
	at := parser{src: p.src, pos: off}
	key, _ := at.str()
	return strconv.Quote(clip(key))
}
