package protoidl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// closure collects the declarations that others need, file by file.
type closure struct {
	p *pool
	// detail wants what only readers need: comments.
	detail bool
	// parsed wants unit.parsed, so that what was kept does not do.
	parsed bool
	// custom says that there are custom options.
	custom bool
	// limit stops the search when the files have more bytes than this, if it is
	// not 0.
	limit, size int
	// wide stops it when there are more declarations, if it is not 0.
	wide, count int
	// far, if it is not nil, has the message types that are left out: see far.go.
	far map[string]*decl
	// left are the references to them.
	left []farRef

	// shallow has the declarations whose types are wanted by name only.
	shallow map[*decl]bool
	// aside collects what options are made of instead of following it, if it
	// is not nil; base has it then.
	aside *[]*decl
	base  *optionBase

	parts map[*file]*part
	order []*part
	queue []*decl
	// absent says which imports of encoded files are nowhere.
	absent []string
	// mend repairs encoded files before they are linked.
	mend   bool
	mended []mended
}

// part is what is needed of one file.
type part struct {
	file  *file
	decls map[*decl]bool
	// methods restricts a service to some methods.
	methods map[*decl]map[string]bool
	// stubs are declarations of which only the names are needed.
	stubs map[*decl]bool
	// uses are files this one must import.
	uses map[*file]bool
	// whole leaves the text as it is.
	whole bool
}

func (pt *part) has(d *decl) bool { return pt.whole || pt.decls[d] }

func (pt *part) hasStub(d *decl) bool { return !pt.has(d) && pt.stubs[d] }

var (
	errTooLarge = errors.New("more than the limit")
	errTooWide  = errors.New("more declarations than the limit")
	errOdd      = errors.New("the scanner does not understand a declaration")
)

func (p *pool) closure(detail bool) *closure {
	return &closure{p: p, detail: detail, parts: map[*file]*part{}}
}

// add needs a declaration; of a service only the one method, if given.
func (c *closure) add(ctx context.Context, d *decl, method string) error {
	pt, err := c.part(ctx, d.file)
	if err != nil {
		return err
	}
	if pt.decls[d] {
		return nil
	}
	pt.decls[d] = true
	if c.count++; c.wide > 0 && c.count > c.wide {
		return errTooWide
	}
	if method != "" {
		pt.methods[d] = map[string]bool{method: true}
	}
	c.queue = append(c.queue, d)
	return nil
}

// part begins the part of a file, which needs what the file's options need.
func (c *closure) part(ctx context.Context, f *file) (*part, error) {
	if pt := c.parts[f]; pt != nil {
		return pt, nil
	}
	pt := &part{file: f, decls: map[*decl]bool{}, methods: map[*decl]map[string]bool{}, stubs: map[*decl]bool{}, uses: map[*file]bool{}}
	c.parts[f] = pt
	c.order = append(c.order, pt)
	c.size += len(f.src) + len(f.raw)
	if c.limit > 0 && c.size > c.limit {
		return nil, errTooLarge
	}
	if f.odd {
		return nil, errOdd
	}
	if f.raw != nil {
		return pt, nil
	}
	return pt, c.refs(ctx, pt, nil, f.outline.Refs)
}

