package thriftjson

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// reader takes the primitives of a protocol from memory. The first mistake
// stays in err; from then on every value is zero, so that callers ask once after
// each value, not within.
type reader struct {
	proto stream.Protocol
	b     []byte
	pos   int
	err   error
	// flag is the bool that the header of a compact field held: thriftwire.CompactTrue,
	// thriftwire.CompactFalse, or 0 where the value stands by itself.
	flag byte
	p    jsontext.Parser // of JSON, instead of b and pos
}

// fieldReader is the state of one struct on its way in.
type fieldReader struct {
	last  int16 // id of the field before, for compact
	begun bool  // JSON: a field has been read
}

func (r *reader) reset(body []byte) {
	r.b, r.pos, r.err, r.flag = body, 0, nil, 0
	r.p.Src, r.p.Pos = body, 0
}

// offset is where the reader stands in the body.
func (r *reader) offset() int {
	if r.proto == stream.JSON {
		return r.p.Pos
	}
	return r.pos
}

func (r *reader) failf(format string, args ...any) {
	if r.err == nil {
		r.err = jsontext.Malformed(r.offset(), fmt.Sprintf(format, args...))
	}
}

// take returns the next n bytes, which nothing may be longer than what is there.
func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b)-r.pos {
		r.truncated(n)
		return nil
	}
	b := r.b[r.pos : r.pos+n]
	r.pos += n
	return b
}

func (r *reader) truncated(n int) {
	r.failf("the message ends inside a value: %d wanted, %d left", n, len(r.b)-r.pos)
	r.pos = len(r.b)
}

