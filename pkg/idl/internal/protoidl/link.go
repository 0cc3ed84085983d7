package protoidl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/jhump/protoreflect/desc"
	"github.com/jhump/protoreflect/desc/protoparse"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// unit is a linked set of parts of files.
type unit struct {
	files map[string]protoreflect.FileDescriptor
	// parsed are those that were compiled from source, as imports of others.
	parsed map[string]*desc.FileDescriptor
	// far has the message types that are placeholders in them, if there are any.
	far map[string]*decl
}

// find finds a descriptor by the file it is in and its full name.
func (u *unit) find(f *file, full string) protoreflect.Descriptor {
	if f.fd != nil {
		return descend(f.fd, full)
	}
	if fd := u.files[f.name]; fd != nil {
		return descend(fd, full)
	}
	return nil
}

// linkKey is what was linked, and what for.
type linkKey struct {
	decl   *decl
	method string
	detail bool
	near   bool // types that are far away may be missing
}

// link compiles a declaration with all that it needs.
func (p *pool) link(ctx context.Context, d *decl, method string, detail bool) (*unit, error) {
	return p.linkAs(ctx, linkKey{decl: d, method: method, detail: detail})
}

// linkNear is link for who can do with far types that are linked when they are reached.
// A server sends what belongs together, and is not asked again.
func (p *pool) linkNear(ctx context.Context, d *decl, method string) (*unit, error) {
	return p.linkAs(ctx, linkKey{decl: d, method: method, near: !p.whole && p.remote == nil})
}

func (p *pool) linkAs(ctx context.Context, key linkKey) (*unit, error) {
	if key.decl.builtin() {
		return &unit{}, nil
	}
	if err := p.conflict(ctx, key.decl, key.method); err != nil {
		return nil, err
	}
	if u := p.known(key); u != nil {
		return u, nil
	}
	if key.decl.file.raw == nil || p.whole {
		if err := p.linkNamed(ctx, key.detail); err != nil {
			return nil, err
		}
		if u := p.known(key); u != nil {
			return u, nil
		}
	}
	c, u, err := p.linkPart(ctx, key)
	if err != nil {
		return nil, err
	}
	p.remember(c, u)
	key.near = u.far != nil
	p.linked[key] = u
	return u, nil
}

// known is what has been linked and has what a key asks for.
func (p *pool) known(key linkKey) *unit {
	whole := linkKey{decl: key.decl, detail: key.detail}
	near := whole
	near.near = key.near
	return cmp.Or(p.linked[key], p.linked[whole], p.linked[near])
}

// linkPart compiles a declaration with all that it needs, or else its whole
// file.
func (p *pool) linkPart(ctx context.Context, key linkKey) (*closure, *unit, error) {
	c := p.closure(key.detail)
	if key.near {
		c.wide = maxNear
	}
	err := c.addRun(ctx, key.decl, key.method)
	if errors.Is(err, errTooWide) {
		if c, u := p.linkClose(ctx, key); u != nil {
			return c, u, nil
		}
		c = p.closure(key.detail)
		err = c.addRun(ctx, key.decl, key.method)
	}
	var u *unit
	if err == nil {
		u, err = p.compile(c)
	}
	if err != nil && ctx.Err() == nil {
		c, u, err = p.linkWhole(ctx, key.decl.file, key.detail, err)
	}
	return c, u, err
}

// addRun is add, and run.
func (c *closure) addRun(ctx context.Context, d *decl, method string) error {
	if err := c.add(ctx, d, method); err != nil {
		return err
	}
	return c.run(ctx)
}

// remember lets later requests find what has been linked completely.
func (p *pool) remember(c *closure, u *unit) {
	for _, pt := range c.order {
		for _, d := range pt.file.decls {
			if key := (linkKey{decl: d, detail: c.detail, near: u.far != nil}); pt.has(d) && pt.methods[d] == nil && p.linked[key] == nil {
				p.linked[key] = u
			}
		}
	}
}

// linkNamed compiles the named source files whole if they are small, with all that they
// need of their imports: every mistake in them is then reported. Above
// source.WholeLimit only what is asked for is compiled, and mistakes elsewhere may stay
// unseen; so it is for files found in folders, of any size. A pool that is wanted whole has
// no limits, and compiles descriptors and what folders have too.
func (p *pool) linkNamed(ctx context.Context, detail bool) error {
	if p.tried[detail] || p.sound && !p.whole {
		return nil
	}
	p.tried[detail] = true
	c := p.closure(detail)
	if !p.whole {
		c.limit = source.WholeLimit
	}
	var named []*file
	for _, f := range p.files {
		if f.given() && f.raw == nil || p.whole && f.named {
			named = append(named, f)
		}
	}
	err := c.addAll(ctx, named)
	var u *unit
	if err == nil {
		u, err = p.compile(c)
	}
	switch {
	case err == nil:
		p.remember(c, u)
		return nil
	case errors.Is(err, errTooLarge) || ctx.Err() != nil:
		p.tried[detail] = ctx.Err() == nil
		return ctx.Err()
	}
	for _, f := range named {
		if !f.given() || f.raw != nil {
			continue // only who needs it has to know
		}
		c, u, err := p.linkWhole(ctx, f, detail, err)
		if err != nil {
			p.tried[detail] = false
			return err
		}
		p.remember(c, u)
	}
	return nil
}

