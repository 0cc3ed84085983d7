package protojson

import (
	"fmt"
	"math"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl"
)

// Template appends the skeleton of a message; see format.Template.
func Template(dst []byte, m *idl.ProtoMessage, o jsontext.Options, with jsontext.Template) []byte {
	types := newTypes(m.Types, o.IDLNames)
	t := templater{Template: with, d: decoder{types: newFinder(types), o: o}}
	return t.message(dst, types.message(m.Descriptor))
}

type templater struct {
	jsontext.Nesting[*message]
	jsontext.Template

	d decoder
}

func (t *templater) message(dst []byte, m *message) []byte {
	switch m.wkt {
	case wktAny:
		return append(dst, `{"@type":"type.googleapis.com/google.protobuf.Empty","value":{}}`...)
	case wktTimestamp:
		return append(dst, t.either(`"1970-01-01T00:00:00Z"`, `"2026-01-31T12:30:00Z"`)...)
	case wktDuration:
		return append(dst, t.either(`"0s"`, `"1.5s"`)...)
	case wktFieldMask:
		return append(dst, t.either(`""`, `"name,user.id"`)...)
	case wktValue:
		return append(dst, "null"...)
	case wktStruct:
		return append(dst, "{}"...)
	case wktList:
		return append(dst, "[]"...)
	case wktWrapper:
		return t.value(dst, &m.fields[0])
	}
	dst = append(dst, '{')
	if t.Enter(m, len(dst)) {
		dst = t.fields(dst, m)
		t.Leave(m)
	} else if m.required > 0 {
		t.Lacking = true
	}
	return append(dst, '}')
}

func (t *templater) fields(dst []byte, m *message) []byte {
	oneof := 0
	for i := range m.fields {
		f := &m.fields[i]
		if f.oneof > 0 && f.oneof == oneof {
			continue
		}
		again := t.again(f)
		if again && f.oneof > 0 {
			continue // another field of the oneof may do
		}
		start := len(dst)
		dst = jsontext.Separate(dst)
		dst = t.AppendNotes(dst, string(f.desc.ContainingMessage().FullName()), string(f.desc.Name()))
		dst = append(dst, f.shown...)
		from := len(dst)
		switch {
		case again && !f.required:
			dst = append(dst, f.nothing()...)
		case f.key != nil:
			dst = append(dst, '{')
			key := len(dst)
			dst = t.value(dst, f.key)
			dst = append(t.value(append(jsontext.QuoteFrom(dst, key), ':'), f.val), '}')
		case f.list:
			dst = append(t.value(append(dst, '['), f), ']')
		default:
			dst = t.value(dst, f)
		}
		if t.Lacking && !f.required {
			t.Lacking = false
			if f.oneof > 0 {
				dst = dst[:start]
				continue
			}
			dst = append(dst[:from], f.nothing()...)
		}
		oneof = f.oneof
	}
	return dst
}

// nothing is the JSON of a field that is not required and holds nothing.
func (f *field) nothing() string {
	switch {
	case f.key != nil:
		return "{}"
	case f.list:
		return "[]"
	}
	return "null"
}

// again reports whether the values of a field are of a message around it.
func (t *templater) again(f *field) bool {
	if f.key != nil {
		f = f.val
	}
	return f.isMessage() && t.Within(f.message())
}

func (t *templater) value(dst []byte, f *field) []byte {
	if f.isMessage() {
		return t.message(dst, f.message())
	}
	r := record{}
	if t.Examples && !f.desc.HasDefault() {
		return t.example(dst, f)
	}
	switch {
	case f.kind == protoreflect.EnumKind && f.list:
		r.v = uint64(f.desc.Enum().Values().Get(0).Number())
	case f.kind == protoreflect.EnumKind:
		r.v = uint64(f.desc.Default().Enum())
	case f.desc.HasDefault() && !f.list:
		r = defaultRecord(f.desc)
	}
	dst, _ = t.d.value(dst, f, &r, 0) // scalars cannot fail
	return dst
}

// either is what stands for nothing, or an example.
func (t *templater) either(empty, example string) string {
	if t.Examples {
		return example
	}
	return empty
}

// example is a value that is not the one of a field that is not there.
func (t *templater) example(dst []byte, f *field) []byte {
	r := record{v: 1}
	switch f.kind {
	case protoreflect.StringKind:
		return jsontext.AppendExample(dst, string(f.desc.Name()))
	case protoreflect.BytesKind:
		r.b = []byte("bytes")
	case protoreflect.FloatKind:
		r.v = uint64(math.Float32bits(1.5))
	case protoreflect.DoubleKind:
		r.v = math.Float64bits(1.5)
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		r.v = protowire.EncodeZigZag(1)
	case protoreflect.EnumKind:
		values := f.desc.Enum().Values()
		r.v = uint64(values.Get(min(1, values.Len()-1)).Number()) // the first is mostly UNSPECIFIED
	}
	dst, _ = t.d.value(dst, f, &r, 0) // scalars cannot fail
	return dst
}

// Notes returns a line for each oneof among the fields of m itself.
func Notes(m *idl.ProtoMessage) []string {
	var notes []string
	oneofs := m.Descriptor.Oneofs()
	for i := range oneofs.Len() {
		o := oneofs.Get(i)
		if o.IsSynthetic() {
			continue
		}
		var note strings.Builder
		fmt.Fprintf(&note, "oneof %s: one of", o.Name())
		for j := range o.Fields().Len() {
			note.WriteString(" " + o.Fields().Get(j).JSONName())
		}
		notes = append(notes, note.String())
	}
	return notes
}

// defaultRecord is the wire form of a proto2 default.
func defaultRecord(d protoreflect.FieldDescriptor) (r record) {
	v := d.Default()
	switch d.Kind() {
	case protoreflect.BoolKind:
		r.v = protowire.EncodeBool(v.Bool())
	case protoreflect.StringKind:
		r.b = []byte(v.String())
	case protoreflect.BytesKind:
		r.b = v.Bytes()
	case protoreflect.FloatKind:
		r.v = uint64(math.Float32bits(float32(v.Float())))
	case protoreflect.DoubleKind:
		r.v = math.Float64bits(v.Float())
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		r.v = protowire.EncodeZigZag(v.Int())
	case protoreflect.Int32Kind, protoreflect.Int64Kind, protoreflect.Sfixed32Kind, protoreflect.Sfixed64Kind:
		r.v = uint64(v.Int())
	default:
		r.v = v.Uint()
	}
	return r
}