func (r *reader) byte() byte {
	if r.pos >= len(r.b) {
		r.truncated(1)
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

func (r *reader) varint() uint64 {
	v, n := binary.Uvarint(r.b[r.pos:])
	if n <= 0 {
		if n == 0 {
			r.truncated(1)
		} else {
			r.failf("a varint of more than 64 bits")
		}
		return 0
	}
	r.pos += n
	return v
}

func (r *reader) zigzag() int64 {
	v := r.varint()
	return int64(v>>1) ^ -int64(v&1)
}

func (r *reader) beginStruct() {
	if r.proto == stream.JSON {
		r.jsonOpen('{', "to open a struct")
	}
}

// field reads the header of a field; ok is false at the end of the struct.
func (r *reader) field(s *fieldReader) (kind thrift.Kind, id int16, ok bool) {
	switch r.proto {
	case stream.Compact:
		return r.compactField(s)
	case stream.JSON:
		return r.jsonField(s)
	}
	if len(r.b)-r.pos >= 3 && r.b[r.pos] != 0 {
		kind, id = thrift.Kind(r.b[r.pos]), int16(binary.BigEndian.Uint16(r.b[r.pos+1:]))
		r.pos += 3
		return kind, id, true
	}
	if r.byte() != 0 {
		r.truncated(2)
	}
	return 0, 0, false
}

func (r *reader) compactField(s *fieldReader) (kind thrift.Kind, id int16, ok bool) {
	c := r.byte()
	if c == 0 {
		return 0, 0, false
	}
	if delta := c >> 4; delta != 0 {
		s.last += int16(delta)
	} else {
		n := r.zigzag()
		if n < math.MinInt16 || n > math.MaxInt16 {
			r.failf("field id %d is out of range", n)
		}
		s.last = int16(n)
	}
	if c &= 15; c == thriftwire.CompactTrue || c == thriftwire.CompactFalse {
		r.flag = c
	}
	return r.compactKind(c), s.last, r.err == nil
}

// compactKind is the kind of a type code of the compact protocol.
func (r *reader) compactKind(c byte) thrift.Kind {
	if kind := thriftwire.TypeOfCompact(c); kind != 0 {
		return thrift.Kind(kind)
	}
	r.failf("compact type code %d, which there is not", c)
	return 0
}

func (r *reader) endField() {
	if r.proto == stream.JSON {
		r.jsonClose('}', "to close a field")
	}
}

func (r *reader) boolean() bool {
	var c byte
	switch {
	case r.flag != 0:
		c, r.flag = r.flag, 0
	case r.proto == stream.JSON:
		return r.jsonInteger(thrift.KindBool) == 1
	default:
		c = r.byte()
	}
	if r.proto == stream.Compact && c == thriftwire.CompactFalse {
		c = 0
	}
	if c > 1 {
		r.failf("byte 0x%02x in place of a bool", c)
	}
	return c == 1
}

func (r *reader) integer(kind thrift.Kind) int64 {
	if r.proto == stream.Binary {
		switch kind {
		case thrift.KindI32:
			if b := r.take(4); b != nil {
				return int64(int32(binary.BigEndian.Uint32(b)))
			}
		case thrift.KindI64:
			if b := r.take(8); b != nil {
				return int64(binary.BigEndian.Uint64(b))
			}
		case thrift.KindI16:
			if b := r.take(2); b != nil {
				return int64(int16(binary.BigEndian.Uint16(b)))
			}
		default:
			return int64(int8(r.byte()))
		}
		return 0
	}
	if r.proto == stream.JSON {
		return r.jsonInteger(kind)
	}
	if kind == thrift.KindI8 {
		return int64(int8(r.byte()))
	}
	v := r.zigzag()
	if bits := bitsOf(kind); bits < 64 && v>>(bits-1) != v>>63 {
		r.failf("%d does not fit in %s", v, kind)
	}
	return v
}

func (r *reader) double() float64 {
	if r.proto == stream.JSON {
		return r.jsonDouble()
	}
	b := r.take(8)
	switch {
	case b == nil:
		return 0
	case r.proto == stream.Compact:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b))
}

// text returns a string; it aliases the body, or for JSON what the parser holds.
func (r *reader) text() []byte {
	switch r.proto {
	case stream.Binary:
		b := r.take(4)
		if b == nil {
			return nil
		}
		n := int32(binary.BigEndian.Uint32(b))
		if n < 0 {
			r.failf("a string of negative length %d", n)
			return nil
		}
		return r.take(int(n))
	case stream.Compact:
		return r.take(r.size("string"))
	}
	return r.jsonText()
}

// bytes returns a binary value.
func (r *reader) bytes() []byte {
	if r.proto == stream.JSON {
		return r.jsonBytes()
	}
	return r.text()
}

func (r *reader) uuid() []byte {
	if r.proto == stream.JSON {
		id, ok := parseUUID(r.jsonText())
		if !ok {
			r.failf("not a UUID")
		}
		return id[:]
	}
	return r.take(16)
}

// size reads a length of the compact protocol.
func (r *reader) size(what string) int {
	n := r.varint()
	if n > math.MaxInt32 {
		r.failf("a %s of length %d", what, n)
		return 0
	}
	return int(n)
}

// list reads the header of a list or set.
func (r *reader) list() (elem thrift.Kind, n int) {
	switch r.proto {
	case stream.JSON:
		return r.jsonList()
	case stream.Compact:
		c := r.byte()
		if n = int(c >> 4); n == 15 {
			n = r.size("list")
		}
		if c&15 != 0 || n > 0 {
			elem = r.compactKind(c & 15)
		}
	default:
		b := r.take(5)
		if b == nil {
			return 0, 0
		}
		elem, n = thrift.Kind(b[0]), int(int32(binary.BigEndian.Uint32(b[1:])))
	}
	return elem, r.count("list", n, r.least(elem))
}

// mapping reads the header of a map.
func (r *reader) mapping() (key, elem thrift.Kind, n int) {
	switch r.proto {
	case stream.JSON:
		return r.jsonMap()
	case stream.Compact:
		if n = r.size("map"); n > 0 {
			c := r.byte()
			key, elem = r.compactKind(c>>4), r.compactKind(c&15)
		}
	default:
		b := r.take(6)
		if b == nil {
			return 0, 0, 0
		}
		key, elem, n = thrift.Kind(b[0]), thrift.Kind(b[1]), int(int32(binary.BigEndian.Uint32(b[2:])))
	}
	return key, elem, r.count("map", n, r.least(key)+r.least(elem))
}

// count checks a number of elements against what they take at least, so that
// nothing is done in vain for a length that cannot be true.
func (r *reader) count(what string, n, least int) int {
	switch left := len(r.b) - r.pos; {
	case r.err != nil:
		return 0
	case n < 0:
		r.failf("a %s of negative length %d", what, n)
	case n > left/max(least, 1):
		r.failf("a %s of %d elements, but only %d bytes are left", what, n, left)
	default:
		return n
	}
	return 0
}

// least is the smallest number of bytes that a value of a kind takes.
func (r *reader) least(kind thrift.Kind) int {
	if r.proto == stream.Compact {
		return thriftwire.Compact.Least(thriftwire.CompactType(byte(kind)))
	}
	return thriftwire.Binary.Least(byte(kind))
}

// skip steps over a value of a kind.
func (r *reader) skip(kind thrift.Kind) {
	var n int
	var err error
	switch {
	case r.proto == stream.JSON:
		r.jsonDo(r.p.Skip(0))
		return
	case r.flag != 0:
		r.flag = 0
		return
	case r.proto == stream.Compact:
		n, err = thriftwire.SkipCompact(r.b[r.pos:], thriftwire.CompactType(byte(kind)), thriftwire.MaxDepth)
	default:
		n, err = thriftwire.SkipBinary(r.b[r.pos:], byte(kind), thriftwire.MaxDepth)
	}
	if err != nil {
		r.failf("unknown field: %v", err)
		return
	}
	r.pos += n
}

// rest is the number of bytes behind the value.
func (r *reader) rest() int {
	if r.proto == stream.JSON {
		r.p.Peek()
		return len(r.p.Src) - r.p.Pos
	}
	return len(r.b) - r.pos
}
