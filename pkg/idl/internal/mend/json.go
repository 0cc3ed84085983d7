package mend

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoprint"
)

// Two fields of one name in JSON would be one key in a reply twice, of which readers
// see one. protodesc takes them, so that they are looked for before linking.

// ambiguousJSON reports whether a message, or one inside it, has such fields.
func ambiguousJSON(m *descriptorpb.DescriptorProto) bool {
	const few = 8 // are compared without a map
	var seen map[string]bool
	if len(m.Field) > few {
		seen = make(map[string]bool, len(m.Field))
	}
	for i, f := range m.Field {
		name := jsonName(f)
		if seen[name] {
			return true
		}
		if seen != nil {
			seen[name] = true
			continue
		}
		if slices.ContainsFunc(m.Field[:i], func(g *descriptorpb.FieldDescriptorProto) bool { return jsonName(g) == name }) {
			return true
		}
	}
	return slices.ContainsFunc(m.NestedType, ambiguousJSON)
}

func jsonName(f *descriptorpb.FieldDescriptorProto) string {
	if f.JsonName != nil {
		return *f.JsonName
	}
	return protoprint.JSONName(f.GetName())
}

// JSON gives fields whose name in JSON another has the name of the IDL, for
// values only: proto2 may declare them, and what is printed stays as it came.
func JSON(fd *descriptorpb.FileDescriptorProto) []string {
	if !slices.ContainsFunc(fd.MessageType, ambiguousJSON) {
		return nil
	}
	m := &mender{}
	for _, msg := range fd.MessageType {
		m.jsonNames(msg, names.Join(fd.GetPackage(), msg.GetName()))
	}
	return m.found
}

func (m *mender) jsonNames(msg *descriptorpb.DescriptorProto, name string) {
	for _, inner := range msg.NestedType {
		m.jsonNames(inner, names.Join(name, inner.GetName()))
	}
	if !ambiguousJSON(&descriptorpb.DescriptorProto{Field: msg.Field}) {
		return
	}
	taken := map[string]string{}
	for _, f := range msg.Field {
		was := jsonName(f)
		now := was
		if taken[now] != "" {
			now = f.GetName()
		}
		if taken[now] != "" {
			now = fmt.Sprintf("%s_%d", f.GetName(), f.GetNumber())
		}
		taken[now] = f.GetName()
		if now != was {
			m.notef("fields %s and %s of %s are both %q in JSON: the latter is shown as %q", taken[was], f.GetName(), name, was, now)
			f.JsonName = &now
		}
	}
}

// CustomJSON is a field's JSON name if the user gave one.
func CustomJSON(field *descriptorpb.FieldDescriptorProto) *string {
	if field.JsonName == nil || field.GetJsonName() == protoprint.JSONName(field.GetName()) {
		return nil
	}
	return field.JsonName
}
