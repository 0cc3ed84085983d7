package thriftjson

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// encoder appends the wire form of JSON values. Fields leave in the order of
// the document, which Thrift allows.
type encoder struct {
	writer
	ignoreUnknown bool
	p             jsontext.Parser
	raw           []byte // a binary value on its way
	base          *base  // nil where there is nothing to fill in
	// expanding are the fields whose defaults are being read, and defaults is how many
	// have led to the current one, and beside it.
	expanding []*field
	defaults  int
}

// maxDefaults bounds how many defaults one field that is not given leads to: where
// structs have several that have several, they double from level to level.
const maxDefaults = 10000

// encode appends the body of one document. Where the arguments are one struct or
// union, the document is that struct itself.
func (e *encoder) encode(dst, json []byte, m *structure) ([]byte, error) {
	e.p.Src, e.p.Pos = json, 0
	var err error
	if f := m.argument; f != nil {
		var last int16
		dst = e.beginField(e.beginStruct(dst), f.typ.kind, f.id, &last)
		if dst, err = e.structure(dst, f.typ.structure(), 0); err == nil {
			dst = e.endStruct(e.endField(dst))
		}
	} else {
		dst, err = e.structure(dst, m, 0)
	}
	if err != nil {
		return nil, err
	}
	return dst, e.p.End()
}

// encodeResult appends the result struct of a value that a method returned: any
// JSON of its type, or null for void.
func (e *encoder) encodeResult(dst, json []byte, m *structure) ([]byte, error) {
	e.p.Src, e.p.Pos = json, 0
	dst = e.beginStruct(dst)
	if f := m.field(0); f != nil {
		var last int16
		var err error
		if dst, err = e.field(dst, f, &last, 0); err != nil {
			return nil, err
		}
	} else if !e.p.Null() {
		return nil, e.p.Unexpected("null, since the method is void")
	}
	return e.endStruct(dst), e.p.End()
}

// structure appends a struct from an object.
func (e *encoder) structure(dst []byte, m *structure, depth int) ([]byte, error) {
	if depth > jsontext.MaxDepth {
		return nil, e.p.TooDeep()
	}
	e.p.Peek()
	open := e.p.Pos
	more, err := e.p.OpenObject()
	if err != nil {
		return nil, err
	}
	dst = e.beginStruct(dst)
	w := structWriter{m: m}
	for more {
		if dst, err = e.member(dst, &w, depth); err != nil {
			return nil, err
		}
		if more, err = e.p.More('}'); err != nil {
			return nil, err
		}
	}
	if e.fillsBase(m, depth) && !w.hasBase {
		w.seen.Add(e.base.field.index)
		if dst, err = e.baseField(dst, &w.last, false, depth); err != nil {
			return nil, err
		}
	}
	if m.desc.Form == thrift.FormUnion && w.given != 1 {
		return nil, e.unionOf(open, w.given, m)
	}
	for _, i := range m.required {
		if !w.seen.Lacks(i) {
			continue
		}
		if dst, err = e.missing(dst, &w, &m.fields[i], open, depth); err != nil {
			return nil, err
		}
	}
	return e.endStruct(dst), nil
}

// structWriter is the state of one struct on its way out.
type structWriter struct {
	m     *structure
	seen  jsontext.Members
	last  int16 // id of the field before, for compact
	next  int   // the field that probably comes next
	given int
	// hasBase is true once the field that base fills has been written.
	hasBase bool
}

// member appends the field of one key and its value.
func (e *encoder) member(dst []byte, w *structWriter, depth int) ([]byte, error) {
	f, off, err := e.key(w, depth)
	if err != nil || f == nil {
		return dst, err
	}
	w.next = f.index + 1
	if !w.seen.Add(f.index) {
		return nil, e.p.Fail(off, "duplicate field %q", f.jsonName)
	}
	fill := e.fillsBase(w.m, depth) && f == e.base.field
	if e.p.Peek() == 'n' && e.p.Null() {
		if f.required && !fill {
			w.seen.Null(f.index)
		}
		return dst, nil
	}
	w.given++
	if w.given > 1 && w.m.desc.Form == thrift.FormUnion {
		return nil, e.p.Fail(off, "%q is the second field of union %s, which takes exactly one", f.jsonName, w.m.desc.FullName)
	}
	if fill {
		w.hasBase = true
		dst, err = e.baseField(dst, &w.last, true, depth)
	} else {
		dst, err = e.field(dst, f, &w.last, depth)
	}
	return dst, jsontext.Within(err, f.jsonName)
}

// key consumes a key and finds its field. It is nil where the value has been consumed
// too, since it is to be ignored.
func (e *encoder) key(w *structWriter, depth int) (f *field, off int, err error) {
	e.p.Peek()
	off = e.p.Pos
	if w.next < len(w.m.fields) { // documents are mostly in the order of the IDL
		if f := &w.m.fields[w.next]; f.expected != nil && e.p.HasKey(f.expected) {
			return f, off, nil
		}
	}
	key, off, err := e.p.Key()
	if err != nil {
		return nil, off, err
	}
	if f, err = e.lookup(w.m, key, off); f == nil && err == nil {
		err = e.p.Skip(depth)
	}
	return f, off, err
}

// fillsBase reports whether m is the request whose base field is to be filled.
func (e *encoder) fillsBase(m *structure, depth int) bool {
	return e.base != nil && depth == 0 && m == e.base.owner
}

