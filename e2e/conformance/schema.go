package main

import (
	"context"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// pkg is the package of the suite's messages.
const pkg = "connectrpc.conformance.v1"

// schema knows the suite's messages.
type schema struct {
	files *protoregistry.Files
	types *dynamicpb.Types
	set   []byte // a FileDescriptorSet
}

// load compiles the .proto files in a folder.
func load(dir string) (schema, error) {
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{dir}}),
	}
	compiled, err := compiler.Compile(context.Background(),
		"connectrpc/conformance/v1/service.proto", "connectrpc/conformance/v1/client_compat.proto",
		"google/protobuf/descriptor.proto") // details of errors may be of it
	if err != nil {
		return schema{}, err
	}
	set, seen := &descriptorpb.FileDescriptorSet{}, map[string]bool{}
	var add func(protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if seen[f.Path()] {
			return
		}
		seen[f.Path()] = true
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i))
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
	}
	for _, f := range compiled {
		add(f)
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return schema{}, err
	}
	s := schema{files: files, types: dynamicpb.NewTypes(files)}
	s.set, err = proto.Marshal(set)
	return s, err
}

func (s *schema) message(name string) (*dynamicpb.Message, error) {
	d, err := s.files.FindDescriptorByName(pkg + "." + protoreflect.FullName(name))
	if err != nil {
		return nil, err
	}
	return dynamicpb.NewMessage(d.(protoreflect.MessageDescriptor)), nil
}

func (s *schema) toJSON(name string, wire []byte) ([]byte, error) {
	m, err := s.message(name)
	if err != nil {
		return nil, err
	}
	if err := (proto.UnmarshalOptions{Resolver: s.types}).Unmarshal(wire, m); err != nil {
		return nil, err
	}
	return protojson.MarshalOptions{Resolver: s.types}.Marshal(m)
}

func (s *schema) toWire(name string, text []byte) ([]byte, error) {
	m, err := s.message(name)
	if err != nil {
		return nil, err
	}
	if err := (protojson.UnmarshalOptions{Resolver: s.types}).Unmarshal(text, m); err != nil {
		return nil, err
	}
	return proto.Marshal(m)
}
