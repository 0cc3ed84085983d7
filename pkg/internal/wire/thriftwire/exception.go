package thriftwire

import (
	"encoding/binary"
	"encoding/json"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// AppendException appends the body of an Exception message, which ParseException reads.
func AppendException(dst []byte, p Protocol, typ int32, message string) []byte {
	switch p {
	case KitexProtobuf:
		dst = protowire.AppendVarint(protowire.AppendTag(dst, 1, protowire.VarintType), uint64(typ))
		return protowire.AppendString(protowire.AppendTag(dst, 2, protowire.BytesType), message)
	case JSON:
		quoted, _ := json.Marshal(message) // strings always can be
		dst = append(append(dst, `{"1":{"str":`...), quoted...)
		dst = append(dst, `},"2":{"i32":`...)
		return append(strconv.AppendInt(dst, int64(typ), 10), "}}"...)
	case Compact:
		dst = binary.AppendUvarint(append(dst, 1<<4|CompactBinary), uint64(len(message)))
		dst = append(append(dst, message...), 1<<4|CompactI32)
		return append(binary.AppendVarint(dst, int64(typ)), Stop)
	}
	dst = binary.BigEndian.AppendUint32(append(dst, String, 0, 1), uint32(len(message)))
	dst = append(append(dst, message...), I32, 0, 2)
	return append(binary.BigEndian.AppendUint32(dst, uint32(typ)), Stop)
}

// ParseException reads the body of an Exception message: the struct
// {1: string message, 2: i32 type}, where either may be absent
// (apache/thrift:doc/specs/thrift-rpc.md), or for KitexProtobuf the message
// {1: int32 type, 2: string text} (cloudwego/kitex:pkg/remote/codec/protobuf).
// Other fields are skipped. All errors are *Error.
func ParseException(p Protocol, body []byte) (typ int32, message string, err error) {
	var bad *Error
	switch p {
	case JSON:
		typ, message, bad = jsonException(body)
	case KitexProtobuf:
		typ, message, bad = protoException(body)
	default:
		typ, message, bad = structException(p, body)
	}
	if bad != nil {
		return 0, "", bad
	}
	return typ, message, nil
}

func structException(p Protocol, body []byte) (typ int32, message string, err *Error) {
	w := walker{p, body, 0}
	var id int16
	for {
		header := w.pos
		kind, n, none, err := p.field(body[w.pos:])
		if err != nil {
			return 0, "", w.at(err)
		}
		w.pos += n
		if kind == Stop {
			return typ, message, nil
		}
		id = fieldID(p, body[header:w.pos], id)
		value := w.pos
		if !none {
			if err := w.value(kind, MaxDepth-1); err != nil {
				return 0, "", err
			}
		}
		b := body[value:w.pos]
		switch {
		case id == 1 && p == Binary && kind == String:
			message = string(b[4:])
		case id == 1 && p == Compact && kind == CompactBinary:
			_, n := binary.Uvarint(b)
			message = string(b[n:])
		case id == 2 && p == Binary && kind == I32:
			typ = int32(binary.BigEndian.Uint32(b))
		case id == 2 && p == Compact && kind == CompactI32:
			v, _ := binary.Varint(b)
			typ = int32(v)
		}
	}
}

// fieldID is the id in the header of a field that follows the one with id last.
func fieldID(p Protocol, header []byte, last int16) int16 {
	switch {
	case p == Binary:
		return int16(binary.BigEndian.Uint16(header[1:]))
	case header[0]>>4 != 0:
		return last + int16(header[0]>>4)
	}
	v, _ := binary.Varint(header[1:])
	return int16(v)
}

// jsonException reads {"1":{"str":"..."},"2":{"i32":6}}.
func jsonException(body []byte) (typ int32, message string, bad *Error) {
	var fields map[string]map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return 0, "", &Error{Reason: "not the JSON of a struct: " + err.Error()}
	}
	if text, ok := fields["1"]["str"]; ok {
		if err := json.Unmarshal(text, &message); err != nil {
			return 0, "", &Error{Reason: "the message is not a string"}
		}
	}
	if number, ok := fields["2"]["i32"]; ok {
		n, err := strconv.ParseInt(string(number), 10, 32)
		if err != nil {
			return 0, "", &Error{Reason: "the type is not an integer"}
		}
		typ = int32(n)
	}
	return typ, message, nil
}

func protoException(body []byte) (typ int32, message string, err *Error) {
	for b := body; len(b) > 0; {
		at := len(body) - len(b)
		num, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return 0, "", &Error{Offset: at, Reason: "not a Protobuf message"}
		}
		size := protowire.ConsumeFieldValue(num, kind, b[n:])
		if size < 0 {
			return 0, "", &Error{Offset: at, Reason: "not a Protobuf message"}
		}
		switch value := b[n : n+size]; {
		case num == 1 && kind == protowire.VarintType:
			v, _ := protowire.ConsumeVarint(value)
			typ = int32(v)
		case num == 2 && kind == protowire.BytesType:
			v, _ := protowire.ConsumeBytes(value)
			message = string(v)
		}
		b = b[n+size:]
	}
	return typ, message, nil
}
