package protojson

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// orderedSize is the largest message, in bytes, whose text is written as its records are
// read: it can be taken back as long as none of it has been given away, and so has to be
// kept until its end.
const orderedSize = 32 << 10

// orderedDepth is how many messages around one another are written so. Each may have to be
// read anew, with all that it contains, whatever has become of those inside.
const orderedDepth = 8

// ordering is what has been written of a message whose fields come in the order of the IDL.
type ordering struct {
	m      *message
	f      *field // whose value ends the text
	next   int    // index from which on no field has come
	open   bool   // f is a list that may go on
	oneofs uint64 // which have a field
}

// ordered appends the fields of a message in one pass: they nearly always come in the
// order of the IDL, and each once. Where they do not, or something is wrong, it returns
// false, as if nothing had been read. What that costs is counted, so that messages inside
// messages are not read anew on each level.
func (d *decoder) ordered(dst, b []byte, m *message, depth int) (_ []byte, ok bool) {
	if d.anew <= 0 || d.trying >= orderedDepth || len(b) > orderedSize || m.jumbled || d.sparse || d.careful {
		return nil, false
	}
	back := d.marks()
	held := d.text.Hold()
	d.trying++
	dst, at, ok := d.inOrder(dst, b, &ordering{m: m}, depth)
	d.trying--
	d.text.Release(held)
	if ok && !d.text.Full(dst) {
		return dst, true
	}
	d.goBack(back)
	d.anew -= at
	return nil, false
}

// marks are how high the stacks of a decoder are, and what it has counted.
type marks struct{ records, places, entries, merged, unknown, mistyped int }

func (d *decoder) marks() marks {
	return marks{len(d.records), len(d.places), len(d.entries), d.merged, d.unknown, d.mistyped}
}

func (d *decoder) goBack(to marks) {
	d.records, d.places, d.entries = d.records[:to.records], d.places[:to.places], d.entries[:to.entries]
	d.merged, d.unknown, d.mistyped = to.merged, to.unknown, to.mistyped
}

// inOrder is ordered; at is how far it came.
func (d *decoder) inOrder(dst, b []byte, o *ordering, depth int) (_ []byte, at int, ok bool) {
	var r record
	for off := 0; off < len(b); {
		n, err := d.types.next(&r, b, off, o.m)
		if err != nil {
			return nil, off, false
		}
		from := off
		off += n
		f := r.f
		if f == nil {
			d.skip(o.m, r.num)
			continue
		}
		if f != o.f {
			if !o.follows(f) {
				return nil, off, false
			}
			dst = d.turnTo(dst, o, f)
		} else if !o.open {
			return nil, off, false // once more
		}
		switch {
		case o.open && r.wire == protowire.BytesType && f.packable():
			if len(r.b) == 0 {
				return nil, off, false // perhaps there is no element at all
			}
			dst, _, err = d.packed(dst, f, r.b, 0)
		case o.open:
			dst, err = d.value(jsontext.Separate(dst), f, &r, depth)
		case f.key != nil:
			dst, off, err = d.mapInOrder(dst, b, from, o, depth)
		default:
			dst, err = d.single(dst, f, &r, depth)
		}
		if err != nil {
			return nil, off, false
		}
	}
	if o.open {
		dst = append(dst, ']')
	}
	return d.defaults(dst, o.m, o.next, len(o.m.fields)), len(b), true
}

// follows reports whether a field may stand behind what has been written.
func (o *ordering) follows(f *field) bool {
	if f.index < o.next || f.index >= len(o.m.fields) {
		return false
	}
	if f.oneof > 0 {
		bit := uint64(1) << (f.oneof - 1) // 0 for the sixty-fifth
		if bit == 0 || o.oneofs&bit != 0 {
			return false
		}
		o.oneofs |= bit
	}
	return true
}

// turnTo goes on to another field: what was open is closed, and a list opened.
func (d *decoder) turnTo(dst []byte, o *ordering, f *field) []byte {
	if o.open {
		dst = append(dst, ']')
	}
	dst = d.defaults(dst, o.m, o.next, f.index)
	o.f, o.next, o.open = f, f.index+1, f.list
	if f.list {
		dst = append(d.key(dst, f), '[')
	}
	return dst
}

// mapInOrder appends the map whose first entry is at an offset, and returns where its last
// one ends.
func (d *decoder) mapInOrder(dst, b []byte, from int, o *ordering, depth int) (_ []byte, end int, err error) {
	run := fieldRun{types: d.types, b: b, m: o.m, f: o.f, off: from}
	var r record
	for end = from; end < len(b); run.follows++ {
		n, err := d.types.next(&r, b, end, o.m)
		if err != nil {
			return nil, end, err
		}
		if r.f != o.f {
			break
		}
		end += n
	}
	dst, err = d.mapField(d.key(dst, o.f), &run, depth)
	return dst, end, err
}
