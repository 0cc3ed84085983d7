package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// exchange is an RPC whose messages are Go values, by way of JSON.
type exchange struct {
	ctx     context.Context //nolint:containedctx // the context of the RPC
	s       serve.ServerStream
	method  *method
	program *program
	codec   format.Codec
	request []byte // encoded
	json    []byte // the request
	body    []byte // the reply
}

// recv reads the next request into a Go value.
func (x *exchange) recv(v any) error {
	var err error
	if x.request, err = x.s.Recv(); err != nil {
		return err
	}
	if x.json, err = x.codec.Decode(x.json[:0], x.request); err != nil {
		if x.method.over == thriftCalls {
			return &serve.ApplicationError{Type: serve.ProtocolError, Message: err.Error()}
		}
		return &stream.Status{Code: stream.InvalidArgument, Message: err.Error()}
	}
	return json.Unmarshal(x.json, v)
}

func (x *exchange) send(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if x.body, err = x.codec.Encode(x.body[:0], text); err != nil {
		return fmt.Errorf("encode the reply: %w", err)
	}
	return x.s.Send(x.body)
}

// raise is an exception that the IDL declares for a method; field is its name in throws.
func (x *exchange) raise(field string, value any) error {
	p, err := x.program.raising(field)
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{field: value})
	if err != nil {
		return err
	}
	body, err := p.Codec().Encode(nil, text)
	if err != nil {
		return err
	}
	return &serve.DeclaredError{Name: field, Body: body}
}

// sent are the ids of the fields that came over the wire in the request of one struct.
func (x *exchange) sent() ([]string, error) {
	p, err := x.program.sent()
	if err != nil {
		return nil, err
	}
	text, err := p.Codec().Decode(nil, x.request)
	if err != nil {
		return nil, err
	}
	var seen map[string]json.RawMessage
	if err := json.Unmarshal(text, &seen); err != nil {
		return nil, err
	}
	var ids []string
	for _, f := range x.program.idl.Input.(*thrift.Struct).Fields[0].Type.Struct.Fields {
		if _, ok := seen[f.Name]; ok {
			ids = append(ids, strconv.Itoa(int(f.ID)))
		}
	}
	return ids, nil
}
