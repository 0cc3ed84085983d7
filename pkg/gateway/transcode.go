package gateway

import (
	"context"
	"encoding/json"
	"fmt"
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
	program *format.Program
	in      protoreflect.MessageDescriptor
	to      *thrift.Struct
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
		reverse := &idl.Method{Method: found.Method, Input: in, Output: in}
		program, err := format.Compile(reverse, format.Options{IDLNames: true, EnumNumbers: true, Int64: format.Int64Number})
		return &transcoder{program, in.Descriptor, requestOf(m)}, err
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
