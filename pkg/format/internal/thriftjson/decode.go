package thriftjson

import (
	"fmt"
	"strconv"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// decoder appends the JSON of wire structs. Fields are written as they come,
// which is nearly always the order of the IDL; where it is not, they are put in
// that order when the struct ends, unless it is so large that its text has gone.
type decoder struct {
	r       reader
	o       jsontext.Options
	types   *types
	text    jsontext.Spill
	spare   []byte
	skipped int    // unknown fields
	limit   int    // bytes of default values that may be added
	moves   int    // bytes that may still be put in order
	chosen  *field // of a result or of arguments: the one that counts
	count   int    // how often it came
	warned  jsontext.Warnings
	making  *expansion // the default that is being made, nil for a body
}

// decode appends the JSON of a struct that is the whole body.
func (d *decoder) decode(dst, body []byte, m *structure) ([]byte, error) {
	d.begin(body)
	dst = d.structure(dst, m, 0)
	return dst, d.end(m.desc.FullName)
}

// argument appends the one struct that the arguments are, {} where it is missing.
func (d *decoder) argument(dst, body []byte, m *structure) ([]byte, error) {
	d.begin(body)
	start, found, count := len(dst), false, 0
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
			if count++; d.text.Again() && count < d.count {
				d.r.skip(kind) // the last one counts
				break
			}
			dst, found = d.structure(dst[:start], f.typ.structure(), 0), true
		}
		d.r.endField()
	}
	d.count = count
	if !found {
		dst = append(dst, "{}"...)
	}
	return dst, d.end(m.method())
}

// mismatch is a field of another type than the IDL has.
func (d *decoder) mismatch(f *field, kind thrift.Kind) {
	d.r.failf("the IDL has %s, but the peer sent %s", f.typ.desc.Name, kind)
}

func (d *decoder) begin(body []byte) {
	d.r.reset(body)
	d.skipped = 0
	d.limit = defaultsFactor*len(body) + defaultsRoom
	d.moves = movesFactor*len(body) + movesRoom
}

// A struct of one byte may have any number of default values. So that a peer cannot
// fill a disk with them, they may take the size of the body so many times, and
// defaultsRoom bytes. Likewise for what is put into the order of the IDL, which
// costs time with each level that it is nested.
const (
	defaultsFactor = 16
	defaultsRoom   = 64 << 20
	movesFactor    = 16
	movesRoom      = 1 << 20
)

// end returns the mistake of a body, and reports what it had too much.
func (d *decoder) end(name string) error {
	if e, ok := d.r.err.(*jsontext.DecodeError); ok {
		e.Type = name
		return e
	}
	if n := d.r.rest(); n > 0 {
		d.warn(fmt.Sprintf("%d bytes of the message behind %s are not shown", n, name))
	}
	if d.skipped > 0 && d.o.Skipped != nil && !d.text.Again() {
		d.o.Skipped(name, d.skipped, 0)
	}
	return nil
}

func (d *decoder) warn(message string) { d.warned.Give(d.o.Warn, message) }

// structState is the state of one struct on its way in.
type structState struct {
	fieldReader
	m       *structure
	seen    jsontext.BitSet
	count   int  // of seen
	next    int  // fields before this one have been written, where sorted
	jumbled bool // fields came in another order than that of the IDL
	given   int  // text.Given() when it began
	// repeated says that a field came twice.
	repeated bool
}

// structure appends a struct as an object.
func (d *decoder) structure(dst []byte, m *structure, depth int) []byte {
	if depth > jsontext.MaxDepth {
		d.r.failf("nested deeper than %d levels", jsontext.MaxDepth)
		return dst
	}
	dst = append(dst, '{')
	start := len(dst)
	s := structState{m: m, given: d.text.Given()}
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
			if !s.seen.Has(i) {
				dst = d.absent(dst, m, i, i+1)
			}
		}
		dst = d.inOrder(dst, start, &s)
	} else {
		dst = d.absent(dst, m, s.next, len(m.fields))
	}
	d.complete(&s)
	return append(dst, '}')
}

// field appends the field of a header that has just been read.
func (d *decoder) field(dst []byte, s *structState, kind thrift.Kind, id int16, depth int) []byte {
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
	if s.seen.Add(f.index) {
		s.count++
		// Its default may stand there already, since it was not where it was due.
		s.repeated = s.repeated || f.index < s.next && s.jumbled && f.desc.Default != nil
	} else {
		s.repeated = true
	}
	dst = d.value(append(jsontext.Separate(dst), f.shown...), f.typ, depth)
	if d.r.err != nil {
		d.inside(f.desc.Name)
		return dst
	}
	return d.room(dst)
}

// room is due where what has been written is not gone back to, unless it is to be
// put in order; see jsontext.Spill.
func (d *decoder) room(dst []byte) []byte {
	dst, err := d.text.Room(dst)
	if err != nil && d.r.err == nil {
		d.r.err = err
	}
	return dst
}

// inside adds a path element to the reader's mistake.
func (d *decoder) inside(name string) { d.r.err = jsontext.InField(d.r.err, name, 0) }

// complete warns of what the IDL demands and the peer did not send. The reply is
// shown all the same.
func (d *decoder) complete(s *structState) {
	if s.m.desc.Form == thrift.FormUnion && s.count != 1 {
		d.warn(fmt.Sprintf("union %s came with %d fields", s.m.desc.FullName, s.count))
	}
	for _, i := range s.m.required {
		if f := &s.m.fields[i]; !s.seen.Has(i) && f.desc.Default == nil {
			d.warn(fmt.Sprintf("%s came without its required field %q", s.m.desc.FullName, f.desc.Name))
		}
	}
}

