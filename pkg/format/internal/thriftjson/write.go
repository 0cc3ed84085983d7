package thriftjson

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// writer appends the primitives of a protocol.
type writer struct{ proto stream.Protocol }

// beginStruct and endStruct stand around the fields of a struct.
func (w writer) beginStruct(dst []byte) []byte {
	if w.proto == stream.JSON {
		return append(dst, '{')
	}
	return dst
}

func (w writer) endStruct(dst []byte) []byte {
	if w.proto == stream.JSON {
		return append(dst, '}')
	}
	return append(dst, thriftwire.Stop)
}

// beginField appends what stands before a value. last is the id of the field
// before, for compact, and kept by it; there a bool has its value in ctype.
func (w writer) beginField(dst []byte, kind thrift.Kind, id int16, last *int16) []byte {
	switch w.proto {
	case stream.Binary:
		return append(dst, byte(kind), byte(uint16(id)>>8), byte(id))
	case stream.Compact:
		return appendCompactField(dst, thriftwire.CompactType(byte(kind)), id, last)
	}
	dst = append(jsontext.Separate(dst), '"')
	dst = strconv.AppendInt(dst, int64(id), 10)
	dst = append(append(dst, `":{"`...), thriftwire.JSONType(byte(kind))...)
	return append(dst, `":`...)
}

func appendCompactField(dst []byte, ctype byte, id int16, last *int16) []byte {
	delta := int32(id) - int32(*last)
	*last = id
	if delta >= 1 && delta <= 15 {
		return append(dst, byte(delta)<<4|ctype)
	}
	return binary.AppendUvarint(append(dst, ctype), zigzag(int64(id)))
}

func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func (w writer) endField(dst []byte) []byte {
	if w.proto == stream.JSON {
		return append(dst, '}')
	}
	return dst
}

func (w writer) boolean(dst []byte, v bool) []byte {
	switch {
	case w.proto == stream.Compact && !v:
		return append(dst, thriftwire.CompactFalse)
	case w.proto == stream.Binary && !v:
		return append(dst, 0)
	case w.proto == stream.JSON && v:
		return append(dst, '1')
	case w.proto == stream.JSON:
		return append(dst, '0')
	}
	return append(dst, 1)
}

// integer appends an integer that fits the kind.
func (w writer) integer(dst []byte, kind thrift.Kind, v int64) []byte {
	switch w.proto {
	case stream.Binary:
		switch kind {
		case thrift.KindI8:
			return append(dst, byte(v))
		case thrift.KindI16:
			return binary.BigEndian.AppendUint16(dst, uint16(v))
		case thrift.KindI32:
			return binary.BigEndian.AppendUint32(dst, uint32(v))
		}
		return binary.BigEndian.AppendUint64(dst, uint64(v))
	case stream.Compact:
		if kind == thrift.KindI8 {
			return append(dst, byte(v))
		}
		return binary.AppendUvarint(dst, zigzag(v))
	}
	return strconv.AppendInt(dst, v, 10)
}

func (w writer) double(dst []byte, v float64) []byte {
	switch w.proto {
	case stream.Binary:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
	case stream.Compact: // the one little-endian value of Thrift
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	return jsontext.AppendFloat(dst, v, 64)
}

// text appends a string.
func (w writer) text(dst, s []byte) []byte {
	switch w.proto {
	case stream.Binary:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(s)))
	case stream.Compact:
		dst = binary.AppendUvarint(dst, uint64(len(s)))
	default:
		dst, _ = jsontext.AppendString(dst, s) // JSON input is valid UTF-8
		return dst
	}
	return append(dst, s...)
}

// bytes appends a binary value.
func (w writer) bytes(dst, b []byte) []byte {
	if w.proto == stream.JSON {
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
	}
	return w.text(dst, b)
}

// uuidBytes appends a UUID: its 16 bytes, or its text in JSON.
func (w writer) uuidBytes(dst []byte, id [16]byte) []byte {
	if w.proto == stream.JSON {
		return appendUUID(dst, id[:])
	}
	return append(dst, id[:]...)
}

