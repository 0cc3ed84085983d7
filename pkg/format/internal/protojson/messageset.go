package protojson

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// A message with the option message_set_wire_format holds nothing but extensions
// that are messages. Each is a group of its own on the wire
// (protobuf:src/google/protobuf/wire_format_lite.h):
//
//	repeated group Item = 1 {
//	  required uint32 type_id = 2; // number of the extension
//	  required bytes message = 3;
//	}
//
// In JSON it is what any message with extensions is.
const (
	setItemNumber    protowire.Number = 1
	setTypeNumber    protowire.Number = 2
	setMessageNumber protowire.Number = 3
)

func isMessageSet(d protoreflect.MessageDescriptor) bool {
	o, ok := d.Options().(*descriptorpb.MessageOptions)
	return ok && o.GetMessageSetWireFormat()
}

// setItem makes an item of a message set the record of the extension in it: the first
// number and the first message count, as for protoc. What is no item stays as it is.
func (r *record) setItem() {
	if r.num != setItemNumber || r.wire != protowire.StartGroupType {
		return
	}
	var id uint64
	var message []byte
	found := false
	err := each(r.b, func(n protowire.Number, field record) error {
		switch {
		case n == setTypeNumber && field.wire == protowire.VarintType && id == 0:
			id = uint64(uint32(field.v))
		case n == setMessageNumber && field.wire == protowire.BytesType && !found:
			message, found = field.b, true
		}
		return nil
	})
	if err == nil && found && id > 0 && id <= math.MaxInt32 {
		r.num, r.wire, r.b = protowire.Number(id), protowire.BytesType, message
	}
}

// setItem appends an extension of a message set.
func (e *encoder) setItem(dst []byte, f *field, depth int) ([]byte, error) {
	dst = protowire.AppendTag(dst, setItemNumber, protowire.StartGroupType)
	dst = protowire.AppendTag(dst, setTypeNumber, protowire.VarintType)
	dst = protowire.AppendVarint(dst, uint64(f.num))
	dst = protowire.AppendTag(dst, setMessageNumber, protowire.BytesType)
	dst, err := e.value(dst, f, depth)
	return protowire.AppendTag(dst, setItemNumber, protowire.EndGroupType), err
}
