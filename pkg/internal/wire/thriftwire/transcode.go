package thriftwire

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Transcode appends a struct in another protocol: from Binary to Compact, or the other way. All
// of it is carried, also what no IDL has; but of a Void, which Compact does not have, its field
// is left out. All errors are *Error; dst is then worthless. JSON does not tell text from bytes,
// so that it takes the IDL.
func Transcode(dst []byte, to, from Protocol, body []byte) ([]byte, error) {
	t := transcoder{in: walker{from, body, 0}, to: to, dst: dst}
	if err := t.fields(MaxDepth); err != nil {
		return dst, err
	}
	if n := len(body) - t.in.pos; n > 0 {
		return dst, &Error{Offset: t.in.pos, Reason: fmt.Sprintf("%d bytes behind the end of the struct", n)}
	}
	return t.dst, nil
}

// transcoder reads values with a walker and writes them.
type transcoder struct {
	in  walker
	to  Protocol
	dst []byte
}

func (t *transcoder) take(n int) ([]byte, *Error) {
	start := t.in.pos
	if err := t.in.advance(n); err != nil {
		return nil, err
	}
	return t.in.b[start:t.in.pos], nil
}

// varint reads one of Compact.
func (t *transcoder) varint() (uint64, *Error) {
	v, n := binary.Uvarint(t.in.b[t.in.pos:])
	switch {
	case n == 0:
		return 0, truncated(t.in.pos, "a varint without its end")
	case n < 0:
		return 0, &Error{Offset: t.in.pos, Reason: "a varint of more than 64 bits"}
	}
	t.in.pos += n
	return v, nil
}

func zigzag(v int64) uint64   { return uint64(v)<<1 ^ uint64(v>>63) }
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// header is that of a field. typ is that of the binary protocol; flag is the value of a bool
// that the header itself has, in Compact, else 0.
type header struct {
	typ, flag byte
	id        int16
}

// fields converts a struct.
func (t *transcoder) fields(depth int) *Error {
	if depth <= 0 {
		return tooDeep(t.in.pos)
	}
	last, wrote := int16(0), int16(0)
	for {
		h, err := t.field(last)
		if err != nil {
			return err
		}
		last = h.id
		switch {
		case h.typ == Stop:
			t.dst = append(t.dst, Stop)
			return nil
		case h.typ == Void && t.to == Compact: // nothing stands for it
			if err := t.in.value(Void, depth-1); err != nil {
				return err
			}
			continue
		}
		if err := t.member(h, wrote, depth); err != nil {
			return err
		}
		wrote = h.id
	}
}

// field reads a header.
func (t *transcoder) field(last int16) (h header, err *Error) {
	first, err := t.take(1)
	if err != nil || first[0] == Stop {
		return h, err
	}
	if t.in.p == Binary {
		id, err := t.take(2)
		if err != nil {
			return h, err
		}
		return header{typ: first[0], id: int16(binary.BigEndian.Uint16(id))}, nil
	}
	ctype, delta := first[0]&15, first[0]>>4
	h.id = last + int16(delta)
	if delta == 0 {
		v, err := t.varint()
		if err != nil {
			return h, err
		}
		h.id = int16(unzigzag(v))
	}
	if h.typ = TypeOfCompact(ctype); h.typ == Bool {
		h.flag = ctype
	}
	if h.typ == 0 {
		return h, &Error{Offset: t.in.pos, Reason: fmt.Sprintf("a field of type %d, which there is not", ctype)}
	}
	return h, nil
}

// member writes a field: its header, and its value.
func (t *transcoder) member(h header, last int16, depth int) *Error {
	if t.to == Binary {
		t.dst = binary.BigEndian.AppendUint16(append(t.dst, h.typ), uint16(h.id))
		if h.typ == Bool {
			t.dst = append(t.dst, CompactFalse-h.flag) // true is 1 in both
			return nil
		}
		return t.value(h.typ, depth-1)
	}
	ctype := CompactType(h.typ)
	if h.typ == Bool {
		b, err := t.take(1)
		if err != nil {
			return err
		}
		if ctype = CompactFalse; b[0] != 0 {
			ctype = CompactTrue
		}
	}
	if ctype == 0 {
		return &Error{Offset: t.in.pos, Reason: fmt.Sprintf("a field of type %d, which there is not", h.typ)}
	}
	if delta := int32(h.id) - int32(last); delta > 0 && delta <= 15 {
		t.dst = append(t.dst, byte(delta)<<4|ctype)
	} else {
		t.dst = binary.AppendUvarint(append(t.dst, ctype), zigzag(int64(h.id)))
	}
	if h.typ == Bool {
		return nil
	}
	return t.value(h.typ, depth-1)
}

// value converts an element, or the value of a field that is no bool. depth is how many levels
// it may nest.
func (t *transcoder) value(typ byte, depth int) *Error {
	switch typ {
	case Struct, Void:
		return t.fields(depth)
	case Map, Set, List:
		if depth <= 0 {
			return tooDeep(t.in.pos)
		}
		if typ == Map {
			return t.pairs(depth)
		}
		return t.elements(depth)
	case Bool:
		b, err := t.take(1)
		if err != nil {
			return err
		}
		switch {
		case b[0] == 1:
			t.dst = append(t.dst, 1)
		case t.to == Compact:
			t.dst = append(t.dst, CompactFalse)
		default:
			t.dst = append(t.dst, 0)
		}
		return nil
	case I8, UUID:
		return t.copied(map[byte]int{I8: 1, UUID: 16}[typ])
	case Double:
		b, err := t.take(8)
		if err != nil {
			return err
		}
		t.dst = append(t.dst, b...)
		slices.Reverse(t.dst[len(t.dst)-8:]) // Compact has the least byte first
		return nil
	case String:
		return t.text()
	}
	return t.integer(typ)
}

