package thriftidl

import (
	"context"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// Describe takes services, types, constants and methods by the names that
// Services and Refers have, "Type.field", "Enum.VALUE", and names of files.
func (s *Schema) Describe(ctx context.Context, symbol string) (_ *idl.Description, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.explain(&err)
	name := strings.Trim(symbol, "/")
	if strings.HasSuffix(name, ".thrift") {
		return s.describeFile(ctx, symbol)
	}
	all := []space{spaceService, spaceType, spaceConst}
	var members []string
	if d := s.referred[name]; d != nil {
		return s.describeDecl(d)
	}
	if !strings.Contains(name, "/") || strings.Contains(name, ".thrift:") {
		d, err := s.find(ctx, name, all...)
		if err != nil {
			return nil, err
		}
		if d != nil {
			return s.describeDecl(d)
		}
		if owner, member := names.Cut(name); owner != "" {
			d, err := s.find(ctx, owner, spaceType)
			if err != nil {
				return nil, err
			}
			if d != nil {
				if out, err := s.describeMember(d, member); out != nil || err != nil {
					return out, err
				}
				members = d.members()
			}
		}
	}
	m, err := s.findMethod(ctx, name)
	if err == nil {
		return s.describeMethod(m), nil
	}
	if !names.IsMissing(err) || strings.Contains(name, "/") {
		return nil, err
	}
	return nil, &idl.NotFoundError{Kind: "symbol", Name: symbol, Nearest: idl.Nearest(name, append(s.symbols(), members...))}
}

// symbols lists the names that a mistyped one may have meant.
func (s *Schema) symbols() []string {
	all := s.names(spaceService)
	all = append(all, s.names(spaceType)...)
	all = append(all, s.names(spaceConst)...)
	for _, f := range s.files {
		for _, d := range f.decls {
			if b, err := d.look(); err == nil {
				for _, fn := range b.funcs {
					all = append(all, s.serviceName(d)+"/"+fn.name)
				}
			}
		}
	}
	return all
}

func (s *Schema) describeFile(ctx context.Context, name string) (*idl.Description, error) {
	if err := s.readAll(ctx); err != nil {
		return nil, err
	}
	f := s.fileNamed(name)
	if f == nil {
		var all []string
		for _, f := range s.files {
			all = append(all, f.shown)
		}
		return nil, &idl.NotFoundError{Kind: "symbol", Name: name, Nearest: idl.Nearest(name, all)}
	}
	text := strings.ReplaceAll(strings.TrimPrefix(f.src, source.Mark(f.src)), "\r\n", "\n")
	out := &idl.Description{Kind: "file", Name: f.shown, Text: strings.TrimRight(text, "\n") + "\n"}
	e := &thrift.Element{Kind: "file", Name: f.shown}
	for _, inc := range f.includes {
		e.Includes = append(e.Includes, inc.path)
	}
	for _, d := range f.decls {
		one, err := s.describeDecl(d)
		if err != nil {
			return nil, err
		}
		e.Definitions = append(e.Definitions, one.Value.(*thrift.Element))
		out.Refers = append(out.Refers, one.Refers...)
	}
	out.Refers = names.Distinct(out.Refers)
	out.Value = e
	return out, nil
}

func (s *Schema) describeDecl(d *decl) (*idl.Description, error) {
	b, err := d.look()
	if err != nil {
		return nil, err
	}
	e := d.element()
	refs := b.refs
	var parent []string
	if d.class == classService {
		e.Name = s.serviceName(d)
		if e.Extends = b.extends; e.Extends != "" {
			if up, err := s.parentOf(d, nil); err == nil {
				e.Extends = s.serviceName(up)
				parent = []string{e.Extends}
			}
		}
		for _, fn := range b.funcs {
			refs = append(refs, fn.refs...)
			e.Methods = append(e.Methods, d.file.method(e.Name, fn))
		}
	}
	return &idl.Description{Kind: e.Kind, Name: e.Name, Text: d.file.cut(d.doc, d.end), Refers: append(parent, s.refers(d.file, refs)...), Value: e}, nil
}

func (s *Schema) describeMethod(m method) *idl.Description {
	f := m.owner.file
	e := f.method(s.serviceName(m.service), m.fn)
	return &idl.Description{Kind: e.Kind, Name: e.Name, Text: f.cut(m.fn.doc, m.fn.end), Refers: s.refers(f, m.fn.refs), Value: e}
}

// describeMember describes a field or an enum value; nil if there is none.
func (s *Schema) describeMember(d *decl, name string) (*idl.Description, error) {
	b, err := d.look()
	if err != nil {
		return nil, err
	}
	for i := range b.fields {
		if f := &b.fields[i]; f.name == name {
			var within []ref
			for _, r := range b.refs {
				if r.at >= f.start && r.at < f.end {
					within = append(within, r)
				}
			}
			e := d.file.field(f)
			e.Name = d.full() + "." + f.name
			return &idl.Description{Kind: e.Kind, Name: e.Name, Text: d.file.cut(f.doc, f.end), Refers: s.refers(d.file, within), Value: e}, nil
		}
	}
	for i := range b.values {
		if v := &b.values[i]; v.Name == name {
			e := d.file.enumValue(v)
			e.Name = d.full() + "." + v.Name
			return &idl.Description{Kind: e.Kind, Name: e.Name, Text: d.file.cut(v.doc, v.end), Refers: []string{d.full()}, Value: e}, nil
		}
	}
	return nil, nil
}

// members lists the names that describeMember knows, in full.
func (d *decl) members() []string {
	var all []string
	for i := range d.body.fields {
		all = append(all, d.full()+"."+d.body.fields[i].name)
	}
	for i := range d.body.values {
		all = append(all, d.full()+"."+d.body.values[i].Name)
	}
	return all
}

// refers lists the types among the references of f, each once, by names that Describe
// takes.
func (s *Schema) refers(f *file, refs []ref) []string {
	var list []string
	for _, r := range refs {
		if r.value || lateTypes[r.name] != nil && f.lookup(spaceType, r.name) == nil {
			continue
		}
		name := f.qualifyType(r.name)
		if d, err := s.resolve(f, spaceType, r.name); d != nil && err == nil {
			name = s.refer(d, name)
		}
		list = append(list, name)
	}
	return names.Distinct(list)
}

// refer returns a name by which Describe will find a declaration: its full name, or
// where that stands for another one, since a/common.thrift and b/common.thrift have one
// prefix, the place too.
func (s *Schema) refer(d *decl, name string) string {
	if other := s.referred[name]; other != nil && other.file.src != d.file.src {
		name = d.placed()
	}
	if s.referred == nil {
		s.referred = map[string]*decl{}
	}
	s.referred[name] = d
	return name
}

// placed is a name that no other declaration has: "a/common.thrift:Type".
func (d *decl) placed() string { return d.file.shown + ":" + d.name }

// placedDecl finds a declaration by such a name.
func (s *Schema) placedDecl(name string, spaces []space) *decl {
	file, last, ok := strings.Cut(name, ".thrift:")
	if !ok {
		return nil
	}
	if f := s.fileNamed(file + ".thrift"); f != nil {
		for _, space := range spaces {
			if d := f.lookup(space, last); d != nil {
				return d
			}
		}
	}
	return nil
}

// qualifyType is the full name of a type that is written in f.
func (f *file) qualifyType(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return f.qualify(name)
}
