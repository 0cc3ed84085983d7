package thriftjson

import (
	"encoding/hex"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// bitsOf is the size of an integer kind.
func bitsOf(k thrift.Kind) int {
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
func (e *encoder) number(t *valueType) (int64, error) {
	off := e.p.Pos
	if n, ok := e.p.ShortInteger(); ok && n>>(t.bits-1) == n>>63 {
		return n, nil
	}
	e.p.Pos = off
	return e.p.SignedNumber(t.bits, t.kind, "an integer")
}

// enum reads a value by name or by number. A number needs no name: enums may have
// been extended since.
func (e *encoder) enum(t *jsontext.Enum) (int32, error) {
	c := e.p.Peek()
	off := e.p.Pos
	if c == '"' {
		name, err := e.p.Text()
		if err != nil {
			return 0, err
		}
		return t.Number(name, off)
	}
	if c != '-' && (c < '0' || c > '9') {
		return 0, e.p.Unexpected("a name or number of enum " + t.FullName)
	}
	if n, ok := e.p.ShortInteger(); ok && int64(int32(n)) == n {
		return int32(n), nil
	}
	e.p.Pos = off
	text, err := e.p.Number()
	if err != nil {
		return 0, err
	}
	n, err := e.p.Signed(text, off, 32, thrift.KindI32)
	return int32(n), err
}

// binary appends the bytes of a base64 string.
func (e *encoder) binary(dst []byte) ([]byte, error) {
	b, err := e.p.Base64(e.raw[:0])
	e.raw = b[:0]
	return e.bytes(dst, b), err
}

// uuid appends the 16 bytes of a UUID in hexadecimal, with or without hyphens.
func (e *encoder) uuid(dst []byte) ([]byte, error) {
	text, off, err := e.p.TextAt()
	if err != nil {
		return nil, err
	}
	id, ok := parseUUID(text)
	if !ok {
		return nil, e.p.Fail(off, "%q is not a UUID, as 00112233-4455-6677-8899-aabbccddeeff is", jsontext.Clip(text))
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
	for len(id) > 6 {
		n := 2
		if len(id) == 16 {
			n = 4
		}
		dst = append(hex.AppendEncode(dst, id[:n]), '-')
		id = id[n:]
	}
	return append(hex.AppendEncode(dst, id), '"')
}
