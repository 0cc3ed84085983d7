package format

import (
	"fmt"
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl"
)

// thriftDecoder appends the JSON of wire structs. Fields are written as they come,
// which is nearly always the order of the IDL; where it is not, they are put in
// that order when the struct ends.
type thriftDecoder struct {
	r       thriftReader
	o       Options
	types   *thriftTypes
	parts   []part // a stack: each struct uses what lies above those it stands in
	spare   []byte
	skipped int // unknown fields
	limit   int // bytes of output beyond which no more defaults are added
	warned  warnings
}

// part is where one field stands in the output, without a comma.
type part struct{ field, from, to int }

// decode appends the JSON of a struct that is the whole body.
func (d *thriftDecoder) decode(dst, body []byte, m *thriftStruct) ([]byte, error) {
	d.begin(body)
	dst = d.structure(dst, m, 0)
	return dst, d.end(m.desc.FullName)
}

// argument appends the one struct that the arguments are, {} where it is missing.
func (d *thriftDecoder) argument(dst, body []byte, m *thriftStruct) ([]byte, error) {
	d.begin(body)
	start, found := len(dst), false
	var s fieldReader
	d.r.beginStruct()
	for {
		kind, id, ok := d.r.field(&s)
		if !ok {
			break
		}
		switch f := m.field(id); {
		case f == nil:
			d.skipped++
			d.r.skip(kind)
		case kind != f.typ.kind:
			d.mismatch(f, kind)
		default:
			dst, found = d.structure(dst[:start], f.typ.structure(), 0), true
		}
		d.r.endField()
	}
	if !found {
		dst = append(dst, "{}"...)
	}
	return dst, d.end(m.method())
}

// mismatch is a field of another type than the IDL has.
func (d *thriftDecoder) mismatch(f *thriftField, kind idl.ThriftKind) {
	d.r.failf("the IDL has %s, but the peer sent %s", f.typ.desc.Name, kind)
}

func (d *thriftDecoder) begin(body []byte) {
	d.r.reset(body)
	d.parts, d.skipped = d.parts[:0], 0
	d.limit = defaultsFactor*len(body) + defaultsRoom
}

// A struct of one byte may have any number of default values. So that a peer cannot
// fill memory with them, no more are added to an output that is larger than the
// body so many times, and defaultsRoom bytes.
const (
	defaultsFactor = 16
	defaultsRoom   = 64 << 20
)

// end returns the mistake of a body, and reports what it had too much.
func (d *thriftDecoder) end(name string) error {
	if e, ok := d.r.err.(*DecodeError); ok {
		e.Type = name
		return e
	}
	if n := d.r.rest(); n > 0 {
		d.warn(fmt.Sprintf("%d bytes of the message behind %s are not shown", n, name))
	}
	if d.skipped > 0 && d.o.Skipped != nil {
		d.o.Skipped(name, d.skipped)
	}
	return nil
}

func (d *thriftDecoder) warn(message string) { d.warned.give(d.o.Warn, message) }

// structState is the state of one struct on its way in.
type structState struct {
	fieldReader
	m       *thriftStruct
	seen    bitSet
	count   int  // of seen
	next    int  // fields before this one have been written, where sorted
	jumbled bool // fields came in another order than that of the IDL
}

// structure appends a struct as an object.
func (d *thriftDecoder) structure(dst []byte, m *thriftStruct, depth int) []byte {
	if depth > maxDepth {
		d.r.failf("nested deeper than %d levels", maxDepth)
		return dst
	}
	dst = append(dst, '{')
	start, mark := len(dst), len(d.parts)
	s := structState{m: m}
	d.r.beginStruct()
	for {
		kind, id, ok := d.r.field(&s.fieldReader)
		if !ok {
			break
		}
		if dst = d.field(dst, &s, kind, id, depth); d.r.err != nil {
			return dst
		}
		d.r.endField()
	}
	if d.r.err != nil {
		return dst
	}
	if s.jumbled {
		for i := range m.fields {
			if !s.seen.has(i) {
				dst = d.absent(dst, m, i, i+1)
			}
		}
		dst = d.inOrder(dst, start, d.parts[mark:])
	} else {
		dst = d.absent(dst, m, s.next, len(m.fields))
	}
	d.parts = d.parts[:mark]
	d.complete(&s)
	return append(dst, '}')
}

