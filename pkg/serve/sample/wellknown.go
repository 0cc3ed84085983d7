package sample

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// wellKnown appends a message that ProtoJSON writes in a form of its own
// (protobuf.dev/programming-guides/json); false for all others.
func (s *Source) wellKnown(dst []byte, name protoreflect.FullName) ([]byte, bool) {
	short, ok := strings.CutPrefix(string(name), "google.protobuf.")
	if !ok {
		return dst, false
	}
	switch short {
	case "Timestamp":
		at := time.Unix(1.7e9, 0).UTC().Add(time.Duration(s.Number(1e9)) * time.Second / 10)
		return append(at.AppendFormat(append(dst, '"'), "2006-01-02T15:04:05.999Z"), '"'), true
	case "Duration":
		return append(strconv.AppendFloat(append(dst, '"'), float64(s.Number(1e5))/10, 'f', -1, 64), `s"`...), true
	case "FieldMask":
		return appendText(dst, s.word()), true
	case "Any":
		dst = append(dst, `{"@type":"type.googleapis.com/google.protobuf.StringValue","value":`...)
		return append(appendText(dst, s.word()), '}'), true
	case "Struct":
		dst = append(appendText(append(dst, '{'), s.word()), ':')
		return append(s.float(dst), '}'), true
	case "ListValue":
		return append(s.float(append(dst, '[')), ']'), true
	case "Value":
		return appendText(dst, s.word()), true
	}
	return s.wrapper(dst, short)
}

// wrapper appends a message around one scalar as that.
func (s *Source) wrapper(dst []byte, name string) ([]byte, bool) {
	switch name {
	case "BoolValue":
		return s.bool(dst), true
	case "Int32Value":
		return s.integer(dst, 32, true), true
	case "UInt32Value":
		return s.integer(dst, 32, false), true
	case "Int64Value":
		return s.integer(dst, 64, true), true
	case "UInt64Value":
		return s.integer(dst, 64, false), true
	case "FloatValue", "DoubleValue":
		return s.float(dst), true
	case "StringValue":
		return appendText(dst, s.text()), true
	case "BytesValue":
		return s.bytes(dst), true
	}
	return dst, false
}
