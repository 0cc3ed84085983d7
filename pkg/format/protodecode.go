package format

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// protoDecoder appends the JSON of wire messages. A message is scanned into records
// first, which are put in the order of the IDL and written; nothing is built. Of a
// message with very many fields only the places where they stand are kept.
type protoDecoder struct {
	types *protoTypes
	o     Options
	text  spill
	// records, places and entries are stacks: each message, each map, uses the part
	// above those it stands in.
	records []record
	places  []int32
	entries []mapEntry
	// merged is the size of what lives of messages that came in parts, mergeLimit
	// what may.
	merged, mergeLimit int
	// trying is true while a message is decoded only to see whether it can be.
	trying bool
	// sparse is for tests: nothing is kept of any message, as of a very large one.
	sparse            bool
	unknown, mistyped int // fields that are not shown
	warned            warnings
}

// record is one field on the wire.
type record struct {
	f    *protoField
	num  protowire.Number
	wire protowire.Type
	v    uint64 // of a varint or fixed record
	b    []byte // of a bytes or group record, without length or end tag
	off  int    // where it stands in the message
}

func (d *protoDecoder) decode(dst, body []byte, m *protoMessage) ([]byte, error) {
	d.begin(body)
	dst, err := d.message(dst, body, m, 0)
	if e, ok := err.(*DecodeError); ok {
		e.Type = string(m.desc.FullName())
	}
	return dst, err
}

// stream is decode for replies whose text may be large; see spill.stream.
func (d *protoDecoder) stream(dst, body []byte, m *protoMessage, take func([]byte) error) ([]byte, error) {
	return d.text.stream(dst, body, take, func(dst []byte) ([]byte, error) { return d.decode(dst, body, m) })
}

func (d *protoDecoder) begin(body []byte) {
	d.records, d.places, d.entries = d.records[:0], d.places[:0], d.entries[:0]
	d.merged, d.mergeLimit = 0, mergeFactor*len(body)+mergeRoom
	d.unknown, d.mistyped = 0, 0
}

// A message that comes in parts is put together before it is read. Where that
// happens on many levels at once, the copies may take so many times the body, and
// mergeRoom bytes.
const (
	mergeFactor = 2
	mergeRoom   = 64 << 10
)

// reportSkipped tells of the fields of the last body that are not shown.
func (d *protoDecoder) reportSkipped(m *protoMessage) {
	if d.o.Skipped != nil && d.unknown+d.mistyped > 0 {
		d.o.Skipped(string(m.desc.FullName()), d.unknown, d.mistyped)
	}
}

func malformed(off int, message string) error { return &DecodeError{Offset: off, Message: message} }

// inField adds a field and its offset to a DecodeError on its way up.
func inField(err error, name string, off int) error {
	if e, ok := err.(*DecodeError); ok {
		e.Path = joinPath(name, e.Path)
		e.Offset += off
	}
	return err
}

// warnings keeps a warning from being given twice.
type warnings map[string]bool

func (w *warnings) give(tell func(string), message string) {
	if tell == nil || (*w)[message] {
		return
	}
	if *w == nil {
		*w = warnings{}
	}
	(*w)[message] = true
	tell(message)
}

func (d *protoDecoder) warn(message string) { d.warned.give(d.o.Warn, message) }

// message appends the JSON of one message.
func (d *protoDecoder) message(dst, b []byte, m *protoMessage, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, malformed(0, "nested too deeply")
	}
	if m.wkt != ordinary && m.wkt != wktEmpty {
		return d.wellKnown(dst, b, m, depth)
	}
	dst, err := d.members(append(dst, '{'), b, m, depth) // not object: deep nesting is many frames
	return append(dst, '}'), err
}

func (d *protoDecoder) object(dst, b []byte, m *protoMessage, depth int) ([]byte, error) {
	dst = append(dst, '{')
	dst, err := d.members(dst, b, m, depth)
	return append(dst, '}'), err
}

