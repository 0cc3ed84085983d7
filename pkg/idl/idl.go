// Package idl turns interface definitions into descriptors: it finds the method
// a user names, with the messages it takes and returns, in files, strings,
// descriptor sets or a server's reflection service.
package idl

import (
	"context"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Method is one callable method. Every method has exactly one input and one
// output message.
type Method struct {
	// Service is fully qualified ("pkg.Service"); Name is the bare method name.
	Service, Name string
	Type          stream.Type
	// Oneway methods have no reply at all.
	Oneway bool
	// Streaming says that a Thrift method has the annotation streaming.mode,
	// also where that is "unary". The messages of those that stream are the bare
	// structs; those of all others have FormArguments and FormResult.
	Streaming     bool
	Input, Output Message
}

// IsThrift reports whether the method is of Thrift IDL.
func (m *Method) IsThrift() bool {
	_, ok := m.Input.(*ThriftStruct)
	return ok
}

// BareService is the service without package or file name: what Kitex and Apache
// Thrift call it on the wire.
func (m *Method) BareService() string { return lastPart(m.Service) }

// Path is the method as HTTP/2 names it: "/pkg.Service/Method".
func (m *Method) Path() string { return "/" + m.Service + "/" + m.Name }

// FullName is the method as users name it: "pkg.Service/Method".
func (m *Method) FullName() string { return m.Service + "/" + m.Name }

// Message describes a message type. It is sealed: the only implementations are
// those of this package, and the few places that switch on them know all.
type Message interface {
	// Name is fully qualified.
	// It is *ProtoMessage or *ThriftStruct.
	Name() string
	message()
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
func (*ProtoMessage) message()       {}

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
