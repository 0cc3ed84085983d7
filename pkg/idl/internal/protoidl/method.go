package protoidl

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Method finds a method and links what it needs; see idl.Schema.
func (s *Schema) Method(ctx context.Context, name string) (*idl.Method, error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	d, m, err := s.methodDecl(ctx, name)
	if err != nil {
		return nil, s.p.explain(ctx, err)
	}
	u, err := s.p.linkNear(ctx, d, m)
	if err != nil {
		return nil, err
	}
	md, ok := u.find(d.file, d.Name+"."+m).(protoreflect.MethodDescriptor)
	if !ok {
		return nil, fmt.Errorf("method %s/%s did not compile", d.Name, m)
	}
	return s.method(u, md), nil
}

// method is a linked method.
func (s *Schema) method(u *unit, md protoreflect.MethodDescriptor) *idl.Method {
	return &idl.Method{
		Method: stream.Method{
			Service: string(md.Parent().FullName()),
			Name:    string(md.Name()),
			Type:    streamType(md.IsStreamingClient(), md.IsStreamingServer()),

			NoSideEffects: hasNoSideEffects(md),
		},
		Input:  &idl.ProtoMessage{Descriptor: s.types.message(u, md.Input()), Types: s.types},
		Output: &idl.ProtoMessage{Descriptor: s.types.message(u, md.Output()), Types: s.types},
		HTTP:   func() ([]idl.HTTPRule, error) { return httpRules(md) },
	}
}

// hasNoSideEffects reports whether a method says that calling it changes nothing.
func hasNoSideEffects(md protoreflect.MethodDescriptor) bool {
	o, ok := md.Options().(*descriptorpb.MethodOptions)
	return ok && o.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}

func streamType(client, server bool) stream.Type {
	t := stream.Unary
	if client {
		t |= stream.Client
	}
	if server {
		t |= stream.Server
	}
	return t
}

// methodDecl finds the service of a method, and the method's own name.
func (s *Schema) methodDecl(ctx context.Context, name string) (*decl, string, error) {
	return names.FindMethod(ctx, services{s.p}, name, s.service)
}

// services are a pool's as the finder of methods wants them.
type services struct{ p *pool }

// FindService finds a service that is not defined in two ways.
func (s services) FindService(ctx context.Context, name string) (*decl, error) {
	d, err := s.p.serviceDecl(ctx, name)
	if err == nil {
		err = s.p.conflictOf(ctx, d)
	}
	return d, err
}

// MethodsOf looks into a service.
func (services) MethodsOf(d *decl) (name string, methods []string, err error) {
	for _, m := range d.look().Methods {
		methods = append(methods, m.Name)
	}
	return d.Name, methods, nil
}

// Candidates finds all services.
func (s services) Candidates(ctx context.Context, named bool) ([]*decl, error) {
	all, err := s.p.serviceNames(ctx)
	if err != nil {
		return nil, err
	}
	var list []*decl
	for _, name := range all {
		d, err := s.p.find(ctx, name)
		if err != nil {
			return nil, err
		}
		if d != nil && d.Kind == protoscan.Service && d.file.named == named {
			list = append(list, d)
		}
	}
	return list, nil
}

// Same is the first: a pool has one service of a name.
func (services) Same(found []*decl) (*decl, error) { return found[0], nil }

// Lacks says whether there are services, and whether a server was asked for them.
func (s services) Lacks(ctx context.Context, missing *idl.NotFoundError) {
	all, err := s.p.serviceNames(ctx)
	missing.Remote, missing.None = s.p.remote != nil, err == nil && len(all) == 0
}

// Methods lists the methods of a service without compiling anything.
func (s *Schema) Methods(ctx context.Context, service string) ([]idl.MethodInfo, error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	d, err := services{s.p}.FindService(ctx, service)
	if err != nil {
		return nil, s.p.explain(ctx, err)
	}
	var list []idl.MethodInfo
	for _, m := range d.look().Methods {
		info := idl.MethodInfo{Method: stream.Method{Service: d.Name, Name: m.Name, Type: streamType(m.Client, m.Server)}}
		if info.Input, err = s.p.fullName(ctx, d.file, m.Input); err != nil {
			return nil, err
		}
		if info.Output, err = s.p.fullName(ctx, d.file, m.Output); err != nil {
			return nil, err
		}
		list = append(list, info)
	}
	return list, nil
}

// fullName is the full name of what a reference means, or the name as it is
// where that is unknown.
func (p *pool) fullName(ctx context.Context, f *file, r protoscan.Ref) (string, error) {
	if len(r.Name) > 0 && r.Name[0] == '.' {
		return r.Name[1:], nil
	}
	d, err := p.resolve(ctx, f, r)
	if d == nil || err != nil {
		return r.Name, err
	}
	for scope := r.Scope; ; scope = names.Parent(scope) {
		if full := names.Join(scope, r.Name); d.file.lookup(full) == d {
			return full, nil
		}
		if scope == "" {
			return r.Name, nil
		}
	}
}
