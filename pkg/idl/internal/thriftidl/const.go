package thriftidl

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudwego/thriftgo/parser"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// maxDefaults is the size of all default values of a schema: constants that
// repeat other constants grow without bound.
const maxDefaults = 16 << 20

// constWriter writes constants as JSON that fits a type.
type constWriter struct {
	s    *Schema
	busy []*decl // the constants that led here
}

// constJSON is the value of a constant expression in f. An error has no position
// unless it is that of another file.
func (s *Schema) constJSON(f *file, v *parser.ConstValue, t *thrift.Type) ([]byte, error) {
	data, err := (&constWriter{s: s}).append(nil, f, v, t)
	s.defaultSize += len(data)
	return data, err
}

func (c *constWriter) append(dst []byte, f *file, v *parser.ConstValue, t *thrift.Type) ([]byte, error) {
	if c.s.defaultSize+len(dst) > maxDefaults {
		return nil, fmt.Errorf("the default values are larger than %d MiB", maxDefaults>>20)
	}
	if v.Type == parser.ConstType_ConstIdentifier {
		name := v.TypedValue.GetIdentifier()
		if name != "true" && name != "false" {
			return c.identifier(dst, f, name, t)
		}
		v = truth(name == "true") // both compilers take the words for numbers
	}
	switch t.Kind {
	case thrift.KindBool:
		return appendConstBool(dst, v)
	case thrift.KindI8:
		return appendConstInt(dst, v, t, math.MinInt8, math.MaxInt8)
	case thrift.KindI16:
		return appendConstInt(dst, v, t, math.MinInt16, math.MaxInt16)
	case thrift.KindI32:
		return appendConstInt(dst, v, t, math.MinInt32, math.MaxInt32)
	case thrift.KindI64:
		return appendConstInt(dst, v, t, math.MinInt64, math.MaxInt64)
	case thrift.KindDouble:
		return appendConstDouble(dst, v)
	case thrift.KindString, thrift.KindUUID:
		return appendConstString(dst, v, t)
	case thrift.KindList, thrift.KindSet:
		return c.list(dst, f, v, t)
	case thrift.KindMap:
		return c.mapping(dst, f, v, t)
	case thrift.KindStruct:
		return c.structure(dst, f, v, t)
	}
	return nil, mistyped(v, t)
}

// truth is the number that true or false is.
func truth(b bool) *parser.ConstValue {
	n := int64(boolInt(b))
	return &parser.ConstValue{Type: parser.ConstType_ConstInt, TypedValue: &parser.ConstTypedValue{Int: &n}}
}

func mistyped(v *parser.ConstValue, t *thrift.Type) error {
	return fmt.Errorf("%s is no %s", constText(v), t.Name)
}

