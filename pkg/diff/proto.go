package diff

import (
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// protoShapes are the messages and enums of one IDL, each made once.
type protoShapes struct {
	records map[protoreflect.FullName]*record
	enums   map[protoreflect.FullName]*enum
}

func newProtoShapes() *protoShapes {
	return &protoShapes{map[protoreflect.FullName]*record{}, map[protoreflect.FullName]*enum{}}
}

// message is the shape of a message, and of all that it refers to.
func (s *protoShapes) message(d protoreflect.MessageDescriptor) *record {
	return s.record(d, string(d.FullName()))
}

func (s *protoShapes) record(d protoreflect.MessageDescriptor, symbol string) *record {
	if r := s.records[d.FullName()]; r != nil {
		return r
	}
	r := newRecord(symbol)
	s.records[d.FullName()] = r
	fields := d.Fields()
	for i := range fields.Len() {
		r.add(s.field(r, fields.Get(i)))
	}
	return r
}

func (s *protoShapes) field(in *record, f protoreflect.FieldDescriptor) *member {
	m := &member{
		number: int32(f.Number()), name: string(f.Name()), json: []string{f.JSONName(), string(f.Name())},
		required: f.Cardinality() == protoreflect.Required, repeated: f.Cardinality() == protoreflect.Repeated, isMap: f.IsMap(),
	}
	if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
		m.oneof = string(o.Name())
	}
	if f.Message() == nil && !m.repeated {
		m.value, m.hasValue, m.zero = defaultText(f), true, isZero(f)
	}
	m.typ = s.typ(f, in.symbol+"."+m.name)
	return m
}

// defaultText is the value that a field has where it is not set; of an enum the number.
func defaultText(f protoreflect.FieldDescriptor) string {
	switch v := f.Default(); {
	case f.Kind() == protoreflect.StringKind, f.Kind() == protoreflect.BytesKind:
		return fmt.Sprintf("%q", v.Interface())
	case f.Enum() != nil:
		return strconv.Itoa(int(v.Enum()))
	default:
		return v.String()
	}
}

// isZero reports whether the value of a field that is not set is nothing at all.
func isZero(f protoreflect.FieldDescriptor) bool {
	switch v := f.Default().Interface().(type) {
	case bool:
		return !v
	case string:
		return v == ""
	case []byte:
		return len(v) == 0
	case protoreflect.EnumNumber:
		return v == 0
	default:
		text := fmt.Sprint(v)
		return text == "0" || text == "-0"
	}
}

// scalarClasses are what the wire format and ProtoJSON read alike: see "Updating A Message
// Type" in Protobuf's language guide, and its table of JSON. What does not fit is cast on
// the wire, and refused in JSON: there, integers with and without a sign are two classes.
func scalarClasses(k protoreflect.Kind) (wire, json class) {
	switch k {
	case protoreflect.BoolKind:
		return "varint", "bool"
	case protoreflect.Int32Kind:
		return "varint", "integer"
	case protoreflect.Uint32Kind:
		return "varint", "unsigned integer"
	case protoreflect.Int64Kind:
		return "varint", "integer in a string"
	case protoreflect.Uint64Kind:
		return "varint", "unsigned integer in a string"
	case protoreflect.Sint32Kind:
		return "zigzag", "integer"
	case protoreflect.Sint64Kind:
		return "zigzag", "integer in a string"
	case protoreflect.Sfixed32Kind:
		return "fixed32", "integer"
	case protoreflect.Fixed32Kind:
		return "fixed32", "unsigned integer"
	case protoreflect.Sfixed64Kind:
		return "fixed64", "integer in a string"
	case protoreflect.Fixed64Kind:
		return "fixed64", "unsigned integer in a string"
	case protoreflect.StringKind:
		return classBytes, "string"
	case protoreflect.BytesKind:
		return classBytes, "base64"
	case protoreflect.FloatKind:
		return "float", "number"
	default:
		return "double", "number"
	}
}

// typ is the type of a field, symbol what to call the entries of a map.
func (s *protoShapes) typ(f protoreflect.FieldDescriptor, symbol string) *typ {
	switch {
	case f.IsMap():
		key, value := f.MapKey(), f.MapValue()
		name := fmt.Sprintf("map<%s, %s>", s.typ(key, "").name, s.typ(value, "").name)
		return &typ{name: name, wire: classMessage, json: classObject, record: s.record(f.Message(), symbol)}
	case f.Message() != nil:
		t := &typ{name: string(f.Message().FullName()), wire: classMessage, json: classObject, record: s.message(f.Message())}
		if f.Kind() == protoreflect.GroupKind {
			t.wire = "group"
		}
		if hasOwnForm(f.Message().FullName()) {
			t.json = class(f.Message().FullName())
		}
		return t
	case f.Enum() != nil:
		return &typ{name: string(f.Enum().FullName()), wire: "varint", json: "name", enum: s.enum(f.Enum())}
	}
	t := &typ{name: f.Kind().String()}
	t.wire, t.json = scalarClasses(f.Kind())
	return t
}

// hasOwnForm reports whether ProtoJSON has a form of its own for a message.
func hasOwnForm(name protoreflect.FullName) bool {
	if name.Parent() != "google.protobuf" {
		return false
	}
	switch name.Name() {
	case "Any", "Duration", "FieldMask", "ListValue", "Struct", "Timestamp", "Value":
		return true
	}
	return strings.HasSuffix(string(name), "Value") // the wrappers: StringValue
}

func (s *protoShapes) enum(d protoreflect.EnumDescriptor) *enum {
	if e := s.enums[d.FullName()]; e != nil {
		return e
	}
	e := newEnum(string(d.FullName()))
	s.enums[d.FullName()] = e
	for i := range d.Values().Len() {
		v := d.Values().Get(i)
		e.add(string(v.Name()), int32(v.Number()))
	}
	return e
}
