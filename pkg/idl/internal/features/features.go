// Package features registers google/protobuf/cpp_features.proto and java_features.proto,
// which come with protoc and of which protobuf's runtime has no Go package.
//
// protoparse brings them along too and, unless they are registered when it is
// initialised, unmarshals and links both: a fifth of what this program does before main.
// Registered ones are looked at when somebody asks for them. The order is certain: of
// packages whose imports are ready Go initialises the one that comes first by its import
// path, and this one needs less than protoparse and stands before it. Were it not so,
// nothing but time would be lost; a test holds it.
package features

import (
	_ "embed"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/runtime/protoimpl"
	"google.golang.org/protobuf/types/descriptorpb"
)

// The encoded FileDescriptorProtos.
//
//go:embed cpp.binpb
var cpp []byte

//go:embed java.binpb
var java []byte

var (
	_ = protoimpl.DescBuilder{RawDescriptor: cpp, FileRegistry: registry{protoregistry.GlobalFiles}}.Build()
	_ = protoimpl.DescBuilder{RawDescriptor: java, FileRegistry: registry{protoregistry.GlobalFiles}}.Build()
)

// registry knows the message that both extend without a lookup: those are left to who needs them.
type registry struct{ *protoregistry.Files }

func (r registry) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	if set := (*descriptorpb.FeatureSet)(nil).ProtoReflect().Descriptor(); set.FullName() == name {
		return set, nil
	}
	return r.Files.FindDescriptorByName(name)
}

// BuildsLater has a protobuf that can (deploy/patches) build the files once a descriptor is asked for.
func (registry) BuildsLater() {}
