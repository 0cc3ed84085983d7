package thriftjson

import (
	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Program is what codecs of a pair of structs share.
type Program struct {
	in, out  *structure
	writing  *types
	base     *base // nil where there is nothing to fill in
	protocol stream.Protocol
	o        jsontext.Options
}

// Compile prepares to read documents of one struct and to write those of another. What
// is wrong with the values of base is a *BaseError.
func Compile(in, out *thrift.Struct, p stream.Protocol, values []BaseValue, o jsontext.Options) (*Program, error) {
	reading, writing := newTypes(o.IDLNames), newTypes(o.IDLNames)
	c := &Program{in: reading.structure(in), out: writing.structure(out), writing: writing, protocol: p, o: o}
	if len(values) == 0 {
		return c, nil
	}
	var err error
	if c.base, err = newBase(c.in, values); err != nil {
		return nil, err
	}
	return c, nil
}

// Codec returns a codec, which belongs to one user at a time in each direction.
func (p *Program) Codec() *Codec {
	return &Codec{
		in:  p.in,
		out: p.out,
		enc: encoder{writer: writer{p.protocol}, ignoreUnknown: p.o.IgnoreUnknown, base: p.base},
		dec: decoder{r: reader{proto: p.protocol}, o: p.o, types: p.writing},
	}
}

// Codec maps Thrift structs to JSON and back in one pass each way, without a tree
// between: JSON tokens become wire bytes, wire values become JSON. Binary, compact and
// Thrift's own JSON protocol share the walk over the descriptors and differ in the
// primitives of write.go and read.go only.
type Codec struct {
	in, out *structure
	enc     encoder
	dec     decoder
}

// Encode takes the arguments of a method the way users write them: one struct or union
// stands for itself. A result is the value that was returned.
func (c *Codec) Encode(dst, json []byte) ([]byte, error) {
	if c.in.desc.Form == thrift.FormResult {
		return c.enc.encodeResult(dst, json, c.in)
	}
	return c.enc.encode(dst, json, c.in)
}

// Decode is the inverse of Encode.
func (c *Codec) Decode(dst, body []byte) ([]byte, error) {
	c.dec.text = jsontext.Spill{}
	return c.decode(dst, body)
}

// Stream is Decode in pieces, as format.Codec has it.
func (c *Codec) Stream(dst, body []byte, take func([]byte) error) ([]byte, error) {
	return c.dec.text.Stream(dst, body, take, func(dst []byte) ([]byte, error) { return c.decode(dst, body) })
}

func (c *Codec) decode(dst, body []byte) ([]byte, error) {
	switch {
	case c.out.desc.Form == thrift.FormResult:
		return c.dec.result(dst, body, c.out)
	case c.out.argument != nil:
		return c.dec.argument(dst, body, c.out)
	}
	return c.dec.decode(dst, body, c.out)
}
