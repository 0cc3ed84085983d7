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
	w := structWriter{m: m, next: m.first}
	if more {
		if dst, err = e.members(dst, &w, depth); err != nil {
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
	m        *structure
	seen     jsontext.Members
	last     int16  // id of the field before, for compact
	next     *field // which is tried first, nil for none: documents are mostly in the order of the IDL
	disorder bool   // this one is not
	given    int
	// hasBase is true once the field that base fills has been written.
	hasBase bool
}

// members appends the fields of an object up to its end.
func (e *encoder) members(dst []byte, w *structWriter, depth int) ([]byte, error) {
	for more := true; more; {
		f, err := e.next(w, depth)
		if err != nil {
			return nil, err
		}
		if f != nil {
			if e.isBase(f, w.m, depth) {
				w.hasBase = true
				dst, err = e.baseField(dst, &w.last, true, depth)
			} else {
				dst, err = e.field(dst, f, &w.last, depth)
			}
			if err != nil {
				return nil, jsontext.Within(err, f.jsonName)
			}
		}
		if e.p.Comma() {
			continue
		}
		if more, err = e.p.More('}'); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// next consumes a key and returns its field, whose value is next. It is nil where the value
// has been consumed too, since there is nothing to make of it.
func (e *encoder) next(w *structWriter, depth int) (f *field, err error) {
	e.p.Peek()
	off := e.p.Pos
	if f = w.next; f == nil || !e.p.HasKey(&f.expected) {
		if f, err = e.other(w, depth); f == nil {
			return nil, err
		}
	}
	w.next = f.after
	if !w.seen.AddLow(f.index) && !w.seen.Add(f.index) {
		return nil, e.p.Fail(off, "duplicate field %q", f.jsonName)
	}
	if e.p.Peek() == 'n' && e.p.Null() {
		if f.required && !e.isBase(f, w.m, depth) {
			w.seen.Null(f.index)
		}
		return nil, nil
	}
	w.given++
	if w.given > 1 && w.m.desc.Form == thrift.FormUnion {
		return nil, e.p.Fail(off, "%q is the second field of union %s, which takes exactly one", f.jsonName, w.m.desc.FullName)
	}
	return f, nil
}

// other is next for a field that is not the expected one, before it is looked whether it may
// come.
func (e *encoder) other(w *structWriter, depth int) (f *field, err error) {
	if f = e.skipped(w); f != nil {
		return f, nil
	}
	if f, err = e.key(w, depth); f != nil && (w.next == nil || f.index < w.next.index) {
		w.disorder = true
	}
	return f, err
}

// skipped consumes the key of a field soon behind the expected one, if one of them comes next:
// what is optional is often left out.
func (e *encoder) skipped(w *structWriter) *field {
	if w.next == nil || w.disorder {
		return nil
	}
	f := w.next.after
	for n := 0; f != nil && n < jsontext.MaxSkipped; n++ {
		if e.p.HasKey(&f.expected) {
			return f
		}
		f = f.after
	}
	return nil
}

// key is other for any key.
func (e *encoder) key(w *structWriter, depth int) (*field, error) {
	key, off, err := e.p.Key()
	if err != nil {
		return nil, err
	}
	f, err := e.lookup(w.m, key, off)
	if f == nil && err == nil {
		err = e.p.Skip(depth)
	}
	return f, err
}

// fillsBase reports whether m is the request whose base field is to be filled.
func (e *encoder) fillsBase(m *structure, depth int) bool {
	return e.base != nil && depth == 0 && m == e.base.owner
}

// isBase reports whether f is the base field that is to be filled.
func (e *encoder) isBase(f *field, m *structure, depth int) bool {
	return e.fillsBase(m, depth) && f == e.base.field
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
	if t.kind == thrift.KindSet {
		return e.elements(dst, t, new(jsontext.KeySet), depth)
	}
	return e.elements(dst, t, nil, depth)
}

// elements appends the elements of an array, which differ if seen is not nil.
func (e *encoder) elements(dst []byte, t *valueType, seen *jsontext.KeySet, depth int) ([]byte, error) {
	more, err := e.p.OpenArray()
	if err != nil {
		return nil, err
	}
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
		if seen != nil && !seen.Add(dst[from:]) {
			return nil, jsontext.Within(e.p.Fail(off, "the set has this element already"), jsontext.Index(n))
		}
		if e.p.Comma() {
			continue
		}
		if more, err = e.p.More(']'); err != nil {
			return nil, err
		}
	}
	return e.endList(dst, mark, n), nil
}
