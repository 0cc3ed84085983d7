package kitexmap

import (
	"fmt"
	"sync"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// EmptyStructs is format.EmptyStructs.
type EmptyStructs uint8

// The forms of EmptyStructs.
const (
	NoFields EmptyStructs = iota
	RequiredFields
	AllFields
)

// Options are format.MapOptions, with what a call has put in.
type Options struct {
	EmptyStructs EmptyStructs
	Base64       bool // binary is base64, both ways; else it is text
	PlainNames   bool // go.tag gives no names
	Base         map[string]string
	Extra        map[string]string // of Base
	Warn         func(message string)
}

// Program has the records of a method's types.
type Program struct {
	options Options
	in, out *thrift.Struct
	records sync.Map // *thrift.Struct to *record
}

// Compile prepares a method.
func Compile(in, out *thrift.Struct, o Options) *Program {
	return &Program{options: o, in: in, out: out}
}

// Codec returns a codec for one use.
func (p *Program) Codec() *Codec { return &Codec{p: p} }

// Codec maps the messages of a method.
type Codec struct {
	p        *Program
	warnings jsontext.Warnings
}

// Encode appends the request that a document is.
func (c *Codec) Encode(dst, document []byte) ([]byte, error) {
	v, err := parse(document)
	if err != nil {
		return dst, err
	}
	w := writer{p: c.p, dst: dst}
	if c.p.in.Form != thrift.FormArguments {
		err = w.whole(c.p.in, v)
		return w.dst, err
	}
	if v != nil { // Kitex writes nothing at all for nil
		f := c.p.in.Fields[0]
		w.header(f)
		if f.Type.Struct != nil {
			w.request = f.Type.Struct
		}
		if err := w.value(f.Type, v); err != nil {
			return w.dst, err
		}
	}
	return append(w.dst, 0), nil
}

// Decode appends the JSON of a reply. Of a result the last field counts that Kitex knows; what it
// does not know is null.
func (c *Codec) Decode(dst, body []byte) ([]byte, error) {
	r := reader{p: c.p, in: body}
	var v any
	var err error
	if c.p.out.Form == thrift.FormResult {
		v, err = r.result()
		if e, ok := err.(*declared); ok {
			return dst, &Exception{Type: e.name, JSON: c.text(nil, e.value)}
		}
	} else {
		v, err = r.record(c.p.out, 0)
	}
	if err != nil {
		return dst, err
	}
	return c.text(dst, v), nil
}

// Stream is Decode: a tree is a whole.
func (c *Codec) Stream(dst, body []byte, _ func([]byte) error) ([]byte, error) {
	return c.Decode(dst, body)
}

// Exception is format.Exception on its way out.
type Exception struct { //nolint:errname // the exception itself, as the IDL has it
	Type string
	JSON []byte
}

func (e *Exception) Error() string { return fmt.Sprintf("exception %s: %s", e.Type, e.JSON) }
