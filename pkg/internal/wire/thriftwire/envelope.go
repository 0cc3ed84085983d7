package thriftwire

import (
	"encoding/binary"
	"fmt"
	"math"
)

// MessageType says what a message is
// (apache/thrift:doc/specs/thrift-rpc.md). The values must not change.
type MessageType uint8

// The message types.
const (
	Call      MessageType = 1
	Reply     MessageType = 2
	Exception MessageType = 3
	Oneway    MessageType = 4
)

// String is the name in the specification, or the number where it has none.
func (t MessageType) String() string {
	if t >= Call && t <= Oneway {
		return [...]string{Call: "CALL", Reply: "REPLY", Exception: "EXCEPTION", Oneway: "ONEWAY"}[t]
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Envelope is what a message says of itself.
type Envelope struct {
	Name string
	Type MessageType
	Seq  int32
}

// Message is a message taken apart.
type Message struct {
	Envelope
	// Body is the struct, or the Protobuf message: what follows the
	// envelope, to the end of the bytes. In JSON it is the last element of
	// the array. It is part of what was parsed.
	Body []byte
	// Rest is what follows a JSON message.
	Rest []byte
}

const (
	strictMagic  = 0x8001
	kitexMagic   = 0x9001
	compactMagic = 0x82
	compactV1    = 1 // in the low five bits of the second byte
	typeShift    = 5 // where the message type is in it
)

// Append appends a message: the envelope, in the strict form where there are two,
// and the body.
func Append(dst []byte, p Protocol, e Envelope, body []byte) []byte {
	switch p {
	case Compact:
		dst = append(dst, compactMagic, byte(e.Type)<<typeShift|compactV1)
		dst = binary.AppendUvarint(dst, uint64(uint32(e.Seq)))
		dst = binary.AppendUvarint(dst, uint64(len(e.Name)))
		dst = append(dst, e.Name...)
	case JSON:
		return appendJSON(dst, e, body)
	default:
		magic := uint16(strictMagic)
		if p == KitexProtobuf {
			magic = kitexMagic
		}
		dst = binary.BigEndian.AppendUint16(dst, magic)
		dst = append(dst, 0, byte(e.Type))
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(e.Name)))
		dst = append(dst, e.Name...)
		dst = binary.BigEndian.AppendUint32(dst, uint32(e.Seq))
	}
	return append(dst, body...)
}

// Parse takes a message apart. It reads the binary protocol in both forms. All
// errors are *Error.
func Parse(p Protocol, b []byte) (Message, error) {
	var m Message
	var n int
	var err *Error
	switch p {
	case JSON:
		return parseJSON(b)
	case Compact:
		m.Envelope, n, err = parseCompact(b)
	case KitexProtobuf:
		m.Envelope, n, err = parseStrict(b, kitexMagic)
	default:
		m.Envelope, n, err = parseBinary(b)
	}
	if err != nil {
		return Message{}, err
	}
	m.Body = b[n:]
	return m, nil
}

// parseBinary tells the forms apart by the sign of the first i32
// (apache/thrift:doc/specs/thrift-binary-protocol.md, "Message").
func parseBinary(b []byte) (Envelope, int, *Error) {
	if len(b) > 0 && b[0]&0x80 != 0 {
		return parseStrict(b, strictMagic)
	}
	name, n, err := parseName(b, 0)
	if err != nil {
		return Envelope{}, 0, err
	}
	if len(b) < n+5 {
		return Envelope{}, 0, truncated(n, "the envelope is cut short")
	}
	return Envelope{string(name), MessageType(b[n]), int32(binary.BigEndian.Uint32(b[n+1:]))}, n + 5, nil
}

// parseStrict reads the form that begins with a magic number. Its third byte has
// no meaning.
func parseStrict(b []byte, magic uint16) (Envelope, int, *Error) {
	if len(b) < 4 {
		return Envelope{}, 0, truncated(0, "the envelope is cut short")
	}
	if binary.BigEndian.Uint16(b) != magic {
		return Envelope{}, 0, &Error{Reason: fmt.Sprintf("the envelope begins with %x, not %x", b[:2], magic)}
	}
	name, n, err := parseName(b, 4)
	if err != nil {
		return Envelope{}, 0, err
	}
	if len(b) < n+4 {
		return Envelope{}, 0, truncated(n, "the envelope is cut short")
	}
	return Envelope{string(name), MessageType(b[3]), int32(binary.BigEndian.Uint32(b[n:]))}, n + 4, nil
}

// parseName reads a name with its length before it, and returns where it ends.
func parseName(b []byte, at int) ([]byte, int, *Error) {
	if len(b) < at+4 {
		return nil, 0, truncated(at, "the envelope is cut short")
	}
	n := binary.BigEndian.Uint32(b[at:])
	return name(b, at, at+4, uint64(n))
}

// name cuts out n bytes that begin at from; their length is at offset at.
func name(b []byte, at, from int, n uint64) ([]byte, int, *Error) {
	if n > math.MaxInt32 {
		return nil, 0, &Error{Offset: at, Reason: fmt.Sprintf("the method name has the length %d", int32(n))}
	}
	if uint64(len(b)-from) < n {
		return nil, 0, truncated(at, fmt.Sprintf("the method name has %d bytes, but only %d follow", n, len(b)-from))
	}
	return b[from : from+int(n)], from + int(n), nil
}

func parseCompact(b []byte) (Envelope, int, *Error) {
	if len(b) < 2 {
		return Envelope{}, 0, truncated(0, "the envelope is cut short")
	}
	if b[0] != compactMagic || b[1]&(1<<typeShift-1) != compactV1 {
		return Envelope{}, 0, &Error{Reason: fmt.Sprintf("the envelope begins with %x, not 82 and version 1", b[:2])}
	}
	seq, n, err := uvarint(b, 2)
	if err != nil {
		return Envelope{}, 0, err
	}
	if seq > math.MaxUint32 {
		return Envelope{}, 0, &Error{Offset: 2, Reason: "the sequence id has more than 32 bits"}
	}
	size, from, err := uvarint(b, n)
	if err != nil {
		return Envelope{}, 0, err
	}
	text, end, err := name(b, n, from, size)
	if err != nil {
		return Envelope{}, 0, err
	}
	return Envelope{string(text), MessageType(b[1] >> typeShift), int32(uint32(seq))}, end, nil
}

// uvarint reads a varint at an offset and returns where it ends.
func uvarint(b []byte, at int) (uint64, int, *Error) {
	v, n := binary.Uvarint(b[min(at, len(b)):])
	switch {
	case n > 0:
		return v, at + n, nil
	case n == 0:
		return 0, 0, truncated(at, "a varint is cut short")
	}
	return 0, 0, &Error{Offset: at, Reason: "a varint has more than 64 bits"}
}
