package protoidl

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/mend"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoprint"
)

// elementText prints a definition with its documentation.
func (p *pool) elementText(ctx context.Context, d protoreflect.Descriptor) string {
	fd := d.ParentFile()
	if fd == d {
		types := &optionTypes{ctx: ctx, p: p, visible: true, files: func() []protoreflect.FileDescriptor { return visibleFrom(fd) }}
		return protoprint.New(p.encodedFile(fd), protoprint.Options{Spaced: true, Resolver: types}).File()
	}
	pr := p.printers[fd]
	if pr == nil {
		pr = &elementPrinter{types: &optionTypes{p: p, files: func() []protoreflect.FileDescriptor { return visibleFrom(fd) }}}
		pr.Printer = protoprint.New(p.encodedFile(fd), protoprint.Options{Resolver: pr.types})
		p.printers[fd] = pr
	}
	pr.types.ctx = ctx
	return pr.Element(protoprint.Path(d))
}

// elementPrinter prints what is declared in one linked file.
type elementPrinter struct {
	*protoprint.Printer
	types *optionTypes
}

// encodedFile is a linked file as it had been before.
func (p *pool) encodedFile(fd protoreflect.FileDescriptor) *descriptorpb.FileDescriptorProto {
	if raw := p.encoded[fd]; raw != nil {
		return raw
	}
	return fileProto(fd)
}

// fileText prints a whole file that came as a descriptor, as source.
func (p *pool) fileText(ctx context.Context, pt *part, u *unit) (string, error) {
	raw, err := pt.wholeRaw(func(e *importEdge) string { return e.name })
	if err != nil {
		return "", err
	}
	types := &optionTypes{ctx: ctx, p: p, visible: true, files: func() []protoreflect.FileDescriptor { return pt.visible(u) }}
	text := protoprint.New(raw, protoprint.Options{Spaced: true, AllComments: true, Resolver: types}).File()
	return text, ctx.Err()
}

// wholeRaw is an encoded file as it came, but for mistakes, which are repaired,
// relative names, which become absolute, and imports of files that nobody has: what
// these declare is not needed, or linking would have failed. importName is what to call
// the others.
func (pt *part) wholeRaw(importName func(*importEdge) string) (*descriptorpb.FileDescriptorProto, error) {
	raw := &descriptorpb.FileDescriptorProto{}
	if err := (proto.UnmarshalOptions{AllowPartial: true}).Unmarshal(pt.file.raw, raw); err != nil {
		return nil, fmt.Errorf("decode descriptor of %s: %w", pt.file.shown, err)
	}
	pt.file.qualifyFile(raw)
	if pt.file.mended {
		mend.File(raw)
	}
	edges := pt.file.imports // those of options are behind the others
	moved := map[int32]int32{}
	keep := func(edges []*importEdge) []string {
		var list []string
		for i, e := range edges {
			if e.file != nil {
				moved[int32(i)] = int32(len(list))
				list = append(list, importName(e))
			}
		}
		return list
	}
	plain := len(raw.Dependency)
	raw.OptionDependency = keep(edges[plain:])
	clear(moved)
	raw.Dependency = keep(edges[:plain])
	raw.PublicDependency = moveAll(raw.PublicDependency, moved)
	raw.WeakDependency = moveAll(raw.WeakDependency, moved)
	return raw, nil
}

func moveAll(list []int32, moved map[int32]int32) []int32 {
	var out []int32
	for _, i := range list {
		if to, ok := moved[i]; ok {
			out = append(out, to)
		}
	}
	return out
}

// visible are the files whose declarations a file may use: itself, those that it
// imports, and those that these pass on.
func (pt *part) visible(u *unit) []protoreflect.FileDescriptor {
	var list []protoreflect.FileDescriptor
	seen := map[*file]bool{}
	var add func(f *file, all bool)
	add = func(f *file, all bool) {
		if seen[f] {
			return
		}
		seen[f] = true
		if f.fd != nil {
			list = append(list, f.fd)
		} else if fd := u.files[f.name]; fd != nil {
			list = append(list, fd)
		}
		for _, e := range f.imports {
			if e.file != nil && (all || e.public) {
				add(e.file, false)
			}
		}
	}
	add(pt.file, true)
	return list
}