// copied takes n bytes as they are.
func (t *transcoder) copied(n int) *Error {
	b, err := t.take(n)
	t.dst = append(t.dst, b...)
	return err
}

// size reads the length of a text, or the number of elements that take least bytes each.
func (t *transcoder) size(least int) (int, *Error) {
	var n uint64
	if t.in.p == Binary {
		b, err := t.take(4)
		if err != nil {
			return 0, err
		}
		n = uint64(binary.BigEndian.Uint32(b))
	} else {
		var err *Error
		if n, err = t.varint(); err != nil {
			return 0, err
		}
	}
	return t.fits(n, least)
}

// fits compares a count with what remains.
func (t *transcoder) fits(n uint64, least int) (int, *Error) {
	if left := len(t.in.b) - t.in.pos; n > uint64(left/max(least, 1)) {
		return 0, truncated(t.in.pos, fmt.Sprintf("a count of %d, but only %d bytes follow", n, left))
	}
	return int(n), nil
}

func (t *transcoder) putSize(n int) {
	if t.to == Binary {
		t.dst = binary.BigEndian.AppendUint32(t.dst, uint32(n))
	} else {
		t.dst = binary.AppendUvarint(t.dst, uint64(n))
	}
}

func (t *transcoder) text() *Error {
	n, err := t.size(1)
	if err != nil {
		return err
	}
	t.putSize(n)
	return t.copied(n)
}

// integer converts one of two bytes or more.
func (t *transcoder) integer(typ byte) *Error {
	width := map[byte]int{I16: 2, I32: 4, I64: 8}[typ]
	if width == 0 {
		return &Error{Offset: t.in.pos, Reason: fmt.Sprintf("a value of type %d, which there is not", typ)}
	}
	if t.in.p == Compact {
		v, err := t.varint()
		if err != nil {
			return err
		}
		var all [8]byte
		binary.BigEndian.PutUint64(all[:], uint64(unzigzag(v)))
		t.dst = append(t.dst, all[8-width:]...)
		return nil
	}
	b, err := t.take(width)
	if err != nil {
		return err
	}
	v := int64(int8(b[0]))
	for _, c := range b[1:] {
		v = v<<8 | int64(c)
	}
	t.dst = binary.AppendUvarint(t.dst, zigzag(v))
	return nil
}

// elementType reads that of a container; types of elements that are no types have size 0.
func (t *transcoder) elementType(code byte) byte {
	if t.in.p == Binary {
		return code
	}
	return TypeOfCompact(code)
}

// least is the size of the smallest element.
func (t *transcoder) least(typ byte) int {
	if t.in.p == Binary {
		return Binary.Least(typ)
	}
	return Compact.Least(CompactType(typ))
}

// elements converts a list or a set.
func (t *transcoder) elements(depth int) *Error {
	b, err := t.take(1)
	if err != nil {
		return err
	}
	var typ byte
	var n int
	if t.in.p == Binary {
		typ = b[0]
		n, err = t.size(t.least(typ))
	} else if typ = t.elementType(b[0] & 15); b[0]>>4 == 15 {
		n, err = t.size(t.least(typ))
	} else {
		n, err = t.fits(uint64(b[0]>>4), t.least(typ))
	}
	if err != nil {
		return err
	}
	switch code := CompactType(typ); {
	case t.to == Binary:
		t.dst = append(t.dst, typ)
		t.putSize(n)
	case n < 15:
		t.dst = append(t.dst, byte(n)<<4|code)
	default:
		t.dst = append(t.dst, 15<<4|code)
		t.putSize(n)
	}
	for range n {
		if err := t.value(typ, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// pairs converts a map. An empty one of Compact has no types.
func (t *transcoder) pairs(depth int) *Error {
	key, value, n, err := t.mapHeader()
	if err != nil {
		return err
	}
	if t.to == Binary {
		t.dst = append(t.dst, key, value)
		t.putSize(n)
	} else if t.putSize(n); n > 0 {
		t.dst = append(t.dst, CompactType(key)<<4|CompactType(value))
	}
	for range n {
		if err := t.value(key, depth-1); err != nil {
			return err
		}
		if err := t.value(value, depth-1); err != nil {
			return err
		}
	}
	return nil
}

func (t *transcoder) mapHeader() (key, value byte, n int, err *Error) {
	if t.in.p == Binary {
		b, err := t.take(2)
		if err != nil {
			return 0, 0, 0, err
		}
		n, err = t.size(t.least(b[0]) + t.least(b[1]))
		return b[0], b[1], n, err
	}
	if n, err = t.size(1); err != nil || n == 0 {
		return String, String, 0, err // any will do
	}
	b, err := t.take(1)
	if err != nil {
		return 0, 0, 0, err
	}
	return TypeOfCompact(b[0] >> 4), TypeOfCompact(b[0] & 15), n, nil
}
