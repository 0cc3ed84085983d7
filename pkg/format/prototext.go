package format

import (
	"bytes"
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

	"github.com/idlcall/idlcall/pkg/idl"
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

// textDecoder appends messages in the Protobuf text format
// (protobuf.dev/reference/protobuf/textformat-spec) on one line. Fields stand in
// the order of the wire; unknown ones are shown by number, so nothing is lost.
type textDecoder struct {
	types *protoTypes
}

// message appends the fields of a message, separated by spaces.
func (d *textDecoder) message(dst, b []byte, m *protoMessage, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, malformed(0, "nested too deeply")
	}
	if m.wkt == wktAny {
		if out, ok := d.any(dst, b, depth); ok {
			return out, nil
		}
	}
	start := len(dst)
	err := each(b, func(num protowire.Number, r record) (err error) {
		f := m.number(d.types, num)
		if f != nil && f.wire != r.wire && f.packedAs(r.wire) && len(r.b) == 0 {
			return nil // a packed list of nothing
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		switch {
		case f == nil:
			dst = unknownText(dst, num, r)
		case f.wire == r.wire:
			dst, err = d.field(dst, f, r, depth)
			err = inField(err, f.name, r.off)
		case f.packedAs(r.wire):
			dst, err = d.packed(dst, f, r.b)
			err = inField(err, f.name, r.off)
		default:
			dst = unknownText(dst, num, r)
		}
		return err
	})
	return dst, err
}

func (d *textDecoder) field(dst []byte, f *protoField, r record, depth int) ([]byte, error) {
	dst = append(dst, f.name...)
	if !f.isMessage() {
		return f.appendText(append(dst, ':', ' '), r), nil
	}
	dst, err := d.message(append(dst, " {"...), r.b, f.message(), depth+1)
	return append(dst, '}'), err
}

func (d *textDecoder) packed(dst []byte, f *protoField, b []byte) ([]byte, error) {
	for off := 0; off < len(b); {
		r := record{wire: f.wire}
		n := r.consume(b[off:], f.num)
		if n < 0 {
			return nil, malformed(off, "broken or truncated packed element")
		}
		if off > 0 {
			dst = append(dst, ' ')
		}
		off += n
		dst = f.appendText(append(append(dst, f.name...), ':', ' '), r)
	}
	return dst, nil
}

// any appends the expanded form of an Any whose type is known.
func (d *textDecoder) any(dst, b []byte, depth int) ([]byte, bool) {
	url, value, err := anyParts(b)
	if err != nil || !plainURL(url) {
		return dst, false
	}
	desc, err := d.types.find.FindMessage(typeOf(url))
	if err != nil {
		return dst, false
	}
	start := len(dst)
	out, err := d.message(append(append(append(dst, '['), url...), "] {"...), value, d.types.message(desc), depth+1)
	if err != nil {
		return dst[:start], false
	}
	return append(out, '}'), true
}

// plainURL reports whether a type URL can stand in brackets as it is; the peer may
// have sent anything.
func plainURL(url string) bool {
	for i := range len(url) {
		if c := url[i]; !isWord(c) && strings.IndexByte("./-~%", c) < 0 || c >= utf8.RuneSelf {
			return false
		}
	}
	return url != ""
}

func (f *protoField) appendText(dst []byte, r record) []byte {
	switch f.kind {
	case protoreflect.StringKind, protoreflect.BytesKind:
		return appendTextString(dst, r.b, f.kind == protoreflect.StringKind)
	case protoreflect.BoolKind:
		return strconv.AppendBool(dst, r.v != 0)
	case protoreflect.EnumKind:
		if name, ok := f.values().byNumber[int32(r.v)]; ok {
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

// appendTextString appends a quoted string: printable text as it is, all else,
// and every byte of a bytes field that is not ASCII, as an escape.
func appendTextString(dst, b []byte, text bool) []byte {
	dst = append(dst, '"')
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
		case c >= ' ' && c < 0x7f, text && c >= utf8.RuneSelf && (r != utf8.RuneError || n > 1):
			dst = append(dst, b[:n]...)
		default:
			n = 1
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		}
		b = b[n:]
	}
	return append(dst, '"')
}

// unknownText appends a field that has no name by its number.
func unknownText(dst []byte, num protowire.Number, r record) []byte {
	dst = strconv.AppendInt(dst, int64(num), 10)
	switch r.wire {
	case protowire.BytesType:
		return appendTextString(append(dst, ':', ' '), r.b, false)
	case protowire.StartGroupType:
		dst = append(dst, " {"...)
		start := len(dst)
		_ = each(r.b, func(num protowire.Number, r record) error { // checked when the group was read
			if len(dst) > start {
				dst = append(dst, ' ')
			}
			dst = unknownText(dst, num, r)
			return nil
		})
		return append(dst, '}')
	case protowire.VarintType:
		return strconv.AppendUint(append(dst, ':', ' '), r.v, 10)
	}
	return strconv.AppendUint(append(dst, ": 0x"...), r.v, 16)
}

// breakText spreads one line of text format over lines, indented by two spaces.
func breakText(dst, line []byte) []byte {
	depth, start := 0, true
	indent := func() { dst = append(dst, bytes.Repeat([]byte("  "), depth)...) }
	for i := 0; i < len(line); i++ {
		c := line[i]
		if start && c != '}' {
			indent()
			start = false
		}
		switch {
		case c == '"':
			end := i + 1
			for end < len(line)-1 && line[end] != '"' {
				if line[end] == '\\' && end < len(line)-2 {
					end++
				}
				end++
			}
			dst, i = append(dst, line[i:end+1]...), end
		case c == '{':
			depth++
			dst, start = append(dst, '{', '\n'), true
		case c == '}':
			depth--
			if !start {
				dst = append(dst, '\n')
			}
			start = false
			indent()
			dst = append(dst, '}')
		case c == ' ' && i > 0 && line[i-1] != ':' && i+1 < len(line) && line[i+1] != '{':
			dst, start = append(dst, '\n'), true
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
