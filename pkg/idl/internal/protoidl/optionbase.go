package protoidl

import (
	"context"

	"github.com/jhump/protoreflect/desc"

	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// optionBase is what the options of described source are made of, compiled once:
// rules of validation can be a thousand times the message that they are for. It
// grows with what is described.
type optionBase struct {
	roots map[*decl]bool
	parts map[*file]*part
	files map[string]*desc.FileDescriptor
}

// baseFor is a base that has some declarations; nil if it does not compile.
func (p *pool) baseFor(ctx context.Context, wanted []*decl) *optionBase {
	old := p.base
	roots := map[*decl]bool{}
	if old != nil {
		for d := range old.roots {
			roots[d] = true
		}
	}
	known := len(roots)
	for _, d := range wanted {
		if d.file.raw != nil {
			return nil
		}
		if roots[d] {
			continue
		}
		// Who uses one option of a file uses the others too.
		for _, other := range d.file.decls {
			if other == d || other.Kind == protoscan.Extend {
				roots[other] = true
			}
		}
	}
	if len(roots) > known {
		b, err := p.compileBase(ctx, roots)
		if err != nil {
			return nil
		}
		p.base = b
	}
	return p.base
}

func (p *pool) compileBase(ctx context.Context, roots map[*decl]bool) (*optionBase, error) {
	c := p.closure(false)
	c.parsed = true
	for _, f := range p.files {
		for _, d := range f.decls {
			if !roots[d] {
				continue
			}
			if err := c.add(ctx, d, ""); err != nil {
				return nil, err
			}
		}
	}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	u, err := p.compile(c)
	if err != nil {
		return nil, err
	}
	return &optionBase{roots: roots, parts: c.parts, files: u.parsed}, nil
}

// covers reports whether the base can stand for all of its files in a closure,
// so that no file has two forms.
func (b *optionBase) covers(c *closure) bool {
	for f, pt := range c.parts {
		base := b.parts[f]
		if base == nil {
			continue
		}
		if pt.whole {
			return false
		}
		for d := range pt.decls {
			if !base.decls[d] {
				return false
			}
		}
		for d := range pt.stubs {
			if !base.decls[d] {
				return false
			}
		}
		for used := range pt.uses {
			if !base.uses[used] {
				return false
			}
		}
	}
	return true
}

// has reports whether the base stands for a part.
func (b *optionBase) has(pt *part) bool { return b != nil && b.parts[pt.file] != nil }
