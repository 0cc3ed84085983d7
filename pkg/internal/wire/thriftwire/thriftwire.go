// Package thriftwire has the bytes of Thrift messages: the type codes, the
// envelopes, and how to step over a value without knowing its IDL. It reads from
// memory, allocates nothing by a length field alone, and never panics.
//
//	strict binary  80 01 00 TT | i32 n, name | i32 seq | struct
//	old binary     i32 n, name | TT | i32 seq | struct
//	compact        82 | TT<<5|1 | varint seq | varint n, name | struct
//	JSON           [1,"name",TT,seq,{struct}]
//	Kitex Protobuf 90 01 00 TT | u32 n, name | i32 seq | message
//
// TT is a MessageType; integers are big-endian.
package thriftwire

// Protocol is how a message is encoded.
type Protocol uint8

// The protocols. KitexProtobuf has an envelope but none of Thrift's values.
const (
	Binary        Protocol = iota // apache/thrift:doc/specs/thrift-binary-protocol.md
	Compact                       // apache/thrift:doc/specs/thrift-compact-protocol.md
	JSON                          // apache/thrift:lib/go/thrift/json_protocol.go
	KitexProtobuf                 // cloudwego/kitex:pkg/remote/codec/protobuf/protobuf.go
)

// Type codes of the binary protocol
// (apache/thrift:doc/specs/thrift-binary-protocol.md). The values must not change.
const (
	Stop   = 0
	Void   = 1 // Kitex generic servers write a field of it for void; its value is an empty struct
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

// Type codes of the compact protocol
// (apache/thrift:doc/specs/thrift-compact-protocol.md). The values must not change.
const (
	CompactTrue   = 1 // as an element: any bool
	CompactFalse  = 2
	CompactI8     = 3
	CompactI16    = 4
	CompactI32    = 5
	CompactI64    = 6
	CompactDouble = 7
	CompactBinary = 8
	CompactList   = 9
	CompactSet    = 10
	CompactMap    = 11
	CompactStruct = 12
	CompactUUID   = 13
)

// MaxDepth bounds how deep values may nest, as cloudwego/gopkg does when it skips.
const MaxDepth = 64

// Error says what is wrong with the bytes of a message, and where.
type Error struct {
	// Offset counts from the first of the bytes that were looked at.
	Offset int
	Reason string
	// Truncated is true where the bytes only end too early.
	Truncated bool
}

func (e *Error) Error() string { return e.Reason }

func truncated(offset int, reason string) *Error {
	return &Error{Offset: offset, Reason: reason, Truncated: true}
}

// EmptyStruct is a struct without fields in the binary and the compact protocol. It
// must not be changed.
var EmptyStruct = []byte{Stop}
