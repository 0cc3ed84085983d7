package protoidl

import (
	"cmp"
	"context"
	"errors"
	"sort"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/cache"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/lock"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// Schema is a pool as an idl.Schema. It may be used from several goroutines, which
// take turns.
type Schema struct {
	mu      lock.Lock
	p       *pool
	service string // where to look for a bare method

	types *types
	open  context.Context // of lookups through types; it ends when the schema is closed
	shut  context.CancelCauseFunc
}

// Options are those of a Schema.
type Options struct {
	// Disk is where files are, nil where there are none.
	Disk *source.Disk
	// Remote is asked for what files do not have; it may be nil.
	Remote Remote
	// Service is where to look for a bare method; it may be empty.
	Service string
	// Warn is told of what is wrong but does no harm; it may be nil.
	Warn func(message string)
	// Cache keeps what source was compiled to; it may be nil.
	Cache *cache.Store
	// Whole says that all of the files will be asked for.
	Whole bool
	// Sound says that there are no mistakes to look for in what is not used.
	Sound bool
}

// New is a schema that has the built-in types, and what Remote has.
func New(o Options) *Schema {
	p := newPool()
	p.remote, p.warn, p.sound, p.cache, p.whole = o.Remote, o.Warn, o.Sound, o.Cache, o.Whole
	if o.Disk != nil {
		p.disk = o.Disk
	}
	s := &Schema{p: p, service: o.Service, mu: lock.New()}
	s.types = newTypes(s)
	s.open, s.shut = context.WithCancelCause(context.Background())
	return s
}

// Types finds types in all that the schema knows.
func (s *Schema) Types() idl.Types { return s.types }

// Close ends lookups through Types, also one that is going on, and what Remote holds
// open; see idl.Schema. It waits for what is being kept.
func (s *Schema) Close(cause error) error {
	s.shut(cmp.Or(cause, idl.ErrClosed))
	s.p.cache.Settle()
	if s.p.remote == nil {
		return nil
	}
	_ = s.mu.Take(context.Background())
	defer s.mu.Free()
	return s.p.remote.Close()
}

// begin takes the schema for one question, which ends with the schema, too.
func (s *Schema) begin(ctx context.Context) (_ context.Context, end func(), err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.open, func() { cancel(context.Cause(s.open)) })
	if err := s.mu.Take(ctx); err != nil {
		stop()
		cancel(nil)
		return nil, nil, err
	}
	return ctx, func() {
		s.mu.Free()
		stop()
		cancel(nil)
	}, nil
}

// Services lists the services; see idl.Schema.
func (s *Schema) Services(ctx context.Context) ([]string, error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	return s.p.serviceNames(ctx)
}

func (p *pool) serviceNames(ctx context.Context) ([]string, error) {
	if p.remote != nil {
		list, err := p.remote.Services(ctx)
		return names.Sorted(list), err
	}
	return p.declared(ctx, func() []string { return p.readServices(func(*file) bool { return true }) })
}

// declared lists what collect finds when all files have been read. Mistakes in them come
// first, in larger ones at least where nothing is found.
func (p *pool) declared(ctx context.Context, collect func() []string) ([]string, error) {
	if err := p.readAll(ctx); err != nil {
		return nil, err
	}
	if err := p.mistake(ctx); err != nil {
		return nil, err
	}
	if err := p.checkSyntax(ctx, source.WholeLimit); err != nil {
		return nil, err
	}
	list := collect()
	if len(list) == 0 {
		return nil, p.checkSyntax(ctx, source.MaxIDL)
	}
	return list, nil
}

// readServices lists the services of the files that have been read.
func (p *pool) readServices(in func(*file) bool) []string {
	var list []string
	for _, f := range p.files {
		if !in(f) {
			continue
		}
		for _, d := range f.decls {
			if d.Kind == protoscan.Service {
				list = append(list, d.Name)
			}
		}
	}
	return names.Sorted(list)
}

