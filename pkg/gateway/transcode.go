package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/session"
)

// transcoder reads Protobuf bodies for a method of Thrift. Fields are the same where their
// numbers are, as in Kitex's HTTPPbThriftGeneric.
type transcoder struct {
	program *format.Program // decodes requests, encodes replies
	in, out protoreflect.MessageDescriptor
	to      *thrift.Struct
	from    *thrift.Struct // nil where the result is no struct
}

// findTranscoder looks for a method of Protobuf with the bare names of a method of Thrift;
// nil where there is none.
func findTranscoder(ctx context.Context, s *session.Session, m *idl.Method) (*transcoder, error) {
	services, err := s.Schema().Services(ctx)
	if err != nil {
		return nil, err
	}
	for _, service := range services {
		if service[strings.LastIndexByte(service, '.')+1:] != m.BareService() || service == m.Service {
			continue
		}
		found, err := s.Schema().Method(ctx, service+"/"+m.Name)
		if is[*idl.NotFoundError](err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		in, ok := found.Input.(*idl.ProtoMessage)
		if !ok {
			continue
		}
		t := &transcoder{in: in.Descriptor, out: found.Output.(*idl.ProtoMessage).Descriptor, to: requestOf(m)}
		if out := m.Output.(*thrift.Struct); len(out.Fields) > 0 && out.Fields[0].ID == 0 {
			t.from = out.Fields[0].Type.Struct
		}
		reverse := &idl.Method{Method: found.Method, Input: found.Output, Output: in}
		t.program, err = format.Compile(reverse, format.Options{IDLNames: true, EnumNumbers: true, Int64: format.Int64Number})
		return t, err
	}
	return nil, nil
}

// request is the JSON of the fields of a body, by their names in the Thrift IDL.
func (t *transcoder) request(body []byte) (map[string]json.RawMessage, error) {
	text, err := t.program.Codec().Decode(nil, body)
	if err != nil {
		return nil, &RequestError{Place: "body", Err: err}
	}
	list, err := renameFields(t.in, t.to, text)
	if err != nil {
		return nil, &RequestError{Place: "body", Message: err.Error()}
	}
	fields := map[string]json.RawMessage{}
	for _, m := range list {
		fields[m.name] = m.json
	}
	return fields, nil
}

// reply is a message with the fields of a result.
func (t *transcoder) reply(list []member) ([]byte, error) {
	if t.from == nil {
		return nil, fmt.Errorf("it is no struct, and a message of Protobuf was asked for")
	}
	named, err := numberFields(t.from, t.out, list)
	if err != nil {
		return nil, err
	}
	return t.program.Codec().Encode(nil, object(named))
}

// numberFields gives the members of a struct the names of the message's fields.
func numberFields(s *thrift.Struct, m protoreflect.MessageDescriptor, list []member) ([]member, error) {
	var out []member
	for _, from := range list {
		for _, f := range s.Fields {
			if f.Name != from.name && f.Alias != from.name {
				continue
			}
			fd := m.Fields().ByNumber(protoreflect.FieldNumber(f.ID))
			if fd == nil {
				return nil, fmt.Errorf("%s has no field %d, which %s of %s is", m.FullName(), f.ID, f.Name, s.FullName)
			}
			value, err := numberValue(f.Type, fd, from.json)
			if err != nil {
				return nil, err
			}
			out = append(out, member{string(fd.Name()), value})
			break
		}
	}
	return out, nil
}

// numberValue renames what is inside a value. Enums become numbers: names need not be the
// same in both languages.
func numberValue(t *thrift.Type, fd protoreflect.FieldDescriptor, text []byte) ([]byte, error) {
	one := fd
	if fd.IsMap() {
		one = fd.MapValue()
	}
	switch {
	case t.Enum != nil:
		for _, v := range t.Enum.Values {
			if string(quote(v.Name)) == string(text) {
				return strconv.AppendInt(nil, int64(v.Number), 10), nil
			}
		}
		return text, nil
	case t.Kind == thrift.KindStruct && one.Message() != nil:
		list, err := members(text)
		if err == nil {
			list, err = numberFields(t.Struct, one.Message(), list)
		}
		return object(list), err
	case t.Elem == nil:
		return text, nil
	case t.Kind == thrift.KindMap && len(text) > 0 && text[0] == '{':
		list, err := members(text)
		for i := range list {
			if err == nil {
				list[i].json, err = numberValue(t.Elem, one, list[i].json)
			}
		}
		return object(list), err
	case t.Kind == thrift.KindMap:
		return nil, fmt.Errorf("%s has keys that Protobuf has no maps for", t.Name)
	}
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil {
		return nil, err
	}
	for i := range items {
		item, err := numberValue(t.Elem, one, items[i])
		if err != nil {
			return nil, err
		}
		items[i] = item
	}
	return json.Marshal(items)
}

// renameFields gives the members of a message the names of the struct's fields. A field
// that the struct does not have is an error: nothing is lost in silence.
func renameFields(m protoreflect.MessageDescriptor, s *thrift.Struct, text []byte) ([]member, error) {
	list, err := members(text)
	if err != nil {
		return nil, fmt.Errorf("%s has a JSON form of its own, and %s is a struct", m.FullName(), s.FullName)
	}
	for i, from := range list {
		fd := m.Fields().ByName(protoreflect.Name(from.name))
		if fd == nil {
			return nil, fmt.Errorf("%s has no field %q", m.FullName(), from.name)
		}
		var to *thrift.Field
		for _, f := range s.Fields {
			if int(f.ID) == int(fd.Number()) {
				to = f
			}
		}
		if to == nil {
			return nil, fmt.Errorf("%s has no field %d, which %s is", s.FullName, fd.Number(), fd.FullName())
		}
		list[i].name = to.Name
		if list[i].json, err = renameValue(fd, to.Type, from.json); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// renameValue renames what is inside a value.
func renameValue(fd protoreflect.FieldDescriptor, t *thrift.Type, text []byte) ([]byte, error) {
	switch {
	case fd.IsMap() && fd.MapValue().Message() != nil && t.Kind == thrift.KindMap && t.Elem.Kind == thrift.KindStruct:
		list, err := members(text)
		for i := range list {
			if err == nil {
				list[i].json, err = renameMessage(fd.MapValue().Message(), t.Elem.Struct, list[i].json)
			}
		}
		return object(list), err
	case fd.IsList() && fd.Message() != nil && t.Elem != nil && t.Elem.Kind == thrift.KindStruct:
		var items []json.RawMessage
		if err := json.Unmarshal(text, &items); err != nil {
			return nil, err
		}
		out := []byte{'['}
		for i, item := range items {
			item, err := renameMessage(fd.Message(), t.Elem.Struct, item)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, item...)
		}
		return append(out, ']'), nil
	case fd.Message() != nil && !fd.IsMap() && !fd.IsList() && t.Kind == thrift.KindStruct:
		return renameMessage(fd.Message(), t.Struct, text)
	}
	return text, nil
}

func renameMessage(m protoreflect.MessageDescriptor, s *thrift.Struct, text []byte) ([]byte, error) {
	list, err := renameFields(m, s, text)
	return object(list), err
}
