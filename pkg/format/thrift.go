package format

import (
	"slices"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// thriftCodec maps Thrift structs to JSON and back in one pass each way, without
// a tree between: JSON tokens become wire bytes, wire values become JSON. Binary,
// compact and Thrift's own JSON protocol share the walk over the descriptors and
// differ in the primitives of thriftwrite.go and thriftread.go only.
type thriftCodec struct {
	in, out *thriftStruct
	enc     thriftEncoder
	dec     thriftDecoder
}

func newThriftCodec(in, out *thrift.Struct, o Options) (*thriftCodec, error) {
	reading, writing := newThriftTypes(), newThriftTypes()
	c := &thriftCodec{
		in:  reading.structure(in),
		out: writing.structure(out),
		enc: thriftEncoder{thriftWriter: thriftWriter{o.Protocol}, ignoreUnknown: o.IgnoreUnknown},
		dec: thriftDecoder{r: thriftReader{proto: o.Protocol}, o: o, types: writing},
	}
	var err error
	if len(o.Base) > 0 {
		c.enc.base, err = newBase(c.in, o.Base)
	}
	return c, err
}

// Encode takes the arguments of a method the way users write them: one struct
// or union stands for itself. A result is the value that was returned.
func (c *thriftCodec) Encode(dst, json []byte) ([]byte, error) {
	if c.in.desc.Form == thrift.FormResult {
		return c.enc.encodeResult(dst, json, c.in)
	}
	return c.enc.encode(dst, json, c.in)
}

// Decode is the inverse of Encode.
func (c *thriftCodec) Decode(dst, body []byte) ([]byte, error) {
	c.dec.text = spill{}
	return c.decode(dst, body)
}

// Stream is described at Codec.
func (c *thriftCodec) Stream(dst, body []byte, take func([]byte) error) ([]byte, error) {
	return c.dec.text.stream(dst, body, take, func(dst []byte) ([]byte, error) { return c.decode(dst, body) })
}

func (c *thriftCodec) decode(dst, body []byte) ([]byte, error) {
	switch {
	case c.out.desc.Form == thrift.FormResult:
		return c.dec.result(dst, body, c.out)
	case c.out.argument != nil:
		return c.dec.argument(dst, body, c.out)
	}
	return c.dec.decode(dst, body, c.out)
}

// thriftTypes holds the tables of the types seen so far, each built once. It
// belongs to one direction of a codec, so it needs no lock.
type thriftTypes struct {
	structs map[*thrift.Struct]*thriftStruct
	enums   map[*thrift.Enum]*thriftEnum
}

func newThriftTypes() *thriftTypes {
	return &thriftTypes{map[*thrift.Struct]*thriftStruct{}, map[*thrift.Enum]*thriftEnum{}}
}

// thriftStruct is a struct made ready for one-pass work.
type thriftStruct struct {
	desc     *thrift.Struct
	fields   []thriftField // as declared; this is the order of JSON output
	byName   map[string]*thriftField
	byID     map[int16]*thriftField
	byKey    map[string]int // indexes by jsonKey or idlKey, as the decoder writes them; on first use
	low      []*thriftField // byID for small ids
	required []int          // indexes of the fields that are required
	defaults bool           // whether a field has a default
	// argument is the one struct or union that stands for all the arguments.
	argument *thriftField
}

type thriftField struct {
	desc  *thrift.Field
	index int // among the struct's fields
	id    int16
	typ   *thriftType
	// jsonName is the name in JSON; jsonKey is the same in quotes with a colon,
	// idlKey the name of the IDL likewise.
	jsonName        string
	jsonKey, idlKey []byte
	required        bool
	// fallback is the IDL's default as JSON under the decoder's options, made on
	// first use. expanding is true while a default is looked into, to notice
	// one that contains itself.
	fallback  []byte
	expanding bool
	// noFallback says that the default cannot be shown.
	noFallback bool
}

// thriftType is the type of a value.
type thriftType struct {
	desc      *thrift.Type
	kind      thrift.Kind
	enum      *thriftEnum
	key, elem *thriftType
	types     *thriftTypes
	msg       *thriftStruct // on first use
}

type thriftEnum struct {
	desc     *thrift.Enum
	byName   map[string]int32
	byNumber map[int32]string
}

// structure returns the table of a struct. Structs that it refers to follow on
// use.
func (t *thriftTypes) structure(d *thrift.Struct) *thriftStruct {
	if m := t.structs[d]; m != nil {
		return m
	}
	m := &thriftStruct{
		desc:   d,
		fields: make([]thriftField, len(d.Fields)),
		byName: make(map[string]*thriftField, 2*len(d.Fields)),
		byID:   make(map[int16]*thriftField, len(d.Fields)),
	}
	t.structs[d] = m
	for i, fd := range d.Fields {
		f := &m.fields[i]
		*f = thriftField{
			desc: fd, index: i, id: fd.ID, typ: t.typ(fd.Type), jsonName: m.jsonName(fd),
			required: fd.Requiredness == thrift.Required,
		}
		f.jsonKey, f.idlKey = quotedKey(f.jsonName), quotedKey(fd.Name)
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
	if d.Form == thrift.FormArguments && len(m.fields) == 1 && isRecord(d.Fields[0].Type) {
		m.argument = &m.fields[0]
	}
	m.indexLow()
	return m
}

// isRecord reports whether a type is a struct or union.
func isRecord(t *thrift.Type) bool { return t.Kind == thrift.KindStruct }

// jsonName is the alias of a field, unless an earlier field has that name, or one
// that has no alias.
func (m *thriftStruct) jsonName(f *thrift.Field) string {
	taken := func(o *thrift.Field) bool { return o.Alias == "" && o.Name == f.Alias }
	if f.Alias == "" || m.byName[f.Alias] != nil || slices.ContainsFunc(m.desc.Fields, taken) {
		return f.Name
	}
	return f.Alias
}

// names are the names of the fields in JSON.
func (m *thriftStruct) names() []string {
	names := make([]string, len(m.fields))
	for i := range m.fields {
		names[i] = m.fields[i].jsonName
	}
	return names
}

func quotedKey(name string) []byte {
	key, _ := appendString(nil, name)
	return append(key, ':')
}

// indexLow makes a slice for the ids that nearly all fields have.
func (m *thriftStruct) indexLow() {
	const limit = 256
	top := 0
	for id := range m.byID {
		if id >= 0 && id < limit {
			top = max(top, int(id)+1)
		}
	}
	m.low = make([]*thriftField, top)
	for id, f := range m.byID {
		if id >= 0 && id < limit {
			m.low[id] = f
		}
	}
}

// field finds a field by its id, nil where there is none.
func (m *thriftStruct) field(id int16) *thriftField {
	if int(uint16(id)) < len(m.low) {
		return m.low[id]
	}
	return m.byID[id]
}

func (t *thriftTypes) typ(d *thrift.Type) *thriftType {
	typ := &thriftType{desc: d, kind: d.Kind, types: t}
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
func (t *thriftType) structure() *thriftStruct {
	if t.msg == nil {
		t.msg = t.types.structure(t.desc.Struct)
	}
	return t.msg
}

func (t *thriftTypes) enumeration(d *thrift.Enum) *thriftEnum {
	if e := t.enums[d]; e != nil {
		return e
	}
	e := &thriftEnum{desc: d, byName: make(map[string]int32, len(d.Values)), byNumber: make(map[int32]string, len(d.Values))}
	for _, v := range d.Values {
		e.byName[v.Name] = v.Number
		if _, taken := e.byNumber[v.Number]; !taken {
			e.byNumber[v.Number] = v.Name
		}
	}
	t.enums[d] = e
	return e
}

// textKey reports whether a map with such keys is a JSON object: its keys have one
// obvious text each.
func (t *thriftType) textKey() bool {
	switch t.kind {
	case thrift.KindString:
		return !t.desc.Binary
	case thrift.KindStruct, thrift.KindMap, thrift.KindSet, thrift.KindList, thrift.KindUUID:
		return false
	}
	return true
}

// jsonKind is what the JSON of a value should be, for messages.
func (t *thriftType) jsonKind() string {
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
