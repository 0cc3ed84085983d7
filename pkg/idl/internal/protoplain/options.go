package protoplain

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/types/descriptorpb"
)

// The options that nearly all files have are interpreted here, each from a name and a
// value. What is left over is for protoparse, whose own interpreter makes tables of all
// kinds of options first.

type option = descriptorpb.UninterpretedOption

// takeAll interprets options; false if one is left over, or set twice.
func takeAll(list []*option, take func(name string, o *option) bool) bool {
	for i, o := range list {
		name := plainName(o)
		if name == "" || !take(name, o) || slices.ContainsFunc(list[:i], func(before *option) bool { return plainName(before) == name }) {
			return false
		}
	}
	return true
}

// plainName is the name of an option of one part, "" for others.
func plainName(o *option) string {
	if len(o.Name) != 1 || o.Name[0].GetIsExtension() {
		return ""
	}
	return o.Name[0].GetNamePart()
}

func takeText(to **string, o *option) bool {
	*to = new(string(o.StringValue))
	return o.StringValue != nil && utf8.Valid(o.StringValue)
}

func takeBool(to **bool, o *option) bool {
	*to = new(o.GetIdentifierValue() == "true")
	return **to || o.GetIdentifierValue() == "false"
}

// takeDeprecated is takeAll for elements of which one option is of use to programs.
func takeDeprecated(list []*option, to **bool) bool {
	return takeAll(list, func(name string, o *option) bool { return name == "deprecated" && takeBool(to, o) })
}

// takeFileOptions checks options of a file. Programs have no use for them.
func takeFileOptions(fd *descriptorpb.FileDescriptorProto) bool {
	list := fd.GetOptions().GetUninterpretedOption()
	fd.Options = nil
	return takeAll(list, func(name string, o *option) bool {
		switch name {
		case "java_package", "java_outer_classname", "go_package", "objc_class_prefix", "csharp_namespace", "swift_prefix",
			"php_class_prefix", "php_namespace", "php_metadata_namespace", "ruby_package":
			return takeText(new(*string), o)
		case "java_multiple_files", "java_generate_equals_and_hash", "cc_generic_services", "java_generic_services",
			"py_generic_services", "deprecated", "cc_enable_arenas":
			return takeBool(new(*bool), o)
		case "optimize_for":
			return o.GetIdentifierValue() == "SPEED" || o.GetIdentifierValue() == "CODE_SIZE"
		}
		return false
	})
}

func takeMessageOptions(m *descriptorpb.DescriptorProto) bool {
	list := m.GetOptions().GetUninterpretedOption()
	if len(list) == 0 {
		return true // or a map entry
	}
	m.Options = &descriptorpb.MessageOptions{}
	return takeDeprecated(list, &m.Options.Deprecated)
}

func takeEnumOptions(e *descriptorpb.EnumDescriptorProto) bool {
	list := e.GetOptions().GetUninterpretedOption()
	if len(list) > 0 {
		e.Options = &descriptorpb.EnumOptions{}
	}
	return takeAll(list, func(name string, o *option) bool {
		switch name {
		case "allow_alias":
			return takeBool(&e.Options.AllowAlias, o)
		case "deprecated":
			return takeBool(&e.Options.Deprecated, o)
		}
		return false
	}) && !slices.ContainsFunc(e.Value, func(v *descriptorpb.EnumValueDescriptorProto) bool {
		list := v.GetOptions().GetUninterpretedOption()
		if len(list) > 0 {
			v.Options = &descriptorpb.EnumValueOptions{}
		}
		return len(list) > 0 && !takeDeprecated(list, &v.Options.Deprecated)
	})
}

func takeServiceOptions(s *descriptorpb.ServiceDescriptorProto) bool {
	list := s.GetOptions().GetUninterpretedOption()
	if len(list) > 0 {
		s.Options = &descriptorpb.ServiceOptions{}
		if !takeDeprecated(list, &s.Options.Deprecated) {
			return false
		}
	}
	return !slices.ContainsFunc(s.Method, func(m *descriptorpb.MethodDescriptorProto) bool { return !takeMethodOptions(m) })
}