// constText is a constant expression in a message.
func constText(v *parser.ConstValue) string {
	switch v.Type {
	case parser.ConstType_ConstInt:
		return strconv.FormatInt(v.TypedValue.GetInt(), 10)
	case parser.ConstType_ConstDouble:
		text := strconv.FormatFloat(v.TypedValue.GetDouble(), 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return text
	case parser.ConstType_ConstLiteral:
		return quoteShort(decodeLiteral(v.TypedValue.GetLiteral()))
	case parser.ConstType_ConstIdentifier:
		return quoteShort(v.TypedValue.GetIdentifier())
	case parser.ConstType_ConstList:
		return "a list"
	}
	return "a map"
}

// appendConstBool takes every number above 0 for true, as both compilers do.
func appendConstBool(dst []byte, v *parser.ConstValue) ([]byte, error) {
	if v.Type != parser.ConstType_ConstInt {
		return nil, mistyped(v, baseTypes["bool"])
	}
	return strconv.AppendBool(dst, v.TypedValue.GetInt() > 0), nil
}

func appendConstInt(dst []byte, v *parser.ConstValue, t *thrift.Type, low, high int64) ([]byte, error) {
	if v.Type != parser.ConstType_ConstInt {
		return nil, mistyped(v, t)
	}
	n := v.TypedValue.GetInt()
	if n < low || n > high {
		return nil, fmt.Errorf("%d is out of the range of %s", n, t.Kind)
	}
	if t.Enum != nil {
		for _, e := range t.Enum.Values {
			if int64(e.Number) == n {
				return appendJSONString(dst, e.Name), nil
			}
		}
	}
	return strconv.AppendInt(dst, n, 10), nil
}

func appendConstDouble(dst []byte, v *parser.ConstValue) ([]byte, error) {
	switch v.Type {
	case parser.ConstType_ConstInt:
		return strconv.AppendInt(dst, v.TypedValue.GetInt(), 10), nil
	case parser.ConstType_ConstDouble:
		return strconv.AppendFloat(dst, v.TypedValue.GetDouble(), 'g', -1, 64), nil
	}
	return nil, mistyped(v, baseTypes["double"])
}

func appendConstString(dst []byte, v *parser.ConstValue, t *thrift.Type) ([]byte, error) {
	if v.Type != parser.ConstType_ConstLiteral {
		return nil, mistyped(v, t)
	}
	text := decodeLiteral(v.TypedValue.GetLiteral())
	switch {
	case t.Binary:
		text = base64.StdEncoding.EncodeToString([]byte(text))
	case t.Kind == thrift.KindUUID:
		if text = strings.ToLower(strings.Trim(text, "{}")); !isUUID(text) {
			return nil, mistyped(v, t)
		}
	}
	return appendJSONString(dst, text), nil
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if s[i] != '-' {
				return false
			}
		case !source.IsDigit(s[i]) && (s[i] < 'a' || s[i] > 'f'):
			return false
		}
	}
	return true
}

func appendJSONString(dst []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return append(dst, `""`...) // never: every string has a form
	}
	return append(dst, bytes.TrimSpace(b.Bytes())...)
}

func (c *constWriter) list(dst []byte, f *file, v *parser.ConstValue, t *thrift.Type) (_ []byte, err error) {
	if v.Type == parser.ConstType_ConstMap && len(v.TypedValue.GetMap()) == 0 {
		return append(dst, "[]"...), nil // as generators have it
	}
	if v.Type != parser.ConstType_ConstList {
		return nil, mistyped(v, t)
	}
	n, seen := 0, map[string]bool{}
	dst = append(dst, '[')
	for _, e := range v.TypedValue.GetList() {
		before := len(dst)
		if n > 0 {
			dst = append(dst, ',')
		}
		at := len(dst)
		if dst, err = c.append(dst, f, e, t.Elem); err != nil {
			return nil, err
		}
		if t.Kind == thrift.KindSet {
			key := string(dst[at:])
			if seen[key] {
				dst = dst[:before] // the set has it already
				continue
			}
			seen[key] = true
		}
		n++
	}
	return append(dst, ']'), nil
}

// mapping writes an object where the key is a string, else a list of pairs.
func (c *constWriter) mapping(dst []byte, f *file, v *parser.ConstValue, t *thrift.Type) (_ []byte, err error) {
	if v.Type == parser.ConstType_ConstList && len(v.TypedValue.GetList()) == 0 {
		v = &parser.ConstValue{Type: parser.ConstType_ConstMap, TypedValue: &parser.ConstTypedValue{}}
	}
	if v.Type != parser.ConstType_ConstMap {
		return nil, mistyped(v, t)
	}
	brackets, pair, colon, after := "[]", "[", ",", "]"
	if t.Key.Kind == thrift.KindString && !t.Key.Binary {
		brackets, pair, colon, after = "{}", "", ":", ""
	}
	seen := map[string]bool{}
	dst = append(dst, brackets[0])
	for i, e := range v.TypedValue.GetMap() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, pair...)
		at := len(dst)
		if dst, err = c.append(dst, f, e.Key, t.Key); err != nil {
			return nil, err
		}
		key := string(dst[at:])
		if seen[key] {
			return nil, fmt.Errorf("the key %s occurs twice", key)
		}
		seen[key] = true
		dst = append(dst, colon...)
		if dst, err = c.append(dst, f, e.Value, t.Elem); err != nil {
			return nil, err
		}
		dst = append(dst, after...)
	}
	return append(dst, brackets[1]), nil
}

