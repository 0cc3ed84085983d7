package thriftjson

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// types holds the tables of the types seen so far, each built once, when it is first
// used. A table that has been built is only read, save for what is atomic in it, so
// that any number of codecs share it; mu is for building.
type types struct {
	idlNames bool // the decoder writes the names of the IDL

	mu      sync.Mutex
	structs map[*thrift.Struct]*structure
	enums   map[*thrift.Enum]*jsontext.Enum
}

func newTypes(idlNames bool) *types {
	return &types{idlNames: idlNames, structs: map[*thrift.Struct]*structure{}, enums: map[*thrift.Enum]*jsontext.Enum{}}
}

// structure is a struct made ready for one-pass work.
type structure struct {
	desc     *thrift.Struct
	fields   []field // as declared; this is the order of JSON output
	first    *field  // of them, nil for none
	byName   map[string]*field
	byID     map[int16]*field
	low      []*field                       // byID for small ids
	required []int                          // indexes of the fields that are required
	defaults bool                           // whether a field has a default
	byKey    atomic.Pointer[map[string]int] // indexes by the keys that the decoder writes; on first use
	// argument is the one struct or union that stands for all the arguments.
	argument *field
}

type field struct {
	desc  *thrift.Field
	index int // among the struct's fields
	id    int16
	typ   *valueType
	// jsonName is the name in JSON; shown is the name that the decoder writes, in quotes
	// with a colon.
	jsonName string
	shown    []byte
	expected jsontext.Key // shown, where a document means this field by it
	after    *field       // the one declared behind it, nil for none
	required bool
	fallback atomic.Pointer[fallback] // the IDL's default, on first use
}

// valueType is the type of a value.
type valueType struct {
	desc      *thrift.Type
	kind      thrift.Kind
	bits      int // of an integer
	enum      *jsontext.Enum
	key, elem *valueType
	types     *types
	msg       atomic.Pointer[structure] // on first use
}

// structure returns the table of a struct. Structs that it refers to follow on
// use.
func (t *types) structure(d *thrift.Struct) *structure {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := t.structs[d]; m != nil {
		return m
	}
	m := &structure{
		desc:   d,
		fields: make([]field, len(d.Fields)),
		byName: make(map[string]*field, 2*len(d.Fields)),
		byID:   make(map[int16]*field, len(d.Fields)),
	}
	for i, fd := range d.Fields {
		f := &m.fields[i]
		f.desc, f.index, f.id, f.typ = fd, i, fd.ID, t.typ(fd.Type)
		f.jsonName, f.required = m.jsonName(fd), fd.Requiredness == thrift.Required
		f.shown = jsontext.QuotedKey(f.shownName(t.idlNames))
		m.byID[f.id] = f
		m.byName[f.jsonName] = f
		m.defaults = m.defaults || fd.Default != nil
		if f.required {
			m.required = append(m.required, i)
		}
	}
	for i := range m.fields { // a JSON name wins over another field's IDL name
		if f := &m.fields[i]; m.byName[f.desc.Name] == nil {
			m.byName[f.desc.Name] = f
		}
	}
	for i := len(m.fields) - 1; i >= 0; i-- {
		f := &m.fields[i]
		f.after, m.first = m.first, f
		if m.byName[f.shownName(t.idlNames)] == f {
			f.expected = jsontext.NewKey(f.shown)
		}
	}
	if d.Form == thrift.FormArguments && len(m.fields) == 1 && isRecord(d.Fields[0].Type) {
		m.argument = &m.fields[0]
	}
	m.low = jsontext.Low(m.byID, 256)
	t.structs[d] = m
	return m
}

// shownName is the name that the decoder writes.
func (f *field) shownName(idl bool) string {
	if idl {
		return f.desc.Name
	}
	return f.jsonName
}

// isRecord reports whether a type is a struct or union.
func isRecord(t *thrift.Type) bool { return t.Kind == thrift.KindStruct }

// jsonName is the alias of a field, unless an earlier field has that name, or one
// that has no alias.
func (m *structure) jsonName(f *thrift.Field) string {
	taken := func(o *thrift.Field) bool { return o.Alias == "" && o.Name == f.Alias }
	if f.Alias == "" || m.byName[f.Alias] != nil || slices.ContainsFunc(m.desc.Fields, taken) {
		return f.Name
	}
	return f.Alias
}

// names are the names of the fields in JSON.
func (m *structure) names() []string {
	names := make([]string, len(m.fields))
	for i := range m.fields {
		names[i] = m.fields[i].jsonName
	}
	return names
}

// field finds a field by its id, nil where there is none.
func (m *structure) field(id int16) *field {
	if int(uint16(id)) < len(m.low) {
		return m.low[id]
	}
	return m.byID[id]
}

// typ is the table of a type; mu is held.
func (t *types) typ(d *thrift.Type) *valueType {
	typ := &valueType{desc: d, kind: d.Kind, bits: bitsOf(d.Kind), types: t}
	if d.Key != nil {
		typ.key = t.typ(d.Key)
	}
	if d.Elem != nil {
		typ.elem = t.typ(d.Elem)
	}
	if d.Enum != nil {
		typ.enum = t.enumeration(d.Enum)
	}
	return typ
}

// structure is the table of a struct type.
func (t *valueType) structure() *structure {
	if m := t.msg.Load(); m != nil {
		return m
	}
	return t.resolve()
}

func (t *valueType) resolve() *structure {
	m := t.types.structure(t.desc.Struct)
	t.msg.Store(m)
	return m
}

// enumeration is the table of an enum; mu is held.
func (t *types) enumeration(d *thrift.Enum) *jsontext.Enum {
	e := t.enums[d]
	if e == nil {
		e = jsontext.NewEnum(d.FullName, len(d.Values))
		for _, v := range d.Values {
			e.Add(v.Name, v.Number)
		}
		t.enums[d] = e
	}
	return e
}

// textKey reports whether a map with such keys is a JSON object: its keys have one
// obvious text each.
func (t *valueType) textKey() bool {
	switch t.kind {
	case thrift.KindString:
		return !t.desc.Binary
	case thrift.KindStruct, thrift.KindMap, thrift.KindSet, thrift.KindList, thrift.KindUUID:
		return false
	}
	return true
}

// jsonKind is what the JSON of a value should be, for messages.
func (t *valueType) jsonKind() string {
	switch t.kind {
	case thrift.KindStruct:
		return "an object for " + t.desc.Name
	case thrift.KindMap:
		return "an object or an array of pairs for " + t.desc.Name
	case thrift.KindList, thrift.KindSet:
		return "an array for " + t.desc.Name
	}
	return "a value of " + t.desc.Name
}
