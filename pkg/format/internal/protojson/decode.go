package protojson

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// decoder appends the JSON of wire messages. Fields that come in the order of the IDL are
// written as they come. Any other message is scanned into records first, which are put in
// that order and written; nothing is built. Of a message with very many fields only the
// places where they stand are kept.
type decoder struct {
	types *finder
	o     jsontext.Options
	text  jsontext.Spill
	// records, places and entries are stacks: each message, each map, uses the part
	// above those it stands in.
	records []record
	places  []int32
	entries []mapEntry
	// merged is the size of what lives of messages that came in parts, mergeLimit
	// what may.
	merged, mergeLimit int
	// trying is how many messages are being written as they come, and anew how many bytes
	// may still be read a second time; see ordered.
	trying, anew int
	// sparse and careful are for tests: nothing is kept of any message, as of a very large
	// one, or all that comes is looked through before any of it is written.
	sparse, careful   bool
	unknown, mistyped int // fields that are not shown
	warned            jsontext.Warnings
}

func (d *decoder) decode(dst, body []byte, m *message) ([]byte, error) {
	d.begin(body)
	dst, err := d.message(dst, body, m, 0)
	if e, ok := err.(*jsontext.DecodeError); ok {
		e.Type = string(m.desc.FullName())
	}
	return dst, err
}

// stream is decode for replies whose text may be large; see jsontext.Spill.
func (d *decoder) stream(dst, body []byte, m *message, take func([]byte) error) ([]byte, error) {
	return d.text.Stream(dst, body, take, func(dst []byte) ([]byte, error) { return d.decode(dst, body, m) })
}

func (d *decoder) begin(body []byte) {
	d.records, d.places, d.entries = d.records[:0], d.places[:0], d.entries[:0]
	d.merged, d.mergeLimit = 0, mergeFactor*len(body)+mergeRoom
	d.unknown, d.mistyped = 0, 0
	d.trying, d.anew = 0, len(body)+1
}

// A message that comes in parts is put together before it is read. Where that
// happens on many levels at once, the copies may take so many times the body, and
// mergeRoom bytes.
const (
	mergeFactor = 2
	mergeRoom   = 64 << 10
)

// reportSkipped tells of the fields of the last body that are not shown.
func (d *decoder) reportSkipped(m *message) {
	if d.o.Skipped != nil && d.unknown+d.mistyped > 0 {
		d.o.Skipped(string(m.desc.FullName()), d.unknown, d.mistyped)
	}
}

func (d *decoder) warn(message string) { d.warned.Give(d.o.Warn, message) }

// message appends the JSON of one message.
func (d *decoder) message(dst, b []byte, m *message, depth int) ([]byte, error) {
	if depth > jsontext.MaxDepth {
		return nil, jsontext.Malformed(0, "nested too deeply")
	}
	if m.wkt != ordinary && m.wkt != wktEmpty {
		return d.wellKnown(dst, b, m, depth)
	}
	dst, err := d.members(append(dst, '{'), b, m, depth) // not object: deep nesting is many frames
	return append(dst, '}'), err
}

func (d *decoder) object(dst, b []byte, m *message, depth int) ([]byte, error) {
	dst = append(dst, '{')
	dst, err := d.members(dst, b, m, depth)
	return append(dst, '}'), err
}

// members appends the fields of a message, comma-separated, after what dst
// holds: a comma leads unless that is an opening brace.
func (d *decoder) members(dst, b []byte, m *message, depth int) ([]byte, error) {
	if out, ok := d.ordered(dst, b, m, depth); ok {
		return out, nil
	}
	return d.scanned(dst, b, m, depth)
}

// scanned appends the fields of a message that has been looked through first.
func (d *decoder) scanned(dst, b []byte, m *message, depth int) ([]byte, error) {
	var few [4]oneofState
	s := scan{oneofs: few[:]}
	if n := m.desc.Oneofs().Len(); n > len(few) {
		s.oneofs = make([]oneofState, n)
	}
	mark := len(d.records)
	if err := d.scan(&s, b, m); err != nil {
		return nil, err
	}
	records := d.records[mark:]
	var err error
	if len(records) == s.known {
		if s.jumbled {
			slices.SortStableFunc(records, func(a, b record) int { return byDeclaration(a.f, b.f) })
		}
		dst, err = d.kept(dst, b, m, records, s.oneofs, depth)
	} else {
		d.records = d.records[:mark]
		if s.jumbled {
			dst, err = d.placed(dst, b, m, &s, depth)
		} else {
			dst, err = d.followed(dst, b, m, &s, depth)
		}
	}
	d.records = d.records[:mark]
	return dst, err
}