func takeMethodOptions(m *descriptorpb.MethodDescriptorProto) bool {
	list := m.GetOptions().GetUninterpretedOption()
	if len(list) > 0 {
		m.Options = &descriptorpb.MethodOptions{}
	}
	return takeAll(list, func(name string, o *option) bool {
		switch name {
		case "deprecated":
			return takeBool(&m.Options.Deprecated, o)
		case "idempotency_level":
			level, ok := descriptorpb.MethodOptions_IdempotencyLevel_value[o.GetIdentifierValue()]
			m.Options.IdempotencyLevel = descriptorpb.MethodOptions_IdempotencyLevel(level).Enum()
			return ok
		}
		return false
	})
}

func takeFieldOptions(f *descriptorpb.FieldDescriptorProto, proto3 bool) bool {
	list := f.GetOptions().GetUninterpretedOption()
	if len(list) == 0 {
		return true
	}
	o := &descriptorpb.FieldOptions{}
	f.Options = nil
	return takeAll(list, func(name string, u *option) bool {
		switch name {
		case "json_name":
			return takeText(&f.JsonName, u) && !strings.HasPrefix(f.GetJsonName(), "[")
		case "default":
			return !proto3 && f.GetLabel() != descriptorpb.FieldDescriptorProto_LABEL_REPEATED && takeDefault(f, u)
		case "deprecated":
			f.Options = o
			return takeBool(&o.Deprecated, u)
		case "packed":
			f.Options = o
			return takeBool(&o.Packed, u) && (!o.GetPacked() || f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED && packable(f))
		}
		return false
	})
}

func packable(f *descriptorpb.FieldDescriptorProto) bool {
	switch f.GetType() {
	case descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_BYTES,
		descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, descriptorpb.FieldDescriptorProto_TYPE_GROUP:
		return f.Type == nil // an enum, or else sameInside refuses it
	}
	return true
}

// takeDefault interprets a default value, but for those that have several spellings.
// protodesc checks that an enum has it.
func takeDefault(f *descriptorpb.FieldDescriptorProto, o *option) bool {
	switch f.GetType() {
	case descriptorpb.FieldDescriptorProto_TYPE_STRING:
		return takeText(&f.DefaultValue, o)
	case descriptorpb.FieldDescriptorProto_TYPE_BOOL:
		var b *bool
		ok := takeBool(&b, o)
		f.DefaultValue = new(strconv.FormatBool(*b))
		return ok
	case descriptorpb.FieldDescriptorProto_TYPE_INT32, descriptorpb.FieldDescriptorProto_TYPE_SINT32, descriptorpb.FieldDescriptorProto_TYPE_SFIXED32:
		return takeInt(f, o, math.MinInt32, math.MaxInt32)
	case descriptorpb.FieldDescriptorProto_TYPE_UINT32, descriptorpb.FieldDescriptorProto_TYPE_FIXED32:
		return takeInt(f, o, 0, math.MaxUint32)
	case descriptorpb.FieldDescriptorProto_TYPE_INT64, descriptorpb.FieldDescriptorProto_TYPE_SINT64, descriptorpb.FieldDescriptorProto_TYPE_SFIXED64:
		return takeInt(f, o, math.MinInt64, math.MaxInt64)
	case descriptorpb.FieldDescriptorProto_TYPE_UINT64, descriptorpb.FieldDescriptorProto_TYPE_FIXED64:
		return takeInt(f, o, 0, math.MaxUint64)
	}
	f.DefaultValue = o.IdentifierValue
	return f.Type == nil && o.IdentifierValue != nil
}

func takeInt(f *descriptorpb.FieldDescriptorProto, o *option, least int64, most uint64) bool {
	if o.NegativeIntValue != nil {
		f.DefaultValue = new(strconv.FormatInt(o.GetNegativeIntValue(), 10))
		return o.GetNegativeIntValue() >= least
	}
	f.DefaultValue = new(strconv.FormatUint(o.GetPositiveIntValue(), 10))
	return o.PositiveIntValue != nil && o.GetPositiveIntValue() <= most
}
