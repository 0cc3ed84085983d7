package demo

import (
	"encoding/json"
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// sent are the ids of the fields that came over the wire in the request of one struct.
func (x *exchange) sent() ([]string, error) {
	request := x.Program().Arguments().Fields[0]
	p, err := x.Program().Struct(onlySent(x.Program().Arguments()))
	if err != nil {
		return nil, err
	}
	text, err := p.Codec().Decode(nil, x.Encoded())
	if err != nil {
		return nil, err
	}
	var seen map[string]json.RawMessage
	if err := json.Unmarshal(text, &seen); err != nil {
		return nil, err
	}
	var ids []string
	for _, f := range request.Type.Struct.Fields {
		if _, ok := seen[f.Name]; ok {
			ids = append(ids, strconv.Itoa(int(f.ID)))
		}
	}
	return ids, nil
}

// onlySent are the arguments of a method that takes one struct without its defaults, so
// that only what came over the wire shows.
func onlySent(args *thrift.Struct) *thrift.Struct {
	plain := *args.Fields[0].Type.Struct
	plain.Fields = nil
	for _, f := range args.Fields[0].Type.Struct.Fields {
		bare := *f
		bare.Default, bare.Alias = nil, ""
		plain.Fields = append(plain.Fields, &bare)
	}
	field := *args.Fields[0]
	typ := *field.Type
	typ.Struct, field.Type = &plain, &typ
	return &thrift.Struct{FullName: args.FullName, Form: args.Form, Fields: []*thrift.Field{&field}}
}