func (c *closure) addAll(ctx context.Context, files []*file) error {
	for _, f := range files {
		if _, err := c.part(ctx, f); err != nil {
			return err
		}
		for _, d := range f.decls {
			if err := c.add(ctx, d, ""); err != nil {
				return err
			}
		}
	}
	return c.run(ctx)
}

// linkWhole compiles a file and its imports as they are, after a part of it did
// not compile for the reason given: now the errors are those that protoc would
// give.
func (p *pool) linkWhole(ctx context.Context, f *file, detail bool, reason error) (*closure, *unit, error) {
	c := p.closure(detail)
	if err := c.wholeFile(ctx, f); err != nil {
		return nil, nil, err
	}
	u, err := p.compile(c)
	if err != nil && f.raw != nil && reason != errOdd {
		err = reason
	}
	return c, u, err
}

// compile links parts. Encoded files that do not link as they came are repaired.
func (p *pool) compile(c *closure) (*unit, error) {
	c.mended = nil
	u, err := p.compileAs(c)
	if err != nil && slices.ContainsFunc(c.order, func(pt *part) bool { return pt.file.raw != nil }) {
		c.mend, c.mended = true, nil
		if mended, stillWrong := p.compileAs(c); stillWrong == nil {
			u, err = mended, nil
		}
		c.mend = false
	}
	if err != nil {
		return nil, err
	}
	p.tellMended(c)
	return u, nil
}

// compileAs links parts as they are, or repaired. Source among them is parsed.
func (p *pool) compileAs(c *closure) (u *unit, err error) {
	defer func() {
		if r := recover(); r != nil {
			u, err = nil, fmt.Errorf("compile IDL: %v", r)
		}
	}()
	for _, pt := range c.order {
		if pt.file.raw == nil {
			return p.parse(c)
		}
	}
	b := &builder{p: p, c: c, reg: &protoregistry.Files{}, state: map[*part]int{}}
	u = &unit{files: map[string]protoreflect.FileDescriptor{}, far: c.far}
	for _, pt := range c.order {
		if err := b.build(pt); err != nil {
			return nil, err
		}
		u.files[pt.file.name], err = b.reg.FindFileByPath(pt.file.name)
		if err != nil {
			return nil, err
		}
	}
	return u, nil
}

// checkSyntax parses the source files that the user named and that have at most
// limit bytes together, without their imports; the scanner does not look at all
// that can be wrong in them.
func (p *pool) checkSyntax(ctx context.Context, limit int) error {
	if p.sound {
		return nil
	}
	var unchecked []*file
	size := 0
	for _, f := range p.files {
		if !f.given() || f.raw != nil || f.parsed {
			continue
		}
		unchecked = append(unchecked, f)
		if size += len(f.src); size > limit {
			return nil
		}
	}
	for _, f := range unchecked {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.parse(); err != nil {
			return err
		}
		f.parsed = true
	}
	return nil
}

// parse returns the mistakes that a file has by itself.
func (f *file) parse() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("parse %s: %v", f.shown, r)
		}
	}()
	if err := protoscan.CheckDepth(f.shown, f.src); err != nil {
		return err
	}
	var errs parseErrors
	byName := map[string]*part{f.name: {file: f}}
	parser := protoparse.Parser{
		AllowExperimentalEditions: true,
		ErrorReporter:             func(e protoparse.ErrorWithPos) error { return errs.add(e, byName) },
		Accessor:                  func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f.src)), nil },
	}
	_, err = parser.ParseFilesButDoNotLink(f.name)
	if len(errs.list) > 0 {
		return errs.result()
	}
	return err
}

// texts are what the parser is given.
type texts struct {
	names  []string
	parts  map[string]*part
	byName map[string]string // of source
}

// texts are those of a closure that its base does not stand for.
func (c *closure) texts() *texts {
	t := &texts{parts: map[string]*part{}, byName: map[string]string{}}
	for _, pt := range c.order {
		if c.base.has(pt) {
			continue
		}
		t.names = append(t.names, pt.file.name)
		t.parts[pt.file.name] = pt
		if pt.file.raw == nil {
			t.byName[pt.file.name] = sliceText(pt)
		}
	}
	return t
}

// checkDepth refuses texts that the parser would go too deep for.
func (t *texts) checkDepth() error {
	for _, name := range t.names {
		if err := protoscan.CheckDepth(t.parts[name].file.shown, t.byName[name]); err != nil {
			return err
		}
	}
	return nil
}

