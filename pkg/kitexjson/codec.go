package kitexjson

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bytedance/gopkg/lang/mcache"
	"github.com/cloudwego/dynamicgo/conv"
	"github.com/cloudwego/dynamicgo/conv/j2t"
	"github.com/cloudwego/dynamicgo/conv/t2j"
	"github.com/cloudwego/dynamicgo/meta"
	dynamic "github.com/cloudwego/dynamicgo/thrift"
	"github.com/cloudwego/dynamicgo/thrift/base"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/terminal"
)

// conversion are Kitex's DefaultJSONDynamicGoConvOpts.
func conversion() conv.Options {
	return conv.Options{
		WriteRequireField:  true,
		WriteDefaultField:  true,
		EnableValueMapping: true,
		String2Int64:       true,
		MergeBaseFunc:      mergeBase,
	}
}

// codec does what Kitex's WriteJSON and ReadJSON do in a client.
type codec struct {
	function *dynamic.FunctionDescriptor
	method   *idl.Method
	out      *thrift.Struct
	base     *base.Base
	warn     func(string)
}

// Encode writes one document, as each field of the arguments: Kitex knows the first only.
func (c *codec) Encode(dst, document []byte) ([]byte, error) {
	o, ctx := conversion(), context.Background()
	if c.base != nil && c.function.HasRequestBase() {
		o.EnableThriftBase = true
		own := *c.base // the conversion writes into it
		own.Extra = maps.Clone(c.base.Extra)
		ctx = context.WithValue(ctx, conv.CtxKeyThriftReqBase, &own)
	}
	converter := j2t.NewBinaryConv(o)
	if c.function.IsWithoutWrapping() {
		return c.encode(ctx, dst, document, &converter, c.function.Request())
	}
	for _, f := range c.function.Request().Struct().Fields() {
		dst = binary.BigEndian.AppendUint16(append(dst, byte(f.Type().Type())), uint16(f.ID()))
		if f.Type().Type() == dynamic.VOID {
			dst = append(dst, 0)
			break
		}
		var err error
		if dst, err = c.encode(ctx, dst, document, &converter, f.Type()); err != nil {
			return dst, err
		}
	}
	return append(dst, 0), nil
}

// encode has one value written. The memory is as Kitex has it: where it has to grow at the wrong
// moment, dynamicgo writes the header of a field twice.
func (c *codec) encode(ctx context.Context, dst, document []byte, converter *j2t.BinaryConv, t *dynamic.TypeDescriptor) ([]byte, error) {
	buf := mcache.Malloc(len(document))[:0]
	defer mcache.Free(buf)
	if err := guarded(func() error { return converter.DoInto(ctx, t, document, &buf) }); err != nil {
		return dst, mistake(err, len(document))
	}
	return append(dst, buf...), nil
}

// voidSize is what Kitex passes over of a reply without a value: a field of type void that its
// own generic servers write, and two STOPs. Of servers of generated code comes one STOP.
const voidSize = 5

// Decode is the JSON of one reply, where Kitex has a reply of at least a byte. The string of a
// method that returns one is JSON as well, and that a method returns nothing is null.
func (c *codec) Decode(dst, body []byte) ([]byte, error) {
	response := c.function.Response()
	fields := response.Struct().Fields()
	isString := false
	if !c.function.IsWithoutWrapping() && len(fields) > 0 {
		switch fields[0].Type().Type() {
		case dynamic.VOID:
			if len(body) < voidSize {
				return dst, c.bad(fmt.Sprintf("Kitex's JSON generic call waits for %d bytes of a reply without a value, but %d came", voidSize, len(body)))
			}
			return append(dst, "null"...), nil
		case dynamic.STRING:
			isString = true
		}
	}
	text, err := c.decode(response, body)
	if err != nil {
		return dst, err
	}
	if isString {
		if _, err := strconv.Unquote(string(text)); err != nil {
			return dst, c.bad("the string of the reply: " + err.Error())
		}
	}
	if !json.Valid(text) {
		return dst, c.bad("dynamicgo makes no JSON of the reply")
	}
	return append(dst, c.valid(text)...), nil
}

func (c *codec) decode(t *dynamic.TypeDescriptor, body []byte) ([]byte, error) {
	o := conversion()
	wrapped := !c.function.IsWithoutWrapping()
	o.ConvertException = wrapped
	converter := t2j.NewBinaryConv(o)
	buf := make([]byte, 0, 2*len(body)) // as Kitex has it
	if err := guarded(func() error { return converter.DoInto(context.Background(), t, body, &buf) }); err != nil {
		if _, own := errors.AsType[meta.Error](err); !own && wrapped && json.Valid([]byte(err.Error())) {
			return nil, c.exception(err.Error())
		}
		return nil, c.bad(oneLine(err))
	}
	if prefix := len(`{"":`); wrapped && len(buf) > prefix {
		return buf[prefix : len(buf)-1], nil
	}
	return buf, nil
}

// exception is the first that the method declares, the only one that Kitex knows.
func (c *codec) exception(text string) error {
	for _, f := range c.out.Fields {
		if f.ID != 0 {
			return &format.Exception{Type: f.Type.Name, JSON: c.valid([]byte(text))}
		}
	}
	return c.bad(text)
}

// valid is JSON in UTF-8, with escapes for what a terminal obeys: dynamicgo leaves the bytes of
// strings as they came.
func (c *codec) valid(text []byte) []byte {
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
		if c.warn != nil {
			c.warn("invalid UTF-8 from the peer is shown as U+FFFD")
			c.warn = nil
		}
	}
	if !bytes.ContainsFunc(text, terminal.Obeys) {
		return text
	}
	var escaped []byte
	for _, r := range string(text) {
		if terminal.Obeys(r) {
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		} else {
			escaped = utf8.AppendRune(escaped, r)
		}
	}
	return escaped
}

// Stream is Decode: dynamicgo makes a text as a whole.
func (c *codec) Stream(dst, body []byte, _ func([]byte) error) ([]byte, error) {
	return c.Decode(dst, body)
}

func (c *codec) bad(reason string) error {
	return &ReplyError{c.method.Service + "." + c.method.Name, reason}
}

// guarded makes an error of a panic, which would end a gateway's request too.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("dynamicgo panics: %v", r)
		}
	}()
	return f()
}

// oneLine is an error of dynamicgo, which draws the place over several lines.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// mistake is an error of dynamicgo about a document of so many bytes. Where it says the place
// ("near 9 of ... at index 13: ..."), that is in Offset, in place of the drawing.
func mistake(err error, size int) error {
	text := oneLine(err)
	at := strings.LastIndex(text, ", near ")
	if at < 0 {
		return &format.ValueError{Message: text}
	}
	_, place, _ := strings.Cut(text[at:], "at index ")
	number, _, _ := strings.Cut(place, ":")
	offset, err := strconv.Atoi(number)
	if err != nil {
		return &format.ValueError{Message: text}
	}
	return &format.ValueError{Offset: min(max(offset-1, 0), size), Message: text[:at]}
}
