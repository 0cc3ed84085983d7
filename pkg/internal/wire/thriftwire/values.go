package thriftwire

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The smallest parts that values are made of. Each function looks at the
// beginning of b; its errors have offsets from there.

// binarySizes are the sizes of values that have but one.
var binarySizes = [UUID + 1]int{Bool: 1, I8: 1, Double: 8, I16: 2, I32: 4, I64: 8, UUID: 16}

// binaryLeast are the sizes of the smallest values of a type; zero for what is no
// type of elements.
var binaryLeast = [UUID + 1]int{
	Bool: 1, I8: 1, Double: 8, I16: 2, I32: 4, I64: 8, UUID: 16,
	String: 4, Struct: 1, Map: 6, Set: 5, List: 5,
}

var compactLeast = [CompactUUID + 1]int{
	CompactTrue: 1, CompactFalse: 1, CompactI8: 1, CompactI16: 1, CompactI32: 1, CompactI64: 1,
	CompactDouble: 8, CompactBinary: 1, CompactList: 1, CompactSet: 1, CompactMap: 1,
	CompactStruct: 1, CompactUUID: 16,
}

// Least is the size of the smallest value of a type, 0 where there is no such
// type.
func (p Protocol) Least(typ byte) int {
	table := binaryLeast[:]
	if p == Compact {
		table = compactLeast[:]
	}
	if int(typ) < len(table) {
		return table[typ]
	}
	return 0
}

func (p Protocol) isStruct(typ byte) bool {
	if p == Compact {
		return typ == CompactStruct
	}
	return typ == Struct || typ == Void
}

func (p Protocol) isContainer(typ byte) bool {
	if p == Compact {
		return typ >= CompactList && typ <= CompactMap
	}
	return typ >= Map && typ <= List
}

func unknownType(typ byte) *Error {
	return &Error{Reason: fmt.Sprintf("type code %d, which does not exist", typ)}
}

// field reads the header of a field: its type, Stop at the end of the struct, and
// its size. none is true for the bool of a compact field, which has no value.
func (p Protocol) field(b []byte) (typ byte, n int, none bool, err *Error) {
	if len(b) == 0 {
		return 0, 0, false, truncated(0, "a struct is cut short")
	}
	if b[0] == Stop {
		return Stop, 1, false, nil
	}
	typ, n = b[0], 3
	if p == Compact {
		if typ, n = b[0]&0x0f, 1; b[0]>>4 == 0 {
			if _, n, err = uvarint(b, 1); err != nil {
				return 0, 0, false, err
			}
		}
		none = typ == CompactTrue || typ == CompactFalse
	}
	if p.Least(typ) == 0 && !p.isStruct(typ) {
		return 0, 0, false, unknownType(typ)
	}
	if len(b) < n {
		return 0, 0, false, truncated(0, "a struct is cut short")
	}
	return typ, n, none, nil
}

// scalar is the size of a value that holds no others; it may be larger than b.
func (p Protocol) scalar(b []byte, typ byte) (int, *Error) {
	if p == Compact {
		return compactScalar(b, typ)
	}
	if typ != String {
		return binarySizes[typ], nil
	}
	if len(b) < 4 {
		return 0, truncated(0, "a value is cut short")
	}
	n := int32(binary.BigEndian.Uint32(b))
	if n < 0 || int64(n) > maxLength {
		return 0, &Error{Reason: fmt.Sprintf("a string has the length %d", n)}
	}
	return 4 + int(n), nil
}

func compactScalar(b []byte, typ byte) (int, *Error) {
	switch typ {
	case CompactTrue, CompactFalse, CompactI8:
		return 1, nil
	case CompactDouble:
		return 8, nil
	case CompactUUID:
		return 16, nil
	}
	v, n, err := uvarint(b, 0)
	if err != nil || typ != CompactBinary {
		return n, err
	}
	if v > math.MaxInt32 || int64(v) > maxLength {
		return 0, &Error{Reason: fmt.Sprintf("a string has the length %d", v)}
	}
	return n + int(v), nil
}

// Where an int has 32 bits, sums of lengths must stay below it: a string may take
// half of it, and a container's elements take at most 32 bytes each, a UUID as the
// key and one as the value. With 64 bits neither is a limit.
const (
	maxLength = math.MaxInt / 2
	maxCount  = math.MaxInt / 64
)

// container is the header of a map, set or list.
type container struct {
	key, elem byte // key is 0 but for maps
	values    int  // keys and elements together
	least     int  // bytes that they take at least
}

// container reads a header and its size.
func (p Protocol) container(b []byte, typ byte) (c container, n int, err *Error) {
	if p == Compact {
		return compactContainer(b, typ)
	}
	if n = 5; typ == Map {
		n = 6
	}
	if len(b) < n {
		return c, 0, truncated(0, "a container is cut short")
	}
	c.elem = b[n-5]
	if typ == Map {
		c.key = b[0]
	}
	count := int32(binary.BigEndian.Uint32(b[n-4:]))
	if count < 0 || int64(count) > maxCount {
		return c, 0, &Error{Offset: n - 4, Reason: fmt.Sprintf("a container has the size %d", count)}
	}
	err = c.fill(p, int(count), typ == Map)
	return c, n, err
}

func compactContainer(b []byte, typ byte) (c container, n int, err *Error) {
	if len(b) == 0 {
		return c, 0, truncated(0, "a container is cut short")
	}
	count, n, isMap := uint64(b[0]>>4), 1, typ == CompactMap
	c.elem = b[0] & 0x0f
	if isMap {
		count, n, err = uvarint(b, 0)
	} else if count == 15 {
		count, n, err = uvarint(b, 1)
	}
	switch {
	case err != nil:
		return c, 0, err
	case count > math.MaxInt32, int64(count) > maxCount:
		return c, 0, &Error{Reason: fmt.Sprintf("a container has the size %d", count)}
	case isMap && count == 0:
		return container{}, n, nil
	case isMap && len(b) <= n:
		return c, 0, truncated(0, "a container is cut short")
	case isMap:
		c.key, c.elem = b[n]>>4, b[n]&0x0f
		n++
	}
	err = c.fill(Compact, int(count), isMap)
	return c, n, err
}

// fill computes the sizes. The types of an empty container do not matter: some
// writers leave them 0.
func (c *container) fill(p Protocol, count int, isMap bool) *Error {
	if count == 0 {
		return nil
	}
	elem, key := p.Least(c.elem), p.Least(c.key)
	switch {
	case elem == 0:
		return unknownType(c.elem)
	case isMap && key == 0:
		return unknownType(c.key)
	}
	c.values, c.least = count, count*(elem+key)
	if isMap {
		c.values = 2 * count
	}
	return nil
}

// fixed is the size of every value of a type, 0 where they differ.
func (p Protocol) fixed(typ byte) int {
	switch {
	case p != Compact:
		return binarySizes[typ]
	case typ <= CompactI8:
		return 1
	case typ == CompactDouble:
		return 8
	case typ == CompactUUID:
		return 16
	}
	return 0
}
