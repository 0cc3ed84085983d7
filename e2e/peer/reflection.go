package peer

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"
	v1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	v1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// reflects says which versions of reflection a server offers.
type reflects struct{ v1, v1alpha bool }

func (p *Peers) register(s *grpc.Server, r reflects) {
	o := reflection.ServerOptions{Services: s, DescriptorResolver: p.schema.files, ExtensionResolver: extensions{p.schema.types, p.schema.files}}
	if r.v1 {
		v1.RegisterServerReflectionServer(s, reflection.NewServerV1(o))
	}
	if r.v1alpha {
		v1alpha.RegisterServerReflectionServer(s, reflection.NewServer(o))
	}
}

// forgetful is a resolver of files with imports that it does not have, as servers
// have them that were linked carelessly.
type forgetful struct {
	protodesc.Resolver
	missing string
}

func (f forgetful) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	if path == f.missing {
		return nil, protoregistry.NotFound
	}
	file, err := f.Resolver.FindFileByPath(path)
	if err != nil {
		return nil, err
	}
	return f.without(file)
}

func (f forgetful) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	d, err := f.Resolver.FindDescriptorByName(name)
	if err != nil {
		return nil, err
	}
	if d.ParentFile().Path() == f.missing {
		return nil, protoregistry.NotFound
	}
	return f.without(d.ParentFile()) // reflection only wants to know the file
}

// without is the same file with the missing import as a placeholder.
func (f forgetful) without(file protoreflect.FileDescriptor) (protoreflect.FileDescriptor, error) {
	text := protodesc.ToFileDescriptorProto(file)
	return protodesc.FileOptions{AllowUnresolvable: true}.New(text, onlyOthers(f))
}

// onlyOthers resolves all but one file.
type onlyOthers struct {
	protodesc.Resolver
	missing string
}

func (o onlyOthers) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	if path == o.missing {
		return nil, protoregistry.NotFound
	}
	return o.Resolver.FindFileByPath(path)
}

// registerIncomplete registers reflection that does not have one of the files.
func (p *Peers) registerIncomplete(s *grpc.Server, missing string) {
	o := reflection.ServerOptions{
		Services: s, ExtensionResolver: extensions{p.schema.types, p.schema.files},
		DescriptorResolver: forgetful{p.schema.files, missing},
	}
	v1.RegisterServerReflectionServer(s, reflection.NewServerV1(o))
}
