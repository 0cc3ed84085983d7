package fields

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
)

// protoMessage is the shape of a message. Those that ProtoJSON writes in a form of their
// own have the shape of that (protobuf.dev/programming-guides/json).
func protoMessage(m protoreflect.MessageDescriptor, types idl.Types) shape {
	s := shape{kind: kindMessage, name: string(m.FullName())}
	if m.FullName().Parent() == "google.protobuf" {
		switch m.Name() {
		case "Timestamp", "Duration", "FieldMask":
			s.kind = kindText
			return s
		case "Struct", "Value", "ListValue", "Any":
			s.kind = kindFree
			return s
		case "BoolValue", "Int32Value", "Int64Value", "UInt32Value", "UInt64Value",
			"FloatValue", "DoubleValue", "StringValue", "BytesValue":
			if value := m.Fields().ByNumber(1); value != nil {
				return protoValue(value, types)
			}
		}
	}
	s.fields = func() []field {
		all := make([]field, m.Fields().Len())
		for i := range all {
			all[i] = protoField(m.Fields().Get(i), types)
		}
		return all
	}
	s.extension = func(name string) (field, bool) {
		if types == nil {
			return field{}, false
		}
		x, err := types.FindExtension(protoreflect.FullName(name))
		if err != nil || x.ContainingMessage().FullName() != m.FullName() {
			return field{}, false
		}
		f := protoField(x, types)
		f.names = []string{"[" + name + "]"}
		return f, true
	}
	return s
}

func protoField(fd protoreflect.FieldDescriptor, types idl.Types) field {
	f := field{names: []string{fd.JSONName()}, shape: func() shape { return protoShape(fd, types) }}
	if name := fd.TextName(); name != fd.JSONName() {
		f.names = append(f.names, name)
	}
	if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
		f.oneof = string(o.Name())
	}
	return f
}

func protoShape(fd protoreflect.FieldDescriptor, types idl.Types) shape {
	switch {
	case fd.IsMap():
		value := fd.MapValue()
		return shape{kind: kindMap, name: "map", elem: func() shape { return protoValue(value, types) }}
	case fd.IsList():
		return shape{kind: kindList, name: "list", elem: func() shape { return protoValue(fd, types) }}
	}
	return protoValue(fd, types)
}

// protoValue is the shape of one value of a field.
func protoValue(fd protoreflect.FieldDescriptor, types idl.Types) shape {
	s := shape{kind: kindInteger, name: fd.Kind().String()}
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return protoMessage(fd.Message(), types)
	case protoreflect.EnumKind:
		if fd.Enum().FullName() == "google.protobuf.NullValue" {
			return shape{kind: kindFree, name: string(fd.Enum().FullName())}
		}
		s.kind, s.name = kindEnum, string(fd.Enum().FullName())
		s.values = func() []string { return protoValues(fd.Enum()) }
	case protoreflect.BoolKind:
		s.kind = kindBool
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		s.kind = kindFloat
	case protoreflect.StringKind:
		s.kind = kindText
	case protoreflect.BytesKind:
		s.kind = kindBytes
	}
	return s
}

func protoValues(e protoreflect.EnumDescriptor) []string {
	names := make([]string, e.Values().Len())
	for i := range names {
		names[i] = string(e.Values().Get(i).Name())
	}
	return names
}