// lookup finds the field of a key: by its name in JSON or in the IDL. It is nil
// for an unknown key that is to be ignored.
func (e *encoder) lookup(m *structure, key []byte, off int) (*field, error) {
	if f := m.byName[string(key)]; f != nil {
		return f, nil
	}
	if e.ignoreUnknown {
		return nil, nil
	}
	message := fmt.Sprintf("unknown field %q in %s", jsontext.Clip(key), m.desc.FullName)
	if m.desc.Form == thrift.FormArguments {
		message = fmt.Sprintf("unknown argument %q of %s", jsontext.Clip(key), m.method())
	}
	return nil, jsontext.Unknown(off, key, m.names(), message)
}

// method is the method whose arguments a struct has.
func (m *structure) method() string { return strings.TrimSuffix(m.desc.FullName, "_args") }

// missing appends a required field that was not given, if the IDL has a default.
func (e *encoder) missing(dst []byte, w *structWriter, f *field, open, depth int) ([]byte, error) {
	if f.desc.Default == nil {
		return nil, e.p.Missing(open, w.missing())
	}
	if slices.Contains(e.expanding, f) {
		return nil, e.p.Fail(open, "the default value of field %q in the IDL contains itself", f.jsonName)
	}
	if e.defaults >= maxDefaults {
		return nil, e.p.Fail(open, "the default value of field %q in the IDL leads to more than %d others", f.jsonName, maxDefaults)
	}
	e.expanding = append(e.expanding, f)
	e.defaults++
	outer, first := e.p, e.defaults == 1
	e.p = jsontext.Parser{Src: f.desc.Default}
	dst, err := e.field(dst, f, &w.last, depth)
	e.p = outer
	e.expanding = e.expanding[:len(e.expanding)-1]
	if first {
		e.defaults = 0
	}
	if err != nil && first { // of defaults inside defaults, the outermost says where
		return nil, e.p.Fail(open, "the default value of field %q in the IDL does not fit: %v", f.jsonName, err)
	}
	return dst, err
}

// missing are the names of the required fields that have neither value nor default.
func (w *structWriter) missing() []string {
	var names []string
	for _, i := range w.m.required {
		if f := &w.m.fields[i]; w.seen.Lacks(i) && f.desc.Default == nil {
			names = append(names, f.jsonName)
		}
	}
	return names
}

// unionOf is the mistake of a union without a field.
func (e *encoder) unionOf(open, given int, m *structure) error {
	return e.p.Fail(open, "union %s takes exactly one field (%s), found %d", m.desc.FullName, jsontext.Clip([]byte(strings.Join(m.names(), ", "))), given)
}

// field appends a field with its header.
func (e *encoder) field(dst []byte, f *field, last *int16, depth int) ([]byte, error) {
	if f.typ.kind == thrift.KindBool && e.proto == stream.Compact { // the header is the value
		v, err := e.p.Bool()
		ctype := byte(thriftwire.CompactFalse)
		if v {
			ctype = thriftwire.CompactTrue
		}
		return appendCompactField(dst, ctype, f.id, last), err
	}
	dst, err := e.value(e.beginField(dst, f.typ.kind, f.id, last), f.typ, depth)
	return e.endField(dst), err
}

// value appends one value without a header.
func (e *encoder) value(dst []byte, t *valueType, depth int) ([]byte, error) {
	switch t.kind {
	case thrift.KindString:
		if t.desc.Binary {
			return e.binary(dst)
		}
		s, err := e.p.Text()
		return e.text(dst, s), err
	case thrift.KindI8, thrift.KindI16, thrift.KindI32, thrift.KindI64:
		if t.enum != nil {
			n, err := e.enum(t.enum)
			return e.integer(dst, t.kind, int64(n)), err
		}
		n, err := e.number(t)
		return e.integer(dst, t.kind, n), err
	case thrift.KindBool:
		v, err := e.p.Bool()
		return e.boolean(dst, v), err
	case thrift.KindDouble:
		x, err := e.p.Float(64)
		return e.double(dst, x), err
	case thrift.KindStruct:
		return e.structure(dst, t.structure(), depth+1)
	case thrift.KindList, thrift.KindSet:
		return e.list(dst, t, depth+1)
	case thrift.KindMap:
		return e.mapping(dst, t, depth+1)
	}
	return e.uuid(dst)
}

// list appends a list or set from an array.
func (e *encoder) list(dst []byte, t *valueType, depth int) ([]byte, error) {
	if depth > jsontext.MaxDepth {
		return nil, e.p.TooDeep()
	}
	if e.p.Peek() != '[' {
		return nil, e.p.Unexpected(t.jsonKind())
	}
	more, err := e.p.OpenArray()
	if err != nil {
		return nil, err
	}
	var members jsontext.KeySet
	dst, mark := e.beginList(dst, t.elem.kind)
	n := 0
	for ; more; n++ {
		e.p.Peek()
		off := e.p.Pos
		dst = e.beginElement(dst)
		from := len(dst)
		if dst, err = e.value(dst, t.elem, depth); err != nil {
			return nil, jsontext.Within(err, jsontext.Index(n))
		}
		if t.kind == thrift.KindSet && !members.Add(dst[from:]) {
			return nil, jsontext.Within(e.p.Fail(off, "the set has this element already"), jsontext.Index(n))
		}
		if more, err = e.p.More(']'); err != nil {
			return nil, err
		}
	}
	return e.endList(dst, mark, n), nil
}