// field appends the field of a header that has just been read.
func (d *thriftDecoder) field(dst []byte, s *structState, kind idl.ThriftKind, id int16, depth int) []byte {
	f := s.m.field(id)
	if f == nil {
		if id == 0 && depth == 0 {
			d.warn(fmt.Sprintf("the peer sent a result where %s was due: does it have this method without a stream?", s.m.desc.FullName))
		}
		d.skipped++
		d.r.skip(kind)
		return dst
	}
	if kind != f.typ.kind {
		d.mismatch(f, kind)
		d.inside(f.desc.Name)
		return dst
	}
	if s.jumbled = s.jumbled || f.index < s.next; !s.jumbled {
		dst = d.absent(dst, s.m, s.next, f.index)
		s.next = f.index + 1
	}
	if s.seen.add(f.index) {
		s.count++
	}
	dst = separate(dst)
	from := len(dst)
	dst = d.value(append(dst, d.key(f)...), f.typ, depth)
	if d.r.err != nil {
		d.inside(f.desc.Name)
		return dst
	}
	d.parts = append(d.parts, part{f.index, from, len(dst)})
	return dst
}

func (d *thriftDecoder) key(f *thriftField) []byte {
	if d.o.IDLNames {
		return f.idlKey
	}
	return f.jsonKey
}

// inside adds a path element to the reader's mistake.
func (d *thriftDecoder) inside(name string) { d.r.err = inField(d.r.err, name, 0) }

// complete warns of what the IDL demands and the peer did not send. The reply is
// shown all the same.
func (d *thriftDecoder) complete(s *structState) {
	if s.m.desc.Form == idl.FormUnion && s.count != 1 {
		d.warn(fmt.Sprintf("union %s came with %d fields", s.m.desc.FullName, s.count))
	}
	for _, i := range s.m.required {
		if f := &s.m.fields[i]; !s.seen.has(i) && f.desc.Default == nil {
			d.warn(fmt.Sprintf("%s came without its required field %q", s.m.desc.FullName, f.desc.Name))
		}
	}
}

// absent appends the fields from index next to limit, which are not on the wire,
// where they have an IDL default or empty fields are wanted.
func (d *thriftDecoder) absent(dst []byte, m *thriftStruct, next, limit int) []byte {
	if !m.defaults && !d.o.EmitDefaults || m.desc.Form == idl.FormUnion {
		return dst
	}
	for ; next < limit; next++ {
		f := &m.fields[next]
		value := d.fallback(f)
		if value == nil {
			continue
		}
		if len(dst) > d.limit {
			d.r.failf("with the default values of the IDL, the message takes more than %d bytes", d.limit)
			return dst
		}
		dst = separate(dst)
		from := len(dst)
		dst = append(append(dst, d.key(f)...), value...)
		d.parts = append(d.parts, part{f.index, from, len(dst)})
	}
	return dst
}

// maxFallback is the size up to which a default is shown. Defaults of structs have
// those of their fields in them, which doubles from level to level.
const maxFallback = 1 << 20

// fallback is the JSON of a field that is not on the wire, nil where none is
// shown. A default that contains itself is shown once.
func (d *thriftDecoder) fallback(f *thriftField) []byte {
	if f.fallback != nil || f.expanding || f.noFallback {
		return f.fallback
	}
	if f.desc.Default == nil {
		if d.o.EmitDefaults && f.desc.Requiredness == idl.Unspecified {
			return d.empty(f.typ)
		}
		return nil
	}
	f.expanding = true
	defer func() { f.expanding = false }()
	var enc thriftEncoder
	enc.p.src = f.desc.Default
	wire, err := enc.value(nil, f.typ, 0)
	if err != nil {
		f.noFallback = true // it lacks a required field, or leads too far
		return nil
	}
	sub := thriftDecoder{o: d.o, types: d.types}
	sub.begin(wire)
	value := sub.value(nil, f.typ, 0)
	if f.noFallback = sub.r.err != nil || len(value) > maxFallback; !f.noFallback {
		f.fallback = value
	}
	return f.fallback
}

// empty is the value that a field has where nobody gave it one; structs have none.
func (d *thriftDecoder) empty(t *thriftType) []byte {
	switch t.kind {
	case idl.KindBool:
		return []byte("false")
	case idl.KindString:
		return []byte(`""`)
	case idl.KindList, idl.KindSet:
		return []byte("[]")
	case idl.KindMap:
		if t.key.textKey() {
			return []byte("{}")
		}
		return []byte("[]")
	case idl.KindStruct, idl.KindUUID:
		return nil
	case idl.KindDouble:
		return []byte("0")
	}
	return d.integer(nil, t, 0)
}

