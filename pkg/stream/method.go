package stream

import "strings"

// Lang is the language of the IDL that declares a method. It decides what a body is
// and what goes around it.
type Lang uint8

// The languages.
const (
	Protobuf Lang = iota
	Thrift
)

// Method is what a transport has to know of a method: everything but its messages.
type Method struct {
	// Service is fully qualified ("pkg.Service"); Name is the bare method name.
	Service, Name string
	Type          Type
	Lang          Lang
	// Protocol is how Thrift bodies are encoded. An IDL does not say; whoever
	// drives the call does, here, for codec and transport both. Bodies of Protobuf
	// are in its own encoding, or ProtoJSON where Protocol is JSON.
	Protocol Protocol
	// NoSideEffects says that a Protobuf method has the option idempotency_level =
	// NO_SIDE_EFFECTS.
	NoSideEffects bool
	// Oneway methods have no reply at all.
	Oneway bool
	// Streaming says that a Thrift method has the annotation streaming.mode,
	// also where that is "unary". The messages of those that stream are the bare
	// structs; those of all others are the arguments and the result.
	Streaming bool
}

// IsThrift reports whether the method is of Thrift IDL.
func (m *Method) IsThrift() bool { return m.Lang == Thrift }

// BareService is the service without package or file name: what Kitex and Apache
// Thrift call it on the wire.
func (m *Method) BareService() string {
	return m.Service[strings.LastIndexByte(m.Service, '.')+1:]
}

// Path is the method as HTTP/2 names it: "/pkg.Service/Method".
func (m *Method) Path() string { return "/" + m.Service + "/" + m.Name }

// FullName is the method as users name it: "pkg.Service/Method".
func (m *Method) FullName() string { return m.Service + "/" + m.Name }
