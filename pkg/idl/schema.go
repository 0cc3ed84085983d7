package idl

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/stream"
)

// schema is a pool as a Schema. It may be used from several goroutines, which
// take turns.
type schema struct {
	mu      sync.Mutex
	p       *pool
	service string // where to look for a bare method
}

func (s *schema) Services(ctx context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.p.serviceNames(ctx)
}

func (p *pool) serviceNames(ctx context.Context) ([]string, error) {
	if p.remote != nil {
		names, err := p.remote.services(ctx)
		return sortedSet(names), err
	}
	if err := p.readAll(ctx); err != nil {
		return nil, err
	}
	if err := p.mistake(ctx); err != nil {
		return nil, err
	}
	if err := p.checkSyntax(ctx, wholeLimit); err != nil {
		return nil, err
	}
	names := p.readServices(func(*file) bool { return true })
	if len(names) == 0 {
		return nil, p.checkSyntax(ctx, maxIDL)
	}
	return names, nil
}

// readServices lists the services of the files that have been read.
func (p *pool) readServices(in func(*file) bool) []string {
	var names []string
	for _, f := range p.files {
		if !in(f) {
			continue
		}
		for _, d := range f.decls {
			if d.kind == kindService {
				names = append(names, d.name)
			}
		}
	}
	return sortedSet(names)
}

// serviceDecl finds a service by its full name, or by the end of it. The files
// that the user named go before their imports.
func (p *pool) serviceDecl(ctx context.Context, name string) (*decl, error) {
	if d := p.symbols[name]; d != nil && d.kind == kindService {
		return d, nil
	}
	if p.remote == nil {
		short := matching(p.readServices(func(f *file) bool { return f.named }), name)
		if len(short) == 1 && p.small {
			return p.isService(p.symbols[short[0]], name)
		}
	}
	var err error
	if p.remote == nil || strings.Contains(name, ".") {
		d, err := p.find(ctx, name)
		if err != nil || d != nil && d.name == name && d.kind == kindService {
			return d, err
		}
	}
	for _, named := range []bool{true, false} {
		var all []string
		if p.remote != nil {
			if all, err = p.serviceNames(ctx); err != nil {
				return nil, err
			}
		} else {
			all = p.readServices(func(f *file) bool { return f.named || !named })
		}
		switch found := matching(all, name); {
		case len(found) == 1:
			d, err := p.find(ctx, found[0])
			if err != nil {
				return nil, err
			}
			return p.isService(d, name)
		case len(found) > 1:
			return nil, &AmbiguousError{Kind: "service", Name: name, Candidates: found}
		case !named || p.remote != nil:
			return nil, &NotFoundError{Kind: "service", Name: name, Nearest: Nearest(name, all), Remote: p.remote != nil, None: len(all) == 0}
		}
	}
	return nil, nil // not reached: the second round returns
}

// isService checks what a server or a set says to be a service.
func (p *pool) isService(d *decl, name string) (*decl, error) {
	if d == nil || d.kind != kindService {
		return nil, &NotFoundError{Kind: "service", Name: name, Remote: p.remote != nil}
	}
	return d, nil
}

func (s *schema) Method(ctx context.Context, name string) (*Method, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, m, err := s.methodDecl(ctx, name)
	if err != nil {
		return nil, s.p.explain(ctx, err)
	}
	u, err := s.p.link(ctx, d, m, false)
	if err != nil {
		return nil, err
	}
	md, ok := u.find(d.file, d.name+"."+m).(protoreflect.MethodDescriptor)
	if !ok {
		return nil, fmt.Errorf("method %s/%s did not compile", d.name, m)
	}
	return s.method(ctx, md), nil
}