// absent appends the fields from index next to limit, which are not on the wire,
// where they have an IDL default or empty fields are wanted.
func (d *decoder) absent(dst []byte, m *structure, next, limit int) []byte {
	if !m.defaults && !d.o.EmitDefaults || m.desc.Form == thrift.FormUnion {
		return dst
	}
	for ; next < limit; next++ {
		f := &m.fields[next]
		value := d.fallback(f)
		if value == nil {
			continue
		}
		if d.limit -= len(value); d.limit < 0 {
			d.r.failf("with the default values of the IDL, the message takes more than %d bytes", defaultsFactor*len(d.r.b)+defaultsRoom)
			return dst
		}
		dst = append(append(jsontext.Separate(dst), f.shown...), value...)
	}
	return dst
}

// empty is the value that a field has where nobody gave it one; structs have none.
func (d *decoder) empty(t *valueType) []byte {
	switch t.kind {
	case thrift.KindBool:
		return []byte("false")
	case thrift.KindString:
		return []byte(`""`)
	case thrift.KindList, thrift.KindSet:
		return []byte("[]")
	case thrift.KindMap:
		if t.key.textKey() {
			return []byte("{}")
		}
		return []byte("[]")
	case thrift.KindStruct, thrift.KindUUID:
		return nil
	case thrift.KindDouble:
		return []byte("0")
	}
	return d.integer(nil, t, 0)
}

// inOrder rewrites the members of a struct, which begin at dst[start], in the order
// of the IDL. Of a field that came twice the last counts, as in all readers. A
// struct whose text has partly gone stays as it is.
func (d *decoder) inOrder(dst []byte, start int, s *structState) []byte {
	if d.moves -= len(dst) - start; s.given != d.text.Given() || d.moves < 0 {
		if s.repeated {
			d.warn(fmt.Sprintf("%s came with a field twice: readers of JSON may keep one", s.m.desc.FullName))
		}
		return dst
	}
	places := make([]part, len(s.m.fields))
	text := dst[start:]
	for from := 0; from < len(text); {
		key := jsontext.StringLen(text[from:]) + 1
		to := from + key + jsontext.ValueLen(text[from+key:])
		if i := s.m.index(text[from : from+key]); i >= 0 {
			places[i] = part{from, to}
		}
		from = to + 1 // behind the comma
	}
	out := d.spare[:0]
	for _, p := range places {
		if p.to == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, ',')
		}
		out = append(out, text[p.from:p.to]...)
	}
	d.spare = out
	return append(dst[:start], out...)
}

// part is where one member stands in the text of a struct.
type part struct{ from, to int }

// index finds a field by its key in the text, which is in quotes and has a colon.
func (m *structure) index(key []byte) int {
	byKey := m.byKey.Load()
	if byKey == nil {
		made := make(map[string]int, len(m.fields))
		for i := range m.fields {
			made[string(m.fields[i].shown)] = i
		}
		byKey = &made
		m.byKey.Store(byKey)
	}
	if i, ok := (*byKey)[string(key)]; ok {
		return i
	}
	return -1
}

// value appends one value.
func (d *decoder) value(dst []byte, t *valueType, depth int) []byte {
	switch t.kind {
	case thrift.KindString:
		return d.stringValue(dst, t)
	case thrift.KindI8, thrift.KindI16, thrift.KindI32, thrift.KindI64:
		return d.integer(dst, t, d.r.integer(t.kind))
	case thrift.KindBool:
		return strconv.AppendBool(dst, d.r.boolean())
	case thrift.KindDouble:
		return jsontext.AppendFloat(dst, d.r.double(), 64)
	case thrift.KindStruct:
		return d.structure(dst, t.structure(), depth+1)
	case thrift.KindList, thrift.KindSet:
		return d.list(dst, t, depth+1)
	case thrift.KindMap:
		return d.mapping(dst, t, depth+1)
	}
	return appendUUID(dst, d.r.uuid())
}

func (d *decoder) stringValue(dst []byte, t *valueType) []byte {
	valid := true
	var err error
	if t.desc.Binary {
		dst, err = d.text.AppendBytes(dst, d.r.bytes(), d.o.Binary)
	} else {
		dst, valid, err = d.text.AppendString(dst, d.r.text())
	}
	if err != nil && d.r.err == nil {
		d.r.err = err
	}
	if !valid {
		d.warn("invalid UTF-8 from the peer is shown as U+FFFD")
	}
	return dst
}

func (d *decoder) integer(dst []byte, t *valueType, v int64) []byte {
	switch {
	case t.enum != nil:
		return t.enum.Append(dst, int32(v), d.o.EnumNumbers)
	case t.kind == thrift.KindI64 && d.o.QuoteInt64:
		dst = jsontext.AppendInt(append(dst, '"'), v)
		return append(dst, '"')
	}
	return jsontext.AppendInt(dst, v)
}

func (d *decoder) list(dst []byte, t *valueType, depth int) []byte {
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
			d.inside(jsontext.Index(i))
			return dst
		}
		dst = d.room(dst)
	}
	d.r.endList()
	return append(dst, ']')
}
