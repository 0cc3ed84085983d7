package idl

import (
	"context"
	"path"
	"slices"
	"strings"
)

// Services lists "Service" for the files that the user named, and "file.Service"
// for what they include and where two named files have a Service.
func (s *thriftSchema) Services(ctx context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.readAll(ctx); err != nil {
		return nil, err
	}
	if s.broken != nil {
		return nil, s.broken
	}
	return s.names(spaceService), nil
}

// names lists what the read files declare in a space, sorted.
func (s *thriftSchema) names(space thriftSpace) []string {
	var names []string
	for _, f := range s.files {
		for _, d := range f.decls {
			switch {
			case d.class.space() != space:
			case space == spaceService && f.named && s.bare[d.name] == 1:
				names = append(names, d.name)
			default:
				names = append(names, d.full())
			}
		}
	}
	return sortedSet(names)
}

// serviceName is the name that Services lists.
func (s *thriftSchema) serviceName(d *thriftDecl) string {
	if d.file.named && s.bare[d.name] == 1 {
		return d.name
	}
	return d.full()
}

// find finds what name declares in one of the spaces: among the named files, then
// in what they include directly, then everywhere. It is nil if there is nothing.
func (s *thriftSchema) find(ctx context.Context, name string, spaces ...thriftSpace) (*thriftDecl, error) {
	if err := s.readFolderFiles(ctx); err != nil {
		return nil, err
	}
	if d := s.placedDecl(name, spaces); d != nil {
		return d, nil
	}
	var named []*thriftFile
	for _, f := range s.files {
		if f.named {
			named = append(named, f)
		}
	}
	if d, err := s.pick(named, name, spaces); d != nil || err != nil {
		return d, err
	}
	prefix, last := splitPrefix(name)
	var direct []*thriftFile
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
func (s *thriftSchema) pick(files []*thriftFile, name string, spaces []thriftSpace) (*thriftDecl, error) {
	for _, space := range spaces {
		var found []*thriftDecl
		seen := map[*thriftDecl]bool{}
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
func (s *thriftSchema) single(found []*thriftDecl, name string) (*thriftDecl, error) {
	if text := slices.DeleteFunc(slices.Clone(found), func(d *thriftDecl) bool { return d.file.disk }); len(text) > 0 {
		found = text
	}
	var names, places []string
	same := true
	for _, d := range found {
		names = append(names, d.full())
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
	if names = sortedSet(names); len(names) == 1 {
		return nil, &AmbiguousError{Kind: kind, Name: name, Candidates: sortedSet(places), Conflict: true}
	}
	return nil, &AmbiguousError{Kind: kind, Name: name, Candidates: names}
}

// Methods lists the methods of a service, its own before inherited ones.
func (s *thriftSchema) Methods(ctx context.Context, service string) (_ []*Method, err error) {
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
	var list []*Method
	for _, m := range methods {
		out, err := s.outline(m)
		if err != nil {
			return nil, err
		}
		list = append(list, out)
	}
	return list, nil
}

func (s *thriftSchema) serviceDecl(ctx context.Context, name string) (*thriftDecl, error) {
	d, err := s.find(ctx, name, spaceService)
	if d == nil && err == nil {
		return nil, &NotFoundError{Kind: "service", Name: name, Nearest: Nearest(name, s.names(spaceService))}
	}
	return d, err
}

// Method finds a method; its messages are complete.
func (s *thriftSchema) Method(ctx context.Context, name string) (_ *Method, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.explain(&err)
	m, err := s.findMethod(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.method(ctx, m)
}

func (s *thriftSchema) findMethod(ctx context.Context, name string) (thriftMethod, error) {
	service, method := splitMethod(name)
	if service == "" {
		service = s.service
	}
	if service == "" {
		return s.bareMethod(ctx, method)
	}
	d, err := s.serviceDecl(ctx, service)
	if err != nil {
		if isMissing(err) && !strings.Contains(name, "/") {
			if d, err2 := s.find(ctx, name, spaceService); d != nil && err2 == nil {
				return thriftMethod{}, s.noMethod(d, name) // a service, not a method
			}
		}
		return thriftMethod{}, err
	}
	methods, err := s.methods(d)
	if err != nil {
		return thriftMethod{}, err
	}
	var all []string
	for _, m := range methods {
		if m.fn.name == method {
			return m, nil
		}
		all = append(all, s.serviceName(d)+"/"+m.fn.name)
	}
	return thriftMethod{}, &NotFoundError{Kind: "method", Name: method, In: s.serviceName(d), Nearest: Nearest(method, all)}
}

// noMethod says that a service is no method, and names some that are.
func (s *thriftSchema) noMethod(d *thriftDecl, name string) error {
	methods, err := s.methods(d)
	if err != nil {
		return err
	}
	var near []string
	for _, m := range methods[:min(len(methods), maxNearest)] {
		near = append(near, s.serviceName(d)+"/"+m.fn.name)
	}
	return &NotFoundError{Kind: "method", Name: name, Nearest: near}
}

// bareMethod finds the one service that has a method. The files that the user
// named go before what they include.
func (s *thriftSchema) bareMethod(ctx context.Context, method string) (thriftMethod, error) {
	if err := s.readFolderFiles(ctx); err != nil {
		return thriftMethod{}, err
	}
	var all []string
	for _, named := range []bool{true, false} {
		if !named {
			if err := s.readAll(ctx); err != nil {
				return thriftMethod{}, err
			}
		}
		found, names, err := s.having(method, named)
		if err != nil {
			return thriftMethod{}, err
		}
		all = append(all, names...)
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			return s.oneMethod(found, method)
		}
	}
	return thriftMethod{}, &NotFoundError{Kind: "method", Name: method, Nearest: Nearest(method, all)}
}

// oneMethod is the one that several methods of a name are: copies of one text are
// one, as in single.
func (s *thriftSchema) oneMethod(found []thriftMethod, method string) (thriftMethod, error) {
	var names []string
	var services []*thriftDecl
	for _, m := range found {
		names = append(names, s.serviceName(m.service)+"/"+method)
		services = append(services, m.service)
	}
	if names = sortedSet(names); len(names) > 1 {
		return thriftMethod{}, &AmbiguousError{Kind: "method", Name: method, Candidates: names}
	}
	d, err := s.single(services, services[0].full())
	if err != nil {
		return thriftMethod{}, err
	}
	return found[slices.Index(services, d)], nil
}

// having lists the methods of a name in named or in included files, and the names
// of all methods there.
func (s *thriftSchema) having(method string, named bool) (found []thriftMethod, all []string, err error) {
	for _, f := range s.files {
		if f.named != named {
			continue
		}
		for _, d := range f.decls {
			if d.class != classService {
				continue
			}
			methods, err := s.methods(d)
			if err != nil {
				return nil, nil, err
			}
			for _, m := range methods {
				if m.fn.name == method {
					found = append(found, m)
				}
				all = append(all, s.serviceName(d)+"/"+m.fn.name)
			}
		}
	}
	return found, all, nil
}

// Message finds a struct, union or exception, also by the name of a typedef.
func (s *thriftSchema) Message(ctx context.Context, name string) (_ Message, err error) {
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
	return nil, &NotFoundError{Kind: "message type", Name: name, Nearest: Nearest(name, s.structNames())}
}

func (s *thriftSchema) structNames() []string {
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
func (s *thriftSchema) fileNamed(name string) *thriftFile {
	clean := path.Clean(name)
	for _, f := range s.files {
		if f.shown == name || f.key == clean || strings.HasSuffix(f.key, "/"+clean) {
			return f
		}
	}
	return nil
}
