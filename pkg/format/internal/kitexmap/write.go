package kitexmap

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// writer is Kitex's WriteStruct.
type writer struct {
	p       *Program
	dst     []byte
	request *thrift.Struct // whose base.Base is the call's
}

func wrong(format string, args ...any) error {
	return &jsontext.ValueError{Message: fmt.Sprintf(format, args...)}
}

func (w *writer) header(f *thrift.Field) {
	w.dst = binary.BigEndian.AppendUint16(append(w.dst, byte(f.Type.Kind)), uint16(f.ID))
}

// whole writes a message that nothing wraps.
func (w *writer) whole(s *thrift.Struct, v any) error {
	w.request = s
	object, ok := v.(map[string]any)
	if !ok {
		return wrong("Kitex needs an object for %s, but got %s", s.FullName, kindOf(v))
	}
	return w.object(s, object)
}

// value writes what is not null.
func (w *writer) value(t *thrift.Type, v any) error {
	switch v := v.(type) {
	case bool:
		if t.Kind == thrift.KindBool {
			return w.integer(t, truth(v))
		}
	case number:
		return w.number(t, v)
	case int64: // of a key, or of api.js_conv
		return w.fitting(t, v)
	case float64:
		if t.Kind == thrift.KindDouble {
			w.dst = binary.BigEndian.AppendUint64(w.dst, math.Float64bits(v))
			return nil
		}
	case string:
		if t.Kind == thrift.KindString {
			return w.text(t, v)
		}
	case []any:
		if t.Kind == thrift.KindList || t.Kind == thrift.KindSet {
			return w.list(t, v)
		}
	case map[string]any:
		switch t.Kind {
		case thrift.KindStruct:
			return w.object(t.Struct, v)
		case thrift.KindMap:
			return w.mapping(t, v)
		}
	}
	return wrong("Kitex needs %s, but got %s", t.Name, kindOf(v))
}

func truth(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case number, int64, float64:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	}
	return "an object"
}

// integer writes the low bytes of an integer, without a look at the others.
func (w *writer) integer(t *thrift.Type, n int64) error {
	switch t.Kind {
	case thrift.KindBool, thrift.KindI8:
		w.dst = append(w.dst, byte(n))
	case thrift.KindI16:
		w.dst = binary.BigEndian.AppendUint16(w.dst, uint16(n))
	case thrift.KindI32:
		w.dst = binary.BigEndian.AppendUint32(w.dst, uint32(n))
	case thrift.KindI64:
		w.dst = binary.BigEndian.AppendUint64(w.dst, uint64(n))
	default:
		return wrong("Kitex needs %s, but got a number", t.Name)
	}
	return nil
}

// number writes a number of the document: what is too large is cut.
func (w *writer) number(t *thrift.Type, v number) error {
	if t.Kind == thrift.KindDouble {
		x, err := strconv.ParseFloat(string(v), 64)
		if err != nil {
			return wrong("%v", err)
		}
		return w.value(t, x)
	}
	if t.Kind == thrift.KindBool {
		return wrong("Kitex needs %s, but got a number", t.Name)
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return wrong("%v", err)
	}
	return w.integer(t, n)
}

// fitting writes an integer that must not be too large.
func (w *writer) fitting(t *thrift.Type, n int64) error {
	bits := map[thrift.Kind]int{thrift.KindI8: 8, thrift.KindI16: 16, thrift.KindI32: 32, thrift.KindI64: 64}[t.Kind]
	if bits == 0 {
		return wrong("Kitex needs %s, but got a number", t.Name)
	}
	if n>>(bits-1) != 0 && n>>(bits-1) != -1 {
		return wrong("value is beyond range of %s: %d", t.Kind, n)
	}
	return w.integer(t, n)
}

func (w *writer) text(t *thrift.Type, v string) error {
	if t.Binary && w.p.options.Base64 {
		decoded, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			return wrong("%v", err)
		}
		v = string(decoded)
	}
	w.bytes(v)
	return nil
}

func (w *writer) bytes(v string) {
	w.dst = append(binary.BigEndian.AppendUint32(w.dst, uint32(len(v))), v...)
}

