package protojson

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// mapEntry is one entry of a map field. A missing key or value is its type's
// default.
type mapEntry struct {
	num    uint64 // the key, normal, unless it is a string
	str    []byte
	val    record // the last
	values int    // how many there are
	b      []byte
}

// maxEntries is the number of entries that are kept at a time, those of maps around
// a map included. Of larger maps only the places are, and the keys are read anew.
const maxEntries = 1024

// mapField appends a map as an object with its keys in order. Of entries with
// the same key the last one counts.
func (d *decoder) mapField(dst []byte, u *fieldRun, depth int) ([]byte, error) {
	entries, places := len(d.entries), len(d.places)
	d.places = slices.Grow(d.places, u.most())
	n := 0
	for r := u.next(); r != nil; r = u.next() {
		e, err := u.f.entry(r.b)
		if err != nil {
			return nil, err
		}
		if n++; len(d.entries) < maxEntries && !d.sparse {
			d.entries = append(d.entries, e)
		}
		d.places = append(d.places, int32(r.off))
	}
	dst = append(dst, '{')
	var err error
	if kept := d.entries[entries:]; len(kept) == n {
		dst, err = d.keptEntries(dst, u, kept, depth)
	} else {
		d.entries = d.entries[:entries]
		dst, err = d.placedEntries(dst, u, d.places[places:], depth)
	}
	d.entries, d.places = d.entries[:entries], d.places[:places]
	return append(dst, '}'), err
}

func (d *decoder) keptEntries(dst []byte, u *fieldRun, entries []mapEntry, depth int) ([]byte, error) {
	signed := u.f.signedKey()
	byKey := func(a, b mapEntry) int { return a.compare(b, signed) }
	if !slices.IsSortedFunc(entries, byKey) {
		slices.SortStableFunc(entries, byKey)
	}
	for i := range entries {
		if i+1 < len(entries) && entries[i].compare(entries[i+1], signed) == 0 {
			continue
		}
		var err error
		if dst, err = d.entry(jsontext.Separate(dst), u.f, entries[i], signed, depth); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func (d *decoder) placedEntries(dst []byte, u *fieldRun, places []int32, depth int) ([]byte, error) {
	signed := u.f.signedKey()
	at := func(place int32) mapEntry {
		e, _ := u.f.entry(d.types.at(u.b, place, u.m).b) // what is wrong has been found
		return e
	}
	slices.SortFunc(places, func(p, q int32) int { return cmp.Or(at(p).compare(at(q), signed), cmp.Compare(p, q)) })
	for i, place := range places {
		e := at(place)
		if i+1 < len(places) && e.compare(at(places[i+1]), signed) == 0 {
			continue
		}
		var err error
		if dst, err = d.entry(jsontext.Separate(dst), u.f, e, signed, depth); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// signedKey reports whether the keys are ordered as signed numbers.
func (f *field) signedKey() bool {
	if f.key.kind == protoreflect.StringKind || f.key.kind == protoreflect.BoolKind {
		return false
	}
	_, signed := integerKind(f.key.kind)
	return signed
}

func (a mapEntry) compare(b mapEntry, signed bool) int {
	if signed {
		return cmp.Compare(int64(a.num), int64(b.num))
	}
	if c := cmp.Compare(a.num, b.num); c != 0 {
		return c
	}
	return bytes.Compare(a.str, b.str)
}

// entry reads a map entry.
func (f *field) entry(b []byte) (e mapEntry, err error) {
	e.b = b
	var r record
	for off := 0; off < len(b); {
		n, err := r.read(b, off)
		if err != nil {
			return e, err
		}
		off += n
		switch {
		case r.num == 1 && r.wire == f.key.wire:
			e.str, e.num = r.b, normal(f.key.kind, r.v)
		case r.num == 2 && r.wire == f.val.wire:
			e.val = r
			e.values++
		}
	}
	if e.values == 0 && f.val.kind == protoreflect.EnumKind {
		e.val.v = uint64(f.val.desc.Default().Enum()) // a closed enum may have no 0
	}
	return e, nil
}

// entry appends a key and its value.
func (d *decoder) entry(dst []byte, f *field, e mapEntry, signed bool, depth int) ([]byte, error) {
	copied := 0
	if e.values > 1 && f.val.isMessage() {
		var err error
		if e.val.b, copied, err = d.mergedValue(f, e.b); err != nil {
			return nil, err
		}
	}
	dst, err := d.mapKey(dst, f.key, e, signed)
	if err != nil {
		return nil, err
	}
	if dst, err = d.value(append(dst, ':'), f.val, &e.val, depth); err != nil {
		e.str = []byte(jsontext.Clip(e.str))
		name, _ := d.mapKey(nil, f.key, e, signed)
		return nil, jsontext.InField(err, "["+string(name)+"]", 0)
	}
	d.merged -= copied
	return d.text.Room(dst)
}

// mergedValue is the value of an entry that came in parts, a copy that has counted
// against the limit with its size.
func (d *decoder) mergedValue(f *field, b []byte) (whole []byte, copied int, err error) {
	parts := func(visit func(part []byte)) {
		_ = each(b, func(num protowire.Number, r record) error { // what is wrong has been found
			if num == 2 && r.wire == f.val.wire {
				visit(r.b)
			}
			return nil
		})
	}
	var m merging
	parts(m.count)
	if m.parts < 2 {
		return m.only, 0, nil
	}
	if err := d.merge(&m); err != nil {
		return nil, 0, err
	}
	parts(m.add)
	return m.whole, m.size, nil
}

// mapKey appends a key, which in JSON is always a string.
func (d *decoder) mapKey(dst []byte, f *field, e mapEntry, signed bool) ([]byte, error) {
	switch {
	case f.kind == protoreflect.StringKind:
		return d.stringValue(dst, f, e.str)
	case f.kind == protoreflect.BoolKind:
		return append(strconv.AppendBool(append(dst, '"'), e.num != 0), '"'), nil
	case signed:
		return append(strconv.AppendInt(append(dst, '"'), int64(e.num), 10), '"'), nil
	}
	return append(strconv.AppendUint(append(dst, '"'), e.num, 10), '"'), nil
}

// merging puts the parts of a message together: they are counted, then added.
type merging struct {
	parts, size int // that are not empty
	only        []byte
	whole       []byte
}

func (m *merging) count(part []byte) {
	if len(part) > 0 {
		m.parts++
		m.size += len(part)
		m.only = part
	}
}

func (m *merging) add(part []byte) { m.whole = append(m.whole, part...) }

// merge makes room for the parts of a message.
func (d *decoder) merge(m *merging) error {
	if err := d.charge(m.size); err != nil {
		return err
	}
	m.whole = make([]byte, 0, m.size)
	return nil
}

// charge counts a message that was put together of parts against the limit, for as long
// as it lives.
func (d *decoder) charge(size int) error {
	if d.merged+size > d.mergeLimit {
		return jsontext.Malformed(0, "messages in parts, inside one another on too many levels,")
	}
	d.merged += size
	return nil
}