// serviceDecl finds a service by its full name, or by the end of it. The files
// that the user named go before their imports.
func (p *pool) serviceDecl(ctx context.Context, name string) (*decl, error) {
	if d := p.symbols[name]; d != nil && d.Kind == protoscan.Service {
		return d, nil
	}
	if p.remote == nil {
		short := names.Matching(p.readServices(func(f *file) bool { return f.named }), name)
		if len(short) == 1 && p.small {
			return p.isService(p.symbols[short[0]], name)
		}
	}
	var err error
	if p.remote == nil || strings.Contains(name, ".") {
		d, err := p.find(ctx, name)
		if err != nil || d != nil && d.Name == name && d.Kind == protoscan.Service {
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
		switch found := names.Matching(all, name); {
		case len(found) == 1:
			d, err := p.find(ctx, found[0])
			if err != nil {
				return nil, err
			}
			return p.isService(d, name)
		case len(found) > 1:
			return nil, &idl.AmbiguousError{Kind: "service", Name: name, Candidates: found}
		case !named || p.remote != nil:
			return nil, &idl.NotFoundError{Kind: "service", Name: name, Nearest: idl.Nearest(name, all), Remote: p.remote != nil, None: len(all) == 0}
		}
	}
	return nil, nil // not reached: the second round returns
}

// isService checks what a server or a set says to be a service.
func (p *pool) isService(d *decl, name string) (*decl, error) {
	if d == nil || d.Kind != protoscan.Service {
		return nil, &idl.NotFoundError{Kind: "service", Name: name, Remote: p.remote != nil}
	}
	return d, nil
}

// explain replaces a *NotFoundError by the mistake in a file that the scanner
// does not understand, or that the user named, if there is one: what is missing
// may be in its rest.
func (p *pool) explain(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*idl.NotFoundError](err); !ok {
		return err
	}
	if mistake := p.mistake(ctx); mistake != nil {
		return mistake
	}
	if mistake := p.checkSyntax(ctx, source.MaxIDL); mistake != nil {
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

// Message finds a message type by its full name or the end of it.
func (s *Schema) Message(ctx context.Context, name string) (idl.Message, error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	md, err := s.message(ctx, name)
	var missing *idl.NotFoundError
	if errors.As(err, &missing) && missing.Name == name {
		all := s.p.typeNames(protoscan.Message) // of a server, of what it has sent so far
		missing.Remote = s.p.remote != nil
		switch found := names.Matching(all, name); {
		case len(found) == 0 || missing.Remote:
			missing.Nearest = idl.Nearest(name, all)
		case len(found) == 1:
			md, err = s.message(ctx, found[0])
		default:
			return nil, &idl.AmbiguousError{Kind: "message type", Name: name, Candidates: found}
		}
	}
	if err != nil {
		return nil, s.p.explain(ctx, err)
	}
	return &idl.ProtoMessage{Descriptor: md, Types: s.types}, nil
}

// message finds and links a message by its full name.
func (s *Schema) message(ctx context.Context, name string) (protoreflect.MessageDescriptor, error) {
	d, err := s.p.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if d == nil || d.Kind == protoscan.Service {
		return nil, &idl.NotFoundError{Kind: "message type", Name: name}
	}
	u, err := s.p.linkNear(ctx, d, "")
	if err != nil {
		return nil, err
	}
	md, ok := u.find(d.file, name).(protoreflect.MessageDescriptor)
	if !ok {
		return nil, &idl.NotFoundError{Kind: "message type", Name: name}
	}
	return s.types.message(u, md), nil
}

// typeNames lists the types of a kind in the files that have been read, sorted.
func (p *pool) typeNames(kind protoscan.Kind) []string {
	var list []string
	for _, f := range p.files {
		for _, d := range f.decls {
			if d.Kind == kind && d.Name != "" {
				list = append(list, d.Name)
			}
			for _, n := range d.look().Names {
				if n.Kind == kind {
					list = append(list, n.Name)
				}
			}
		}
	}
	sort.Strings(list)
	return list
}
