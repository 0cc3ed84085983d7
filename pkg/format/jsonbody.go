package format

import (
	"errors"

	"github.com/idlcall/idlcall/pkg/format/internal/protojson"
	"github.com/idlcall/idlcall/pkg/idl"
)

// compileJSON prepares a Protobuf method whose bodies are ProtoJSON. They go by way of the
// encoded message, so that a request is as strictly read, and a reply written with the same
// options, as where bodies are encoded. Unknown fields of a reply are passed over.
func compileJSON(in, out *idl.ProtoMessage, o Options) *Program {
	strict := Options{IgnoreUnknown: o.IgnoreUnknown}
	request := protojson.Compile(in, in, strict.ofProtobuf())
	o.IgnoreUnknown = true
	reply := protojson.Compile(out, out, o.ofProtobuf())
	return &Program{func() Codec {
		return &jsonBodies{request: request.Codec(), reply: reply.Codec(), out: out.Name()}
	}}
}

// jsonBodies is the codec of such a method. Each half is a codec of one message type, for
// both ways.
type jsonBodies struct {
	request, reply   Codec
	out              string // name of the reply's type
	encoded, decoded []byte // messages, reused
}

func (c *jsonBodies) Encode(dst, json []byte) ([]byte, error) {
	message, err := c.request.Encode(c.encoded[:0], json)
	if err != nil {
		return dst, err
	}
	c.encoded = message
	return c.request.Decode(dst, message)
}

// message is a reply's body as an encoded message.
func (c *jsonBodies) message(body []byte) ([]byte, error) {
	message, err := c.reply.Encode(c.decoded[:0], body)
	if err != nil {
		bad := &DecodeError{Type: c.out, Message: err.Error()}
		if v, ok := errors.AsType[*ValueError](public(err)); ok {
			bad.Offset, bad.Message = v.Offset, v.Error()
		}
		return nil, bad
	}
	c.decoded = message
	return message, nil
}

func (c *jsonBodies) Decode(dst, body []byte) ([]byte, error) {
	message, err := c.message(body)
	if err != nil {
		return dst, err
	}
	return c.reply.Decode(dst, message)
}

func (c *jsonBodies) Stream(dst, body []byte, take func([]byte) error) ([]byte, error) {
	message, err := c.message(body)
	if err != nil {
		return dst, err
	}
	return c.reply.Stream(dst, message, take)
}