// method is a linked method. Its types may look further while ctx lasts, and
// after it for a while each time.
func (s *schema) method(ctx context.Context, md protoreflect.MethodDescriptor) *Method {
	types := &types{s: s, ctx: ctx}
	return &Method{
		Method: stream.Method{
			Service: string(md.Parent().FullName()),
			Name:    string(md.Name()),
			Type:    streamType(md.IsStreamingClient(), md.IsStreamingServer()),

			NoSideEffects: hasNoSideEffects(md),
		},
		Input:  &ProtoMessage{Descriptor: md.Input(), Types: types},
		Output: &ProtoMessage{Descriptor: md.Output(), Types: types},
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

// explain replaces a *NotFoundError by the mistake in a file that the scanner
// does not understand, or that the user named, if there is one: what is missing
// may be in its rest.
func (p *pool) explain(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*NotFoundError](err); !ok {
		return err
	}
	if mistake := p.mistake(ctx); mistake != nil {
		return mistake
	}
	if mistake := p.checkSyntax(ctx, maxIDL); mistake != nil {
		return mistake
	}
	return err
}

// mistake is what the parser says to files that the scanner does not understand;
// nil if it has no objection, or there are none.
func (p *pool) mistake(ctx context.Context) error {
	for _, f := range p.files {
		if !f.odd {
			continue
		}
		if _, _, err := p.linkWhole(ctx, f, false, nil); err != nil {
			return err
		}
	}
	return nil
}

// methodDecl finds the service of a method, and the method's own name.
func (s *schema) methodDecl(ctx context.Context, name string) (*decl, string, error) {
	service, method := splitMethod(name)
	if service == "" {
		service = s.service
	}
	if service == "" {
		return s.p.bareMethod(ctx, method)
	}
	d, err := s.p.serviceDecl(ctx, service)
	var missing *NotFoundError
	if errors.As(err, &missing) && service+"."+method == name {
		if d, err2 := s.p.serviceDecl(ctx, name); err2 == nil { // a service, not a method
			return nil, "", &NotFoundError{Kind: "method", Name: name, Nearest: firstNames(d)}
		}
	}
	if err == nil {
		err = s.p.conflictOf(ctx, d)
	}
	if err != nil {
		return nil, "", err
	}
	var all []string
	for _, m := range d.look().methods {
		if m.name == method {
			return d, method, nil
		}
		all = append(all, d.name+"/"+m.name)
	}
	return nil, "", &NotFoundError{Kind: "method", Name: method, In: d.name, Nearest: Nearest(method, all)}
}

// firstNames are methods of a service, for want of a better guess.
func firstNames(d *decl) []string {
	var names []string
	for _, m := range d.look().methods {
		if len(names) < maxNearest {
			names = append(names, d.name+"/"+m.name)
		}
	}
	return names
}

// bareMethod finds the one service that has a method. The files that the user
// named go before their imports.
func (p *pool) bareMethod(ctx context.Context, method string) (*decl, string, error) {
	services, err := p.serviceNames(ctx)
	if err != nil {
		return nil, "", err
	}
	var all []string
	var inNamed, inAll []*decl
	for _, name := range services {
		d, err := p.find(ctx, name)
		if err != nil {
			return nil, "", err
		}
		if d == nil || d.kind != kindService {
			continue
		}
		for _, m := range d.look().methods {
			all = append(all, name+"/"+m.name)
			if m.name != method {
				continue
			}
			inAll = append(inAll, d)
			if d.file.named {
				inNamed = append(inNamed, d)
			}
		}
	}
	if len(inNamed) > 0 {
		inAll = inNamed
	}
	switch len(inAll) {
	case 0:
		return nil, "", &NotFoundError{Kind: "method", Name: method, Nearest: Nearest(method, all), Remote: p.remote != nil, None: len(services) == 0}
	case 1:
		return inAll[0], method, nil
	}
	var names []string
	for _, d := range inAll {
		names = append(names, d.name+"/"+method)
	}
	return nil, "", &AmbiguousError{Kind: "method", Name: method, Candidates: sortedSet(names)}
}

// Methods returns messages that are only named; see the Schema interface.
func (s *schema) Methods(ctx context.Context, service string) ([]*Method, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.p.serviceDecl(ctx, service)
	if err != nil {
		return nil, s.p.explain(ctx, err)
	}
	if err := s.p.conflictOf(ctx, d); err != nil {
		return nil, err
	}
	fd := &descriptorpb.FileDescriptorProto{Name: &d.file.name}
	sd := &descriptorpb.ServiceDescriptorProto{Name: new(lastPart(d.name))}
	fd.Package = &d.file.pkg
	fd.Service = append(fd.Service, sd)
	for _, m := range d.look().methods {
		input, output, err := s.p.methodTypes(ctx, d, m)
		if err != nil {
			return nil, err
		}
		sd.Method = append(sd.Method, &descriptorpb.MethodDescriptorProto{
			Name: &m.name, InputType: &input, OutputType: &output,
			ClientStreaming: &m.client, ServerStreaming: &m.server,
		})
	}
	file, err := (protodesc.FileOptions{AllowUnresolvable: true}).New(fd, &protoregistry.Files{})
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", d.name, err)
	}
	list := file.Services().Get(0).Methods()
	methods := make([]*Method, list.Len())
	for i := range methods {
		methods[i] = s.method(ctx, list.Get(i))
	}
	return methods, nil
}