// inOrder rewrites the parts of a struct, which begin at dst[start], in the order
// of the IDL. Of a field that came twice the last counts, as in all readers.
func (d *thriftDecoder) inOrder(dst []byte, start int, parts []part) []byte {
	sortParts(parts)
	out := d.spare[:0]
	for i, p := range parts {
		if i+1 < len(parts) && parts[i+1].field == p.field {
			continue
		}
		if len(out) > 0 {
			out = append(out, ',')
		}
		out = append(out, dst[p.from:p.to]...)
	}
	d.spare = out
	return append(dst[:start], out...)
}

// value appends one value.
func (d *thriftDecoder) value(dst []byte, t *thriftType, depth int) []byte {
	switch t.kind {
	case idl.KindString:
		if t.desc.Binary {
			return appendBytes(dst, d.r.bytes(), d.o.Binary)
		}
		return d.text(dst)
	case idl.KindI8, idl.KindI16, idl.KindI32, idl.KindI64:
		return d.integer(dst, t, d.r.integer(t.kind))
	case idl.KindBool:
		return strconv.AppendBool(dst, d.r.boolean())
	case idl.KindDouble:
		return appendFloat(dst, d.r.double(), 64)
	case idl.KindStruct:
		return d.structure(dst, t.structure(), depth+1)
	case idl.KindList, idl.KindSet:
		return d.list(dst, t, depth+1)
	case idl.KindMap:
		return d.mapping(dst, t, depth+1)
	}
	return appendUUID(dst, d.r.uuid())
}

func (d *thriftDecoder) text(dst []byte) []byte {
	dst, valid := appendString(dst, d.r.text())
	if !valid {
		d.warn("invalid UTF-8 from the peer is shown as U+FFFD")
	}
	return dst
}

func (d *thriftDecoder) integer(dst []byte, t *thriftType, v int64) []byte {
	switch {
	case t.enum != nil && !d.o.EnumNumbers:
		if name, ok := t.enum.byNumber[int32(v)]; ok {
			dst = append(append(dst, '"'), name...)
			return append(dst, '"')
		}
	case t.kind == idl.KindI64 && d.o.Int64 == Int64String:
		dst = strconv.AppendInt(append(dst, '"'), v, 10)
		return append(dst, '"')
	}
	return strconv.AppendInt(dst, v, 10)
}

func (d *thriftDecoder) list(dst []byte, t *thriftType, depth int) []byte {
	kind, n := d.r.list()
	if n > 0 && kind != t.elem.kind && d.r.err == nil {
		d.r.failf("the IDL has %s, but the peer sent a %s of %s", t.desc.Name, t.kind, kind)
		return dst
	}
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		d.r.beginElement()
		if dst = d.value(dst, t.elem, depth); d.r.err != nil {
			d.inside("[" + itoa(i) + "]")
			return dst
		}
	}
	d.r.endList()
	return append(dst, ']')
}

// mapping appends a map: as an object where its keys have a text, else as an array
// of pairs.
func (d *thriftDecoder) mapping(dst []byte, t *thriftType, depth int) []byte {
	key, elem, n := d.r.mapping()
	if n > 0 && (key != t.key.kind || elem != t.elem.kind) && d.r.err == nil {
		d.r.failf("the IDL has %s, but the peer sent a map of %s to %s", t.desc.Name, key, elem)
		return dst
	}
	text := t.key.textKey()
	open, end := byte('['), byte(']')
	if text {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	var keys keySet
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst = d.entry(dst, t, i, text, &keys, depth); d.r.err != nil {
			d.inside("[" + itoa(i) + "]")
			return dst
		}
	}
	d.r.endMap()
	return append(dst, end)
}

func (d *thriftDecoder) entry(dst []byte, t *thriftType, i int, text bool, keys *keySet, depth int) []byte {
	separator := byte(':')
	if !text {
		separator = ','
		dst = append(dst, '[')
	}
	d.r.beginKey(i)
	from := len(dst)
	dst = d.value(dst, t.key, depth)
	if text && d.r.err == nil {
		if dst = quoteFrom(dst, from); !keys.add(dst, from, len(dst)-from) {
			d.warn(fmt.Sprintf("a map came with the key %s twice: readers of JSON may keep one", clip(dst[from:])))
		}
	}
	d.r.beginValue()
	if d.r.err != nil {
		return dst
	}
	dst = d.value(append(dst, separator), t.elem, depth)
	if !text {
		dst = append(dst, ']')
	}
	return dst
}
