package thriftjson

import (
	"math"
	"strconv"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// The primitives of Thrift's JSON protocol: a struct is an object of field ids,
// each {"type": value}; a list is ["type", size, ...]; a map is ["key type",
// "value type", size, {...}]. Bools are 1 and 0, binary is base64
// (apache/thrift:doc/specs/thrift-json-protocol.md).

// jsonDo keeps the parser's mistake, if there is one.
func (r *reader) jsonDo(err error) {
	if v, ok := err.(*jsontext.ValueError); ok && r.err == nil {
		r.err = jsontext.Malformed(v.Offset, v.Message)
	}
}

func (r *reader) jsonOpen(c byte, what string)  { r.jsonDo(r.p.Expect(c, what)) }
func (r *reader) jsonClose(c byte, what string) { r.jsonDo(r.p.Expect(c, what)) }

func (r *reader) jsonField(s *fieldReader) (kind thrift.Kind, id int16, ok bool) {
	if r.err != nil {
		return 0, 0, false
	}
	if r.p.Peek() == '}' {
		r.p.Pos++
		return 0, 0, false
	}
	if s.begun {
		r.jsonOpen(',', "between fields")
	}
	s.begun = true
	key := r.jsonText()
	n, err := strconv.ParseInt(string(key), 10, 16)
	if err != nil {
		r.failf("%q is not a field id", jsontext.Clip(key))
	}
	r.jsonOpen(':', "after a field id")
	r.jsonOpen('{', "to open a field")
	kind = r.jsonKind()
	r.jsonOpen(':', "after a type")
	return kind, int16(n), r.err == nil
}

// jsonKind reads the name of a type.
func (r *reader) jsonKind() thrift.Kind {
	name := r.jsonText()
	if kind, ok := thriftwire.TypeOfJSON(name); ok {
		return thrift.Kind(kind)
	}
	r.failf("type %q, which there is not", jsontext.Clip(name))
	return 0
}

func (r *reader) jsonText() []byte {
	s, err := r.p.Text()
	r.jsonDo(err)
	return s
}

func (r *reader) jsonBytes() []byte {
	b, err := r.p.Base64(nil)
	r.jsonDo(err)
	return b
}

// jsonInteger reads a number, which is in quotes where it is a map's key.
func (r *reader) jsonInteger(kind thrift.Kind) int64 {
	if r.err != nil {
		return 0
	}
	text, _, err := r.p.NumberOrString("a number")
	if r.jsonDo(err); r.err != nil {
		return 0
	}
	n, whole, fits := jsontext.ParseInteger(text)
	bits := bitsOf(kind)
	if kind == thrift.KindBool {
		bits = 2
	}
	v, ok := n.Signed(bits)
	if !whole || !fits || !ok || kind == thrift.KindBool && v < 0 {
		r.failf("%s does not fit in %s", jsontext.Clip(text), kind)
		return 0
	}
	return v
}

func (r *reader) jsonDouble() float64 {
	if r.err != nil {
		return 0
	}
	x, err := r.p.Float(64)
	r.jsonDo(err)
	return x
}

func (r *reader) jsonList() (elem thrift.Kind, n int) {
	r.jsonOpen('[', "to open a list")
	elem = r.jsonKind()
	r.jsonOpen(',', "after the type of a list")
	return elem, r.jsonCount("list")
}

func (r *reader) jsonMap() (key, elem thrift.Kind, n int) {
	r.jsonOpen('[', "to open a map")
	key = r.jsonKind()
	r.jsonOpen(',', "after the type of a map's keys")
	elem = r.jsonKind()
	r.jsonOpen(',', "after the type of a map's values")
	n = r.jsonCount("map")
	r.jsonOpen(',', "after the size of a map")
	r.jsonOpen('{', "to open the entries of a map")
	return key, elem, n
}

func (r *reader) jsonCount(what string) int {
	n := r.jsonInteger(thrift.KindI64)
	if n < 0 || n > math.MaxInt32 || int(n) > len(r.p.Src)-r.p.Pos {
		r.failf("a %s of %d elements, but only %d bytes are left", what, n, len(r.p.Src)-r.p.Pos)
		return 0
	}
	return int(n)
}

// Between the elements and entries of JSON stand commas and colons; the other
// protocols have nothing there.

func (r *reader) beginElement() {
	if r.proto == stream.JSON {
		r.jsonOpen(',', "before an element")
	}
}

func (r *reader) endList() {
	if r.proto == stream.JSON {
		r.jsonClose(']', "to close a list")
	}
}

func (r *reader) beginKey(i int) {
	if r.proto == stream.JSON && i > 0 {
		r.jsonOpen(',', "between entries")
	}
}

func (r *reader) beginValue() {
	if r.proto == stream.JSON {
		r.jsonOpen(':', "after a key")
	}
}

func (r *reader) endMap() {
	if r.proto == stream.JSON {
		r.jsonClose('}', "to close the entries of a map")
		r.jsonClose(']', "to close a map")
	}
}