// members appends the fields of a message, comma-separated, after what dst
// holds: a comma leads unless that is an opening brace.
func (d *protoDecoder) members(dst, b []byte, m *protoMessage, depth int) ([]byte, error) {
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
		dst, err = d.kept(dst, m, records, s.oneofs, depth)
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
func (d *protoDecoder) kept(dst []byte, m *protoMessage, records []record, oneofs []oneofState, depth int) ([]byte, error) {
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
			dst, err = d.several(dst, m, f, records[from:i], depth)
		}
		if err != nil {
			return nil, inField(err, f.name, records[from].off)
		}
		if dst, err = d.text.room(dst); err != nil {
			return nil, err
		}
	}
	return d.defaults(dst, m, next, len(m.fields)), nil
}

func (d *protoDecoder) several(dst []byte, m *protoMessage, f *protoField, records []record, depth int) ([]byte, error) {
	return d.field(dst, &fieldRun{types: d.types, m: m, f: f, records: records}, depth)
}

// followed appends fields that come in the order of the IDL, as they come.
func (d *protoDecoder) followed(dst, b []byte, m *protoMessage, s *scan, depth int) ([]byte, error) {
	next := 0
	run := fieldRun{types: d.types, b: b, m: m, follows: s.known}
	for run.begin() {
		f, off := run.f, run.off
		dst, next = d.defaults(dst, m, next, f.index), f.index+1
		var err error
		if dst, err = d.field(dst, &run, depth); err != nil {
			return nil, inField(err, f.name, off)
		}
		if dst, err = d.text.room(dst); err != nil {
			return nil, err
		}
	}
	return d.defaults(dst, m, next, len(m.fields)), nil
}

// placed appends the fields of a message from the places of its records.
func (d *protoDecoder) placed(dst, b []byte, m *protoMessage, s *scan, depth int) ([]byte, error) {
	mark, next := len(d.places), 0
	places := d.place(b, m, s)
	for i := 0; i < len(places); {
		f, from := d.types.at(b, places[i], m).f, i
		for i < len(places) && d.types.at(b, places[i], m).f == f {
			i++
		}
		dst, next = d.defaults(dst, m, next, f.index), f.index+1
		if f.oneof > 0 {
			o := &s.oneofs[f.oneof-1]
			for from < i && !o.counts(f, int(places[from])) {
				from++
			}
			if from == i {
				continue
			}
		}
		var err error
		if dst, err = d.field(dst, &fieldRun{types: d.types, b: b, m: m, f: f, places: places[from:i]}, depth); err != nil {
			return nil, inField(err, f.name, int(places[from]))
		}
		if dst, err = d.text.room(dst); err != nil {
			return nil, err
		}
	}
	d.places = d.places[:mark]
	return d.defaults(dst, m, next, len(m.fields)), nil
}

// place pushes the places of a message's records, in the order of the IDL, those of
// one field as they came.
func (d *protoDecoder) place(b []byte, m *protoMessage, s *scan) []int32 {
	mark := len(d.places)
	d.places = slices.Grow(d.places, s.known)
	var r record
	for off := 0; off < len(b); {
		n, _ := d.types.next(&r, b, off, m) // what is wrong has been found
		if off += n; r.f != nil {
			d.places = append(d.places, int32(r.off))
		}
	}
	places := d.places[mark:]
	field := func(place int32) *protoField { return d.types.at(b, place, m).f }
	slices.SortFunc(places, func(p, q int32) int { return cmp.Or(byDeclaration(field(p), field(q)), cmp.Compare(p, q)) })
	return places
}

// byDeclaration is the order of ProtoJSON: fields as declared, then extensions
// by name.
func byDeclaration(a, b *protoField) int {
	if a.desc.IsExtension() && b.desc.IsExtension() {
		return strings.Compare(a.name, b.name)
	}
	return a.index - b.index
}

// at reads the record at a place that has been looked at before.
func (t *protoTypes) at(b []byte, place int32, m *protoMessage) (r record) {
	_, _ = t.next(&r, b, int(place), m)
	return r
}

// fieldRun is the records of one field: kept, or the places where they stand in b, or
// what follows in b up to another field.
type fieldRun struct {
	types   *protoTypes
	b       []byte
	m       *protoMessage
	f       *protoField
	records []record
	places  []int32
	follows int    // how many records of the message do
	off     int    // where the first of them stands
	r       record // read last
	size    int    // of r
}

