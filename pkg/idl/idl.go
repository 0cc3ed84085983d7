// Package idl turns interface definitions into descriptors: it finds the method
// a user names, with the messages it takes and returns, in files, strings,
// descriptor sets or a server's reflection service.
package idl

import (
	"context"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl/internal/seal"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Method is one callable method. Every method has exactly one input and one
// output message; of a Thrift method they are of Lang Thrift, too.
type Method struct {
	stream.Method

	Input, Output Message
}

// Message describes a message type. It is sealed: the only implementations are
// *ProtoMessage and *thrift.Struct, and the few places that switch on them know
// all.
type Message interface {
	// Name is fully qualified.
	Name() string
	Sealed(seal.Message)
}

// ProtoMessage is a Protobuf message type.
type ProtoMessage struct {
	Descriptor protoreflect.MessageDescriptor
	// Types finds the types that the descriptor does not refer to: those
	// inside google.protobuf.Any, and extensions. Never nil.
	Types Types
}

// Name is the full name of the message.
func (m *ProtoMessage) Name() string { return string(m.Descriptor.FullName()) }

// Sealed makes a ProtoMessage a Message.
func (*ProtoMessage) Sealed(seal.Message) {}

// Types finds Protobuf types by name in everything a Schema knows. A lookup may
// parse another file or ask the server. A missing type is a *NotFoundError.
type Types interface {
	FindMessage(name protoreflect.FullName) (protoreflect.MessageDescriptor, error)
	FindExtension(name protoreflect.FullName) (protoreflect.ExtensionDescriptor, error)
	FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionDescriptor, error)
}

// Schema is a source of descriptors. Files know all of theirs at once, reflection
// asks on demand.
type Schema interface {
	// Services lists the fully qualified names of all services, sorted. Those
	// of Thrift files that the user named have their bare name where it is
	// the only one, others the file's before it: "base.Service".
	Services(ctx context.Context) ([]string, error)
	// Methods lists the methods of one service in the order of its IDL. Their
	// messages may be placeholders that have nothing but a name; Method has
	// the whole.
	Methods(ctx context.Context, service string) ([]*Method, error)
	// Method finds "pkg.Service/Method", "pkg.Service.Method",
	// "Service/Method", or a bare "Method" that one service has.
	// *NotFoundError names the nearest, *AmbiguousError the candidates.
	Method(ctx context.Context, name string) (*Method, error)
	// Message finds a message type for template and convert.
	Message(ctx context.Context, name string) (Message, error)
	// Describe returns any symbol.
	Describe(ctx context.Context, symbol string) (*Description, error)
}

// Description is one symbol made readable.
type Description struct {
	// Kind is "service", "method", "message", "enum", "field", "oneof",
	// "extension", "enum value" or "file"; of Thrift also "struct", "union",
	// "exception", "typedef" or "const".
	Kind string
	// Name is fully qualified.
	Name string
	// Text is the definition in the language of the IDL, comments included,
	// ending in a newline.
	Text string
	// Refers lists the full names of the message and enum types that the
	// definition mentions, in order, each once.
	Refers []string
	// Value is the definition as a JSON-marshalable tree.
	Value any
}
