package skeleton

import (
	"fmt"
	"sync"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Method is a method with what is compiled for it: for each protocol once, when it is first
// called in that.
type Method struct {
	idl.MethodInfo

	owner    *Methods
	found    func() (*idl.Method, error)
	programs [stream.JSON + 1]func() (*Program, error)
}

func newMethod(owner *Methods, info idl.MethodInfo) *Method {
	m := &Method{MethodInfo: info, owner: owner}
	m.found = sync.OnceValues(func() (*idl.Method, error) {
		return owner.schema.Method(owner.ctx, info.FullName())
	})
	for p := range m.programs {
		m.programs[p] = sync.OnceValues(func() (*Program, error) { return m.compile(stream.Protocol(p)) })
	}
	return m
}

// IDL is the method with its messages.
func (m *Method) IDL() (*idl.Method, error) { return m.found() }

// Program is what is known of the method in one protocol.
func (m *Method) Program(p stream.Protocol) (*Program, error) { return m.programs[p]() }

// compile compiles the client's method turned round: replies in, requests out.
func (m *Method) compile(protocol stream.Protocol) (*Program, error) {
	found, err := m.found()
	if err != nil {
		return nil, err
	}
	p := &Program{idl: *found, options: m.owner.options, raise: map[string]*format.Program{}}
	p.idl.Protocol = protocol
	turned := p.idl
	turned.Input, turned.Output = p.idl.Output, p.idl.Input
	p.both, err = format.Compile(&turned, p.options)
	return p, err
}

// Program maps the messages of a method in one protocol.
type Program struct {
	idl     idl.Method
	options format.Options
	both    *format.Program
	scratch sync.Pool // of *scratch

	mu    sync.Mutex // guards raise
	raise map[string]*format.Program
}

// Codec encodes replies and decodes requests.
func (p *Program) Codec() format.Codec { return p.both.Codec() }

// Struct maps a struct of Thrift as it stands, in the protocol of the method.
func (p *Program) Struct(s *thrift.Struct) (*format.Program, error) {
	return format.Compile(&idl.Method{Method: p.idl.Method, Input: s, Output: s}, p.options)
}

// Arguments are what a request of Thrift carries; nil for a method that streams, or is of
// Protobuf.
func (p *Program) Arguments() *thrift.Struct {
	if s, ok := p.idl.Input.(*thrift.Struct); ok && s.Form == thrift.FormArguments {
		return s
	}
	return nil
}

// UndeclaredError says that a method declares no such exception.
type UndeclaredError struct {
	Method, Name string
	Known        []string // types
}

func (e *UndeclaredError) Error() string {
	return fmt.Sprintf("%s declares no exception %s", e.Method, e.Name)
}

// Outcome is KindUsage.
func (*UndeclaredError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// thrown finds a declared exception by its type, with or without its file, or by its field.
func (p *Program) thrown(name string) (*thrift.Field, error) {
	unknown := &UndeclaredError{Method: p.idl.FullName(), Name: name}
	result, ok := p.idl.Output.(*thrift.Struct)
	if !ok || result.Form != thrift.FormResult {
		return nil, unknown
	}
	for _, f := range result.Fields {
		if f.ID == 0 || f.Type.Struct == nil {
			continue
		}
		full := f.Type.Struct.FullName
		if name == f.Name || name == full || name == bare(full) {
			return f, nil
		}
		unknown.Known = append(unknown.Known, bare(full))
	}
	return nil, unknown
}

// raising maps a result with nothing in it but the exception of a field.
func (p *Program) raising(f *thrift.Field) (*format.Program, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.raise[f.Name]; known != nil {
		return known, nil
	}
	made, err := p.Struct(&thrift.Struct{FullName: p.idl.FullName(), Fields: []*thrift.Field{f}})
	if err == nil {
		p.raise[f.Name] = made
	}
	return made, err
}
