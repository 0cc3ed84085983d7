package format

import (
	"encoding/hex"
	"fmt"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// thriftBits is the size of an integer kind.
func thriftBits(k thrift.Kind) int {
	switch k {
	case thrift.KindI8:
		return 8
	case thrift.KindI16:
		return 16
	case thrift.KindI64:
		return 64
	}
	return 32
}

// number reads an integer of a type: a number without a fraction, or one in
// quotes.
func (e *thriftEncoder) number(t *thriftType) (int64, error) {
	c := e.p.peek()
	start := e.p.pos
	if n, ok := e.p.shortInteger(); ok {
		if bits := thriftBits(t.kind); bits < 64 && n>>(bits-1) != n>>63 {
			return 0, e.outOfRange(t.kind, e.p.src[start:e.p.pos], start)
		}
		return n, nil
	}
	if c != '"' && c != '-' && (c < '0' || c > '9') {
		return 0, e.p.unexpected("an integer")
	}
	text, off, err := e.p.numberOrString()
	if err != nil {
		return 0, err
	}
	return e.integerText(t.kind, text, off)
}

func (e *thriftEncoder) outOfRange(k thrift.Kind, text []byte, off int) error {
	bits := thriftBits(k)
	return e.p.fail(off, "%s is out of range for %s (%d to %d)", clip(text), k, int64(-1)<<(bits-1), int64(^(uint64(1)<<63)>>(64-bits)))
}

// integerText is the value of a decimal number, checked against its kind.
func (e *thriftEncoder) integerText(k thrift.Kind, text []byte, off int) (int64, error) {
	n, whole, fits := parseInteger(text)
	if !whole {
		return 0, e.p.fail(off, "%s is not an integer, as %s needs", clip(text), k)
	}
	if v, ok := n.signed(thriftBits(k)); ok && fits {
		return v, nil
	}
	return 0, e.outOfRange(k, text, off)
}

// enum reads a value by name or by number. A number needs no name: enums may have
// been extended since.
func (e *thriftEncoder) enum(t *thriftEnum) (int32, error) {
	c := e.p.peek()
	off := e.p.pos
	if c == '"' {
		name, err := e.p.str()
		if err != nil {
			return 0, err
		}
		return e.enumText(t, name, off)
	}
	if c != '-' && (c < '0' || c > '9') {
		return 0, e.p.unexpected("a name or number of enum " + t.desc.FullName)
	}
	text, err := e.p.number()
	if err != nil {
		return 0, err
	}
	n, err := e.integerText(thrift.KindI32, text, off)
	return int32(n), err
}

func (e *thriftEncoder) enumText(t *thriftEnum, name []byte, off int) (int32, error) {
	if n, ok := t.byName[string(name)]; ok {
		return n, nil
	}
	names := make([]string, len(t.desc.Values))
	for i, v := range t.desc.Values {
		names[i] = v.Name
	}
	return 0, &ValueError{
		Offset:  off,
		Message: fmt.Sprintf("unknown value %q of enum %s", clip(name), t.desc.FullName),
		Nearest: nearestValues(string(name), names),
	}
}

// binary appends the bytes of a base64 string.
func (e *thriftEncoder) binary(dst []byte) ([]byte, error) {
	b, err := e.p.base64(e.raw[:0])
	e.raw = b[:0]
	return e.bytes(dst, b), err
}

// uuid appends the 16 bytes of a UUID in hexadecimal, with or without hyphens.
func (e *thriftEncoder) uuid(dst []byte) ([]byte, error) {
	e.p.peek()
	off := e.p.pos
	text, err := e.p.str()
	if err != nil {
		return nil, err
	}
	id, ok := parseUUID(text)
	if !ok {
		return nil, e.p.fail(off, "%q is not a UUID, as 00112233-4455-6677-8899-aabbccddeeff is", clip(text))
	}
	return e.uuidBytes(dst, id), nil
}

// parseUUID reads 32 hexadecimal digits, with hyphens in the usual places or none.
func parseUUID(text []byte) (id [16]byte, ok bool) {
	if len(text) == 36 {
		if text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
			return id, false
		}
		plain := make([]byte, 0, 32)
		for _, part := range [][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}} {
			plain = append(plain, text[part[0]:part[1]]...)
		}
		text = plain
	}
	if len(text) != 32 {
		return id, false
	}
	_, err := hex.Decode(id[:], text)
	return id, err == nil
}

// appendUUID appends a UUID in quotes.
func appendUUID(dst []byte, id []byte) []byte {
	dst = append(dst, '"')
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return append(dst, '"')
}
