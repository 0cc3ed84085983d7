package protoidl

import (
	"context"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// resolve finds what a name in proto source, or in an encoded file, means by
// protobuf's scoping: the innermost scope that has it. nil means that nothing visible has it, which the
// parser then says better.
//
// Imports are read as late as possible. One that looks right by its path is
// looked at before the others; a hit in an outer package counts without reading
// the others only if the name is qualified, since a bare one could be shadowed
// by any file of the inner package.
func (p *pool) resolve(ctx context.Context, f *file, r protoscan.Ref) (*decl, error) {
	if d, ok := f.resolved[r]; ok {
		return d, nil
	}
	d, err := p.resolveName(ctx, f, r)
	if err != nil {
		return nil, err
	}
	f.resolved[r] = d
	return d, nil
}

func (p *pool) resolveName(ctx context.Context, f *file, r protoscan.Ref) (*decl, error) {
	if protoscan.ManyParts(r.Name) {
		return nil, nil
	}
	if full, absolute := strings.CutPrefix(r.Name, "."); absolute {
		if d := f.lookup(full); d != nil {
			return d, nil
		}
		if f.raw != nil {
			return p.findAnywhere(ctx, f, full)
		}
		return p.visible(ctx, f, full)
	}
	for scope := r.Scope; ; scope = names.Parent(scope) {
		if d := f.lookup(names.Join(scope, r.Name)); d != nil {
			return d, nil
		}
		if scope == "" {
			break
		}
	}
	if d, sure, err := p.likely(ctx, f, r.Name); sure || err != nil {
		return d, err
	}
	for scope := f.pkg; ; scope = names.Parent(scope) {
		d, err := p.visible(ctx, f, names.Join(scope, r.Name))
		if d != nil || err != nil {
			return d, err
		}
		if scope == "" {
			break
		}
	}
	if f.raw == nil {
		return nil, nil
	}
	for scope := f.pkg; ; scope = names.Parent(scope) {
		d, err := p.findAnywhere(ctx, f, names.Join(scope, r.Name))
		if d != nil || err != nil || scope == "" {
			return d, err
		}
	}
}

// findAnywhere finds what an encoded file refers to: the imports of servers and
// of cut sets are not to be relied on.
func (p *pool) findAnywhere(ctx context.Context, f *file, full string) (*decl, error) {
	d, err := p.find(ctx, full)
	if d == nil && err == nil && p.remote != nil {
		return p.fetchImports(ctx, f, full)
	}
	return d, err
}

// qualify remembers what a relative name in an encoded file means. protoc writes
// names with a leading dot, others write them as descriptor.proto allows too.
func (p *pool) qualify(ctx context.Context, f *file, r protoscan.Ref) error {
	if f.raw == nil || r.Name == "" || r.Name[0] == '.' || f.full[r] != "" {
		return nil
	}
	if d, err := p.resolve(ctx, f, r); d == nil || err != nil {
		return err
	}
	name, err := p.fullName(ctx, f, r)
	if err != nil {
		return err
	}
	if f.full == nil {
		f.full = map[protoscan.Ref]string{}
	}
	f.full[r] = "." + name
	return nil
}

// qualifyAll is qualify for all that an encoded file refers to.
func (p *pool) qualifyAll(ctx context.Context, f *file) error {
	for _, d := range f.decls {
		inside := d.look()
		for _, r := range inside.Refs {
			if err := p.qualify(ctx, f, r); err != nil {
				return err
			}
		}
		for _, m := range inside.Methods {
			for _, r := range m.Refs {
				if err := p.qualify(ctx, f, r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// likely looks into those imports only that are read or look right. sure means
// that no other import can change the answer.
func (p *pool) likely(ctx context.Context, f *file, name string) (d *decl, sure bool, err error) {
	for scope := f.pkg; ; scope = names.Parent(scope) {
		d, err := p.seek(ctx, f, names.Join(scope, name), 1)
		if d != nil || err != nil {
			return d, scope == f.pkg || strings.Contains(name, "."), err
		}
		if scope == "" {
			return nil, false, nil
		}
	}
}

// visible finds a full name in the imports of f, and in what they import
// publicly.
func (p *pool) visible(ctx context.Context, f *file, full string) (*decl, error) {
	if d, err := p.seek(ctx, f, full, 1); d != nil || err != nil {
		return d, err
	}
	return p.seek(ctx, f, full, 0)
}

// seek is visible among the imports that are read already or score at least min.
func (p *pool) seek(ctx context.Context, f *file, full string, min int) (*decl, error) {
	var seen map[*file]bool
	var through func(g *file, e *importEdge, min int) (*decl, error)
	through = func(from *file, e *importEdge, min int) (*decl, error) {
		if !e.opened && min > 0 && score(e.name, full) < min {
			return nil, nil
		}
		g, err := p.open(ctx, from, e)
		if g == nil || err != nil || seen[g] {
			return nil, err
		}
		if strings.HasPrefix(full, g.pkg) {
			if d := g.lookup(full); d != nil {
				return d, nil
			}
		}
		for _, e := range g.imports {
			if !e.public {
				continue
			}
			if seen == nil {
				seen = map[*file]bool{}
			}
			seen[g] = true
			if d, err := through(g, e, 0); d != nil || err != nil {
				return d, err
			}
		}
		return nil, nil
	}
	for _, e := range f.imports {
		if d, err := through(f, e, min); d != nil || err != nil {
			return d, err
		}
	}
	return nil, nil
}

// route is how f reaches g: the import it takes, and the files that pass g on
// publicly. Empty where it does not.
func (p *pool) route(f, g *file) []*file {
	seen := map[*file]bool{}
	var walk func(from *file, publicOnly bool) []*file
	walk = func(from *file, publicOnly bool) []*file {
		for _, e := range from.imports {
			if e.file == nil || publicOnly && !e.public || seen[e.file] {
				continue
			}
			if e.file == g {
				return []*file{g}
			}
		}
		for _, e := range from.imports {
			if e.file == nil || publicOnly && !e.public || seen[e.file] {
				continue
			}
			seen[e.file] = true
			if rest := walk(e.file, true); rest != nil {
				return append([]*file{e.file}, rest...)
			}
		}
		return nil
	}
	return walk(f, false)
}
