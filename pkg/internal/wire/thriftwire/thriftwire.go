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

// EmptyBody is what stands for no message at all: in Thrift, a struct without fields. It
// must not be changed.
func EmptyBody(p Protocol) []byte {
	switch p {
	case KitexProtobuf:
		return nil
	case JSON:
		return []byte("{}")
	}
	return EmptyStruct
}
