package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// thriftMethod answers a call: from the JSON of its arguments to the value that
// becomes the JSON of its result. Errors that it may return beside a result are
// *raised and *bizStatus; any other is an application exception.
type thriftMethod func(x *thriftCall) (any, error)

// thriftCall is one call as a method sees it.
type thriftCall struct {
	args []byte // JSON
	// sent are the ids of the fields that came over the wire.
	sent func() []string
}

// read puts the arguments into a Go value.
func (x *thriftCall) read(v any) error { return json.Unmarshal(x.args, v) }

// raised is an exception that the IDL declares for a method.
type raised struct {
	field string // in throws
	value any
}

func (e *raised) Error() string { return "exception " + e.field }

// bizStatus is a Kitex business error; without TTHeader the client sees a method
// without a result.
type bizStatus struct {
	code    int32
	message string
	extra   map[string]string
}

func (e *bizStatus) Error() string { return e.message }

// application is a TApplicationException of a given type.
type application struct {
	typ     int32
	message string
}

func (e *application) Error() string { return e.message }

// Types of application exceptions
// (apache/thrift:doc/specs/thrift-rpc.md; cloudwego/kitex:pkg/remote/trans_errors.go).
const (
	unknownMethod  = 1
	internalError  = 6
	protocolError  = 7
	unknownService = 20
)

// answerThrift runs the method of a request. It is nil for oneway.
func (d *Demo) answerThrift(ctx context.Context, req *thriftRequest) *thriftReply {
	if req.protocol == thriftwire.KitexProtobuf {
		return d.answerKitexProtobuf(ctx, req)
	}
	m, answer, err := d.thriftMethod(ctx, req)
	var reply *thriftReply
	if err == nil {
		reply, err = runThrift(req, m, answer)
	}
	if err != nil {
		return exceptionReply(req.protocol, err)
	}
	if m.Oneway {
		return nil
	}
	return reply
}

// thriftMethod finds the method that a request names.
func (d *Demo) thriftMethod(ctx context.Context, req *thriftRequest) (*idl.Method, thriftMethod, error) {
	name, service := req.Name, req.service()
	if before, after, ok := strings.Cut(name, ":"); ok { // Apache's multiplexed protocol
		service, name = before, after
	}
	schema, err := d.loaded()
	if err != nil {
		return nil, nil, err
	}
	for full, answer := range demoThriftMethods() {
		in, bare, _ := strings.Cut(full, "/")
		if bare == name && (service == "" || service == in) {
			m, err := schema.Method(ctx, full)
			return m, answer, err
		}
	}
	return nil, nil, unknown(service, name)
}

// unknown is what Kitex's servers say of a method that they do not have.
func unknown(service, method string) error {
	if service == "" {
		return &application{unknownService, "unknown service , method " + method}
	}
	return &application{unknownMethod, fmt.Sprintf("unknown method %s (service %s)", method, service)}
}

func runThrift(req *thriftRequest, m *idl.Method, answer thriftMethod) (*thriftReply, error) {
	m.Protocol = stream.Protocol(req.protocol)
	program, err := serverProgram(m, format.Options{})
	if err != nil {
		return nil, err
	}
	codec := program.Codec()
	args, err := codec.Decode(nil, req.Body)
	if err != nil {
		return nil, &application{protocolError, err.Error()}
	}
	result, err := answer(&thriftCall{args: args, sent: func() []string { return sentFields(m, req.Body) }})
	if declared, ok := errors.AsType[*raised](err); ok {
		return declared.reply(m)
	}
	if biz, ok := errors.AsType[*bizStatus](err); ok {
		return biz.reply(m.Protocol)
	}
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(result)
	if err != nil {
		return nil, err
	}
	body, err := codec.Encode(nil, text)
	return &thriftReply{typ: thriftwire.Reply, body: body}, err
}

