package protoidl

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

// A stub is a declaration with nothing but the names of the types in it. It is
// enough to print what refers to them: a service with a thousand types is
// described without compiling any.

// linkShallow links a declaration with stubs for the types it refers to. It
// fails where the types matter, as with default values of enums.
func (p *pool) linkShallow(ctx context.Context, d *decl, method string) (*unit, error) {
	if !d.takesStubs() {
		return nil, errors.New("needs its types")
	}
	if f := d.file; f.raw == nil && method == "" {
		p.described[f]++
		if p.described[f] == manyOf && len(f.src) <= manyBytes {
			p.linkFile(ctx, f)
		}
		if u := p.linked[linkKey{decl: d, detail: true}]; u != nil {
			return u, nil
		}
	}
	return p.linkStubbed(ctx, []*decl{d}, method)
}

// Whose second declaration of a file of source is described gets all others with
// it, unless the file is very large: the compiler has a price for each run.
const (
	manyOf    = 2
	manyBytes = 1 << 20
)

// linkFile does what linkShallow does for all of a file at once, or nothing.
func (p *pool) linkFile(ctx context.Context, f *file) {
	var all []*decl
	for _, d := range f.decls {
		if d.Kind == protoscan.Enum || d.takesStubs() {
			all = append(all, d)
		}
	}
	u, err := p.linkStubbed(ctx, all, "")
	if err != nil {
		return // each by itself will do, or tell why not
	}
	for _, d := range all {
		if key := (linkKey{decl: d, detail: true}); p.linked[key] == nil {
			p.linked[key] = u
		}
	}
}

func (d *decl) takesStubs() bool {
	return (d.Kind == protoscan.Message || d.Kind == protoscan.Service) && len(d.look().Extensions) == 0
}

// linkStubbed links declarations of one file with stubs.
func (p *pool) linkStubbed(ctx context.Context, list []*decl, method string) (*unit, error) {
	var options []*decl
	c, err := p.shallow(ctx, list, method, &options)
	if err != nil {
		return nil, err
	}
	if len(options) > 0 {
		// What is described itself is wanted from the unit.
		if c.base = p.baseFor(ctx, options); c.base == nil || c.base.parts[list[0].file] != nil || !c.base.covers(c) {
			c, err = p.shallow(ctx, list, method, nil)
		}
	}
	if err != nil {
		return nil, err
	}
	return p.compile(c)
}

// shallow is what linkStubbed links, but for what is put aside.
func (p *pool) shallow(ctx context.Context, list []*decl, method string, aside *[]*decl) (*closure, error) {
	c := p.closure(true)
	c.shallow, c.aside = map[*decl]bool{}, aside
	for _, d := range list {
		c.shallow[d] = true
	}
	for _, d := range list {
		if err := c.add(ctx, d, method); err != nil {
			return nil, err
		}
	}
	return c, c.run(ctx)
}

// insideOf lists the types declared directly in the type with a full name.
func (d *decl) insideOf(full string) []protoscan.Inner {
	var list []protoscan.Inner
	for _, n := range d.look().Names {
		if (n.Kind == protoscan.Message || n.Kind == protoscan.Enum) && names.Parent(n.Name) == full {
			list = append(list, n)
		}
	}
	return list
}

// stubValue is a name for the value that an enum must have, unlike any other.
func stubValue(full string) string { return strings.ReplaceAll(full, ".", "_") + "_STUB" }

func writeStub(b *strings.Builder, d *decl, full string, kind protoscan.Kind) {
	if kind == protoscan.Enum {
		b.WriteString("\n\nenum " + names.Last(full) + " { " + stubValue(full) + " = 0; }\n\n")
		return
	}
	b.WriteString("\n\nmessage " + names.Last(full) + " {")
	for _, n := range d.insideOf(full) {
		writeStub(b, d, n.Name, n.Kind)
	}
	b.WriteString("}\n\n")
}

// appendStub appends a stub as an encoded descriptor.
func appendStub(b []byte, d *decl, full string, kind protoscan.Kind) []byte {
	b = rawdesc.AppendField(b, 1, []byte(names.Last(full)))
	if kind == protoscan.Enum {
		value := rawdesc.AppendField(nil, 1, []byte(stubValue(full)))
		return rawdesc.AppendField(b, 2, append(value, 2<<3, 0)) // number 0
	}
	for _, n := range d.insideOf(full) {
		field := protowire.Number(3)
		if n.Kind == protoscan.Enum {
			field = 4
		}
		b = rawdesc.AppendField(b, field, appendStub(nil, d, n.Name, n.Kind))
	}
	return b
}
