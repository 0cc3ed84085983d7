package protojson

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// oneofState is which field of a oneof was set last, and since which offset.
type oneofState struct {
	f     *field
	since int
}

// counts reports whether a record of a field is not superseded by a later one of the
// oneof.
func (o *oneofState) counts(f *field, off int) bool { return o.f == f && off >= o.since }

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
func (d *decoder) scan(s *scan, b []byte, m *message) error {
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
func (d *decoder) skip(m *message, num protowire.Number) {
	if m.number(d.types, num) == nil {
		d.unknown++
	} else {
		d.mistyped++
	}
}

// followed appends fields that come in the order of the IDL, as they come.
func (d *decoder) followed(dst, b []byte, m *message, s *scan, depth int) ([]byte, error) {
	next := 0
	run := fieldRun{types: d.types, b: b, m: m, follows: s.known}
	for run.begin() {
		f, off := run.f, run.off
		dst, next = d.defaults(dst, m, next, f.index), f.index+1
		var err error
		if dst, err = d.field(dst, &run, depth); err != nil {
			return nil, jsontext.InField(err, f.name, off)
		}
		if dst, err = d.text.Room(dst); err != nil {
			return nil, err
		}
	}
	return d.defaults(dst, m, next, len(m.fields)), nil
}

// placed appends the fields of a message from the places of its records.
func (d *decoder) placed(dst, b []byte, m *message, s *scan, depth int) ([]byte, error) {
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
			return nil, jsontext.InField(err, f.name, int(places[from]))
		}
		if dst, err = d.text.Room(dst); err != nil {
			return nil, err
		}
	}
	d.places = d.places[:mark]
	return d.defaults(dst, m, next, len(m.fields)), nil
}

// place pushes the places of a message's records, in the order of the IDL, those of
// one field as they came.
func (d *decoder) place(b []byte, m *message, s *scan) []int32 {
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
	field := func(place int32) *field { return d.types.at(b, place, m).f }
	slices.SortFunc(places, func(p, q int32) int { return cmp.Or(byDeclaration(field(p), field(q)), cmp.Compare(p, q)) })
	return places
}

// byDeclaration is the order of ProtoJSON: fields as declared, then extensions
// by name.
func byDeclaration(a, b *field) int {
	if a.desc.IsExtension() && b.desc.IsExtension() {
		return strings.Compare(a.name, b.name)
	}
	return a.index - b.index
}
