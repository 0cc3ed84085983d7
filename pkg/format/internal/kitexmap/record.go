package kitexmap

import (
	"reflect"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// record is a struct as Kitex knows it.
type record struct {
	fields []*field // those that no later one of the same name hides
	byID   map[int16]*field
}

type field struct {
	*thrift.Field

	name     string // with go.tag
	jsConv   bool
	optional bool // as the members of unions are
}

func (p *Program) record(s *thrift.Struct) *record {
	if known, ok := p.records.Load(s); ok {
		return known.(*record)
	}
	r := &record{byID: map[int16]*field{}}
	last := map[string]*field{}
	all := make([]*field, len(s.Fields))
	for i, f := range s.Fields {
		all[i] = &field{Field: f, name: p.nameOf(f), optional: f.Requiredness == thrift.Optional || s.Form == thrift.FormUnion}
		for _, a := range f.Annotations {
			all[i].jsConv = all[i].jsConv || a.Key == "api.js_conv"
		}
		last[all[i].name] = all[i]
		r.byID[f.ID] = all[i]
	}
	for _, f := range all {
		if last[f.name] == f {
			r.fields = append(r.fields, f)
		}
	}
	known, _ := p.records.LoadOrStore(s, r)
	return known.(*record)
}

// nameOf is the name in the json part of go.tag, else that of the IDL. Kitex's map generic call
// knows no other annotation for names.
func (p *Program) nameOf(f *thrift.Field) string {
	alias := ""
	for _, a := range f.Annotations {
		if a.Key == "go.tag" && !p.options.PlainNames {
			tag := reflect.StructTag(strings.ReplaceAll(a.Value, `\"`, `"`)).Get("json")
			alias, _, _ = strings.Cut(tag, ",")
		}
	}
	if alias != "" {
		return alias
	}
	return f.Name
}
