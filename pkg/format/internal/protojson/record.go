package protojson

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// record is one field on the wire.
type record struct {
	f    *field
	num  protowire.Number
	wire protowire.Type
	v    uint64 // of a varint or fixed record
	b    []byte // of a bytes or group record, without length or end tag
	off  int    // where it stands in the message
}

// next reads the record at an offset into r, and returns its size with its tag. The
// field is nil where it is not to be shown.
func (t *finder) next(r *record, b []byte, off int, m *message) (n int, err error) {
	if n, err = r.read(b, off); err != nil {
		return 0, err
	}
	if m.messageSet {
		r.setItem()
	}
	if r.f = m.number(t, r.num); r.f != nil && r.wire != r.f.wire && !r.f.packedAs(r.wire) {
		r.f = nil
	}
	return n, nil
}

// read reads the record at an offset, of whatever message; n is its size with its tag.
func (r *record) read(b []byte, off int) (n int, err error) {
	if n = r.short(b[off:]); n > 0 {
		r.off = off
		return n, nil
	}
	num, wire, n := protowire.ConsumeTag(b[off:])
	if n < 0 {
		return 0, jsontext.Malformed(off, "broken tag")
	}
	r.num, r.wire, r.off = num, wire, off
	r.v, r.b = 0, nil
	size := r.consume(b[off+n:], num)
	if size < 0 {
		return 0, jsontext.Malformed(off, "broken or truncated field "+recordName(num, wire))
	}
	return n + size, nil
}

// short reads a record with a tag of one byte, and a varint or a length of one, as most
// have. 0 is any other.
func (r *record) short(b []byte) (n int) {
	if len(b) < 2 || b[0] < 1<<3 || (b[0]|b[1]) >= 0x80 {
		return 0
	}
	size := int(b[1])
	switch wire := protowire.Type(b[0] & 7); {
	case wire == protowire.VarintType:
		r.wire, r.v, r.b, n = wire, uint64(size), nil, 2
	case wire == protowire.BytesType && size <= len(b)-2:
		r.wire, r.v, r.b, n = wire, 0, b[2:2+size:2+size], 2+size
	default:
		return 0
	}
	r.num = protowire.Number(b[0] >> 3)
	return n
}

func recordName(num protowire.Number, wire protowire.Type) string {
	names := [...]string{"varint", "64-bit", "length-delimited", "group", "group end", "32-bit", "6", "7"}
	return strings.Join([]string{strconv.Itoa(int(num)), " (", names[wire&7], ")"}, "")
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
func (f *field) packedAs(wire protowire.Type) bool {
	return f.list && wire == protowire.BytesType && f.packable()
}

func (f *field) packable() bool {
	return f.wire != protowire.BytesType && f.wire != protowire.StartGroupType
}

// at reads the record at a place that has been looked at before.
func (t *finder) at(b []byte, place int32, m *message) (r record) {
	_, _ = t.next(&r, b, int(place), m)
	return r
}

// fieldRun is the records of one field: kept, or the places where they stand in b, or
// what follows in b up to another field.
type fieldRun struct {
	types   *finder
	b       []byte
	m       *message
	f       *field
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
