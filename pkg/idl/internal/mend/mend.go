package mend

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoprint"
)

// mender repairs one file and notes what was wrong with it.
type mender struct {
	found  []string
	proto3 bool
	// moved says that fields or values have other indices now.
	moved bool
}

func (m *mender) notef(format string, args ...any) {
	m.found = append(m.found, fmt.Sprintf(format, args...))
}

// File repairs a file in place and returns what was wrong with it.
func File(fd *descriptorpb.FileDescriptorProto) []string {
	m := &mender{}
	m.syntax(fd)
	m.proto3 = fd.GetSyntax() == "proto3"
	m.locations(fd)
	for _, msg := range fd.MessageType {
		m.message(msg, fd.GetPackage())
	}
	for _, e := range fd.EnumType {
		m.enum(e, fd.GetPackage())
	}
	m.extensions(fd.Extension, fd.GetPackage())
	if m.moved {
		fd.SourceCodeInfo = nil // which tells declarations by their indices
	}
	return m.found
}

// syntax replaces a syntax that there is not. Go's runtime writes "<unknown:0>"
// where it does not know; what the file has in it tells.
func (m *mender) syntax(fd *descriptorpb.FileDescriptorProto) {
	switch fd.GetSyntax() {
	case "", "proto2", "proto3", "editions":
		return
	}
	syntax := "proto2"
	switch {
	case fd.GetEdition() >= descriptorpb.Edition_EDITION_2023:
		syntax = "editions"
	case slices.ContainsFunc(fd.MessageType, hasProto3Optional):
		syntax = "proto3"
	}
	m.notef("syntax %q is taken for %s", fd.GetSyntax(), syntax)
	fd.Syntax = &syntax
}

func hasProto3Optional(m *descriptorpb.DescriptorProto) bool {
	return slices.ContainsFunc(m.Field, (*descriptorpb.FieldDescriptorProto).GetProto3Optional) || slices.ContainsFunc(m.NestedType, hasProto3Optional)
}

// locations drops those that are not in a text, as comments cannot be told then.
func (m *mender) locations(fd *descriptorpb.FileDescriptorProto) {
	info := fd.GetSourceCodeInfo()
	if info == nil {
		return
	}
	before := len(info.Location)
	info.Location = slices.DeleteFunc(info.Location, func(l *descriptorpb.SourceCodeInfo_Location) bool {
		return len(l.Span) != 3 && len(l.Span) != 4
	})
	if len(info.Location) < before {
		m.notef("source locations without a place")
	}
}

func (m *mender) message(msg *descriptorpb.DescriptorProto, scope string) {
	name := names.Join(scope, msg.GetName())
	m.maps(msg, name)
	m.extensionRanges(msg, name)
	m.reserved(msg, name)
	for _, f := range msg.Field {
		m.field(f, name)
	}
	m.oneofs(msg, name)
	m.extensions(msg.Extension, name)
	for _, e := range msg.EnumType {
		m.enum(e, name)
	}
	for _, inner := range msg.NestedType {
		m.message(inner, name)
	}
}

// maps gives map entries the names that their fields demand.
func (m *mender) maps(msg *descriptorpb.DescriptorProto, name string) {
	entries := map[string]*descriptorpb.DescriptorProto{}
	for _, inner := range msg.NestedType {
		if inner.GetOptions().GetMapEntry() {
			entries[inner.GetName()] = inner
		}
	}
	if len(entries) == 0 {
		return
	}
	used := map[*descriptorpb.DescriptorProto]bool{}
	for _, f := range msg.Field {
		entry := entries[names.Last(f.GetTypeName())]
		if entry == nil || !names.EndsIn(name+"."+entry.GetName(), strings.TrimPrefix(f.GetTypeName(), ".")) {
			continue
		}
		m.entry(entry, name)
		if f.GetLabel() != descriptorpb.FieldDescriptorProto_LABEL_REPEATED {
			m.notef("map %s.%s is not repeated", name, f.GetName())
			f.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
		}
		want := entryName(f.GetName())
		if entry.GetName() == want && !used[entry] {
			used[entry] = true
			continue
		}
		m.notef("the entries of map %s.%s are named %s, not %s", name, f.GetName(), names.Last(f.GetTypeName()), want)
		f.TypeName = new("." + name + "." + want)
		if used[entry] {
			entry = proto.Clone(entry).(*descriptorpb.DescriptorProto)
			msg.NestedType = append(msg.NestedType, entry)
		}
		used[entry] = true
		entry.Name = &want
	}
}

// entryName is what protoc names the entries of a map field.
func entryName(field string) string {
	json := protoprint.JSONName(field)
	if json == "" {
		return "Entry"
	}
	return strings.ToUpper(json[:1]) + json[1:] + "Entry"
}

// entry makes what a map entry must be of what matters of it.
func (m *mender) entry(entry *descriptorpb.DescriptorProto, scope string) {
	slices.SortStableFunc(entry.Field, func(a, b *descriptorpb.FieldDescriptorProto) int {
		return int(a.GetNumber()) - int(b.GetNumber())
	})
	entry.OneofDecl, entry.ReservedName, entry.ReservedRange, entry.ExtensionRange = nil, nil, nil, nil
	if len(entry.Field) != 2 {
		return // that is no map
	}
	for i, want := range []string{"key", "value"} {
		f := entry.Field[i]
		if f.GetName() != want {
			m.notef("field %s.%s.%s of a map is not named %s", scope, entry.GetName(), f.GetName(), want)
		}
		f.Name, f.JsonName = &want, nil
		f.Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()
		f.OneofIndex, f.DefaultValue, f.Proto3Optional = nil, nil, nil
	}
}

// field takes away what a field cannot have.
func (m *mender) field(f *descriptorpb.FieldDescriptorProto, scope string) {
	name := names.Join(scope, f.GetName())
	if f.Proto3Optional != nil && (!m.proto3 || f.OneofIndex == nil) {
		if f.GetProto3Optional() {
			m.notef("field %s is optional as only those of proto3 are", name)
		}
		f.Proto3Optional = nil
	}
	if m.proto3 && f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REQUIRED {
		m.notef("field %s of proto3 is required", name)
		f.Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()
	}
	if f.Extendee != nil {
		m.notef("field %s extends a message", name)
		f.Extendee = nil
	}
}

// extensions takes away what concerns fields only.
func (m *mender) extensions(list []*descriptorpb.FieldDescriptorProto, scope string) {
	for _, x := range list {
		name := names.Join(scope, x.GetName())
		if CustomJSON(x) != nil {
			m.notef("extension %s has a JSON name", name)
			x.JsonName = nil
		}
		if x.OneofIndex != nil {
			m.notef("extension %s is in a oneof", name)
			x.OneofIndex = nil
		}
		if x.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REQUIRED {
			m.notef("extension %s is required", name)
			x.Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()
		}
		x.Proto3Optional = nil
	}
}
