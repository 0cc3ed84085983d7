package protojson

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/terminal"
)

// EncodeText appends the wire form of a message in the Protobuf text format.
func EncodeText(dst, text []byte, m *idl.ProtoMessage) ([]byte, error) {
	msg := dynamicpb.NewMessage(m.Descriptor)
	if err := (prototext.UnmarshalOptions{AllowPartial: true, Resolver: textTypes{m.Types}}).Unmarshal(text, msg); err != nil {
		return nil, errors.New(strings.TrimLeft(strings.TrimPrefix(err.Error(), "proto:"), " \u00a0"))
	}
	return proto.MarshalOptions{AllowPartial: true, Deterministic: true}.MarshalAppend(dst, msg)
}

// textTypes finds types the way prototext asks for them.
type textTypes struct{ types idl.Types }

func (t textTypes) FindMessageByName(name protoreflect.FullName) (protoreflect.MessageType, error) {
	d, err := t.types.FindMessage(name)
	if err != nil {
		return nil, protoregistry.NotFound
	}
	return dynamicpb.NewMessageType(d), nil
}

func (t textTypes) FindMessageByURL(url string) (protoreflect.MessageType, error) {
	return t.FindMessageByName(protoreflect.FullName(url[strings.LastIndexByte(url, '/')+1:]))
}

func (t textTypes) FindExtensionByName(name protoreflect.FullName) (protoreflect.ExtensionType, error) {
	d, err := t.types.FindExtension(name)
	if err != nil {
		return nil, protoregistry.NotFound
	}
	return dynamicpb.NewExtensionType(d), nil
}

func (t textTypes) FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionType, error) {
	d, err := t.types.FindExtensionByNumber(message, number)
	if err != nil {
		return nil, protoregistry.NotFound
	}
	return dynamicpb.NewExtensionType(d), nil
}

// Text appends messages in the Protobuf text format
// (protobuf.dev/reference/protobuf/textformat-spec) on one line. Fields stand in
// the order of the wire; unknown ones are shown by number, so nothing is lost.
type Text struct {
	types *finder
	m     *message
	text  jsontext.Spill
}

// NewText returns the decoder of a message type.
func NewText(m *idl.ProtoMessage) *Text {
	types := newTypes(m.Types, true)
	return &Text{types: newFinder(types), m: types.message(m.Descriptor)}
}

// Stream appends a message; see jsontext.Spill.
func (d *Text) Stream(dst, body []byte, take func([]byte) error) ([]byte, error) {
	dst, err := d.text.Stream(dst, body, take, func(dst []byte) ([]byte, error) { return d.message(dst, body, d.m, 0) })
	if e, ok := err.(*jsontext.DecodeError); ok {
		e.Type = string(d.m.desc.FullName())
	}
	return dst, err
}

