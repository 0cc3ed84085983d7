package idl

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// maxNumber is the largest field number outside of MessageSets.
const maxNumber = 1<<29 - 1

// withoutSets makes ordinary messages of a file's MessageSets, which protodesc
// does not link. It is for what is only shown; on the wire they differ.
func withoutSets(fd *descriptorpb.FileDescriptorProto) *descriptorpb.FileDescriptorProto {
	if !slices.ContainsFunc(fd.MessageType, hasSet) && !slices.ContainsFunc(fd.Extension, beyondMax) {
		return fd
	}
	fd = proto.Clone(fd).(*descriptorpb.FileDescriptorProto)
	fd.Extension = slices.DeleteFunc(fd.Extension, beyondMax)
	for _, m := range fd.MessageType {
		ordinary(m)
	}
	return fd
}

func hasSet(m *descriptorpb.DescriptorProto) bool {
	return m.GetOptions().GetMessageSetWireFormat() || slices.ContainsFunc(m.Extension, beyondMax) || slices.ContainsFunc(m.NestedType, hasSet)
}

func beyondMax(x *descriptorpb.FieldDescriptorProto) bool { return x.GetNumber() > maxNumber }

func ordinary(m *descriptorpb.DescriptorProto) {
	if m.GetOptions().GetMessageSetWireFormat() {
		m.Options.MessageSetWireFormat = nil
		for _, r := range m.ExtensionRange {
			r.End = new(min(r.GetEnd(), maxNumber+1))
		}
	}
	m.Extension = slices.DeleteFunc(m.Extension, beyondMax)
	for _, n := range m.NestedType {
		ordinary(n)
	}
}
