package protoidl

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/mend"
)

// linkSets links a file. protodesc does not link MessageSets, so it is shown
// ordinary messages; the linked ones say in their options what they are, which is
// how the codec knows. Extensions above mend.MaxNumber are left out. far makes
// placeholders of types that are not there.
func linkSets(fd *descriptorpb.FileDescriptorProto, in protodesc.Resolver, far bool) (protoreflect.FileDescriptor, error) {
	o := protodesc.FileOptions{AllowUnresolvable: far}
	if !slices.ContainsFunc(fd.MessageType, hasSet) && !slices.ContainsFunc(fd.Extension, beyondMax) {
		return o.New(fd, in)
	}
	file, err := o.New(withoutSets(fd), in)
	if err == nil {
		markSets(file.Messages(), fd.MessageType)
	}
	return file, err
}

// withoutSets makes ordinary messages of a file's MessageSets.
func withoutSets(fd *descriptorpb.FileDescriptorProto) *descriptorpb.FileDescriptorProto {
	fd = proto.Clone(fd).(*descriptorpb.FileDescriptorProto)
	fd.Extension = slices.DeleteFunc(fd.Extension, beyondMax)
	for _, m := range fd.MessageType {
		ordinary(m)
	}
	return fd
}

// markSets puts back the options that withoutSets took. The descriptors have not
// been seen by anybody yet, and their options are their own.
func markSets(list protoreflect.MessageDescriptors, from []*descriptorpb.DescriptorProto) {
	for i, m := range from {
		linked := list.Get(i)
		if o, ok := linked.Options().(*descriptorpb.MessageOptions); ok && m.GetOptions().GetMessageSetWireFormat() {
			o.MessageSetWireFormat = new(true)
		}
		markSets(linked.Messages(), m.NestedType)
	}
}

func hasSet(m *descriptorpb.DescriptorProto) bool {
	return m.GetOptions().GetMessageSetWireFormat() || slices.ContainsFunc(m.Extension, beyondMax) || slices.ContainsFunc(m.NestedType, hasSet)
}

// tellBeyond warns, once, that a file has extensions which are left out.
func (p *pool) tellBeyond(f *file, m []*descriptorpb.DescriptorProto, list []*descriptorpb.FieldDescriptorProto) {
	for _, x := range list {
		if beyondMax(x) && !f.beyond {
			f.beyond = true
			p.warning(fmt.Sprintf("extension %s in %s has a number above %d: it is left out", x.GetName(), f.shown, mend.MaxNumber))
		}
	}
	for _, inner := range m {
		p.tellBeyond(f, inner.NestedType, inner.Extension)
	}
}

func beyondMax(x *descriptorpb.FieldDescriptorProto) bool { return x.GetNumber() > mend.MaxNumber }

func ordinary(m *descriptorpb.DescriptorProto) {
	if m.GetOptions().GetMessageSetWireFormat() {
		m.Options.MessageSetWireFormat = nil
		for _, r := range m.ExtensionRange {
			r.End = new(min(r.GetEnd(), mend.MaxNumber+1))
		}
	}
	m.Extension = slices.DeleteFunc(m.Extension, beyondMax)
	for _, n := range m.NestedType {
		ordinary(n)
	}
}
