package format

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// protoDecoder appends the JSON of wire messages. A message is scanned once into
// records, which are put in the order of the IDL and written; nothing is built.
type protoDecoder struct {
	types *protoTypes
	o     Options
	// records and entries are stacks: each message, each map, uses the part
	// above those it stands in.
	records []record
	entries []mapEntry
	warned  warnings
}

// record is one field on the wire.
type record struct {
	f    *protoField
	wire protowire.Type
	v    uint64 // of a varint or fixed record
	b    []byte // of a bytes or group record, without length or end tag
	off  int    // where it stands in the message
}

// oneofState is which field of a oneof was set last, and since which offset.
type oneofState struct {
	f     *protoField
	since int
}

func (d *protoDecoder) decode(dst, body []byte, m *protoMessage) ([]byte, error) {
	d.records, d.entries = d.records[:0], d.entries[:0]
	dst, err := d.message(dst, body, m, 0)
	if e, ok := err.(*DecodeError); ok {
		e.Type = string(m.desc.FullName())
	}
	return dst, err
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
	return d.object(dst, b, m, depth)
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
	oneofs := few[:]
	if n := m.desc.Oneofs().Len(); n > len(few) {
		oneofs = make([]oneofState, n)
	}
	mark := len(d.records)
	sorted, err := d.scan(b, m, oneofs)
	if err != nil {
		return nil, err
	}
	if !sorted {
		slices.SortStableFunc(d.records[mark:], byDeclaration)
	}
	end, next := len(d.records), 0
	for i := mark; i < end; {
		f, from := d.records[i].f, i
		for i < end && d.records[i].f == f {
			i++
		}
		dst, next = d.defaults(dst, m, next, f.index), f.index+1
		if f.oneof > 0 {
			if oneofs[f.oneof-1].f != f {
				continue
			}
			for d.records[from].off < oneofs[f.oneof-1].since {
				from++
			}
		}
		if dst, err = d.field(dst, f, from, i, depth); err != nil {
			return nil, inField(err, f.name, d.records[from].off)
		}
	}
	dst = d.defaults(dst, m, next, len(m.fields))
	d.records = d.records[:mark]
	return dst, nil
}

// byDeclaration is the order of ProtoJSON: fields as declared, then extensions
// by name.
func byDeclaration(a, b record) int {
	if a.f.desc.IsExtension() && b.f.desc.IsExtension() {
		return strings.Compare(a.f.name, b.f.name)
	}
	return a.f.index - b.f.index
}

// scan pushes the records of a message and reports whether they are in order.
// Unknown fields, and known ones in a wire type that is not theirs, are passed
// over, as every Protobuf implementation does.
func (d *protoDecoder) scan(b []byte, m *protoMessage, oneofs []oneofState) (sorted bool, err error) {
	sorted = true
	last := -1
	for off := 0; off < len(b); {
		num, wire, n := protowire.ConsumeTag(b[off:])
		if n < 0 {
			return false, malformed(off, "broken tag")
		}
		r := record{wire: wire, off: off}
		off += n
		if n = r.consume(b[off:], num); n < 0 {
			return false, malformed(r.off, "broken or truncated field "+protowireName(num, wire))
		}
		off += n
		f := m.number(d.types, num)
		if f == nil || wire != f.wire && !f.packedAs(wire) {
			continue
		}
		if r.f = f; f.oneof > 0 && oneofs[f.oneof-1].f != f {
			oneofs[f.oneof-1] = oneofState{f, r.off}
		}
		if f.index < last || f.desc.IsExtension() {
			sorted = false
		}
		last = f.index
		d.records = append(d.records, r)
	}
	return sorted, nil
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
	dst = append(separate(dst), '"')
	name := f.jsonName
	if d.o.IDLNames {
		name = f.name
	}
	return append(append(dst, name...), '"', ':')
}

// field appends a field from its records d.records[from:to].
func (d *protoDecoder) field(dst []byte, f *protoField, from, to, depth int) ([]byte, error) {
	switch {
	case f.key != nil:
		return d.mapField(d.key(dst, f), f, from, to, depth)
	case f.list:
		start := len(dst)
		dst, err := d.list(d.key(dst, f), f, from, to, depth)
		if err == nil && dst[len(dst)-2] == '[' && !d.o.EmitDefaults {
			dst = dst[:start] // nothing but empty packed records
		}
		return dst, err
	}
	r := d.records[to-1]
	if f.isMessage() && to-from > 1 {
		r.b = d.merged(from, to)
	}
	if !f.presence && f.isZero(r) && !d.o.EmitDefaults {
		return dst, nil // sent though it is the default
	}
	return d.value(d.key(dst, f), f, r, depth)
}

// merged concatenates the parts of a message that was sent in several, which is
// how Protobuf defines merging.
func (d *protoDecoder) merged(from, to int) []byte {
	var b []byte
	for _, r := range d.records[from:to] {
		b = append(b, r.b...)
	}
	return b
}

func (d *protoDecoder) list(dst []byte, f *protoField, from, to, depth int) ([]byte, error) {
	dst = append(dst, '[')
	var err error
	for i, n := from, 0; i < to; i++ {
		r := d.records[i]
		if r.wire == protowire.BytesType && f.packable() {
			if dst, err = d.packed(dst, f, r.b); err != nil {
				return nil, err
			}
			continue
		}
		if dst, err = d.value(separate(dst), f, r, depth); err != nil {
			return nil, inField(err, "["+itoa(n)+"]", 0)
		}
		n++
	}
	return append(dst, ']'), nil
}

// packed appends the elements of a packed record.
func (d *protoDecoder) packed(dst []byte, f *protoField, b []byte) ([]byte, error) {
	for off := 0; off < len(b); {
		r := record{wire: f.wire}
		n := r.consume(b[off:], f.num)
		if n < 0 {
			return nil, malformed(off, "broken or truncated packed element")
		}
		off += n
		var err error
		if dst, err = d.value(separate(dst), f, r, 0); err != nil {
			return nil, err
		}
	}
	return dst, nil
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
			dst, _ = d.value(d.key(dst, f), f, record{f: f}, 0)
		}
	}
	return dst
}
