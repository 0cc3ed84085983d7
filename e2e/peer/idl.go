package peer

import (
	"context"
	"fmt"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	_ "google.golang.org/genproto/googleapis/rpc/errdetails" // for files that import it
)

// sources are the files that the servers serve; they import the others.
var sources = []string{"calls.proto", "types.proto"}

// schema is the IDL of the servers, compiled by another compiler than the one
// under test.
type schema struct {
	files *protoregistry.Files // with everything that is linked in, too
	types *dynamicpb.Types
}

func compile(ctx context.Context, dir string) (*schema, error) {
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(protocompile.CompositeResolver{
			&protocompile.SourceResolver{ImportPaths: []string{dir}},
		}),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	compiled, err := compiler.Compile(ctx, sources...)
	if err != nil {
		return nil, fmt.Errorf("compile the servers' IDL: %w", err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		appendFile(set, seen, f)
		return true
	})
	for _, f := range compiled {
		appendFile(set, seen, f)
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, fmt.Errorf("link the servers' IDL: %w", err)
	}
	return &schema{files, dynamicpb.NewTypes(files)}, nil
}

// appendFile adds a file after those that it imports.
func appendFile(set *descriptorpb.FileDescriptorSet, seen map[string]bool, f protoreflect.FileDescriptor) {
	if seen[f.Path()] {
		return
	}
	seen[f.Path()] = true
	imports := f.Imports()
	for i := range imports.Len() {
		appendFile(set, seen, imports.Get(i).FileDescriptor)
	}
	set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
}

// service returns the descriptor of a service.
func (s *schema) service(name protoreflect.FullName) (protoreflect.ServiceDescriptor, error) {
	d, err := s.files.FindDescriptorByName(name)
	if err != nil {
		return nil, err
	}
	service, ok := d.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is no service", name)
	}
	return service, nil
}

// set encodes the files that the services need as a FileDescriptorSet.
func (s *schema) set(services ...protoreflect.FullName) ([]byte, error) {
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	for _, name := range services {
		service, err := s.service(name)
		if err != nil {
			return nil, err
		}
		appendFile(set, seen, service.ParentFile())
	}
	return proto.Marshal(set)
}

// extensions resolves the extensions of the schema for reflection.
type extensions struct {
	*dynamicpb.Types
	files *protoregistry.Files
}

func (e extensions) RangeExtensionsByMessage(message protoreflect.FullName, f func(protoreflect.ExtensionType) bool) {
	e.files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		all := file.Extensions()
		for i := range all.Len() {
			x := all.Get(i)
			if x.ContainingMessage().FullName() == message && !f(dynamicpb.NewExtensionType(x)) {
				return false
			}
		}
		return true
	})
}