func (c *constWriter) structure(dst []byte, f *file, v *parser.ConstValue, t *thrift.Type) (_ []byte, err error) {
	if v.Type != parser.ConstType_ConstMap {
		return nil, mistyped(v, t)
	}
	list := v.TypedValue.GetMap()
	if t.Struct.Form == thrift.FormUnion && len(list) > 1 {
		return nil, fmt.Errorf("union %s has one field set, not %d", t.Name, len(list))
	}
	seen := map[string]bool{}
	dst = append(dst, '{')
	for i, e := range list {
		if e.Key.Type != parser.ConstType_ConstLiteral {
			return nil, fmt.Errorf("%s is no field of %s", constText(e.Key), t.Name)
		}
		name := decodeLiteral(e.Key.TypedValue.GetLiteral())
		at := slices.IndexFunc(t.Struct.Fields, func(f *thrift.Field) bool { return f.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("%s has no field %s", t.Name, quoteShort(name))
		}
		if seen[name] {
			return nil, fmt.Errorf("the field %q occurs twice", name)
		}
		seen[name] = true
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, name), ':')
		if dst, err = c.append(dst, f, e.Value, t.Struct.Fields[at].Type); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// identifier writes what a name stands for: another constant, or an enum value.
func (c *constWriter) identifier(dst []byte, f *file, name string, t *thrift.Type) ([]byte, error) {
	d, err := c.s.resolve(f, spaceConst, name)
	if err != nil {
		return nil, err
	}
	if d != nil {
		return c.constant(dst, d, t)
	}
	prefix, last := names.Cut(name)
	// Apache's compiler finds a value by its last part alone, in the enum of the
	// field (apache/thrift:compiler/cpp/src/thrift/parse/t_const_value.h).
	enum := t.Enum
	unresolved := prefix != ""
	if prefix != "" {
		of, err := c.s.resolve(f, spaceType, prefix)
		if err != nil {
			return nil, err
		}
		if of != nil && of.built.typ != nil {
			enum, unresolved = of.built.typ.Enum, false
		}
	}
	switch {
	case enum == nil && unresolved:
		return nil, c.s.undefined(f, name)
	case enum == nil:
		return nil, fmt.Errorf("%s is not defined", quoteShort(name))
	case t.Enum != nil && enum != t.Enum:
		return nil, fmt.Errorf("%s is no %s", quoteShort(name), t.Name)
	}
	for _, e := range enum.Values {
		if e.Name == last {
			n := int64(e.Number)
			v := &parser.ConstValue{Type: parser.ConstType_ConstInt, TypedValue: &parser.ConstTypedValue{Int: &n}}
			if t.Enum != nil {
				return appendJSONString(dst, e.Name), nil
			}
			return c.append(dst, f, v, t)
		}
	}
	if unresolved {
		return nil, c.s.undefined(f, name)
	}
	return nil, fmt.Errorf("enum %s has no value %s", enum.FullName, quoteShort(last))
}

// constant writes another constant as if its value stood here.
func (c *constWriter) constant(dst []byte, d *decl, t *thrift.Type) ([]byte, error) {
	switch {
	case slices.Contains(c.busy, d):
		return nil, fmt.Errorf("constant %s is defined by itself", d.name)
	case len(c.busy) > maxDepth:
		return nil, fmt.Errorf("more than %d constants lead to each other", maxDepth)
	}
	c.busy = append(c.busy, d)
	dst, err := c.append(dst, d.file, d.ast.value, t)
	c.busy = c.busy[:len(c.busy)-1]
	return dst, err
}
