package protojson

import (
	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl"
)

// Program is what codecs of a pair of message types share.
type Program struct {
	in, out          *message
	reading, writing *types
	o                jsontext.Options
}

// Compile prepares to read documents of one type and to write those of another.
func Compile(in, out *idl.ProtoMessage, o jsontext.Options) *Program {
	p := &Program{reading: newTypes(in.Types, o.IDLNames), writing: newTypes(out.Types, o.IDLNames), o: o}
	p.in, p.out = p.reading.message(in.Descriptor), p.writing.message(out.Descriptor)
	return p
}

// Codec returns a codec, which belongs to one user at a time in each direction.
func (p *Program) Codec() *Codec {
	return &Codec{
		in:  p.in,
		out: p.out,
		enc: encoder{types: p.reading, ignoreUnknown: p.o.IgnoreUnknown},
		dec: decoder{types: newFinder(p.writing), o: p.o},
	}
}

// Codec maps Protobuf messages to canonical ProtoJSON and back
// (protobuf.dev/programming-guides/json) in one pass each way, without a message
// object between: JSON tokens become wire bytes, wire records become JSON.
type Codec struct {
	in, out *message
	enc     encoder
	dec     decoder
}

// Encode is described at format.Codec, as are Decode and Stream.
func (c *Codec) Encode(dst, json []byte) ([]byte, error) { return c.enc.encode(dst, json, c.in) }

// Decode appends one message.
func (c *Codec) Decode(dst, body []byte) ([]byte, error) {
	c.dec.text = jsontext.Spill{}
	dst, err := c.dec.decode(dst, body, c.out)
	if err == nil {
		c.dec.reportSkipped(c.out)
	}
	return dst, err
}

// Stream appends one message in pieces.
func (c *Codec) Stream(dst, body []byte, take func([]byte) error) ([]byte, error) {
	dst, err := c.dec.stream(dst, body, c.out, take)
	if err == nil {
		c.dec.reportSkipped(c.out)
	}
	return dst, err
}
