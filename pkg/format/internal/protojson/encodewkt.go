package protojson

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// Bounds of Timestamp and Duration in seconds
// (google/protobuf/timestamp.proto, duration.proto).
const (
	minTimestamp = -62135596800 // 0001-01-01T00:00:00Z
	maxTimestamp = 253402300799 // 9999-12-31T23:59:59Z
	maxDuration  = 315576000000 // 10,000 years
)

// timestamp reads RFC 3339 text with any offset and up to nine fraction digits.
func (e *encoder) timestamp(dst []byte) ([]byte, error) {
	text, off, err := e.p.TextAt()
	if err != nil {
		return nil, err
	}
	t, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil || fractionDigits(text) > 9 || bytes.IndexByte(text, ',') >= 0 {
		return nil, e.p.Fail(off, "%q is not a timestamp like \"2006-01-02T15:04:05Z\" (RFC 3339)", jsontext.Clip(text))
	}
	seconds := t.Unix()
	if seconds < minTimestamp || seconds > maxTimestamp {
		return nil, e.p.Fail(off, "%q is outside the years 0001 to 9999", jsontext.Clip(text))
	}
	return appendSecondsNanos(dst, seconds, int32(t.Nanosecond())), nil
}

// fractionDigits counts the digits after the point.
func fractionDigits(text []byte) int {
	for i, c := range text {
		if c == '.' {
			return jsontext.Digits(text[i+1:])
		}
	}
	return 0
}

// duration reads seconds with up to nine fraction digits and an "s": "1.5s".
func (e *encoder) duration(dst []byte) ([]byte, error) {
	text, off, err := e.p.TextAt()
	if err != nil {
		return nil, err
	}
	seconds, nanos, ok := parseDuration(string(text))
	if !ok {
		return nil, e.p.Fail(off, "%q is not a duration like \"1.5s\"", jsontext.Clip(text))
	}
	if seconds > maxDuration || seconds < -maxDuration {
		return nil, e.p.Fail(off, "%q is more than 10,000 years", jsontext.Clip(text))
	}
	return appendSecondsNanos(dst, seconds, nanos), nil
}

func parseDuration(s string) (seconds int64, nanos int32, ok bool) {
	s, ok = strings.CutSuffix(s, "s")
	if !ok {
		return 0, 0, false
	}
	sign := int64(1)
	if rest, negative := strings.CutPrefix(s, "-"); negative {
		s, sign = rest, -1
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if jsontext.Digits([]byte(whole)) != len(whole) || jsontext.Digits([]byte(fraction)) != len(fraction) ||
		len(fraction) > 9 || whole == "" && fraction == "" || len(whole) > 1 && whole[0] == '0' {
		return 0, 0, false
	}
	if whole != "" {
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			return maxDuration + 1, 0, true
		}
		seconds = n
	}
	if fraction != "" {
		n, _ := strconv.Atoi((fraction + "000000000")[:9])
		nanos = int32(n)
	}
	return sign * seconds, int32(sign) * nanos, true
}

// appendSecondsNanos appends the two fields that Timestamp and Duration share.
func appendSecondsNanos(dst []byte, seconds int64, nanos int32) []byte {
	if seconds != 0 {
		dst = protowire.AppendVarint(protowire.AppendTag(dst, 1, protowire.VarintType), uint64(seconds))
	}
	if nanos != 0 {
		dst = protowire.AppendVarint(protowire.AppendTag(dst, 2, protowire.VarintType), uint64(int64(nanos)))
	}
	return dst
}

// fieldMask reads paths in lowerCamelCase, comma-separated, as snake_case.
func (e *encoder) fieldMask(dst []byte) ([]byte, error) {
	text, off, err := e.p.TextAt()
	if err != nil || len(text) == 0 {
		return dst, err
	}
	for path := range strings.SplitSeq(string(text), ",") {
		snake, ok := snakeCase(path)
		if !ok || !protoreflect.FullName(snake).IsValid() {
			return nil, e.p.Fail(off, "%q is not a field mask: want paths in lowerCamelCase, separated by commas", jsontext.Clip(text))
		}
		dst = protowire.AppendString(protowire.AppendTag(dst, 1, protowire.BytesType), snake)
	}
	return dst, nil
}

