package thriftjson

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// Template appends the skeleton of a struct: every field with its default or
// an empty value, one element in each container, of a union the first field.
func Template(dst []byte, s *thrift.Struct, o jsontext.Options, with jsontext.Template) []byte {
	types := newTypes(o.IDLNames)
	t := templater{Template: with, d: decoder{o: o, types: types}}
	m := types.structure(s)
	if m.argument != nil {
		m = m.argument.typ.structure()
	}
	return t.structure(dst, m)
}

type templater struct {
	jsontext.Nesting[*structure]
	jsontext.Template

	d decoder
	// name is that of the field whose value is being written.
	name string
}

func (t *templater) structure(dst []byte, m *structure) []byte {
	dst = append(dst, '{')
	union := m.desc.Form == thrift.FormUnion
	if !t.Enter(m, len(dst)) {
		t.Lacking = t.Lacking || union || len(m.required) > 0
		return append(dst, '}')
	}
	defer t.Leave(m)
	for i := range m.fields {
		f := &m.fields[i]
		start := len(dst)
		dst = t.AppendNotes(jsontext.Separate(dst), m.desc.FullName, f.desc.Name)
		dst = append(dst, f.shown...)
		from := len(dst)
		t.name = f.desc.Name
		if value := t.d.fallback(f); value != nil && f.desc.Default != nil {
			dst = append(dst, value...)
		} else if t.inside(f.typ) && !f.required && !union {
			dst = append(dst, "null"...)
		} else {
			dst = t.value(dst, f.typ)
		}
		switch {
		case union && !t.Lacking:
			return append(dst, '}')
		case union:
			dst, t.Lacking = dst[:start], false // another field may do
		case t.Lacking && !f.required:
			dst, t.Lacking = append(dst[:from], "null"...), false
		}
	}
	t.Lacking = t.Lacking || union // none does
	return append(dst, '}')
}

func (t *templater) value(dst []byte, typ *valueType) []byte {
	switch typ.kind {
	case thrift.KindStruct:
		return t.structure(dst, typ.structure())
	case thrift.KindList, thrift.KindSet:
		if t.inside(typ.elem) {
			return append(dst, "[]"...)
		}
		return t.orEmpty(append(t.value(append(dst, '['), typ.elem), ']'), len(dst), typ)
	case thrift.KindMap:
		return t.orEmpty(t.mapping(dst, typ), len(dst), typ)
	case thrift.KindUUID:
		return appendUUID(dst, make([]byte, 16))
	}
	if t.Examples && typ.enum == nil {
		return t.example(dst, typ)
	}
	if typ.enum != nil && len(typ.desc.Enum.Values) > 0 {
		return t.d.integer(dst, typ, int64(typ.desc.Enum.Values[0].Number))
	}
	return append(dst, t.d.empty(typ)...)
}

// example is a value that is not empty.
func (t *templater) example(dst []byte, typ *valueType) []byte {
	switch {
	case typ.kind == thrift.KindBool:
		return append(dst, "true"...)
	case typ.kind == thrift.KindDouble:
		return append(dst, "1.5"...)
	case typ.kind == thrift.KindString && typ.desc.Binary:
		return append(dst, `"Ynl0ZXM="`...)
	case typ.kind == thrift.KindString:
		return jsontext.AppendExample(dst, t.name)
	}
	return t.d.integer(dst, typ, 1)
}

// orEmpty is a container that begins at dst[start], without its element if that lacks
// something.
func (t *templater) orEmpty(dst []byte, start int, typ *valueType) []byte {
	if !t.Lacking {
		return dst
	}
	t.Lacking = false
	return append(dst[:start], t.d.empty(typ)...)
}

// inside reports whether a type is a struct that is being shown already.
func (t *templater) inside(typ *valueType) bool {
	return typ.kind == thrift.KindStruct && t.Within(typ.structure())
}

func (t *templater) mapping(dst []byte, typ *valueType) []byte {
	if t.inside(typ.elem) || t.inside(typ.key) {
		return append(dst, t.d.empty(typ)...)
	}
	if !typ.key.textKey() {
		dst = t.value(append(dst, "[["...), typ.key)
		return append(t.value(append(dst, ','), typ.elem), "]]"...)
	}
	dst = append(dst, '{')
	from := len(dst)
	dst = jsontext.QuoteFrom(t.value(dst, typ.key), from)
	return append(t.value(append(dst, ':'), typ.elem), '}')
}

// Notes is a line that names the fields of a union that Template left out.
func Notes(s *thrift.Struct) []string {
	if s.Form == thrift.FormArguments && len(s.Fields) == 1 && isRecord(s.Fields[0].Type) {
		s = s.Fields[0].Type.Struct
	}
	if s.Form != thrift.FormUnion {
		return nil
	}
	names := newTypes(false).structure(s).names()
	return []string{fmt.Sprintf("union %s: one of %s", s.FullName, strings.Join(names, " "))}
}
