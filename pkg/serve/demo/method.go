package demo

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// over is what carries a method.
type over uint8

const (
	protobuf      over = iota // gRPC, and Kitex Protobuf where it does not stream
	thriftStreams             // TTHeader streaming, and gRPC
	thriftCalls               // Thrift's transports for calls
)

// answer is what a method does.
type answer func(x *exchange) error

// method is one of the demo's, with what is compiled for it: for each protocol once, when
// it is first called.
type method struct {
	demo          *Demo
	service, name string
	over          over
	answer        answer
	programs      [stream.JSON + 1]func() (*program, error)
}

// program is what is known of a method in one protocol.
type program struct {
	idl *idl.Method
	*format.Program
	sent  func() (*format.Program, error)
	mu    sync.Mutex // guards raise
	raise map[string]*format.Program
}

func (d *Demo) allMethods() []*method {
	var all []*method
	for _, group := range []struct {
		over    over
		answers map[string]answer
	}{{protobuf, protobufMethods()}, {thriftStreams, thriftStreamMethods()}, {thriftCalls, thriftMethods()}} {
		for _, full := range slices.Sorted(maps.Keys(group.answers)) {
			m := &method{demo: d, over: group.over, answer: group.answers[full]}
			m.service, m.name, _ = strings.Cut(full, "/")
			for p := range m.programs {
				m.programs[p] = sync.OnceValues(func() (*program, error) { return m.compile(stream.Protocol(p)) })
			}
			all = append(all, m)
		}
	}
	return all
}

// answers reports whether m is what a client asks for. Kitex and Apache Thrift do without
// the package of a service, and may do without the service.
func (m *method) answers(asked *stream.Method) bool {
	if m.name != asked.Name {
		return false
	}
	isCall := asked.Type == stream.Unary
	bare := (&stream.Method{Service: m.service}).BareService()
	switch m.over {
	case protobuf:
		if asked.IsThrift() {
			return false
		}
		return asked.Service == m.service || isCall && (asked.Service == bare || asked.Service == "")
	case thriftStreams:
		return asked.IsThrift() && !isCall && (asked.Service == "" || asked.BareService() == bare)
	}
	return asked.IsThrift() && isCall && (asked.Service == "" || asked.Service == bare)
}

// handle is a serve.Handler.
func (m *method) handle(ctx context.Context, s serve.ServerStream) error {
	asked := s.Method()
	p, err := m.programs[asked.Protocol]()
	if err != nil {
		return err
	}
	if asked.Type == stream.Unary && p.idl.Type != stream.Unary {
		return &serve.ApplicationError{Type: serve.InternalError, Message: "streams of this method go over gRPC only"}
	}
	err = m.answer(&exchange{ctx: ctx, s: s, method: m, program: p, codec: p.Codec()})
	if err == nil && p.idl.Oneway {
		return serve.ErrNoReply
	}
	return err
}

func (m *method) compile(p stream.Protocol) (*program, error) {
	schema, err := m.demo.loaded()
	if err != nil {
		return nil, err
	}
	found, err := schema.Method(m.demo.ctx, m.service+"/"+m.name)
	if err != nil {
		return nil, err
	}
	found.Protocol = p
	options := format.Options{Int64: format.Int64Number}
	if m.over == thriftCalls {
		options = format.Options{}
	}
	// The client's, turned round: replies in, requests out.
	turned := *found
	turned.Input, turned.Output = found.Output, found.Input
	compiled, err := format.Compile(&turned, options)
	if err != nil {
		return nil, err
	}
	c := &program{idl: found, Program: compiled, raise: map[string]*format.Program{}}
	c.sent = sync.OnceValues(c.compileSent)
	return c, nil
}

// compileStruct maps a struct as it stands.
func (p *program) compileStruct(s *thrift.Struct) (*format.Program, error) {
	return format.Compile(&idl.Method{Method: p.idl.Method, Input: s, Output: s}, format.Options{})
}

// raising maps a result with nothing but the exception of a field in throws.
func (p *program) raising(field string) (*format.Program, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.raise[field]; known != nil {
		return known, nil
	}
	only := &thrift.Struct{FullName: p.idl.FullName()}
	for _, f := range p.idl.Output.(*thrift.Struct).Fields {
		if f.Name == field {
			only.Fields = append(only.Fields, f)
		}
	}
	made, err := p.compileStruct(only)
	if err == nil {
		p.raise[field] = made
	}
	return made, err
}

// compileSent maps the arguments of a method that takes one struct without its defaults, so
// that only what came over the wire shows.
func (p *program) compileSent() (*format.Program, error) {
	args := p.idl.Input.(*thrift.Struct)
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
	return p.compileStruct(&thrift.Struct{FullName: args.FullName, Form: args.Form, Fields: []*thrift.Field{&field}})
}
