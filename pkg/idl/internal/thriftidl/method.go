package thriftidl

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// method is a method of a service, which may have it from one it extends.
type method struct {
	service *decl // as the user called it
	owner   *decl // where it is declared
	fn      *function
}

// methods lists the methods of a service: its own, then those of the services it
// extends that it does not declare itself.
func (s *Schema) methods(service *decl) ([]method, error) {
	var list []method
	seen := map[string]bool{}
	var chain []*decl
	for d := service; d != nil; {
		b, err := d.look()
		if err != nil {
			return nil, err
		}
		chain = append(chain, d)
		for _, fn := range b.funcs {
			if !seen[fn.name] {
				seen[fn.name] = true
				list = append(list, method{service, d, fn})
			}
		}
		if d, err = s.parentOf(d, chain); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// parentOf is the service that another extends, or nil. chain leads to it.
func (s *Schema) parentOf(d *decl, chain []*decl) (*decl, error) {
	if d.body.extends == "" {
		return nil, nil
	}
	up, err := s.resolve(d.file, spaceService, d.body.extends)
	if err != nil {
		return nil, err
	}
	if up == nil {
		return nil, d.file.errorAt(d.body.extendsAt, "service %s is not defined%s", quoteShort(d.body.extends), d.file.whyUndefined(spaceService, d.body.extends))
	}
	if slices.Contains(chain, up) {
		var names []string
		for _, c := range append(chain, up) {
			names = append(names, c.name)
		}
		return nil, d.file.errorAt(d.body.extendsAt, "service %s extends itself: %s", up.name, strings.Join(names, " -> "))
	}
	return up, nil
}

// streaming reads the annotation streaming.mode.
func (m method) streaming() (t stream.Type, streaming bool, err error) {
	for _, a := range m.fn.annotations {
		if a.Key != "streaming.mode" {
			continue
		}
		if streaming {
			return 0, false, m.errorAt(a.at, "has streaming.mode more than once")
		}
		streaming = true
		switch a.Value {
		case "unary":
			t = stream.Unary
		case "client":
			t = stream.Client
		case "server":
			t = stream.Server
		case "bidirectional":
			t = stream.Bidi
		default:
			return 0, false, m.errorAt(a.at, "has streaming.mode %s; it is bidirectional, client, server or unary", quoteShort(a.Value))
		}
	}
	return t, streaming, nil
}

func (m method) errorAt(at int, format string, args ...any) error {
	return m.owner.file.errorAt(at, "method %s/%s %s", m.owner.name, m.fn.name, fmt.Sprintf(format, args...))
}

// check looks at what the grammar allows but the protocol does not.
func (m method) check(streaming bool) error {
	fn := m.fn
	if fn.oneway {
		switch {
		case streaming:
			return m.errorAt(fn.nameAt, "is oneway and has streaming.mode")
		case !fn.void:
			return m.errorAt(fn.typeAt, "is oneway and returns something; it has to be void")
		case fn.throwsAt > 0:
			return m.errorAt(fn.throwsAt, "is oneway and cannot throw anything")
		}
	}
	if streaming && len(fn.args) != 1 {
		return m.errorAt(fn.nameAt, "has streaming.mode and %d parameters; it takes exactly one", len(fn.args))
	}
	for _, f := range fn.throws {
		if f.id == 0 {
			return m.errorAt(f.start, "throws %s with id 0, which is that of the result", f.name)
		}
	}
	return nil
}

// outline is what is known of a method without what it refers to.
func (s *Schema) outline(m method) (info idl.MethodInfo, err error) {
	t, streaming, err := m.streaming()
	if err == nil {
		err = m.check(streaming)
	}
	if err != nil {
		return info, err
	}
	info.Method = stream.Method{
		Service: s.serviceName(m.service), Name: m.fn.name, Type: t, Lang: stream.Thrift, Oneway: m.fn.oneway, Streaming: streaming,
	}
	if t != stream.Unary {
		f := m.owner.file
		info.Input = f.qualifyType(f.plain(m.fn.args[0].typeAt, m.fn.args[0].typeEnd))
		info.Output = f.qualifyType(f.plain(m.fn.typeAt, m.fn.typeEnd))
		return info, nil
	}
	name := info.Service + "." + info.Name
	info.Input, info.Output = name+"_args", name+"_result"
	return info, nil
}

// method is a method with its messages.
func (s *Schema) method(ctx context.Context, m method) (*idl.Method, error) {
	info, err := s.outline(m)
	if err != nil {
		return nil, err
	}
	f, fn := m.owner.file, m.fn
	if err := s.need(ctx, f, fn.refs, fn); err != nil {
		return nil, err
	}
	annotations := plainAnnotations(fn.annotations)
	input := &thrift.Struct{FullName: info.Input, Form: thrift.FormArguments, Annotations: annotations}
	output := &thrift.Struct{FullName: info.Output, Form: thrift.FormResult, Annotations: annotations}
	if err := s.fields(f, fn.args, &input.Fields); err != nil {
		return nil, err
	}
	if err := s.defaults(f, fn.args, fn.ast.fields, input.Fields); err != nil {
		return nil, err
	}
	if err := s.result(m, output); err != nil {
		return nil, err
	}
	out := &idl.Method{Method: info.Method, Input: input, Output: output, HTTP: func() ([]idl.HTTPRule, error) { return httpRules(m) }}
	if out.Type != stream.Unary {
		return out, m.bareMessages(out, input, output)
	}
	return out, nil
}

// bareMessages makes the struct that a streaming method takes, and the one it
// returns, its messages.
func (m method) bareMessages(out *idl.Method, input, output *thrift.Struct) error {
	in := input.Fields[0].Type
	if in.Kind != thrift.KindStruct {
		return m.errorAt(m.fn.args[0].typeAt, "has streaming.mode and takes %s; it has to be a struct", in.Name)
	}
	if m.fn.void || output.Fields[0].Type.Kind != thrift.KindStruct {
		returns := "nothing"
		if !m.fn.void {
			returns = output.Fields[0].Type.Name
		}
		return m.errorAt(m.fn.typeAt, "has streaming.mode and returns %s; it has to be a struct", returns)
	}
	out.Input, out.Output = in.Struct, output.Fields[0].Type.Struct
	return nil
}

// result fills the fields of a method's result.
func (s *Schema) result(m method, out *thrift.Struct) error {
	f, fn := m.owner.file, m.fn
	var success []*thrift.Field
	if !fn.void {
		t, err := s.typeOf(f, fn.typeAt, &fn.typ, 0)
		if err != nil {
			return err
		}
		success = append(success, &thrift.Field{Name: "success", Type: t, Requiredness: thrift.Optional, Base: fn.typ.isBase()})
	}
	var throws []*thrift.Field
	if err := s.fields(f, fn.throws, &throws); err != nil {
		return err
	}
	for i, e := range throws {
		if e.Type.Struct == nil || e.Type.Struct.Form != thrift.FormException {
			return m.errorAt(fn.throws[i].typeAt, "throws %s, which is no exception", e.Type.Name)
		}
		e.Requiredness = thrift.Optional
	}
	out.Fields = append(success, throws...)
	return nil
}

// isBase reports whether a type is written exactly base.Base.
func (t *typeText) isBase() bool { return t.word == "base.Base" }
