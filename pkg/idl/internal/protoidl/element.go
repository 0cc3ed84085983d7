package protoidl

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
)

func element(d protoreflect.Descriptor) *idl.Element {
	e := &idl.Element{Kind: kindName(d), Name: string(d.FullName()), Comment: comment(d)}
	switch d := d.(type) {
	case protoreflect.FileDescriptor:
		e.Name = d.Path()
		e.Services = elements(d.Services())
		setScope(e, d)
	case protoreflect.ServiceDescriptor:
		e.Methods = elements(d.Methods())
	case protoreflect.MethodDescriptor:
		e.Name = string(d.Parent().FullName()) + "/" + string(d.Name())
		e.Input, e.Output = string(d.Input().FullName()), string(d.Output().FullName())
		e.ClientStreaming, e.ServerStreaming = d.IsStreamingClient(), d.IsStreamingServer()
	case protoreflect.MessageDescriptor:
		e.Fields = elements(d.Fields())
		setScope(e, d)
	case protoreflect.OneofDescriptor:
		e.Fields = elements(d.Fields())
	case protoreflect.FieldDescriptor:
		setField(e, d)
	case protoreflect.EnumDescriptor:
		e.Values = elements(d.Values())
	case protoreflect.EnumValueDescriptor:
		e.Number = new(int32(d.Number()))
	}
	return e
}

func elements[D protoreflect.Descriptor](list interface {
	Len() int
	Get(int) D
}) []*idl.Element {
	var out []*idl.Element
	each(list, func(d D) {
		if m, ok := any(d).(protoreflect.MessageDescriptor); !ok || !m.IsMapEntry() {
			out = append(out, element(d))
		}
	})
	return out
}

func setScope(e *idl.Element, in scope) {
	e.Messages = elements(in.Messages())
	e.Enums = elements(in.Enums())
	e.Extensions = elements(in.Extensions())
}

func setField(e *idl.Element, f protoreflect.FieldDescriptor) {
	e.Number = new(int32(f.Number()))
	e.Label = f.Cardinality().String()
	e.JSONName, e.Presence = f.JSONName(), f.HasPresence()
	e.Type, e.TypeName = f.Kind().String(), typeName(f)
	if f.IsMap() {
		e.Type, e.Label = "map", ""
		e.KeyType, e.ValueType = f.MapKey().Kind().String(), f.MapValue().Kind().String()
		e.TypeName = typeName(f.MapValue())
	}
	if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
		e.Oneof = string(o.Name())
	}
	if f.HasDefault() {
		e.Default = defaultText(f)
	}
	if f.IsExtension() {
		e.Extendee = string(f.ContainingMessage().FullName())
	}
}

func typeName(f protoreflect.FieldDescriptor) string {
	switch {
	case f.Message() != nil:
		return string(f.Message().FullName())
	case f.Enum() != nil:
		return string(f.Enum().FullName())
	}
	return ""
}

func defaultText(f protoreflect.FieldDescriptor) string {
	if v := f.DefaultEnumValue(); v != nil {
		return string(v.Name())
	}
	if f.Kind() == protoreflect.BytesKind {
		return string(f.Default().Bytes())
	}
	return f.Default().String()
}

// comment is the documentation before a definition, or else the remark behind
// it.
func comment(d protoreflect.Descriptor) string {
	fd := d.ParentFile()
	if fd == nil {
		return ""
	}
	if _, isFile := d.(protoreflect.FileDescriptor); isFile {
		return ""
	}
	loc := fd.SourceLocations().ByDescriptor(d)
	text := loc.LeadingComments
	if text == "" {
		text = loc.TrailingComments
	}
	lines := strings.Split(strings.TrimRight(text, "\r\n "), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimRight(l, " \t\r"), " ")
	}
	return strings.Join(lines, "\n")
}
