package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/bufbuild/protocompile"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/idlcall/idlcall/pkg/stream"
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
		"connectrpc/conformance/v1/service.proto", "connectrpc/conformance/v1/client_compat.proto", "connectrpc/conformance/v1/server_compat.proto",
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

// status is an error of the suite's definitions as a status of gRPC.
func (s *schema) status(code, message string, details []json.RawMessage) (*stream.Status, error) {
	values, err := s.files.FindDescriptorByName(pkg + ".Code")
	if err != nil {
		return nil, err
	}
	number := values.(protoreflect.EnumDescriptor).Values().ByName(protoreflect.Name(code)).Number()
	text, err := json.Marshal(map[string]any{"code": number, "message": message, "details": details})
	if err != nil {
		return nil, err
	}
	var encoded spb.Status
	if err := (protojson.UnmarshalOptions{Resolver: s.types}).Unmarshal(text, &encoded); err != nil {
		return nil, err
	}
	wire, err := proto.Marshal(&encoded)
	return &stream.Status{Code: stream.Code(number), Message: message, Details: wire}, err
}

// encode64 is the value of a header that ends in -bin, as the suite's messages have it.
func encode64(value string) string { return base64.RawStdEncoding.EncodeToString([]byte(value)) }

// decode64 is the inverse of encode64. What is not base64 stays.
func decode64(text string) string {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return text
	}
	return string(b)
}
