package thriftidl

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
)

// Types is nil: in Thrift, nothing refers to types by name.
func (s *Schema) Types() idl.Types { return nil }

// Close has nothing to end.
func (s *Schema) Close(error) error { return nil }

// Services lists "Service" for the files that the user named, and "file.Service"
// for what they include and where two named files have a Service.
func (s *Schema) Services(ctx context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.readSound(ctx); err != nil {
		return nil, err
	}
	return s.names(spaceService), nil
}

// readSound reads all files, each of which has to be without mistakes.
func (s *Schema) readSound(ctx context.Context) error {
	if err := s.readAll(ctx); err != nil {
		return err
	}
	return s.broken
}

// names lists what the read files declare in a space, sorted.
func (s *Schema) names(space space) []string {
	var list []string
	for _, f := range s.files {
		for _, d := range f.decls {
			switch {
			case d.class.space() != space:
			case space == spaceService && f.named && s.bare[d.name] == 1:
				list = append(list, d.name)
			default:
				list = append(list, d.full())
			}
		}
	}
	return names.Sorted(list)
}

// serviceName is the name that Services lists.
func (s *Schema) serviceName(d *decl) string {
	if d.file.named && s.bare[d.name] == 1 {
		return d.name
	}
	return d.full()
}

// find finds what name declares in one of the spaces: among the named files, then
// in what they include directly, then everywhere. It is nil if there is nothing.
func (s *Schema) find(ctx context.Context, name string, spaces ...space) (*decl, error) {
	if err := s.readFolderFiles(ctx); err != nil {
		return nil, err
	}
	if d := s.placedDecl(name, spaces); d != nil {
		return d, nil
	}
	var named []*file
	for _, f := range s.files {
		if f.named {
			named = append(named, f)
		}
	}
	if d, err := s.pick(named, name, spaces); d != nil || err != nil {
		return d, err
	}
	prefix, last := names.Cut(name)
	var direct []*file
	for _, f := range named {
		for _, inc := range f.includes {
			if prefix == "" || inc.prefix != prefix {
				continue
			}
			target, err := s.open(f, inc)
			if err != nil {
				return nil, err
			}
			direct = append(direct, target)
		}
	}
	if d, err := s.pick(direct, last, spaces); d != nil || err != nil {
		return d, err
	}
	if err := s.readAll(ctx); err != nil {
		return nil, err
	}
	if d := s.placedDecl(name, spaces); d != nil {
		return d, nil
	}
	return s.pick(s.files, name, spaces)
}

// pick finds a declaration in some files by its bare name or that with the
// prefix of its file.
func (s *Schema) pick(files []*file, name string, spaces []space) (*decl, error) {
	for _, space := range spaces {
		var found []*decl
		seen := map[*decl]bool{}
		for _, f := range files {
			d := f.lookup(space, name)
			if d == nil && f.prefix != "" {
				if short, ok := strings.CutPrefix(name, f.prefix+"."); ok {
					d = f.lookup(space, short)
				}
			}
			if d != nil && !seen[d] {
				seen[d] = true
				found = append(found, d)
			}
		}
		if len(found) > 0 {
			return s.single(found, name)
		}
	}
	return nil, nil
}

// single is the one of several declarations that a name means. Copies of one
// text are one, and strings go before files.
func (s *Schema) single(found []*decl, name string) (*decl, error) {
	if text := slices.DeleteFunc(slices.Clone(found), func(d *decl) bool { return d.file.disk }); len(text) > 0 {
		found = text
	}
	var full, places []string
	same := true
	for _, d := range found {
		full = append(full, d.full())
		places = append(places, d.file.shown)
		same = same && d.file.src == found[0].file.src
	}
	if same {
		return found[0], nil
	}
	kind := "type"
	switch found[0].class.space() {
	case spaceService:
		kind = "service"
	case spaceConst:
		kind = "constant"
	}
	if full = names.Sorted(full); len(full) == 1 {
		return nil, &idl.AmbiguousError{Kind: kind, Name: name, Candidates: names.Sorted(places), Conflict: true}
	}
	return nil, &idl.AmbiguousError{Kind: kind, Name: name, Candidates: full}
}