// structCodec maps a struct as it stands.
func structCodec(s *thrift.Struct, p stream.Protocol) (format.Codec, error) {
	program, err := format.Compile(&idl.Method{Method: stream.Method{Lang: stream.Thrift, Protocol: p}, Input: s, Output: s}, format.Options{})
	if err != nil {
		return nil, err
	}
	return program.Codec(), nil
}

// reply is a result struct with nothing but the exception.
func (e *raised) reply(m *idl.Method) (*thriftReply, error) {
	only := &thrift.Struct{FullName: m.FullName()}
	for _, f := range m.Output.(*thrift.Struct).Fields {
		if f.Name == e.field {
			only.Fields = append(only.Fields, f)
		}
	}
	codec, err := structCodec(only, m.Protocol)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(map[string]any{e.field: e.value})
	if err != nil {
		return nil, err
	}
	body, err := codec.Encode(nil, text)
	return &thriftReply{typ: thriftwire.Reply, body: body}, err
}

// reply is an empty result with the status beside it, as Kitex has it
// (cloudwego/kitex:pkg/transmeta/ttheader.go).
func (e *bizStatus) reply(p stream.Protocol) (*thriftReply, error) {
	codec, err := structCodec(&thrift.Struct{}, p)
	if err != nil {
		return nil, err
	}
	body, err := codec.Encode(nil, []byte("{}"))
	if err != nil {
		return nil, err
	}
	info, err := e.info()
	return &thriftReply{typ: thriftwire.Reply, body: body, info: info}, err
}

// info is the status as pairs of TTHeader.
func (e *bizStatus) info() ([]ttheader.Pair, error) {
	info := []ttheader.Pair{
		{Key: ttheader.StrBizStatus, Value: strconv.Itoa(int(e.code))},
		{Key: ttheader.StrBizMessage, Value: e.message},
	}
	if e.extra == nil {
		return info, nil
	}
	text, err := json.Marshal(e.extra)
	return append(info, ttheader.Pair{Key: ttheader.StrBizExtra, Value: string(text)}), err
}

// exceptionStruct is TApplicationException.
var exceptionStruct = &thrift.Struct{FullName: "TApplicationException", Fields: []*thrift.Field{
	{ID: 1, Name: "message", Type: &thrift.Type{Kind: thrift.KindString, Name: "string"}},
	{ID: 2, Name: "type", Type: &thrift.Type{Kind: thrift.KindI32, Name: "i32"}},
}}

// exceptionReply is an EXCEPTION message.
func exceptionReply(p thriftwire.Protocol, err error) *thriftReply {
	e, ok := errors.AsType[*application](err)
	if !ok {
		e = &application{internalError, err.Error()}
	}
	reply := &thriftReply{typ: thriftwire.Exception}
	if p == thriftwire.KitexProtobuf { // {1: int32 type, 2: string text}
		reply.body = appendProtoException(e)
		return reply
	}
	codec, err := structCodec(exceptionStruct, stream.Protocol(p))
	if err != nil {
		return reply
	}
	text, _ := json.Marshal(map[string]any{"message": e.message, "type": e.typ})
	reply.body, _ = codec.Encode(nil, text)
	return reply
}

// sentFields are the ids of the fields that a request of one struct has on the
// wire: a copy of the struct without defaults shows no others.
func sentFields(m *idl.Method, body []byte) []string {
	args := m.Input.(*thrift.Struct)
	if len(args.Fields) != 1 || args.Fields[0].Type.Struct == nil {
		return nil
	}
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
	copied := &thrift.Struct{FullName: args.FullName, Form: args.Form, Fields: []*thrift.Field{&field}}
	codec, err := structCodec(copied, m.Protocol)
	if err != nil {
		return nil
	}
	text, err := codec.Decode(nil, body)
	var seen map[string]json.RawMessage
	if err != nil || json.Unmarshal(text, &seen) != nil {
		return nil
	}
	var ids []string
	for _, f := range plain.Fields {
		if _, ok := seen[f.Name]; ok {
			ids = append(ids, strconv.Itoa(int(f.ID)))
		}
	}
	return ids
}