// most is a bound on how many records there are.
func (u *fieldRun) most() int { return len(u.records) + len(u.places) + u.follows }

// next takes the first record, nil where there is none.
func (u *fieldRun) next() *record {
	switch {
	case len(u.records) > 0:
		r := &u.records[0]
		u.records = u.records[1:]
		return r
	case len(u.places) > 0:
		u.r = u.types.at(u.b, u.places[0], u.m)
		u.places = u.places[1:]
		return &u.r
	case u.follows > 0 && u.seek() && u.r.f == u.f:
		u.off += u.size
		u.follows--
		return &u.r
	}
	return nil
}

// begin turns to the field that follows, if there is one.
func (u *fieldRun) begin() bool {
	found := u.seek()
	u.f = u.r.f
	return found
}

// seek moves over what is not to be shown and reads the record there.
func (u *fieldRun) seek() bool {
	for u.off < len(u.b) {
		u.size, _ = u.types.next(&u.r, u.b, u.off, u.m)
		if u.r.f != nil {
			return true
		}
		u.off += u.size
	}
	return false
}

// oneofState is which field of a oneof was set last, and since which offset.
type oneofState struct {
	f     *protoField
	since int
}

// counts reports whether a record of a field is not superseded by a later one of the
// oneof.
func (o *oneofState) counts(f *protoField, off int) bool { return o.f == f && off >= o.since }

// scan is what a first look at a message has found.
type scan struct {
	oneofs  []oneofState
	known   int  // records of fields that the IDL has
	jumbled bool // the order is not that of the IDL
}

// maxRecords is the number of records that are kept at a time, those of messages
// around a message included.
const maxRecords = 4096

// scan looks through the records of a message and pushes them, if they are not too
// many. Unknown fields, and known ones in a wire type that is not theirs, are passed
// over, as every Protobuf implementation does.
func (d *protoDecoder) scan(s *scan, b []byte, m *protoMessage) error {
	last := -1
	var r record
	for off := 0; off < len(b); {
		n, err := d.types.next(&r, b, off, m)
		if err != nil {
			return err
		}
		off += n
		f := r.f
		if f == nil {
			d.skip(m, r.num)
			continue
		}
		if f.oneof > 0 && s.oneofs[f.oneof-1].f != f {
			s.oneofs[f.oneof-1] = oneofState{f, r.off}
		}
		if f.index < last || f.index >= len(m.fields) {
			s.jumbled = true
		}
		last = f.index
		if s.known++; len(d.records) < maxRecords && !d.sparse {
			d.records = append(d.records, r)
		}
	}
	return nil
}

// skip counts a field that is not shown.
func (d *protoDecoder) skip(m *protoMessage, num protowire.Number) {
	if m.number(d.types, num) == nil {
		d.unknown++
	} else {
		d.mistyped++
	}
}

// next reads the record at an offset into r, and returns its size with its tag. The
// field is nil where it is not to be shown.
func (t *protoTypes) next(r *record, b []byte, off int, m *protoMessage) (n int, err error) {
	num, wire, n := protowire.ConsumeTag(b[off:])
	if n < 0 {
		return 0, malformed(off, "broken tag")
	}
	r.num, r.wire, r.off = num, wire, off
	r.v, r.b = 0, nil
	size := r.consume(b[off+n:], num)
	if size < 0 {
		return 0, malformed(off, "broken or truncated field "+protowireName(num, wire))
	}
	if m.messageSet {
		r.setItem()
	}
	if r.f = m.number(t, r.num); r.f != nil && r.wire != r.f.wire && !r.f.packedAs(r.wire) {
		r.f = nil
	}
	return n + size, nil
}

// nextRecord reads the record at an offset, of whatever message; n is its size with
// its tag.
func nextRecord(b []byte, off int) (r record, n int, err error) {
	num, wire, size := protowire.ConsumeTag(b[off:])
	if size < 0 {
		return r, 0, malformed(off, "broken tag")
	}
	r.num, r.wire, r.off = num, wire, off
	if n = r.consume(b[off+size:], num); n < 0 {
		return r, 0, malformed(off, "broken or truncated field "+protowireName(num, wire))
	}
	return r, size + n, nil
}