// Methods lists the methods of a service, its own before inherited ones.
func (s *Schema) Methods(ctx context.Context, service string) (_ []idl.MethodInfo, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.explain(&err)
	d, err := s.serviceDecl(ctx, service)
	if err != nil {
		return nil, err
	}
	methods, err := s.methods(d)
	if err != nil {
		return nil, err
	}
	var list []idl.MethodInfo
	for _, m := range methods {
		info, err := s.outline(m)
		if err != nil {
			return nil, err
		}
		list = append(list, info)
	}
	return list, nil
}

func (s *Schema) serviceDecl(ctx context.Context, name string) (*decl, error) {
	d, err := s.find(ctx, name, spaceService)
	if d == nil && err == nil {
		return nil, &idl.NotFoundError{Kind: "service", Name: name, Nearest: idl.Nearest(name, s.names(spaceService))}
	}
	return d, err
}

// Method finds a method; its messages are complete.
func (s *Schema) Method(ctx context.Context, name string) (_ *idl.Method, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.explain(&err)
	m, err := s.findMethod(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.method(ctx, m)
}

// findMethod finds a method by the names that users give it.
func (s *Schema) findMethod(ctx context.Context, name string) (method, error) {
	d, bare, err := names.FindMethod(ctx, services{s}, name, s.service)
	if err != nil {
		return method{}, err
	}
	all, err := s.methods(d)
	if err != nil {
		return method{}, err
	}
	return all[slices.IndexFunc(all, func(m method) bool { return m.fn.name == bare })], nil
}

// services are a schema's as the finder of methods wants them.
type services struct{ s *Schema }

// FindService is described at names.Services, as are the others.
func (s services) FindService(ctx context.Context, name string) (*decl, error) {
	return s.s.serviceDecl(ctx, name)
}

// MethodsOf looks into a service and those that it extends.
func (s services) MethodsOf(d *decl) (name string, methods []string, err error) {
	all, err := s.s.methods(d)
	for _, m := range all {
		methods = append(methods, m.fn.name)
	}
	return s.s.serviceName(d), methods, err
}

// Candidates reads what is included only for the second of its lists.
func (s services) Candidates(ctx context.Context, named bool) ([]*decl, error) {
	read := s.s.readAll
	if named {
		read = s.s.readFolderFiles
	}
	if err := read(ctx); err != nil {
		return nil, err
	}
	var list []*decl
	for _, f := range s.s.files {
		for _, d := range f.decls {
			if f.named == named && d.class == classService {
				list = append(list, d)
			}
		}
	}
	return list, nil
}

// Same is the one that copies of a text are.
func (s services) Same(found []*decl) (*decl, error) { return s.s.single(found, found[0].full()) }

// Lacks adds nothing: the IDL is all there is.
func (services) Lacks(context.Context, *idl.NotFoundError) {}

// Message finds a struct, union or exception, also by the name of a typedef.
func (s *Schema) Message(ctx context.Context, name string) (_ idl.Message, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.explain(&err)
	d, err := s.find(ctx, name, spaceType)
	if err != nil {
		return nil, err
	}
	if d != nil {
		if err := s.needDecl(ctx, d); err != nil {
			return nil, err
		}
		if t := d.built.typ; t.Struct != nil {
			return t.Struct, nil
		}
	}
	return nil, &idl.NotFoundError{Kind: "message type", Name: name, Nearest: idl.Nearest(name, s.structNames())}
}

func (s *Schema) structNames() []string {
	var names []string
	for _, f := range s.files {
		for _, d := range f.decls {
			switch d.class {
			case classStruct, classUnion, classException:
				names = append(names, d.full())
			}
		}
	}
	return names
}

// fileNamed finds a file by the name that users give it, or the end of that.
func (s *Schema) fileNamed(name string) *file {
	clean := path.Clean(name)
	for _, f := range s.files {
		if f.shown == name || f.key == clean || strings.HasSuffix(f.key, "/"+clean) {
			return f
		}
	}
	return nil
}