// methodTypes are the full names of a method's messages, with a leading dot.
func (p *pool) methodTypes(ctx context.Context, d *decl, m methodDecl) (input, output string, err error) {
	if input, err = p.fullName(ctx, d.file, m.input); err == nil {
		output, err = p.fullName(ctx, d.file, m.output)
	}
	return "." + input, "." + output, err
}

// fullName is the full name of what a reference means, or the name as it is
// where that is unknown.
func (p *pool) fullName(ctx context.Context, f *file, r ref) (string, error) {
	if len(r.name) > 0 && r.name[0] == '.' {
		return r.name[1:], nil
	}
	d, err := p.resolve(ctx, f, r)
	if d == nil || err != nil {
		return r.name, err
	}
	for scope := r.scope; ; scope = parent(scope) {
		if full := join(scope, r.name); d.file.lookup(full) == d {
			return full, nil
		}
		if scope == "" {
			return r.name, nil
		}
	}
}

func (s *schema) Message(ctx context.Context, name string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	md, err := s.message(ctx, name)
	var missing *NotFoundError
	if errors.As(err, &missing) && missing.Name == name {
		all := s.p.typeNames(kindMessage) // of a server, of what it has sent so far
		missing.Remote = s.p.remote != nil
		switch found := matching(all, name); {
		case len(found) == 0 || missing.Remote:
			missing.Nearest = Nearest(name, all)
		case len(found) == 1:
			md, err = s.message(ctx, found[0])
		default:
			return nil, &AmbiguousError{Kind: "message type", Name: name, Candidates: found}
		}
	}
	if err != nil {
		return nil, s.p.explain(ctx, err)
	}
	return &ProtoMessage{Descriptor: md, Types: &types{s: s, ctx: ctx}}, nil
}

// message finds and links a message by its full name.
func (s *schema) message(ctx context.Context, name string) (protoreflect.MessageDescriptor, error) {
	d, err := s.p.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if d == nil || d.kind == kindService {
		return nil, &NotFoundError{Kind: "message type", Name: name}
	}
	u, err := s.p.link(ctx, d, "", false)
	if err != nil {
		return nil, err
	}
	md, ok := u.find(d.file, name).(protoreflect.MessageDescriptor)
	if !ok {
		return nil, &NotFoundError{Kind: "message type", Name: name}
	}
	return md, nil
}

// typeNames lists the types of a kind in the files that have been read, sorted.
func (p *pool) typeNames(kind declKind) []string {
	var names []string
	for _, f := range p.files {
		for _, d := range f.decls {
			if d.kind == kind && d.name != "" {
				names = append(names, d.name)
			}
			for _, n := range d.look().names {
				if n.kind == kind {
					names = append(names, n.name)
				}
			}
		}
	}
	sort.Strings(names)
	return names
}