func (w *writer) list(t *thrift.Type, list []any) error {
	w.dst = binary.BigEndian.AppendUint32(append(w.dst, byte(t.Elem.Kind)), uint32(len(list)))
	for i, v := range list {
		if err := w.element(t.Elem, v); err != nil {
			return jsontext.Within(err, jsontext.Index(i))
		}
	}
	return nil
}

// element writes a value inside of a container, where null is an empty value.
func (w *writer) element(t *thrift.Type, v any) error {
	if v == nil {
		w.empty(t)
		return nil
	}
	return w.value(t, v)
}

func (w *writer) mapping(t *thrift.Type, entries map[string]any) error {
	w.dst = binary.BigEndian.AppendUint32(append(w.dst, byte(t.Key.Kind), byte(t.Elem.Kind)), uint32(len(entries)))
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		k, err := keyOf(t.Key, key)
		if err == nil {
			err = w.value(t.Key, k)
		}
		if err == nil {
			err = w.element(t.Elem, entries[key])
		}
		if err != nil {
			return jsontext.Within(err, "["+strconv.Quote(key)+"]")
		}
	}
	return nil
}

// keyOf reads a key of JSON as a key of Thrift (Kitex's buildinTypeFromString).
func keyOf(t *thrift.Type, key string) (any, error) {
	var v any
	var err error
	switch t.Kind {
	case thrift.KindBool:
		switch key {
		case "true", "false":
			return key == "true", nil
		}
		err = fmt.Errorf("%q is no key of type bool", key)
	case thrift.KindI8:
		v, err = strconv.ParseInt(key, 10, 8)
	case thrift.KindI16:
		v, err = strconv.ParseInt(key, 10, 16)
	case thrift.KindI32:
		v, err = strconv.ParseInt(key, 10, 32)
	case thrift.KindI64:
		v, err = strconv.ParseInt(key, 10, 64)
	case thrift.KindDouble:
		v, err = strconv.ParseFloat(key, 64)
	case thrift.KindString:
		return key, nil
	case thrift.KindList:
		var list []any
		for part := range strings.SplitSeq(key, ",") {
			element, err := keyOf(t.Elem, part)
			if err != nil {
				return nil, err
			}
			list = append(list, element)
		}
		return list, nil
	default:
		err = fmt.Errorf("Kitex reads no keys of type %s", t.Name) //nolint:staticcheck // a name
	}
	if err != nil {
		return nil, wrong("%v", err)
	}
	return v, nil
}

// object writes a struct. What is null or not there is an empty value, unless it is optional.
func (w *writer) object(s *thrift.Struct, members map[string]any) error {
	isRequest := s == w.request
	w.request = nil // what is inside has no base of the call
	for _, f := range w.p.record(s).fields {
		v, has := members[f.name]
		switch {
		case isRequest && f.Base && w.p.options.hasBase():
			w.header(f.Field)
			w.base(v)
			continue
		case v == nil || !has:
			if !f.optional {
				w.header(f.Field)
				w.empty(f.Type)
			}
			continue
		}
		if f.jsConv {
			v = fromText(v)
		}
		w.header(f.Field)
		if err := w.value(f.Type, v); err != nil {
			return jsontext.Within(err, f.name)
		}
	}
	w.dst = append(w.dst, 0)
	return nil
}

// empty writes what stands for nothing: of a struct not even its required fields.
func (w *writer) empty(t *thrift.Type) {
	switch t.Kind {
	case thrift.KindList, thrift.KindSet:
		w.dst = append(w.dst, byte(t.Elem.Kind), 0, 0, 0, 0)
	case thrift.KindMap:
		w.dst = append(w.dst, byte(t.Key.Kind), byte(t.Elem.Kind), 0, 0, 0, 0)
	case thrift.KindStruct:
		w.dst = append(w.dst, 0)
	case thrift.KindString:
		w.bytes("")
	case thrift.KindDouble:
		w.dst = binary.BigEndian.AppendUint64(w.dst, 0)
	default:
		_ = w.integer(t, 0)
	}
}