func protowireName(num protowire.Number, wire protowire.Type) string {
	names := [...]string{"varint", "64-bit", "length-delimited", "group", "group end", "32-bit", "6", "7"}
	return strings.Join([]string{itoa(int(num)), " (", names[wire&7], ")"}, "")
}

// consume reads the value that follows a tag; negative means that it is broken.
func (r *record) consume(b []byte, num protowire.Number) (n int) {
	switch r.wire {
	case protowire.VarintType:
		r.v, n = protowire.ConsumeVarint(b)
	case protowire.Fixed32Type:
		var v uint32
		v, n = protowire.ConsumeFixed32(b)
		r.v = uint64(v)
	case protowire.Fixed64Type:
		r.v, n = protowire.ConsumeFixed64(b)
	case protowire.BytesType:
		r.b, n = protowire.ConsumeBytes(b)
	case protowire.StartGroupType:
		r.b, n = protowire.ConsumeGroup(num, b)
	default:
		return -1
	}
	return n
}

// packedAs reports whether a wire type is that of the field's elements packed.
func (f *protoField) packedAs(wire protowire.Type) bool {
	return f.list && wire == protowire.BytesType && f.packable()
}

func (f *protoField) packable() bool {
	return f.wire != protowire.BytesType && f.wire != protowire.StartGroupType
}

// separate appends a comma unless an object or array has just been opened.
func separate(dst []byte) []byte {
	if c := dst[len(dst)-1]; c == '{' || c == '[' {
		return dst
	}
	return append(dst, ',')
}

func (d *protoDecoder) key(dst []byte, f *protoField) []byte {
	if f.shown == nil {
		name := f.jsonName
		if d.o.IDLNames {
			name = f.name
		}
		f.shown = quotedKey(name)
	}
	return append(separate(dst), f.shown...)
}

// field appends a field from its records.
func (d *protoDecoder) field(dst []byte, u *fieldRun, depth int) ([]byte, error) {
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
func (d *protoDecoder) single(dst []byte, f *protoField, r *record, depth int) ([]byte, error) {
	if !f.presence && f.isZero(r) && !d.o.EmitDefaults {
		return dst, nil // sent though it is the default
	}
	return d.value(d.key(dst, f), f, r, depth)
}

// together is the last of a field's records or, of a message that came in parts,
// all of them concatenated, which is how Protobuf defines merging. The copy has
// counted against the limit with its size.
func (d *protoDecoder) together(u *fieldRun) (last record, copied int, err error) {
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

func (d *protoDecoder) list(dst []byte, u *fieldRun, depth int) ([]byte, error) {
	start, n := len(dst), 0
	dst = append(d.key(dst, u.f), '[')
	for r := u.next(); r != nil; r = u.next() {
		var err error
		if r.wire == protowire.BytesType && u.f.packable() {
			dst, n, err = d.packed(dst, u.f, r.b, n)
		} else if dst, err = d.value(separate(dst), u.f, r, depth); err != nil {
			err = inField(err, "["+itoa(n)+"]", 0)
		} else {
			n++
			dst, err = d.text.room(dst)
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
func (d *protoDecoder) packed(dst []byte, f *protoField, b []byte, n int) ([]byte, int, error) {
	for off := 0; off < len(b); n++ {
		r := record{wire: f.wire}
		size := r.consume(b[off:], f.num)
		if size < 0 {
			return nil, n, malformed(off, "broken or truncated packed element")
		}
		off += size
		var err error
		if dst, err = d.value(separate(dst), f, &r, 0); err == nil {
			dst, err = d.text.room(dst)
		}
		if err != nil {
			return nil, n, err
		}
	}
	return dst, n, nil
}

// defaults appends the fields from index next to limit that are not on the wire,
// if that is wanted.
func (d *protoDecoder) defaults(dst []byte, m *protoMessage, next, limit int) []byte {
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