// kept appends the fields of a message from its records.
func (d *decoder) kept(dst, b []byte, m *message, records []record, oneofs []oneofState, depth int) ([]byte, error) {
	next := 0
	for i := 0; i < len(records); {
		f, from := records[i].f, i
		for i < len(records) && records[i].f == f {
			i++
		}
		if d.o.EmitDefaults {
			dst, next = d.defaults(dst, m, next, f.index), f.index+1
		}
		if f.oneof > 0 {
			o := &oneofs[f.oneof-1]
			for from < i && !o.counts(f, records[from].off) {
				from++
			}
			if from == i {
				continue
			}
		}
		var err error
		if i-from == 1 && !f.list && f.key == nil {
			dst, err = d.single(dst, f, &records[from], depth)
		} else {
			dst, err = d.several(dst, b, m, f, records[from:i], depth)
		}
		if err != nil {
			return nil, jsontext.InField(err, f.name, records[from].off)
		}
		if dst, err = d.text.Room(dst); err != nil {
			return nil, err
		}
	}
	return d.defaults(dst, m, next, len(m.fields)), nil
}

// several appends a field of several records, or of one that is not all there is to it.
func (d *decoder) several(dst, b []byte, m *message, f *field, records []record, depth int) ([]byte, error) {
	return d.field(dst, &fieldRun{types: d.types, b: b, m: m, f: f, records: records}, depth)
}

func (d *decoder) key(dst []byte, f *field) []byte {
	return append(jsontext.Separate(dst), f.shown...)
}

// field appends a field from its records.
func (d *decoder) field(dst []byte, u *fieldRun, depth int) ([]byte, error) {
	switch {
	case u.f.key != nil:
		return d.mapField(d.key(dst, u.f), u, depth)
	case u.f.list:
		return d.list(dst, u, depth)
	}
	r, copied, err := d.together(u)
	if err == nil {
		dst, err = d.single(dst, u.f, &r, depth)
	}
	d.merged -= copied
	return dst, err
}

// single appends a field that has one value.
func (d *decoder) single(dst []byte, f *field, r *record, depth int) ([]byte, error) {
	if !f.presence && f.isZero(r) && !d.o.EmitDefaults {
		return dst, nil // sent though it is the default
	}
	return d.value(d.key(dst, f), f, r, depth)
}

// together is the last of a field's records or, of a message that came in parts,
// all of them concatenated, which is how Protobuf defines merging. The copy has
// counted against the limit with its size.
func (d *decoder) together(u *fieldRun) (last record, copied int, err error) {
	again := *u
	var m merging
	for r := u.next(); r != nil; r = u.next() {
		last = *r
		m.count(r.b)
	}
	switch {
	case !u.f.isMessage() || m.parts == 0:
		return last, 0, nil
	case m.parts == 1:
		last.b = m.only
		return last, 0, nil
	}
	if err := d.merge(&m); err != nil {
		return last, 0, err
	}
	for r := again.next(); r != nil; r = again.next() {
		m.add(r.b)
	}
	last.b = m.whole
	return last, m.size, nil
}

func (d *decoder) list(dst []byte, u *fieldRun, depth int) ([]byte, error) {
	start, n := len(dst), 0
	dst = append(d.key(dst, u.f), '[')
	for r := u.next(); r != nil; r = u.next() {
		var err error
		if r.wire == protowire.BytesType && u.f.packable() {
			dst, n, err = d.packed(dst, u.f, r.b, n)
		} else if dst, err = d.value(jsontext.Separate(dst), u.f, r, depth); err != nil {
			err = jsontext.InField(err, jsontext.Index(n), 0)
		} else {
			n++
			dst, err = d.text.Room(dst)
		}
		if err != nil {
			return nil, err
		}
	}
	if n == 0 && !d.o.EmitDefaults {
		return dst[:start], nil // nothing but empty packed records
	}
	return append(dst, ']'), nil
}

// packed appends the elements of a packed record; n counts those of the list.
func (d *decoder) packed(dst []byte, f *field, b []byte, n int) ([]byte, int, error) {
	for off := 0; off < len(b); n++ {
		r := record{wire: f.wire}
		size := r.consume(b[off:], f.num)
		if size < 0 {
			return nil, n, jsontext.Malformed(off, "broken or truncated packed element")
		}
		off += size
		var err error
		if dst, err = d.value(jsontext.Separate(dst), f, &r, 0); err == nil {
			dst, err = d.text.Room(dst)
		}
		if err != nil {
			return nil, n, err
		}
	}
	return dst, n, nil
}

// defaults appends the fields from index next to limit that are not on the wire,
// if that is wanted.
func (d *decoder) defaults(dst []byte, m *message, next, limit int) []byte {
	if !d.o.EmitDefaults {
		return dst
	}
	for ; next < min(limit, len(m.fields)); next++ {
		f := &m.fields[next]
		switch {
		case f.key != nil:
			dst = append(d.key(dst, f), "{}"...)
		case f.list:
			dst = append(d.key(dst, f), "[]"...)
		case !f.presence && f.kind != protoreflect.MessageKind:
			dst, _ = d.value(d.key(dst, f), f, &record{}, 0)
		}
	}
	return dst
}
