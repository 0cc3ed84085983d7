package gateway

import (
	"encoding/json"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// schema is a Schema Object of OpenAPI 3.0.
type schema struct {
	Ref         string             `json:"$ref,omitempty"`
	Type        string             `json:"type,omitempty"`
	Format      string             `json:"format,omitempty"`
	Description string             `json:"description,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Additional  *schema            `json:"additionalProperties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Default     json.RawMessage    `json:"default,omitempty"`
}

// schemas are the named types of a document, each once.
type schemas map[string]*schema

// componentName is a name as components may have it.
func componentName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r == '-' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' {
			return r
		}
		return '_'
	}, name)
}

// named refers to a type, which build fills in the first time.
func (s schemas) named(name string, build func(*schema)) *schema {
	name = componentName(name)
	if s[name] == nil {
		s[name] = &schema{}
		build(s[name])
	}
	return &schema{Ref: "#/components/schemas/" + name}
}

// thrift is a type of Thrift.
func (s schemas) thrift(t *thrift.Type) *schema {
	switch {
	case t.Enum != nil:
		return s.named(t.Enum.FullName, func(to *schema) {
			to.Type = "string"
			for _, v := range t.Enum.Values {
				to.Enum = append(to.Enum, v.Name)
			}
		})
	case t.Binary:
		return &schema{Type: "string", Format: "byte"}
	}
	switch t.Kind {
	case thrift.KindBool:
		return &schema{Type: "boolean"}
	case thrift.KindDouble:
		return &schema{Type: "number", Format: "double"}
	case thrift.KindI64:
		return &schema{Type: "integer", Format: "int64"}
	case thrift.KindI8, thrift.KindI16, thrift.KindI32:
		return &schema{Type: "integer", Format: "int32"}
	case thrift.KindUUID:
		return &schema{Type: "string", Format: "uuid"}
	case thrift.KindList, thrift.KindSet:
		return &schema{Type: "array", Items: s.thrift(t.Elem)}
	case thrift.KindMap:
		if t.Key.Kind == thrift.KindStruct || t.Key.Elem != nil {
			return &schema{Type: "array", Items: &schema{Type: "array", Items: &schema{}}, Description: "pairs of key and value"}
		}
		return &schema{Type: "object", Additional: s.thrift(t.Elem)}
	case thrift.KindStruct:
		return s.named(t.Struct.FullName, func(to *schema) { s.thriftStruct(to, t.Struct) })
	}
	return &schema{Type: "string"}
}

func (s schemas) thriftStruct(to *schema, of *thrift.Struct) {
	to.Type = "object"
	for _, f := range of.Fields {
		s.property(to, keyOf(f), s.thriftField(f), f.Requiredness == thrift.Required && f.Default == nil)
	}
}

// thriftField is the type of a field, with what its annotations make of it.
func (s schemas) thriftField(f *thrift.Field) *schema {
	of := s.thrift(f.Type)
	if of.Ref != "" {
		return of
	}
	if f.Type.Kind == thrift.KindI64 && jsConv(f) {
		of.Type = "string"
	}
	if of.Type != "string" || !jsConv(f) {
		of.Default = f.Default
	}
	if check := annotation(f, "api.vd"); check != "" {
		of.Description = "valid where " + check
	}
	return of
}

// property adds one to an object.
func (s schemas) property(to *schema, name string, of *schema, required bool) {
	if to.Properties == nil {
		to.Properties = map[string]*schema{}
	}
	to.Properties[name] = of
	if required {
		to.Required = append(to.Required, name)
	}
}

// proto is a field of Protobuf in ProtoJSON.
func (s schemas) proto(fd protoreflect.FieldDescriptor) *schema {
	switch {
	case fd.IsMap():
		return &schema{Type: "object", Additional: s.protoValue(fd.MapValue())}
	case fd.IsList():
		return &schema{Type: "array", Items: s.protoValue(fd)}
	}
	return s.protoValue(fd)
}

func (s schemas) protoValue(fd protoreflect.FieldDescriptor) *schema {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return s.protoMessage(fd.Message())
	case protoreflect.EnumKind:
		return s.protoEnum(fd.Enum())
	case protoreflect.BoolKind:
		return &schema{Type: "boolean"}
	case protoreflect.FloatKind:
		return &schema{Type: "number", Format: "float"}
	case protoreflect.DoubleKind:
		return &schema{Type: "number", Format: "double"}
	case protoreflect.StringKind:
		return &schema{Type: "string"}
	case protoreflect.BytesKind:
		return &schema{Type: "string", Format: "byte"}
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return &schema{Type: "string", Format: "int64"}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return &schema{Type: "string", Format: "uint64"}
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return &schema{Type: "integer", Format: "int64"}
	}
	return &schema{Type: "integer", Format: "int32"}
}

func (s schemas) protoEnum(e protoreflect.EnumDescriptor) *schema {
	if e.FullName() == "google.protobuf.NullValue" {
		return &schema{}
	}
	return s.named(string(e.FullName()), func(to *schema) {
		to.Type = "string"
		for i := range e.Values().Len() {
			to.Enum = append(to.Enum, string(e.Values().Get(i).Name()))
		}
	})
}

// protoMessage is a message, or the form of its own that ProtoJSON has for it.
func (s schemas) protoMessage(m protoreflect.MessageDescriptor) *schema {
	switch m.FullName() {
	case "google.protobuf.Timestamp":
		return &schema{Type: "string", Format: "date-time"}
	case "google.protobuf.Duration", "google.protobuf.FieldMask":
		return &schema{Type: "string"}
	case "google.protobuf.Struct", "google.protobuf.Any":
		return &schema{Type: "object", Additional: &schema{}}
	case "google.protobuf.Value":
		return &schema{}
	case "google.protobuf.ListValue":
		return &schema{Type: "array", Items: &schema{}}
	}
	if fd := wrapped(m); fd != nil {
		return s.protoValue(fd)
	}
	return s.named(string(m.FullName()), func(to *schema) {
		to.Type = "object"
		for i := range m.Fields().Len() {
			fd := m.Fields().Get(i)
			s.property(to, fd.JSONName(), s.proto(fd), fd.Cardinality() == protoreflect.Required)
		}
	})
}
