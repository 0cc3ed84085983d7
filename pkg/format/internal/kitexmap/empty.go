package kitexmap

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// prepare sets what stands for fields that do not come: empty values, where they are asked for,
// and under them the defaults of the IDL.
func (r *reader) prepare(fields *object, s *thrift.Struct, known *record) error {
	mode := r.p.options.EmptyStructs
	for _, f := range s.Fields {
		if of := known.byID[f.ID]; mode == AllFields || mode == RequiredFields && !of.optional {
			fields.set(of.name, emptyValue(f.Type))
		}
	}
	for _, f := range known.fields {
		if f.Default == nil {
			continue
		}
		document, err := parse(f.Default)
		if err != nil {
			return err
		}
		v := defaultValue(f.Type, document)
		if f.jsConv {
			v = toText(v)
		}
		fields.set(f.name, v)
	}
	return nil
}

// emptyValue is nil for what is a pointer, a slice or a map in Kitex.
func emptyValue(t *thrift.Type) any {
	switch t.Kind {
	case thrift.KindBool:
		return false
	case thrift.KindI64:
		return int64(0)
	case thrift.KindI8, thrift.KindI16, thrift.KindI32:
		return int32(0)
	case thrift.KindDouble:
		return float64(0)
	case thrift.KindString:
		if !t.Binary {
			return ""
		}
	}
	return nil
}

// defaultValue is a default of the IDL, of which document is the value in our own mapping, with
// the types that Kitex gives it: a byte has no sign, an enum is an i64, an empty list is nil,
// binary is bytes, and a struct has what the default names, by the names of the IDL.
func defaultValue(t *thrift.Type, document any) any {
	switch v := document.(type) {
	case number:
		return defaultNumber(t, v)
	case string:
		switch {
		case t.Enum != nil:
			return enumNumber(t.Enum, v)
		case t.Binary:
			b, _ := base64.StdEncoding.DecodeString(v)
			return b
		case t.Kind == thrift.KindDouble:
			x, _ := strconv.ParseFloat(v, 64)
			return x
		}
		return v
	case []any:
		if t.Kind == thrift.KindMap {
			return defaultPairs(t, v)
		}
		var list []any
		for _, element := range v {
			list = append(list, defaultValue(t.Elem, element))
		}
		if list == nil {
			return nil
		}
		return list
	case map[string]any:
		return defaultObject(t, v)
	}
	return document
}

func defaultNumber(t *thrift.Type, v number) any {
	if t.Kind == thrift.KindDouble {
		x, _ := strconv.ParseFloat(string(v), 64)
		return x
	}
	n, _ := strconv.ParseInt(string(v), 10, 64)
	switch {
	case t.Kind == thrift.KindI8:
		return uint8(n)
	case t.Kind == thrift.KindI64 || t.Enum != nil:
		return n
	}
	return int32(n)
}

func enumNumber(e *thrift.Enum, name string) any {
	for _, v := range e.Values {
		if v.Name == name {
			return int64(v.Number)
		}
	}
	return int64(0)
}

// defaultPairs is a map of which our own mapping makes an array of pairs.
func defaultPairs(t *thrift.Type, pairs []any) any {
	m := &object{}
	for _, pair := range pairs {
		if p, ok := pair.([]any); ok && len(p) == 2 {
			m.set(defaultKey(t.Key, p[0]), defaultValue(t.Elem, p[1]))
		}
	}
	return m
}

func defaultKey(t *thrift.Type, document any) string {
	switch v := defaultValue(t, document).(type) {
	case []byte:
		return string(v)
	case uint8:
		return strconv.Itoa(int(v))
	default:
		return keyText(v)
	}
}

// defaultObject is a map or a struct, in the order of the IDL, or of the alphabet.
func defaultObject(t *thrift.Type, members map[string]any) any {
	o := &object{}
	if t.Kind == thrift.KindMap {
		for _, key := range slices.Sorted(maps.Keys(members)) {
			name := key
			if t.Key.Enum != nil {
				name = keyText(enumNumber(t.Key.Enum, key))
			}
			o.set(name, defaultValue(t.Elem, members[key]))
		}
		return o
	}
	for _, f := range t.Struct.Fields {
		for _, name := range []string{f.Name, f.Alias} {
			if v, has := members[name]; has && name != "" {
				o.set(f.Name, defaultValue(f.Type, v))
				break
			}
		}
	}
	return o
}
