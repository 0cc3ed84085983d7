package gateway

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// protoTexts is the JSON of a field that stands in a path, a query or a form: once, or
// several times where it is a list.
func protoTexts(fd protoreflect.FieldDescriptor, texts []string) ([]byte, error) {
	switch {
	case fd.IsMap():
		return nil, fmt.Errorf("it is a map: give its entries, as %s[KEY]", fd.Name())
	case !fd.IsList() && len(texts) != 1:
		return nil, fmt.Errorf("it is given %d times, and is one value", len(texts))
	case !fd.IsList():
		return protoText(fd, texts[0])
	}
	out := []byte{'['}
	for i, text := range texts {
		if i > 0 {
			out = append(out, ',')
		}
		item, err := protoText(fd, text)
		if err != nil {
			return nil, err
		}
		out = append(out, item...)
	}
	return append(out, ']'), nil
}

// protoText is the JSON of one value.
func protoText(fd protoreflect.FieldDescriptor, text string) ([]byte, error) {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return messageText(fd.Message(), text)
	case protoreflect.EnumKind:
		names := make([]string, fd.Enum().Values().Len())
		for i := range names {
			names[i] = string(fd.Enum().Values().Get(i).Name())
		}
		return enumText(text, string(fd.Enum().FullName()), names)
	case protoreflect.BoolKind:
		return boolText(text)
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return floatText(text)
	case protoreflect.StringKind, protoreflect.BytesKind: // bytes are base64 here, too
		return stringText(text)
	}
	return integerText(text)
}

// hasText reports whether a message of a well-known type has a form as text.
func hasText(m protoreflect.MessageDescriptor) bool {
	return m.FullName() == "google.protobuf.Timestamp" || m.FullName() == "google.protobuf.Duration" ||
		m.FullName() == "google.protobuf.FieldMask" || wrapped(m) != nil
}

// wrapped is the field of a message of google/protobuf/wrappers.proto.
func wrapped(m protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	if m.FullName().Parent() == "google.protobuf" && strings.HasSuffix(string(m.Name()), "Value") && m.Fields().Len() == 1 {
		return m.Fields().ByName("value")
	}
	return nil
}

// messageText is the JSON of a message whose type has a form as text.
func messageText(m protoreflect.MessageDescriptor, text string) ([]byte, error) {
	switch {
	case m.FullName() == "google.protobuf.FieldMask":
		// Names in a query are those of the IDL; ProtoJSON wants those of JSON.
		paths := strings.Split(text, ",")
		for i := range paths {
			paths[i] = camelPath(paths[i])
		}
		return stringText(strings.Join(paths, ","))
	case wrapped(m) != nil:
		return protoText(wrapped(m), text)
	case hasText(m):
		return stringText(text)
	case m.FullName() == "google.protobuf.Struct", m.FullName() == "google.protobuf.Value", m.FullName() == "google.protobuf.ListValue":
		if !json.Valid([]byte(text)) {
			return nil, fmt.Errorf("want JSON, not %q", shorten(text))
		}
		return []byte(text), nil
	}
	return nil, fmt.Errorf("it is a message of type %s: give its fields", m.FullName())
}

// camelPath is a path of a FieldMask with the names of JSON.
func camelPath(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if c := path[i]; c == '_' && i+1 < len(path) && 'a' <= path[i+1] && path[i+1] <= 'z' {
			i++
			b.WriteByte(path[i] - 'a' + 'A')
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// typeName is the type of a field for people.
func typeName(fd protoreflect.FieldDescriptor) string {
	switch {
	case fd.IsMap():
		return "map"
	case fd.Message() != nil:
		return string(fd.Message().FullName())
	}
	return fd.Kind().String()
}
