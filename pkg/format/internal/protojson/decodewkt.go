package protojson

import (
	"math"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// wellKnown appends a message whose JSON is not an object of its fields. A value
// that has no such form, as a timestamp in the year 12000, is written as an
// ordinary message instead of being lost.
func (d *decoder) wellKnown(dst, b []byte, m *message, depth int) ([]byte, error) {
	switch m.wkt {
	case wktAny:
		return d.any(dst, b, depth)
	case wktTimestamp, wktDuration:
		seconds, nanos, err := secondsNanos(b)
		if err != nil {
			return nil, err
		}
		appendTime := appendTimestamp
		if m.wkt == wktDuration {
			appendTime = appendDuration
		}
		if out, ok := appendTime(dst, seconds, nanos); ok {
			return out, nil
		}
	case wktFieldMask:
		if out, ok, err := appendFieldMask(dst, b); ok || err != nil {
			return out, err
		}
	case wktStruct:
		return d.structValue(dst, b, m, depth)
	case wktValue:
		return d.dynamicValue(dst, b, m, depth)
	case wktList:
		return d.listValue(dst, b, m, depth)
	case wktWrapper:
		return d.wrapper(dst, b, &m.fields[0])
	case missing:
		return nil, m.mistake
	}
	d.warn("a " + string(m.desc.FullName()) + " from the peer is out of its range: shown as a plain message")
	return d.object(dst, b, m, depth)
}

// each calls visit for every record of a message.
func each(b []byte, visit func(num protowire.Number, r record) error) error {
	var r record
	for off := 0; off < len(b); {
		n, err := r.read(b, off)
		if err != nil {
			return err
		}
		off += n
		if err := visit(r.num, r); err != nil {
			return err
		}
	}
	return nil
}

func secondsNanos(b []byte) (seconds int64, nanos int32, err error) {
	err = each(b, func(num protowire.Number, r record) error {
		switch {
		case num == 1 && r.wire == protowire.VarintType:
			seconds = int64(r.v)
		case num == 2 && r.wire == protowire.VarintType:
			nanos = int32(r.v)
		}
		return nil
	})
	return seconds, nanos, err
}

func appendTimestamp(dst []byte, seconds int64, nanos int32) ([]byte, bool) {
	if seconds < minTimestamp || seconds > maxTimestamp || nanos < 0 || nanos > 999999999 {
		return dst, false
	}
	dst = time.Unix(seconds, 0).UTC().AppendFormat(append(dst, '"'), "2006-01-02T15:04:05")
	return append(appendNanos(dst, nanos), 'Z', '"'), true
}

func appendDuration(dst []byte, seconds int64, nanos int32) ([]byte, bool) {
	if seconds < -maxDuration || seconds > maxDuration || nanos <= -1e9 || nanos >= 1e9 ||
		seconds > 0 && nanos < 0 || seconds < 0 && nanos > 0 {
		return dst, false
	}
	dst = append(dst, '"')
	if seconds < 0 || nanos < 0 {
		dst, seconds, nanos = append(dst, '-'), -seconds, -nanos
	}
	dst = strconv.AppendInt(dst, seconds, 10)
	return append(appendNanos(dst, nanos), 's', '"'), true
}

// appendNanos appends a fraction of 0, 3, 6 or 9 digits.
func appendNanos(dst []byte, nanos int32) []byte {
	if nanos == 0 {
		return dst
	}
	text := strconv.Itoa(1e9 + int(nanos))[1:]
	for strings.HasSuffix(text, "000") {
		text = text[:len(text)-3]
	}
	return append(append(dst, '.'), text...)
}

// appendFieldMask appends the paths in lowerCamelCase. ok is false where a path
// would not read back as itself.
func appendFieldMask(dst, b []byte) (_ []byte, ok bool, err error) {
	var paths []string
	ok = true
	err = each(b, func(num protowire.Number, r record) error {
		if num == 1 && r.wire == protowire.BytesType {
			path := camelCase(string(r.b))
			back, valid := snakeCase(path)
			ok = ok && valid && back == string(r.b)
			paths = append(paths, path)
		}
		return nil
	})
	if !ok || err != nil {
		return dst, false, err
	}
	dst, _ = jsontext.AppendString(dst, strings.Join(paths, ","))
	return dst, true, nil
}

func camelCase(path string) string {
	var b strings.Builder
	upper := false
	for i := range len(path) {
		c := path[i]
		if c == '_' {
			upper = true
			continue
		}
		if upper && c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper = false
		b.WriteByte(c)
	}
	return b.String()
}

// wrapper appends the bare value of a message like google.protobuf.StringValue.
func (d *decoder) wrapper(dst, b []byte, f *field) ([]byte, error) {
	value := record{}
	err := each(b, func(num protowire.Number, r record) error {
		if num == f.num && r.wire == f.wire {
			value = r
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return d.value(dst, f, &value, 0)
}

// anyParts reads a google.protobuf.Any: type_url = 1, value = 2.
func anyParts(b []byte) (url string, value []byte, err error) {
	err = each(b, func(num protowire.Number, r record) error {
		switch {
		case num == 1 && r.wire == protowire.BytesType:
			url = string(r.b)
		case num == 2 && r.wire == protowire.BytesType:
			value = r.b
		}
		return nil
	})
	return url, value, err
}

// typeOf is the message name in a type URL: what follows its last slash.
func typeOf(url string) protoreflect.FullName {
	return protoreflect.FullName(url[strings.LastIndexByte(url, '/')+1:])
}

// any appends a google.protobuf.Any with the fields of its message. A type that
// no source knows is written as its bytes, so that nothing is lost.
func (d *decoder) any(dst, b []byte, depth int) ([]byte, error) {
	url, value, err := anyParts(b)
	if err != nil {
		return nil, err
	}
	if url == "" && len(value) == 0 {
		return append(dst, "{}"...), nil
	}
	if d.text.Trying() {
		return dst, nil // whatever is wrong inside will be shown as bytes
	}
	start, places, merged := len(dst), len(d.places), d.merged
	records, entries := len(d.records), len(d.entries)
	dst, _, err = d.text.AppendString(append(dst, `{"@type":`...), []byte(url))
	if err != nil {
		return nil, err
	}
	small := len(value) <= jsontext.PieceSize
	if small {
		held := d.text.Hold()
		dst, err = d.anyValue(dst, url, value, depth)
		d.text.Release(held)
	} else if err = d.tryAny(url, value, depth); err == nil {
		dst, err = d.anyValue(dst, url, value, depth)
	}
	if err == nil {
		return append(dst, '}'), nil
	}
	if d.text.Failed() {
		return nil, err
	}
	d.places, d.merged = d.places[:places], merged
	d.records, d.entries = d.records[:records], d.entries[:entries]
	if small {
		dst, _ = jsontext.AppendString(append(dst[:start], `{"@type":`...), url)
	}
	dst, _ = jsontext.AppendString(append(dst, `,"@error":`...), err.Error())
	dst, err = d.text.AppendBytes(append(dst, `,"@value":`...), value, jsontext.Base64)
	return append(dst, '}'), err
}

// tryAny decodes the message in an Any in vain. What is in further Anys is not looked
// at.
func (d *decoder) tryAny(url string, value []byte, depth int) error {
	unknown, mistyped := d.unknown, d.mistyped
	err := d.text.Try(func(dst []byte) ([]byte, error) { return d.anyValue(append(dst, '{'), url, value, depth) })
	d.unknown, d.mistyped = unknown, mistyped
	return err
}

func (d *decoder) anyValue(dst []byte, url string, value []byte, depth int) ([]byte, error) {
	name := typeOf(url)
	desc, err := d.types.find.FindMessage(name)
	if err != nil {
		return dst, err
	}
	inner := d.types.message(desc)
	keep := dst
	if inner.wkt.wrapsInAny() {
		dst, err = d.message(append(dst, `,"value":`...), value, inner, depth+1)
	} else {
		dst, err = d.members(dst, value, inner, depth+1)
	}
	if e, ok := err.(*jsontext.DecodeError); ok {
		e.Type = string(name)
	}
	if err != nil {
		return keep, err
	}
	return dst, nil
}

// structValue appends a google.protobuf.Struct as an object.
func (d *decoder) structValue(dst, b []byte, m *message, depth int) ([]byte, error) {
	f := &m.fields[0]
	if f.key == nil {
		return d.object(dst, b, m, depth)
	}
	n := 0
	err := each(b, func(protowire.Number, record) error { n++; return nil })
	if err != nil {
		return nil, err
	}
	run := fieldRun{types: d.types, b: b, m: m, follows: n}
	run.begin()
	run.f = f
	return d.mapField(dst, &run, depth)
}

// dynamicValue appends a google.protobuf.Value as any JSON value.
func (d *decoder) dynamicValue(dst, b []byte, m *message, depth int) ([]byte, error) {
	var last record
	var kind protowire.Number
	own := false // last.b is a copy
	err := each(b, func(num protowire.Number, r record) error {
		f := m.number(d.types, num)
		if f == nil || f.wire != r.wire {
			return nil
		}
		again := kind == num && f.isMessage()
		if again && !own {
			last.b = append(make([]byte, 0, 2*len(last.b)), last.b...)
		}
		if again {
			r.b = append(last.b, r.b...)
		}
		last, kind, own = r, num, again
		return nil
	})
	if err != nil {
		return nil, err
	}
	if own {
		if err := d.charge(len(last.b)); err != nil {
			return nil, err
		}
		defer func() { d.merged -= len(last.b) }()
	}
	if kind == 0 {
		d.warn("a google.protobuf.Value from the peer has no kind: shown as null")
		return append(dst, "null"...), nil
	}
	if kind == 2 {
		if x := math.Float64frombits(last.v); math.IsNaN(x) || math.IsInf(x, 0) {
			d.warn("a google.protobuf.Value from the peer is no finite number: shown as a string")
		}
	}
	return d.value(dst, m.number(d.types, kind), &last, depth)
}

// listValue appends a google.protobuf.ListValue as an array.
func (d *decoder) listValue(dst, b []byte, m *message, depth int) ([]byte, error) {
	f := &m.fields[0]
	dst = append(dst, '[')
	err := each(b, func(num protowire.Number, r record) (err error) {
		if num == f.num && r.wire == f.wire {
			if dst, err = d.value(jsontext.Separate(dst), f, &r, depth); err == nil {
				dst, err = d.text.Room(dst)
			}
		}
		return err
	})
	return append(dst, ']'), err
}