// message appends the fields of a message, separated by spaces.
func (d *Text) message(dst, b []byte, m *message, depth int) ([]byte, error) {
	if depth > jsontext.MaxDepth {
		return nil, jsontext.Malformed(0, "nested too deeply")
	}
	if m.wkt == missing {
		return nil, m.mistake
	}
	if m.wkt == wktAny {
		if out, ok, err := d.any(dst, b, depth); ok || err != nil {
			return out, err
		}
	}
	first := true
	var r record
	for off := 0; off < len(b); {
		n, err := d.types.next(&r, b, off, m)
		if err != nil {
			return dst, err
		}
		off += n
		if r.f != nil && r.wire != r.f.wire && len(r.b) == 0 {
			continue // a packed list of nothing
		}
		if !first {
			dst = append(dst, ' ')
		}
		first = false
		switch {
		case r.f == nil:
			dst, err = d.unknown(dst, r.num, &r)
		case r.f.wire == r.wire:
			dst, err = d.field(dst, r.f, &r, depth)
			err = jsontext.InField(err, r.f.name, r.off)
		default:
			dst, err = d.packed(dst, r.f, r.b)
			err = jsontext.InField(err, r.f.name, r.off)
		}
		if err == nil {
			dst, err = d.text.Room(dst)
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (d *Text) field(dst []byte, f *field, r *record, depth int) ([]byte, error) {
	dst = append(dst, f.name...)
	switch f.kind {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		dst, err := d.message(append(dst, " {"...), r.b, f.message(), depth+1)
		return append(dst, '}'), err
	case protoreflect.StringKind, protoreflect.BytesKind:
		return d.appendQuoted(append(dst, ':', ' '), r.b, f.kind == protoreflect.StringKind)
	}
	return f.appendText(append(dst, ':', ' '), r), nil
}

func (d *Text) packed(dst []byte, f *field, b []byte) ([]byte, error) {
	for off := 0; off < len(b); {
		r := record{wire: f.wire}
		n := r.consume(b[off:], f.num)
		if n < 0 {
			return nil, jsontext.Malformed(off, "broken or truncated packed element")
		}
		if off > 0 {
			dst = append(dst, ' ')
		}
		off += n
		var err error
		if dst, err = d.text.Room(f.appendText(append(append(dst, f.name...), ':', ' '), &r)); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// any appends the expanded form of an Any whose type is known. Where it has none, ok
// is false and dst as it was.
func (d *Text) any(dst, b []byte, depth int) (_ []byte, ok bool, err error) {
	url, value, err := anyParts(b)
	if err != nil || !plainURL(url) || d.text.Trying() {
		return dst, d.text.Trying() && err == nil, nil // in vain, it is one or the other
	}
	desc, err := d.types.find.FindMessage(typeOf(url))
	if err != nil {
		return dst, false, nil
	}
	m := d.types.message(desc)
	start, small := len(dst), len(b) <= jsontext.PieceSize
	if small {
		defer d.text.Release(d.text.Hold())
	} else if d.text.Try(func(dst []byte) ([]byte, error) { return d.message(dst, value, m, depth+1) }) != nil {
		return dst, false, nil // what is in further Anys has not been looked at
	}
	out, err := d.message(append(append(append(dst, '['), url...), "] {"...), value, m, depth+1)
	if err != nil && small {
		return dst[:start], false, nil
	}
	return append(out, '}'), true, err
}

// plainURL reports whether a type URL can stand in brackets as it is; the peer may
// have sent anything.
func plainURL(url string) bool {
	for i := range len(url) {
		if c := url[i]; !jsontext.IsWord(c) && strings.IndexByte("./-~%", c) < 0 || c >= utf8.RuneSelf {
			return false
		}
	}
	return url != ""
}

// appendText appends a value that is neither a message nor a string.
func (f *field) appendText(dst []byte, r *record) []byte {
	switch f.kind {
	case protoreflect.BoolKind:
		return strconv.AppendBool(dst, r.v != 0)
	case protoreflect.EnumKind:
		if name, ok := f.values().Name(int32(r.v)); ok {
			return append(dst, name...)
		}
		return strconv.AppendInt(dst, int64(int32(r.v)), 10)
	case protoreflect.FloatKind:
		return appendTextFloat(dst, float64(math.Float32frombits(uint32(r.v))), 32)
	case protoreflect.DoubleKind:
		return appendTextFloat(dst, math.Float64frombits(r.v), 64)
	}
	if _, signed := integerKind(f.kind); signed {
		return strconv.AppendInt(dst, int64(normal(f.kind, r.v)), 10)
	}
	return strconv.AppendUint(dst, normal(f.kind, r.v), 10)
}

func appendTextFloat(dst []byte, x float64, bits int) []byte {
	switch {
	case math.IsNaN(x):
		return append(dst, "nan"...)
	case math.IsInf(x, 1):
		return append(dst, "inf"...)
	case math.IsInf(x, -1):
		return append(dst, "-inf"...)
	}
	return strconv.AppendFloat(dst, x, 'g', -1, bits)
}

// appendQuoted appends a quoted string of any length: printable text as it is, all
// else, and every byte of a bytes field that is not ASCII, as an escape.
func (d *Text) appendQuoted(dst, b []byte, text bool) ([]byte, error) {
	dst = append(dst, '"')
	for len(b) > jsontext.PieceSize {
		n := jsontext.WholeRunes(b, jsontext.PieceSize)
		var err error
		if dst, err = d.text.Room(appendTextString(dst, b[:n], text)); err != nil {
			return nil, err
		}
		b = b[n:]
	}
	return append(appendTextString(dst, b, text), '"'), nil
}

// appendTextString is appendQuoted without the quotes, for a string of one piece.
func appendTextString(dst, b []byte, text bool) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch c := b[0]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c >= ' ' && c < 0x7f, text && r >= 0xa0 && !terminal.Obeys(r) && (r != utf8.RuneError || n > 1):
			dst = append(dst, b[:n]...)
		default:
			n = 1
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		}
		b = b[n:]
	}
	return dst
}

// unknown appends a field that has no name by its number.
func (d *Text) unknown(dst []byte, num protowire.Number, r *record) ([]byte, error) {
	dst = strconv.AppendInt(dst, int64(num), 10)
	switch r.wire {
	case protowire.BytesType:
		return d.appendQuoted(append(dst, ':', ' '), r.b, false)
	case protowire.StartGroupType:
		dst = append(dst, " {"...)
		var inner record
		for off := 0; off < len(r.b); {
			n, err := inner.read(r.b, off)
			if err != nil {
				return nil, err
			}
			if off > 0 {
				dst = append(dst, ' ')
			}
			off += n
			if dst, err = d.unknown(dst, inner.num, &inner); err == nil {
				dst, err = d.text.Room(dst)
			}
			if err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	case protowire.VarintType:
		return strconv.AppendUint(append(dst, ':', ' '), r.v, 10), nil
	}
	return strconv.AppendUint(append(dst, ": 0x"...), r.v, 16), nil
}