// beginList reserves the header of a list or set of unknown size; endList fills
// it in. The compact and JSON forms have lengths of different sizes, so that what
// follows may move.
func (w writer) beginList(dst []byte, elem thrift.Kind) ([]byte, int) {
	mark := len(dst)
	switch w.proto {
	case stream.Binary:
		return append(dst, byte(elem), 0, 0, 0, 0), mark
	case stream.Compact:
		return append(dst, thriftwire.CompactType(byte(elem))), mark
	}
	dst = append(append(append(dst, `["`...), thriftwire.JSONType(byte(elem))...), `",`...)
	return dst, len(dst)
}

func (w writer) endList(dst []byte, mark, n int) []byte {
	switch w.proto {
	case stream.Binary:
		binary.BigEndian.PutUint32(dst[mark+1:], uint32(n))
		return dst
	case stream.Compact:
		if n < 15 {
			dst[mark] |= byte(n) << 4
			return dst
		}
		var size [binary.MaxVarintLen32]byte
		dst[mark] |= 0xf0
		return jsontext.Insert(dst, mark+1, binary.AppendUvarint(size[:0], uint64(n)))
	}
	return append(insertCount(dst, mark, n), ']')
}

// beginMap and endMap are for maps what beginList and endList are for lists.
func (w writer) beginMap(dst []byte, key, elem thrift.Kind) ([]byte, int) {
	mark := len(dst)
	switch w.proto {
	case stream.Binary:
		return append(dst, byte(key), byte(elem), 0, 0, 0, 0), mark
	case stream.Compact:
		return append(dst, 0, thriftwire.CompactType(byte(key))<<4|thriftwire.CompactType(byte(elem))), mark
	}
	dst = append(append(dst, `["`...), thriftwire.JSONType(byte(key))...)
	dst = append(append(dst, `","`...), thriftwire.JSONType(byte(elem))...)
	dst = append(dst, `",`...)
	return append(dst, ",{"...), len(dst)
}

func (w writer) endMap(dst []byte, mark, n int) []byte {
	switch w.proto {
	case stream.Binary:
		binary.BigEndian.PutUint32(dst[mark+2:], uint32(n))
		return dst
	case stream.Compact:
		if n == 0 {
			return dst[:mark+1] // an empty map has no types
		}
		var size [binary.MaxVarintLen32]byte
		long := binary.AppendUvarint(size[:0], uint64(n))
		dst[mark] = long[0]
		return jsontext.Insert(dst, mark+1, long[1:])
	}
	return append(insertCount(dst, mark, n), '}', ']')
}

// insertCount inserts the number of elements where a JSON list or map has it:
// before the comma of the first, which is there already.
func insertCount(dst []byte, mark, n int) []byte {
	var count [20]byte
	return jsontext.Insert(dst, mark, strconv.AppendInt(count[:0], int64(n), 10))
}

// beginElement stands before each element of a list.
func (w writer) beginElement(dst []byte) []byte {
	if w.proto == stream.JSON {
		return append(dst, ',')
	}
	return dst
}

// beginKey and endKey stand around each key of a map, beginValue before its value.
// Keys that are no strings stand in quotes in JSON, save structs and containers,
// which Apache writes as they are.
func (w writer) beginKey(dst []byte) []byte {
	if w.proto == stream.JSON {
		return jsontext.Separate(dst)
	}
	return dst
}

func (w writer) endKey(dst []byte, key *valueType, from int) []byte {
	if w.proto != stream.JSON {
		return dst
	}
	switch key.kind {
	case thrift.KindStruct, thrift.KindMap, thrift.KindSet, thrift.KindList:
		return dst
	}
	return jsontext.QuoteFrom(dst, from)
}

func (w writer) beginValue(dst []byte) []byte {
	if w.proto == stream.JSON {
		return append(dst, ':')
	}
	return dst
}
