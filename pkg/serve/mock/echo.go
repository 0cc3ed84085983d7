package mock

import (
	"encoding/json"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/serve/sample"
)

// echo makes a reply of the fields that it has in common with a request: those of one name
// and one type; what else has to be there gets the least value there is.
type echo func(request []byte) ([]byte, error)

// echoOf is the echo of a method.
func echoOf(m *idl.Method) echo {
	least := sample.Least().Append(nil, m.Output)
	nothing := func([]byte) ([]byte, error) { return least, nil }
	switch in := m.Input.(type) {
	case *idl.ProtoMessage:
		out, ok := m.Output.(*idl.ProtoMessage)
		if !ok {
			return nothing
		}
		return common(protoShape(in.Descriptor), protoShape(out.Descriptor))
	case *thrift.Struct:
		out, ok := m.Output.(*thrift.Struct)
		switch {
		case !ok:
			return nothing
		case out.Form != thrift.FormResult:
			return common(thriftShape(in), thriftShape(out))
		}
		for _, f := range out.Fields {
			if f.ID == 0 {
				return echoCall(in, f.Type, nothing)
			}
		}
	}
	return nothing
}

// echoCall is the echo of a call of Thrift: the argument of the type that it returns, or what
// the struct that it returns has in common with the one that it takes, or with the arguments.
func echoCall(args *thrift.Struct, returns *thrift.Type, nothing echo) echo {
	alone := len(args.Fields) == 1 && args.Fields[0].Type.Struct != nil // its JSON is that of the struct
	for _, f := range args.Fields {
		if f.Type.Name != returns.Name {
			continue
		}
		if alone {
			return func(request []byte) ([]byte, error) { return request, nil }
		}
		return func(request []byte) ([]byte, error) { return member(request, f.Name, nothing) }
	}
	switch {
	case returns.Struct == nil:
		return nothing
	case alone:
		return common(thriftShape(args.Fields[0].Type.Struct), thriftShape(returns.Struct))
	}
	return common(thriftShape(args), thriftShape(returns.Struct))
}

// member is one argument of several.
func member(request []byte, name string, otherwise echo) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(request, &all); err != nil {
		return nil, err
	}
	if v := all[name]; v != nil {
		return v, nil
	}
	return otherwise(request)
}

// shape is what a type of either language looks like in JSON.
type shape struct {
	name    string
	isUnion bool
	fields  func() []field // types may contain themselves
	least   func() []byte
}

// field is one of a shape.
type field struct {
	name, json string
	typ        string // the same for equal types
	in         *shape // of a message, or of the elements of a list of such
	isList     bool
	required   bool
	least      func() []byte
}

func common(from, to *shape) echo {
	return func(request []byte) ([]byte, error) { return from.echo(request, to) }
}

// echo makes a value of another shape.
func (s *shape) echo(value []byte, to *shape) ([]byte, error) {
	if s.name == to.name {
		return value, nil
	}
	var have map[string]json.RawMessage
	if len(value) == 0 || value[0] != '{' { // a message with a JSON of its own
		return to.least(), nil
	}
	if err := json.Unmarshal(value, &have); err != nil {
		return nil, err
	}
	given := map[string]field{}
	for _, f := range s.fields() {
		given[f.name] = f
	}
	out, count := []byte{'{'}, 0
	for _, f := range to.fields() {
		g, ok := given[f.name]
		var v []byte
		if ok && have[g.json] != nil {
			v = g.echo(have[g.json], &f)
		}
		if v == nil && f.required {
			v = f.least()
		}
		if v == nil {
			continue
		}
		if count++; count > 1 {
			out = append(out, ',')
		}
		name, _ := json.Marshal(f.json)
		out = append(append(append(out, name...), ':'), v...)
	}
	if to.isUnion && count != 1 {
		return to.least(), nil
	}
	return append(out, '}'), nil
}

// echo is a field's value as that of another; nil where they have nothing in common.
func (f *field) echo(value []byte, to *field) []byte {
	switch {
	case f.typ == to.typ:
		return value
	case f.in == nil || to.in == nil || f.isList != to.isList:
		return nil
	case !f.isList:
		v, err := f.in.echo(value, to.in)
		if err != nil {
			return nil
		}
		return v
	}
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil {
		return nil
	}
	for i, item := range items {
		v, err := f.in.echo(item, to.in)
		if err != nil {
			return nil
		}
		items[i] = v
	}
	text, err := json.Marshal(items)
	if err != nil {
		return nil
	}
	return text
}

func protoShape(d protoreflect.MessageDescriptor) *shape {
	return &shape{
		name:  string(d.FullName()),
		least: func() []byte { return sample.Least().Append(nil, &idl.ProtoMessage{Descriptor: d}) },
		fields: func() []field {
			list := make([]field, d.Fields().Len())
			for i := range list {
				list[i] = protoField(d.Fields().Get(i))
			}
			return list
		},
	}
}

func protoField(f protoreflect.FieldDescriptor) field {
	out := field{name: string(f.Name()), json: f.JSONName(), typ: protoType(f), isList: f.IsList(), required: f.Cardinality() == protoreflect.Required}
	if m := f.Message(); m != nil && !f.IsMap() {
		out.in = protoShape(m)
	}
	out.least = func() []byte { return sample.Least().Field(nil, f) }
	return out
}

// protoType is the same for fields whose values have the same JSON and the same wire form.
func protoType(f protoreflect.FieldDescriptor) string {
	name := f.Kind().String()
	switch {
	case f.IsMap():
		return "map<" + protoType(f.MapKey()) + "," + protoType(f.MapValue()) + ">"
	case f.Message() != nil:
		name = string(f.Message().FullName())
	case f.Enum() != nil:
		name = string(f.Enum().FullName())
	}
	if f.IsList() {
		return "list<" + name + ">"
	}
	return name
}

func thriftShape(s *thrift.Struct) *shape {
	return &shape{
		name: s.FullName, isUnion: s.Form == thrift.FormUnion,
		least: func() []byte { return sample.Least().Append(nil, s) },
		fields: func() []field {
			list := make([]field, len(s.Fields))
			for i, f := range s.Fields {
				list[i] = thriftField(f)
			}
			return list
		},
	}
}

func thriftField(f *thrift.Field) field {
	out := field{name: f.Name, json: f.Name, typ: f.Type.Name, required: f.Requiredness == thrift.Required && f.Default == nil}
	if f.Alias != "" {
		out.json = f.Alias
	}
	switch t := f.Type; {
	case t.Struct != nil:
		out.in = thriftShape(t.Struct)
	case t.Kind == thrift.KindList && t.Elem.Struct != nil:
		out.in, out.isList = thriftShape(t.Elem.Struct), true
	}
	out.least = func() []byte { return sample.Least().Value(nil, f.Type) }
	return out
}
