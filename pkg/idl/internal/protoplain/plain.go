package protoplain

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoprint"
)

// WellKnown is the package of the well-known types.
const WellKnown = "google.protobuf"

// Check reports whether a file that the parser accepts has nothing in it that is
// right or wrong by rules which protodesc does not know: extensions, editions, and
// options other than the few that it interprets.
func Check(fd *descriptorpb.FileDescriptorProto) bool {
	proto3 := fd.GetSyntax() == "proto3"
	return (proto3 || fd.GetSyntax() == "" || fd.GetSyntax() == "proto2") &&
		len(fd.Extension)+len(fd.WeakDependency)+len(fd.OptionDependency) == 0 && !ofWellKnown(fd) && takeFileOptions(fd) &&
		!slices.ContainsFunc(fd.MessageType, func(m *descriptorpb.DescriptorProto) bool { return !plainMessage(m, proto3) }) &&
		!slices.ContainsFunc(fd.EnumType, func(e *descriptorpb.EnumDescriptorProto) bool { return !takeEnumOptions(e) }) &&
		!slices.ContainsFunc(fd.Service, func(s *descriptorpb.ServiceDescriptorProto) bool { return !takeServiceOptions(s) })
}

// ofWellKnown reports whether a file declares something that the well-known types, or
// their package, may be in the way of.
func ofWellKnown(fd *descriptorpb.FileDescriptorProto) bool {
	first, _, _ := strings.Cut(fd.GetPackage(), ".")
	if first != "" {
		return first == "google" && (fd.GetPackage() == "google" || strings.HasPrefix(fd.GetPackage()+".", WellKnown+"."))
	}
	is := func(name string) bool { return name == "google" }
	return slices.ContainsFunc(fd.MessageType, func(m *descriptorpb.DescriptorProto) bool { return is(m.GetName()) }) ||
		slices.ContainsFunc(fd.EnumType, func(e *descriptorpb.EnumDescriptorProto) bool {
			return is(e.GetName()) || slices.ContainsFunc(e.Value, func(v *descriptorpb.EnumValueDescriptorProto) bool { return is(v.GetName()) })
		}) ||
		slices.ContainsFunc(fd.Service, func(s *descriptorpb.ServiceDescriptorProto) bool { return is(s.GetName()) })
}

func plainMessage(m *descriptorpb.DescriptorProto, proto3 bool) bool {
	if len(m.Extension)+len(m.ExtensionRange) > 0 || !takeMessageOptions(m) {
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
		if !takeFieldOptions(f, proto3) {
			return false
		}
		byItself := protoprint.JSONName(f.GetName())
		if json[f.GetJsonName()] || json[byItself] {
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
	return !slices.ContainsFunc(m.EnumType, func(e *descriptorpb.EnumDescriptorProto) bool { return !takeEnumOptions(e) }) &&
		!slices.ContainsFunc(m.OneofDecl, func(o *descriptorpb.OneofDescriptorProto) bool { return o.Options != nil })
}
