package protoidl

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoprint"
)

const wellKnownPkg = "google.protobuf"

// plainFile reports whether a file that the parser accepts has nothing in it that is
// right or wrong by rules which protodesc does not know: extensions, editions, custom
// options, and options that not every field may have. Default values of enums, which the
// parser leaves to the linker, are put where they belong.
func plainFile(fd *descriptorpb.FileDescriptorProto) bool {
	o := fd.Options
	return (fd.GetSyntax() == "" || fd.GetSyntax() == "proto2" || fd.GetSyntax() == "proto3") &&
		len(fd.Extension) == 0 && len(fd.WeakDependency) == 0 && len(fd.OptionDependency) == 0 && !ofWellKnown(fd) &&
		interpreted(o.GetUninterpretedOption()) && o.GetFeatures() == nil && o.GetOptimizeFor() != descriptorpb.FileOptions_LITE_RUNTIME &&
		!slices.ContainsFunc(fd.MessageType, func(m *descriptorpb.DescriptorProto) bool { return !plainMessage(m, fd.GetSyntax() == "proto3") }) &&
		!slices.ContainsFunc(fd.EnumType, oddEnum) && !slices.ContainsFunc(fd.Service, oddService)
}

func interpreted(left []*descriptorpb.UninterpretedOption) bool { return len(left) == 0 }

// ofWellKnown reports whether a file declares something that the well-known types, or
// their package, may be in the way of.
func ofWellKnown(fd *descriptorpb.FileDescriptorProto) bool {
	first, _, _ := strings.Cut(fd.GetPackage(), ".")
	if first != "" {
		return first == "google" && (fd.GetPackage() == "google" || strings.HasPrefix(fd.GetPackage()+".", wellKnownPkg+"."))
	}
	is := func(name string) bool { return name == "google" }
	return slices.ContainsFunc(fd.MessageType, func(m *descriptorpb.DescriptorProto) bool { return is(m.GetName()) }) ||
		slices.ContainsFunc(fd.EnumType, func(e *descriptorpb.EnumDescriptorProto) bool {
			return is(e.GetName()) || slices.ContainsFunc(e.Value, func(v *descriptorpb.EnumValueDescriptorProto) bool { return is(v.GetName()) })
		}) ||
		slices.ContainsFunc(fd.Service, func(s *descriptorpb.ServiceDescriptorProto) bool { return is(s.GetName()) })
}

func plainMessage(m *descriptorpb.DescriptorProto, proto3 bool) bool {
	o := m.Options
	if len(m.Extension)+len(m.ExtensionRange) > 0 || !interpreted(o.GetUninterpretedOption()) || o.GetFeatures() != nil ||
		o.GetMessageSetWireFormat() {
		return false
	}
	entries := map[string]bool{} // of maps, and whether a field is of it
	for _, inner := range m.NestedType {
		if inner.GetOptions().GetMapEntry() {
			entries[inner.GetName()] = false
		}
		if !plainMessage(inner, proto3) {
			return false
		}
	}
	json := make(map[string]bool, len(m.Field))
	for _, f := range m.Field {
		byItself := protoprint.JSONName(f.GetName())
		if json[f.GetJsonName()] || json[byItself] || !plainField(f, proto3) {
			return false
		}
		if used, ok := entries[names.Last(f.GetTypeName())]; ok && f.Type == nil {
			if used {
				return false // only the map itself may name it
			}
			entries[names.Last(f.GetTypeName())] = true
		}
		json[f.GetJsonName()], json[byItself] = true, true
	}
	return !slices.ContainsFunc(m.EnumType, oddEnum) && !slices.ContainsFunc(m.OneofDecl, func(o *descriptorpb.OneofDescriptorProto) bool {
		return !interpreted(o.GetOptions().GetUninterpretedOption()) || o.GetOptions().GetFeatures() != nil
	})
}

func plainField(f *descriptorpb.FieldDescriptorProto, proto3 bool) bool {
	takeEnumDefault(f)
	if f.DefaultValue != nil && proto3 {
		return false
	}
	o := f.Options
	if o == nil {
		return true
	}
	if o.GetPacked() && (f.GetLabel() != descriptorpb.FieldDescriptorProto_LABEL_REPEATED || !packable(f)) {
		return false
	}
	return interpreted(o.UninterpretedOption) && o.Features == nil && o.Ctype == nil && o.Jstype == nil &&
		o.Lazy == nil && o.UnverifiedLazy == nil && o.Retention == nil && len(o.Targets)+len(o.EditionDefaults) == 0
}

func packable(f *descriptorpb.FieldDescriptorProto) bool {
	if f.Type == nil {
		return true // an enum, or else sameInside refuses it
	}
	switch f.GetType() {
	case descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_BYTES,
		descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, descriptorpb.FieldDescriptorProto_TYPE_GROUP:
		return false
	}
	return true
}

// takeEnumDefault interprets the default value of a field that may be of an enum.
// protodesc checks that it is, and has such a value.
func takeEnumDefault(f *descriptorpb.FieldDescriptorProto) {
	left := f.GetOptions().GetUninterpretedOption()
	if f.Type != nil || f.DefaultValue != nil || len(left) != 1 || left[0].IdentifierValue == nil ||
		f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED {
		return
	}
	if name := left[0].Name; len(name) == 1 && name[0].GetNamePart() == "default" && !name[0].GetIsExtension() {
		f.DefaultValue = new(left[0].GetIdentifierValue())
		if f.Options.UninterpretedOption = nil; proto.Size(f.Options) == 0 {
			f.Options = nil
		}
	}
}

func oddEnum(e *descriptorpb.EnumDescriptorProto) bool {
	o := e.Options
	return !interpreted(o.GetUninterpretedOption()) || o.GetFeatures() != nil ||
		slices.ContainsFunc(e.Value, func(v *descriptorpb.EnumValueDescriptorProto) bool {
			return !interpreted(v.GetOptions().GetUninterpretedOption()) || v.GetOptions().GetFeatures() != nil
		})
}

func oddService(s *descriptorpb.ServiceDescriptorProto) bool {
	return !interpreted(s.GetOptions().GetUninterpretedOption()) || s.GetOptions().GetFeatures() != nil ||
		slices.ContainsFunc(s.Method, func(m *descriptorpb.MethodDescriptorProto) bool {
			return !interpreted(m.GetOptions().GetUninterpretedOption()) || m.GetOptions().GetFeatures() != nil
		})
}
