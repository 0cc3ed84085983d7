// Package thriftwire has the bytes of Thrift messages: the type codes, the
// envelopes, and how to step over a value without knowing its type.
package thriftwire

// Type codes of the binary protocol
// (apache/thrift:doc/specs/thrift-binary-protocol.md). The values must not change.
const (
	Stop   = 0
	Void   = 1 // Kitex generic servers write a field of it for void
	Bool   = 2
	I8     = 3
	Double = 4
	I16    = 6
	I32    = 8
	I64    = 10
	String = 11
	Struct = 12
	Map    = 13
	Set    = 14
	List   = 15
	UUID   = 16
)

// MaxDepth bounds how deep values may nest, as cloudwego/gopkg does when it skips.
const MaxDepth = 64