// run follows what has been added until nothing is missing.
func (c *closure) run(ctx context.Context) error {
	for len(c.queue) > 0 {
		d := c.next()
		if err := c.follow(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (c *closure) follow(ctx context.Context, d *decl) error {
	pt := c.parts[d.file]
	inside := d.look()
	if inside.Odd {
		return errOdd
	}
	if err := c.refs(ctx, pt, d, inside.Refs); err != nil {
		return err
	}
	for _, m := range inside.Methods {
		if only := pt.methods[d]; only != nil && !only[m.Name] {
			continue
		}
		if err := c.refs(ctx, pt, d, m.Refs); err != nil {
			return err
		}
	}
	return nil
}

func (c *closure) refs(ctx context.Context, pt *part, d *decl, refs []protoscan.Ref) error {
	for _, r := range refs {
		c.custom = c.custom || r.Option
		to, err := c.p.resolve(ctx, pt.file, r)
		if err != nil {
			return err
		}
		if to == nil && pt.file.raw != nil {
			return c.p.incomplete(ctx, d, r)
		}
		if to == nil && c.far != nil {
			return errOdd
		}
		if to == nil {
			continue // the parser says it better
		}
		if err := c.p.qualify(ctx, pt.file, r); err != nil {
			return err
		}
		if left, err := c.leave(ctx, pt, d, r, to); left || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		stub := c.shallow[d] && !r.Option
		if err := c.use(ctx, pt, to, stub, r.Option); err != nil {
			return err
		}
	}
	return nil
}

// use needs a declaration that another file's part refers to.
func (c *closure) use(ctx context.Context, pt *part, to *decl, stub, option bool) error {
	if to.file != pt.file && !pt.uses[to.file] {
		if err := c.imports(ctx, pt, to.file); err != nil {
			return err
		}
	}
	if to.builtin() {
		return nil
	}
	if option && c.aside != nil {
		*c.aside = append(*c.aside, to)
		return nil
	}
	if !stub {
		return c.add(ctx, to, "")
	}
	in, err := c.part(ctx, to.file)
	if err == nil {
		in.stubs[to] = true
	}
	return err
}

// imports makes a part import a file, for source on the way its imports allow.
func (c *closure) imports(ctx context.Context, pt *part, to *file) error {
	if pt.file.raw != nil {
		pt.uses[to] = true
		return nil
	}
	for _, f := range c.p.route(pt.file, to) {
		pt.uses[f] = true
		if f.fd != nil {
			return nil
		}
		next, err := c.part(ctx, f)
		if err != nil {
			return err
		}
		pt = next
	}
	return nil
}

// wholeFile needs a file as it is, and those it imports. Missing imports of
// encoded files are left out.
func (c *closure) wholeFile(ctx context.Context, f *file) error {
	if c.parts[f] != nil {
		return nil
	}
	if len(f.imports) > protoscan.MaxImports {
		return &idl.ParseError{File: f.shown, Message: fmt.Sprintf("more than %d imports", protoscan.MaxImports)}
	}
	pt := &part{file: f, whole: true, uses: map[*file]bool{}}
	c.parts[f] = pt
	for _, e := range f.imports {
		g, err := c.p.open(ctx, f, e)
		if err != nil {
			return err
		}
		if g == nil {
			c.lack(f, e.name)
			continue
		}
		pt.uses[g] = true
		if g.fd != nil {
			continue
		}
		if err := c.wholeFile(ctx, g); err != nil {
			return err
		}
	}
	c.order = append(c.order, pt) // after what it imports
	if f.raw == nil {
		return nil
	}
	return c.p.qualifyAll(ctx, f)
}

// lack notes an import that is nowhere; in source the parser speaks of it.
func (c *closure) lack(f *file, name string) {
	if f.raw == nil {
		return
	}
	what := fmt.Sprintf("%s imports %s, which is not there", f.shown, name)
	if c.p.remote != nil {
		what = "the server has no " + name
	}
	if !slices.Contains(c.absent, what) {
		c.absent = append(c.absent, what)
	}
}

// incomplete says that a reference of an encoded declaration leads nowhere, and
// which files may have what is missing.
func (p *pool) incomplete(ctx context.Context, d *decl, r protoscan.Ref) error {
	e := &idl.IncompleteError{Symbol: d.Name, Missing: strings.TrimPrefix(r.Name, "."), File: d.file.shown, Remote: p.remote != nil}
	for _, edge := range d.file.imports {
		g, err := p.open(ctx, d.file, edge)
		if err != nil {
			return err
		}
		if g == nil && len(e.Absent) < idl.MaxNearest {
			e.Absent = append(e.Absent, edge.name)
		}
	}
	return e
}
