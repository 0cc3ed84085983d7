package format

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/format/internal/protojson"
	"github.com/idlcall/idlcall/pkg/format/internal/thriftjson"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Program is what is known of the messages of one method before any arrives. It is
// for any number of goroutines. What it learns as it is used, as the types inside a
// google.protobuf.Any, it keeps for all its codecs.
type Program struct{ codec func() Codec }

// Compile prepares a method: how its input is encoded and its output decoded. The
// encoding of a Thrift body is that of the method's Protocol; bodies of Protobuf are
// ProtoJSON where that is stream.JSON. A method whose messages
// are not of one language has no mapping; values for a base.Base field that is not
// there or does not take them are a *BaseError.
func Compile(m *idl.Method, o Options) (*Program, error) {
	switch in := m.Input.(type) {
	case *idl.ProtoMessage:
		out, ok := m.Output.(*idl.ProtoMessage)
		switch {
		case ok && m.Protocol == stream.JSON:
			return compileJSON(in, out, o), nil
		case ok:
			p := protojson.Compile(in, out, o.ofProtobuf())
			return &Program{func() Codec { return p.Codec() }}, nil
		}
	case *thrift.Struct:
		if o.Dialect != nil {
			return o.Dialect(m, o)
		}
		if out, ok := m.Output.(*thrift.Struct); ok {
			p, err := thriftjson.Compile(in, out, m.Protocol, o.baseValues(), o.ofThrift())
			if err != nil {
				return nil, public(err)
			}
			return &Program{func() Codec { return p.Codec() }}, nil
		}
	}
	return nil, fmt.Errorf("no JSON mapping for the messages of %s", m.FullName())
}

// Codec returns a codec for one use.
func (p *Program) Codec() Codec { return &codec{p.codec()} }

// Codec maps the messages of one method. Encode and Decode may run concurrently
// with each other, but neither with itself.
type Codec interface {
	// Encode appends the request body of one JSON document to dst. A mistake
	// in the document is a *ValueError; dst is then worthless.
	Encode(dst, json []byte) ([]byte, error)
	// Decode appends one reply to dst, as compact JSON without a line end. A
	// body that does not fit the type is a *DecodeError. The result of a Thrift
	// method may be an *Exception, or be missing: a *NoResultError.
	Decode(dst, body []byte) ([]byte, error)
	// Stream is Decode for replies of any size, in memory that the size of the
	// body bounds: where the text becomes large, and the whole body has proved
	// to be sound, take is given the text in pieces. What it returns is what
	// follows them, behind dst.
	Stream(dst, body []byte, take func(text []byte) error) ([]byte, error)
}

// codec is the Codec of a language, whose errors get their public types.
type codec struct{ in Codec }

func (c *codec) Encode(dst, json []byte) ([]byte, error) {
	dst, err := c.in.Encode(dst, json)
	if err != nil {
		err = public(err)
	}
	return dst, err
}

func (c *codec) Decode(dst, body []byte) ([]byte, error) {
	dst, err := c.in.Decode(dst, body)
	if err != nil {
		err = public(err)
	}
	return dst, err
}

func (c *codec) Stream(dst, body []byte, take func(text []byte) error) ([]byte, error) {
	dst, err := c.in.Stream(dst, body, take)
	if err != nil {
		err = public(err)
	}
	return dst, err
}