func snakeCase(path string) (string, bool) {
	var b strings.Builder
	for i := range len(path) {
		switch c := path[i]; {
		case c >= 'A' && c <= 'Z':
			b.WriteByte('_')
			b.WriteByte(c + 'a' - 'A')
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.':
			b.WriteByte(c)
		default:
			return "", false
		}
	}
	return b.String(), path != "" && utf8.ValidString(path)
}

// structValue appends a google.protobuf.Struct: map<string, Value> fields = 1.
func (e *encoder) structValue(dst []byte, depth int) ([]byte, error) {
	var seen jsontext.KeySet
	err := e.p.Object(func(key []byte, off int) (err error) {
		if !seen.Add(key) {
			return e.p.Fail(off, "duplicate key %s", e.p.KeyAt(off))
		}
		var entry, value int
		dst = protowire.AppendTag(dst, 1, protowire.BytesType)
		dst, entry = beginLength(dst)
		dst = protowire.AppendTag(dst, 1, protowire.BytesType)
		dst = protowire.AppendBytes(dst, key)
		dst = protowire.AppendTag(dst, 2, protowire.BytesType)
		dst, value = beginLength(dst)
		if dst, err = e.dynamicValue(dst, depth+1); err != nil {
			return jsontext.Within(err, "["+e.p.KeyAt(off)+"]")
		}
		dst = endLength(dst, value)
		dst = endLength(dst, entry)
		return nil
	})
	return dst, err
}

// dynamicValue appends a google.protobuf.Value: the oneof null_value = 1,
// number_value = 2, string_value = 3, bool_value = 4, struct_value = 5,
// list_value = 6.
func (e *encoder) dynamicValue(dst []byte, depth int) ([]byte, error) {
	if depth > jsontext.MaxDepth {
		return nil, e.p.TooDeep()
	}
	switch c := e.p.Peek(); {
	case c == 'n' && e.p.Null():
		return append(protowire.AppendTag(dst, 1, protowire.VarintType), 0), nil
	case c == '"':
		text, err := e.p.Text()
		return protowire.AppendBytes(protowire.AppendTag(dst, 3, protowire.BytesType), text), err
	case c == 't', c == 'f':
		b, err := e.p.Bool()
		return protowire.AppendVarint(protowire.AppendTag(dst, 4, protowire.VarintType), protowire.EncodeBool(b)), err
	case c == '{':
		dst, mark := beginLength(protowire.AppendTag(dst, 5, protowire.BytesType))
		dst, err := e.structValue(dst, depth+1)
		if err != nil {
			return nil, err
		}
		return endLength(dst, mark), nil
	case c == '[':
		dst, mark := beginLength(protowire.AppendTag(dst, 6, protowire.BytesType))
		dst, err := e.listValue(dst, depth+1)
		if err != nil {
			return nil, err
		}
		return endLength(dst, mark), nil
	case c == '-' || c >= '0' && c <= '9':
		x, err := e.p.Float(64)
		return protowire.AppendFixed64(protowire.AppendTag(dst, 2, protowire.Fixed64Type), math.Float64bits(x)), err
	}
	return nil, e.p.Unexpected("a value")
}

// listValue appends a google.protobuf.ListValue: repeated Value values = 1.
func (e *encoder) listValue(dst []byte, depth int) ([]byte, error) {
	err := e.p.Array(func(i int) (err error) {
		var mark int
		dst, mark = beginLength(protowire.AppendTag(dst, 1, protowire.BytesType))
		if dst, err = e.dynamicValue(dst, depth+1); err != nil {
			return jsontext.Within(err, jsontext.Index(i))
		}
		dst = endLength(dst, mark)
		return nil
	})
	return dst, err
}