// parse compiles source, and encoded files among it, unless that was kept.
func (p *pool) parse(c *closure) (*unit, error) {
	t := c.texts()
	if !c.keeps() {
		u, _, err := p.compileTexts(c, t)
		return u, err
	}
	key := t.key()
	if u := p.recall(key, t); u != nil {
		return u, nil
	}
	u, files, err := p.compileTexts(c, t)
	if err == nil {
		p.keep(key, files)
	}
	return u, err
}

// encodedFiles are compiled files as descriptors, each after those that it imports.
type encodedFiles func() []*descriptorpb.FileDescriptorProto

// compileTexts compiles source, by protoparse where it has to be.
func (p *pool) compileTexts(c *closure, t *texts) (*unit, encodedFiles, error) {
	if err := t.checkDepth(); err != nil {
		return nil, nil, err
	}
	if c.takesQuick() {
		if u, files := p.linkQuick(c, t); u != nil {
			return u, files, nil
		}
	}
	if c.far != nil {
		return nil, nil, errOdd
	}
	return p.parseTexts(c, t)
}

func (p *pool) parseTexts(c *closure, t *texts) (*unit, encodedFiles, error) {
	errs := parseErrors{disk: p.disk}
	files, err := c.parser(t, &errs).ParseFiles(t.names...)
	if placed := (protoparse.ErrorWithPos)(nil); len(errs.list) == 0 && errors.As(err, &placed) {
		_ = errs.add(placed, t.parts) // a missing import is returned, not reported
	}
	if len(errs.list) > 0 {
		return nil, nil, errs.result()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("compile IDL: %w", err)
	}
	u := &unit{files: make(map[string]protoreflect.FileDescriptor, len(files)), parsed: make(map[string]*desc.FileDescriptor, len(files))}
	for i, fd := range files {
		u.files[t.names[i]], u.parsed[t.names[i]] = fd.UnwrapFile(), fd
	}
	return u, func() []*descriptorpb.FileDescriptorProto { return t.inOrder(files) }, nil
}

// parser is one for texts, whose mistakes it adds to errs.
func (c *closure) parser(t *texts, errs *parseErrors) *protoparse.Parser {
	return &protoparse.Parser{
		IncludeSourceCodeInfo:     c.detail,
		AllowExperimentalEditions: true,
		ErrorReporter:             func(e protoparse.ErrorWithPos) error { return errs.add(e, t.parts) },
		Accessor: func(name string) (io.ReadCloser, error) {
			text, ok := t.byName[name]
			if !ok {
				return nil, os.ErrNotExist
			}
			return io.NopCloser(strings.NewReader(text)), nil
		},
		LookupImport: func(name string) (*desc.FileDescriptor, error) {
			if c.base == nil || c.base.files[name] == nil {
				return nil, os.ErrNotExist
			}
			return c.base.files[name], nil
		},
		LookupImportProto: func(name string) (*descriptorpb.FileDescriptorProto, error) {
			pt := t.parts[name]
			if pt == nil || pt.file.raw == nil {
				return nil, os.ErrNotExist
			}
			fd, err := c.encoded(pt)
			if err == nil {
				nameJSON(fd.Extension, fd.MessageType)
			}
			return fd, err
		},
	}
}

// usedNames are the imports that a part needs, sorted.
func (pt *part) usedNames() []string {
	names := make([]string, 0, len(pt.uses))
	for f := range pt.uses {
		names = append(names, f.name)
	}
	sort.Strings(names)
	return names
}

// builder links encoded files in the order of their imports.
type builder struct {
	p     *pool
	c     *closure
	reg   *protoregistry.Files
	state map[*part]int // 1 being built, 2 built
}

func (b *builder) build(pt *part) error {
	switch b.state[pt] {
	case 1:
		return &idl.DescriptorError{File: pt.file.shown, Remote: b.p.remote != nil, Err: errors.New("it imports itself")}
	case 2:
		return nil
	}
	b.state[pt] = 1
	for f := range pt.uses {
		if dep := b.c.parts[f]; dep != nil {
			if err := b.build(dep); err != nil {
				return err
			}
		}
	}
	fd, err := b.c.encoded(pt)
	if err != nil {
		return err
	}
	file, err := linkSets(fd, b, b.c.far != nil)
	if err != nil {
		return &idl.DescriptorError{File: pt.file.shown, Remote: b.p.remote != nil, Err: err}
	}
	b.state[pt] = 2
	if b.c.detail {
		b.p.encoded[file] = fd
	} else {
		b.p.tellBeyond(pt.file, fd.MessageType, fd.Extension)
	}
	return b.reg.RegisterFile(file)
}

// FindFileByPath and FindDescriptorByName make the files built so far, and the
// built-in ones, what protodesc resolves names in.
func (b *builder) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	if fd, err := b.reg.FindFileByPath(path); err == nil {
		return fd, nil
	}
	return findGlobalFile(path)
}

// FindDescriptorByName is described at FindFileByPath.
func (b *builder) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	if d, err := b.reg.FindDescriptorByName(name); err == nil {
		return d, nil
	}
	return findGlobal(name)
}