// optionTypes finds what options consist of, first among what is visible from
// files, then in everything a pool knows.
type optionTypes struct {
	ctx context.Context
	p   *pool
	// files is called when something is first looked up.
	files func() []protoreflect.FileDescriptor
	in    []protoreflect.FileDescriptor
	// visible stops after the files.
	visible bool
	found   map[extensionKey]protoreflect.ExtensionDescriptor
}

type extensionKey struct {
	message protoreflect.FullName
	number  protoreflect.FieldNumber
}

// Extension is described at protoprint.Resolver.
func (t *optionTypes) Extension(message protoreflect.FullName, number protoreflect.FieldNumber) protoreflect.ExtensionDescriptor {
	if t.found == nil {
		t.found = map[extensionKey]protoreflect.ExtensionDescriptor{}
		for _, fd := range t.visibleFiles() {
			eachExtension(fd, func(x protoreflect.ExtensionDescriptor) {
				t.found[extensionKey{x.ContainingMessage().FullName(), x.Number()}] = x
			})
		}
	}
	key := extensionKey{message, number}
	if x, ok := t.found[key]; ok || t.visible {
		return x
	}
	x := t.p.optionExtension(t.ctx, key)
	t.found[key] = x
	return x
}

// Message is described at protoprint.Resolver.
func (t *optionTypes) Message(name protoreflect.FullName) protoreflect.MessageDescriptor {
	for _, fd := range t.visibleFiles() {
		if md, ok := descend(fd, string(name)).(protoreflect.MessageDescriptor); ok {
			return md
		}
	}
	if t.visible {
		return nil
	}
	d, err := t.p.find(t.ctx, string(name))
	if d == nil || err != nil {
		return nil
	}
	u, err := t.p.link(t.ctx, d, "", false)
	if err != nil {
		return nil
	}
	md, _ := u.find(d.file, string(name)).(protoreflect.MessageDescriptor)
	return md
}

// InPackage is described at protoprint.Resolver.
func (t *optionTypes) InPackage(name string) bool {
	files := t.visibleFiles()
	if len(files) == 0 {
		return false
	}
	for scope := string(files[0].Package()); scope != ""; scope = names.Parent(scope) {
		full := names.Join(scope, name)
		for _, fd := range files {
			if strings.HasPrefix(string(fd.Package())+".", full+".") || descend(fd, full) != nil {
				return true
			}
		}
	}
	return false
}

// visibleFiles are a file and those that it can use, in this order.
func (t *optionTypes) visibleFiles() []protoreflect.FileDescriptor {
	if t.in == nil {
		t.in = t.files()
	}
	return t.in
}

// visibleFrom is what visible is to a part, for a linked file.
func visibleFrom(fd protoreflect.FileDescriptor) []protoreflect.FileDescriptor {
	list := []protoreflect.FileDescriptor{fd}
	seen := map[string]bool{fd.Path(): true}
	var add func(imports protoreflect.FileImports, all bool)
	add = func(imports protoreflect.FileImports, all bool) {
		for i := range imports.Len() {
			if im := imports.Get(i); (all || im.IsPublic) && !seen[im.Path()] {
				seen[im.Path()] = true
				list = append(list, im.FileDescriptor)
				add(im.Imports(), false)
			}
		}
	}
	add(fd.Imports(), true)
	return list
}

func eachExtension(in scope, f func(protoreflect.ExtensionDescriptor)) {
	each(in.Extensions(), f)
	each(in.Messages(), func(m protoreflect.MessageDescriptor) { eachExtension(m, f) })
}

// optionExtension links an extension once for all that use it. Whatever is wrong
// with it, what uses it can be shown without.
func (p *pool) optionExtension(ctx context.Context, key extensionKey) protoreflect.ExtensionDescriptor {
	if x, ok := p.optionTypes[key]; ok {
		return x
	}
	var x protoreflect.ExtensionDescriptor
	message := string(key.message)
	if d, err := p.findExtension(ctx, message, int32(key.number)); d != nil && err == nil {
		if u, err := p.link(ctx, d, "", true); err == nil {
			name := d.extensionName(ctx, p, message, int32(key.number))
			if found, ok := u.find(d.file, name).(protoreflect.ExtensionDescriptor); ok && found.IsExtension() {
				x = found
			}
		}
	}
	if ctx.Err() == nil {
		p.optionTypes[key] = x
	}
	return x
}
