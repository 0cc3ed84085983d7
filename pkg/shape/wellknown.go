package shape

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
)

// wellKnown is the shape of a message that ProtoJSON does not write as an object of its
// fields; false for all others.
func wellKnown(m protoreflect.MessageDescriptor, types idl.Types) (Shape, bool) {
	if m.FullName().Parent() != "google.protobuf" {
		return Shape{}, false
	}
	s := Shape{Kind: Text, Name: string(m.FullName()), message: &idl.ProtoMessage{Descriptor: m, Types: types}}
	switch m.Name() {
	case "Timestamp":
		s.Form = Timestamp
	case "Duration":
		s.Form = Duration
	case "FieldMask":
		s.Form = FieldMask
	case "Struct":
		s.Kind, s.Form = Free, Object
	case "ListValue":
		s.Kind, s.Form = Free, Array
	case "Value":
		s.Kind = Free
	case "Any":
		s.Kind, s.Form = Free, Any
		s.inside = func(url string) (Shape, bool) { return inAny(url, types) }
	case "BoolValue", "Int32Value", "Int64Value", "UInt32Value", "UInt64Value",
		"FloatValue", "DoubleValue", "StringValue", "BytesValue":
		value := m.Fields().ByNumber(1)
		if value == nil {
			return Shape{}, false
		}
		message := s.message
		s = protoValue(value, types)
		s.message = message
	default:
		return Shape{}, false
	}
	return s, true
}

// inAny is the shape of what a type URL names.
func inAny(url string, types idl.Types) (Shape, bool) {
	name := protoreflect.FullName(url[strings.LastIndexByte(url, '/')+1:])
	if types == nil || !name.IsValid() {
		return Shape{}, false
	}
	m, err := types.FindMessage(name)
	if err != nil {
		return Shape{}, false
	}
	return protoMessage(m, types), true
}

// Inside is the message that a google.protobuf.Any has, by its type URL. The fields of it
// stand beside "@type"; what is no object of fields stands under "value". It may ask the
// server for the type (idl.Types).
func (s Shape) Inside(url string) (Shape, bool) {
	if s.inside == nil {
		return Shape{}, false
	}
	inner, ok := s.inside(url)
	if !ok || inner.Kind == Message {
		return inner, ok
	}
	return Shape{Kind: Message, Name: inner.Name, fields: func() []Field {
		return []Field{{Names: []string{"value"}, Name: "value", Required: true, shape: func() Shape { return inner }}}
	}}, true
}
