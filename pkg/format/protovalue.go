package format

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func itoa(n int) string { return strconv.Itoa(n) }

// value appends one value of a field.
func (d *protoDecoder) value(dst []byte, f *protoField, r record, depth int) ([]byte, error) {
	switch f.kind {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return d.message(dst, r.b, f.message(), depth+1)
	case protoreflect.StringKind:
		dst, valid := appendString(dst, r.b)
		if !valid {
			d.warn("field " + string(f.desc.FullName()) + ": invalid UTF-8 from the peer is shown as U+FFFD")
		}
		return dst, nil
	case protoreflect.BytesKind:
		return appendBytes(dst, r.b, d.o.Binary), nil
	case protoreflect.EnumKind:
		return d.enum(dst, f.values(), int32(r.v)), nil
	case protoreflect.BoolKind:
		return strconv.AppendBool(dst, r.v != 0), nil
	case protoreflect.FloatKind:
		return appendFloat(dst, float64(math.Float32frombits(uint32(r.v))), 32), nil
	case protoreflect.DoubleKind:
		return appendFloat(dst, math.Float64frombits(r.v), 64), nil
	}
	return d.integer(dst, f.kind, r.v), nil
}

func (d *protoDecoder) enum(dst []byte, e *protoEnum, n int32) []byte {
	if e.null {
		return append(dst, "null"...)
	}
	if name, ok := e.byNumber[n]; ok && !d.o.EnumNumbers {
		dst = append(append(dst, '"'), name...)
		return append(dst, '"')
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// integer appends an integer; those of 64 bits in quotes unless told otherwise,
// since many JSON readers keep 53 bits only.
func (d *protoDecoder) integer(dst []byte, k protoreflect.Kind, v uint64) []byte {
	bits, signed := integerKind(k)
	quoted := bits == 64 && d.o.Int64 != Int64Number
	if quoted {
		dst = append(dst, '"')
	}
	if v = normal(k, v); signed {
		dst = strconv.AppendInt(dst, int64(v), 10)
	} else {
		dst = strconv.AppendUint(dst, v, 10)
	}
	if quoted {
		dst = append(dst, '"')
	}
	return dst
}

// normal turns the wire form of an integer or bool into its value, negative
// ones sign-extended to 64 bits.
func normal(k protoreflect.Kind, v uint64) uint64 {
	switch k {
	case protoreflect.Int32Kind, protoreflect.Sfixed32Kind:
		return uint64(int64(int32(v)))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return uint64(uint32(v))
	case protoreflect.Sint32Kind:
		return uint64(int64(int32(protowire.DecodeZigZag(uint64(uint32(v))))))
	case protoreflect.Sint64Kind:
		return uint64(protowire.DecodeZigZag(v))
	case protoreflect.BoolKind:
		return protowire.EncodeBool(v != 0)
	}
	return v
}

// isZero reports whether a scalar is its type's default.
func (f *protoField) isZero(r record) bool {
	switch f.kind {
	case protoreflect.StringKind, protoreflect.BytesKind:
		return len(r.b) == 0
	case protoreflect.EnumKind:
		return int32(r.v) == 0
	}
	return normal(f.kind, r.v) == 0
}

// mapEntry is one entry of a map field.
type mapEntry struct {
	num uint64 // the key, normal, unless it is a string
	str []byte
	val record
}

// mapField appends a map as an object with its keys in order. Of entries with
// the same key the last one counts.
func (d *protoDecoder) mapField(dst []byte, f *protoField, from, to, depth int) ([]byte, error) {
	mark := len(d.entries)
	for i := from; i < to; i++ {
		e, err := f.entry(d.records[i].b)
		if err != nil {
			return nil, err
		}
		d.entries = append(d.entries, e)
	}
	signed := false
	if f.key.kind != protoreflect.StringKind && f.key.kind != protoreflect.BoolKind {
		_, signed = integerKind(f.key.kind)
	}
	slices.SortStableFunc(d.entries[mark:], func(a, b mapEntry) int { return a.compare(b, signed) })
	dst = append(dst, '{')
	end := len(d.entries)
	for i := mark; i < end; i++ {
		e := d.entries[i]
		if i+1 < end && e.compare(d.entries[i+1], signed) == 0 {
			continue
		}
		dst = append(d.mapKey(separate(dst), f.key, e, signed), ':')
		var err error
		if dst, err = d.value(dst, f.val, e.val, depth); err != nil {
			return nil, inField(err, "["+string(d.mapKey(nil, f.key, e, signed))+"]", 0)
		}
	}
	d.entries = d.entries[:mark]
	return append(dst, '}'), nil
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

// entry reads a map entry. A missing key or value is its type's default.
func (f *protoField) entry(b []byte) (e mapEntry, err error) {
	if f.val.kind == protoreflect.EnumKind {
		e.val.v = uint64(f.val.desc.Default().Enum()) // a closed enum may have no 0
	}
	for off := 0; off < len(b); {
		num, wire, n := protowire.ConsumeTag(b[off:])
		if n < 0 {
			return e, malformed(off, "broken tag in a map entry")
		}
		off += n
		r := record{wire: wire}
		if n = r.consume(b[off:], num); n < 0 {
			return e, malformed(off, "broken or truncated map entry")
		}
		off += n
		switch {
		case num == 1 && wire == f.key.wire:
			e.str, e.num = r.b, normal(f.key.kind, r.v)
		case num == 2 && wire == f.val.wire && f.val.isMessage() && e.val.b != nil:
			e.val.b = append(slices.Clip(e.val.b), r.b...)
		case num == 2 && wire == f.val.wire:
			e.val = r
		}
	}
	return e, nil
}

// mapKey appends a key, which in JSON is always a string.
func (d *protoDecoder) mapKey(dst []byte, f *protoField, e mapEntry, signed bool) []byte {
	switch {
	case f.kind == protoreflect.StringKind:
		dst, valid := appendString(dst, e.str)
		if !valid {
			d.warn("field " + string(f.desc.FullName()) + ": invalid UTF-8 from the peer is shown as U+FFFD")
		}
		return dst
	case f.kind == protoreflect.BoolKind:
		return append(strconv.AppendBool(append(dst, '"'), e.num != 0), '"')
	case signed:
		return append(strconv.AppendInt(append(dst, '"'), int64(e.num), 10), '"')
	}
	return append(strconv.AppendUint(append(dst, '"'), e.num, 10), '"')
}
