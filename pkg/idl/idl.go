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

	// HTTP reads how the method is reached over HTTP; nil where the method is not from IDL.
	// A method without such rules has none.
	HTTP func() ([]HTTPRule, error)
}

// MethodInfo is a method as lists of methods have it: there is nothing in it to call
// the method with.
type MethodInfo struct {
	stream.Method

	// Input and Output are the full names of the messages, as far as they are
	// known without looking into them.
	Input, Output string
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
// parse another file or ask the server; it takes 10 seconds at most, whatever has
// become of the context of the call that the Types came from, and fails once the
// Schema is closed. A missing type is a *NotFoundError.
type Types interface {
	FindMessage(name protoreflect.FullName) (protoreflect.MessageDescriptor, error)
	FindExtension(name protoreflect.FullName) (protoreflect.ExtensionDescriptor, error)
	FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionDescriptor, error)
}

// Schema is a source of descriptors. Files know all of theirs at once, reflection
// asks on demand. It may be used from several goroutines.
type Schema interface {
	// Services lists the fully qualified names of all services, sorted. Those
	// of Thrift files that the user named have their bare name where it is
	// the only one, others the file's before it: "base.Service".
	Services(ctx context.Context) ([]string, error)
	// Symbols lists what the files declare that the user named, outside of other
	// declarations, file by file in the order of the text. Of a server's reflection it
	// lists the services.
	Symbols(ctx context.Context) ([]string, error)
	// Methods lists the methods of one service in the order of its IDL.
	Methods(ctx context.Context, service string) ([]MethodInfo, error)
	// Method finds "pkg.Service/Method", "pkg.Service.Method",
	// "Service/Method", or a bare "Method" that one service has.
	// *NotFoundError names the nearest, *AmbiguousError the candidates.
	Method(ctx context.Context, name string) (*Method, error)
	// Message finds a message type for template and convert.
	Message(ctx context.Context, name string) (Message, error)
	// Describe returns any symbol.
	Describe(ctx context.Context, symbol string) (*Description, error)
	// Place says where a symbol stands that has been asked for before:
	// "pkg.Service/Method", "pkg.Message.field", "pkg.Enum.VALUE"; of Thrift also
	// "Service/Method.parameter". Where there is no such symbol it is that of what is
	// around it; where nothing is known it is zero.
	Place(ctx context.Context, symbol string) (Place, error)
	// Save writes the files that declare the symbols, and all that these import.
	// Thrift is always saved as sources, in a folder. What is saved is what can
	// be: a *BrokenError names the symbols of several that cannot.
	//
	// Who made the descriptors has named the files: a folder gets nothing but
	// files that end in .proto or .thrift, none of them outside of it. Otherwise
	// the error is a *NameError, or an *ExistsError where a file would be lost.
	Save(ctx context.Context, o SaveOptions, symbols ...string) error
	// Types finds Protobuf types by name; nil where the schema has none.
	Types() Types
	// Close ends lookups through Types, which then fail with cause, and the stream to
	// a server. nil stands for ErrClosed.
	Close(cause error) error
}

// Place is where something stands in IDL.
type Place struct {
	File      string // as the user would write it
	Line, Col int    // from 1; 0 where only the file is known
	// Kind is that of the declaration that it is, or is in: "message", "enum",
	// "service" or "extend"; of Thrift "struct", "union", "exception" and so on.
	Kind string
}

// SaveOptions say where Save writes.
type SaveOptions struct {
	// Dest that ends in .binpb, .protoset, .bin, .pb or .desc becomes a descriptor
	// set, with each file after those it imports; any other Dest is a folder, which
	// gets sources: the user's own as they are, printed ones for what came as
	// descriptors.
	Dest string
	// Force writes over files that were not printed, too.
	Force bool
	// Take, if set, is given the descriptor set in place of a file named by Dest.
	Take func(set []byte) error
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
	// Value is the definition as a JSON-marshalable tree: an *Element, or a
	// *thrift.Element.
	Value any
}
