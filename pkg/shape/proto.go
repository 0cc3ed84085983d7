package shape

import (
	"encoding/base64"
	"math"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
)

// protoMessage is the shape of a message. Those that ProtoJSON writes in a form of their
// own have the shape of that (protobuf.dev/programming-guides/json).
func protoMessage(m protoreflect.MessageDescriptor, types idl.Types) Shape {
	if s, ok := wellKnown(m, types); ok {
		return s
	}
	s := Shape{Kind: Message, Name: string(m.FullName()), Empty: m.Fields().Len() == 0, message: &idl.ProtoMessage{Descriptor: m, Types: types}}
	s.fields = func() []Field {
		all := make([]Field, m.Fields().Len())
		for i := range all {
			all[i] = protoField(m.Fields().Get(i), types)
		}
		return all
	}
	s.extension = func(name string) (Field, bool) {
		if types == nil {
			return Field{}, false
		}
		x, err := types.FindExtension(protoreflect.FullName(name))
		if err != nil || x.ContainingMessage().FullName() != m.FullName() {
			return Field{}, false
		}
		f := protoField(x, types)
		f.Names = []string{"[" + name + "]"}
		return f, true
	}
	return s
}

func protoField(fd protoreflect.FieldDescriptor, types idl.Types) Field {
	f := Field{
		Names: []string{fd.JSONName()}, Owner: string(fd.Parent().FullName()), Name: string(fd.Name()),
		Required: fd.Cardinality() == protoreflect.Required, Default: protoDefault(fd), Deprecated: deprecated(fd),
		shape: func() Shape { return protoShape(fd, types) },
	}
	if name := fd.TextName(); name != fd.JSONName() {
		f.Names = append(f.Names, name)
	}
	if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
		f.Oneof = string(o.Name())
	}
	return f
}

// deprecated is what the options of a field say.
func deprecated(fd protoreflect.FieldDescriptor) bool {
	o, ok := fd.Options().(interface{ GetDeprecated() bool })
	return ok && o.GetDeprecated()
}

func protoShape(fd protoreflect.FieldDescriptor, types idl.Types) Shape {
	switch {
	case fd.IsMap():
		key, value := fd.MapKey(), fd.MapValue()
		return Shape{
			Kind: Map, Name: "map",
			key:  func() Shape { return protoValue(key, types) },
			elem: func() Shape { return protoValue(value, types) },
		}
	case fd.IsList():
		return Shape{Kind: List, Name: "list", elem: func() Shape { return protoValue(fd, types) }}
	}
	return protoValue(fd, types)
}

// protoValue is the shape of one value of a field.
func protoValue(fd protoreflect.FieldDescriptor, types idl.Types) Shape {
	s := Shape{Kind: Integer, Name: fd.Kind().String()}
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return protoMessage(fd.Message(), types)
	case protoreflect.EnumKind:
		s.Kind, s.Name = Enum, string(fd.Enum().FullName())
		if s.Name == "google.protobuf.NullValue" {
			return Shape{Kind: Free, Name: s.Name, Form: Null}
		}
		s.values = func() []Value { return protoValues(fd.Enum()) }
	case protoreflect.BoolKind:
		s.Kind = Bool
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		s.Kind = Float
	case protoreflect.StringKind:
		s.Kind = Text
	case protoreflect.BytesKind:
		s.Kind = Bytes
	}
	return s
}

func protoValues(e protoreflect.EnumDescriptor) []Value {
	all := make([]Value, e.Values().Len())
	for i := range all {
		v := e.Values().Get(i)
		all[i] = Value{string(v.Name()), int32(v.Number())}
	}
	return all
}

// protoDefault is the default that the IDL gives a field, as ProtoJSON.
func protoDefault(fd protoreflect.FieldDescriptor) []byte {
	if !fd.HasDefault() {
		return nil
	}
	switch fd.Kind() {
	case protoreflect.EnumKind:
		if v := fd.DefaultEnumValue(); v != nil {
			return Quote(string(v.Name()))
		}
		return strconv.AppendInt(nil, int64(fd.Default().Enum()), 10)
	case protoreflect.BytesKind:
		return append(base64.StdEncoding.AppendEncode([]byte{'"'}, fd.Default().Bytes()), '"')
	case protoreflect.StringKind:
		return Quote(fd.Default().String())
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return floatDefault(fd.Default().Float(), fd.Kind() == protoreflect.FloatKind)
	}
	return []byte(fd.Default().String())
}

func floatDefault(x float64, short bool) []byte {
	switch {
	case math.IsNaN(x):
		return []byte(`"NaN"`)
	case math.IsInf(x, 1):
		return []byte(`"Infinity"`)
	case math.IsInf(x, -1):
		return []byte(`"-Infinity"`)
	case short:
		return strconv.AppendFloat(nil, x, 'g', -1, 32)
	}
	return strconv.AppendFloat(nil, x, 'g', -1, 64)
}
