package diff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// thriftShapes are the structs and enums of one IDL, each made once. Two of one name may be
// in files of one name.
type thriftShapes struct {
	records map[*thrift.Struct]*record
	enums   map[*thrift.Enum]*enum
}

func newThriftShapes() *thriftShapes {
	return &thriftShapes{map[*thrift.Struct]*record{}, map[*thrift.Enum]*enum{}}
}

// sent is the shape of a message: a struct, or what a method takes or returns.
func (s *thriftShapes) sent(st *thrift.Struct, method string) *record {
	switch st.Form {
	case thrift.FormArguments:
		r := s.record(st, method)
		if len(st.Fields) == 1 {
			only := st.Fields[0].Type
			r.bare = only.Kind == thrift.KindStruct && only.Struct.Form != thrift.FormException
		}
		return r
	case thrift.FormResult:
		r := s.record(st, method)
		r.result = true
		return r
	}
	return s.structure(st)
}

func (s *thriftShapes) structure(st *thrift.Struct) *record { return s.record(st, st.FullName) }

func (s *thriftShapes) record(st *thrift.Struct, symbol string) *record {
	if r := s.records[st]; r != nil {
		return r
	}
	r := newRecord(symbol)
	s.records[st] = r
	for _, f := range st.Fields {
		m := &member{number: int32(f.ID), name: f.Name, json: []string{f.Name}, required: f.Requiredness == thrift.Required, typ: s.typ(f.Type)}
		if f.Alias != "" {
			m.json = []string{f.Alias, f.Name}
		}
		if f.Requiredness != thrift.Required { // which is always sent
			m.value, m.hasValue = defaultOf(f, m.typ), true
			m.zero = f.Requiredness == thrift.Unspecified && isEmpty(m.value)
		}
		if st.Form == thrift.FormUnion {
			m.oneof = "union"
		}
		r.add(m)
	}
	return r
}

// defaultOf is the default of a field as JSON, of an enum its number; "" where the IDL gives
// none.
func defaultOf(f *thrift.Field, t *typ) string {
	if t.enum != nil {
		if number, named := t.enum.names[strings.Trim(string(f.Default), `"`)]; named {
			return strconv.Itoa(int(number))
		}
	}
	return string(f.Default)
}

// isEmpty reports whether a default is what a field that is not optional has without one.
func isEmpty(value string) bool {
	switch value {
	case "", "0", "0.0", "-0", "-0.0", "false", `""`, "[]", "{}":
		return true
	}
	return false
}

// jsonClasses are what the mapping of package format reads alike.
var jsonClasses = [...]class{
	thrift.KindBool: "bool", thrift.KindI8: "integer", thrift.KindI16: "integer", thrift.KindI32: "integer", thrift.KindI64: "integer",
	thrift.KindDouble: "number", thrift.KindString: "string", thrift.KindStruct: classObject, thrift.KindList: "array", thrift.KindSet: "array",
	thrift.KindUUID: "string",
}

func (s *thriftShapes) typ(t *thrift.Type) *typ {
	out := &typ{name: t.Name, wire: class(t.Kind.String())}
	switch {
	case t.Kind == thrift.KindMap:
		out.key, out.elem = s.typ(t.Key), s.typ(t.Elem)
		out.json = classObject
		if !isKey(t.Key) {
			out.json = "array of pairs"
		}
		return out
	case t.Kind == thrift.KindString && t.Binary:
		out.json = "base64"
		return out
	case t.Enum != nil:
		out.json, out.enum = "name", s.enum(t.Enum)
		return out
	}
	out.json = jsonClasses[t.Kind]
	if t.Struct != nil {
		out.record = s.structure(t.Struct)
	}
	if t.Elem != nil {
		out.elem = s.typ(t.Elem)
	}
	return out
}

// isKey reports whether a type can be the key of an object.
func isKey(t *thrift.Type) bool {
	switch t.Kind {
	case thrift.KindStruct, thrift.KindMap, thrift.KindSet, thrift.KindList, thrift.KindUUID:
		return false
	case thrift.KindString:
		return !t.Binary
	}
	return true
}

func (s *thriftShapes) enum(d *thrift.Enum) *enum {
	if e := s.enums[d]; e != nil {
		return e
	}
	e := newEnum(d.FullName)
	s.enums[d] = e
	for _, v := range d.Values {
		e.add(v.Name, v.Number)
	}
	return e
}

// counterpart is what NEW calls a service or type of OLD; "" where it has none. Names of
// Thrift may begin with that of the file, which is not on the wire, and which may have
// another name in NEW.
func counterpart(name string, isThrift bool, all, there []string) string {
	if slices.Contains(there, name) {
		return name
	}
	if !isThrift {
		return ""
	}
	same := func(list []string) (found []string) {
		for _, s := range list {
			if bareName(s) == bareName(name) {
				found = append(found, s)
			}
		}
		return found
	}
	if found := same(there); len(found) == 1 && len(same(all)) == 1 {
		return found[0]
	}
	return ""
}

func bareName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
