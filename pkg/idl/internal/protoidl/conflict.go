package protoidl

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/mend"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// Files that the user names one by one may declare the same names, as long as
// they agree on what these mean. It matters only for what is asked for, so it is
// checked only there, and only where a name is declared twice. Strings go before
// files: they are how the user replaces a definition. Folders and imports may have
// copies in different versions, of which the nearest counts.

// addRival adds a set's copy of a source file, to be compared with it and for
// nothing else.
func (p *pool) addRival(f *file, set string) {
	f.shown, f.named = inSet(f.name, set), true
	f.name = p.freeName(f)
	p.declareAll(f)
}

// conflict checks a declaration with all that it needs; of a service only the
// one method, if given.
func (p *pool) conflict(ctx context.Context, d *decl, method string) error {
	if !p.contested() {
		return nil
	}
	c := p.closure(false)
	if c.add(ctx, d, method) != nil || c.run(ctx) != nil {
		return p.conflictOf(ctx, d) // linking says what is wrong with the rest
	}
	for _, pt := range c.order {
		for _, d := range pt.file.decls {
			if !pt.decls[d] {
				continue
			}
			if err := p.conflictOf(ctx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// contested reports whether any name has two declarations that count.
func (p *pool) contested() bool {
	for name := range p.rivals {
		if len(p.claims(name)) > 1 {
			return true
		}
	}
	return false
}

// claims are the declarations of a name in the files that the user named, or in
// strings, which go before files.
func (p *pool) claims(name string) []*decl {
	rivals := p.rivals[name]
	if len(rivals) == 0 || p.remote != nil {
		return nil // a server may well send different parts of one file
	}
	first := p.symbols[name]
	var given []*decl
	for _, d := range append([]*decl{first}, rivals...) {
		counts := d.file.given() && (d.file.inline || !first.file.inline)
		if n := len(given); counts && (n == 0 || given[n-1].file != d.file) { // twice in one file: the parser's business
			given = append(given, d)
		}
	}
	return given
}

// conflictOf is an *AmbiguousError if the files that the user named define a
// declaration differently.
func (p *pool) conflictOf(ctx context.Context, d *decl) error {
	if len(p.rivals) == 0 {
		return nil
	}
	names := []string{d.Name}
	if d.Kind == protoscan.Extend {
		names = names[:0]
		for _, x := range d.look().Extensions {
			names = append(names, x.Name)
		}
	}
	for _, name := range names {
		err, known := p.agreed[name]
		if !known {
			if err = p.compare(ctx, name); ctx.Err() != nil {
				return ctx.Err()
			}
			p.agreed[name] = err
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// compare compares the declarations of a name that count. One that does not
// compile is left out: that is said elsewhere.
func (p *pool) compare(ctx context.Context, name string) *idl.AmbiguousError {
	var first *definition
	var files []string
	for _, d := range p.claims(name) {
		def := p.define(ctx, d, name)
		if def == nil {
			continue
		}
		if first == nil {
			first = def
		}
		if first == def || !first.equal(def) {
			files = append(files, d.file.shown)
		}
	}
	if len(files) < 2 {
		return nil
	}
	slices.Sort(files)
	return &idl.AmbiguousError{Kind: first.kind, Name: name, Candidates: files, Conflict: true}
}

// definition is what a declaration means, in a form to compare.
type definition struct {
	kind, edition string
	proto         proto.Message
}

func (a *definition) equal(b *definition) bool {
	return a.kind == b.kind && a.edition == b.edition && proto.Equal(a.proto, b.proto)
}

// define links one declaration; nil if it does not link.
func (p *pool) define(ctx context.Context, d *decl, name string) *definition {
	u, err := p.linkShallow(ctx, d, "")
	if err != nil {
		_, u, err = p.linkPart(ctx, linkKey{decl: d})
	}
	if err != nil {
		return nil
	}
	def := &definition{}
	switch d := u.find(d.file, name).(type) {
	case protoreflect.MessageDescriptor:
		def.kind, def.proto = "message type", protodesc.ToDescriptorProto(d)
	case protoreflect.EnumDescriptor:
		def.kind, def.proto = "enum", protodesc.ToEnumDescriptorProto(d)
	case protoreflect.ServiceDescriptor:
		def.kind, def.proto = "service", protodesc.ToServiceDescriptorProto(d)
	case protoreflect.ExtensionDescriptor:
		def.kind, def.proto = "extension", protodesc.ToFieldDescriptorProto(d)
	default:
		return nil
	}
	def.edition = u.edition(d.file)
	def.proto = proto.Clone(def.proto)
	plain(def.proto.ProtoReflect())
	return def
}

// edition is the language that a file is written in.
func (u *unit) edition(f *file) string {
	fd := u.files[f.name]
	if fd.Syntax() != protoreflect.Editions {
		return fd.Syntax().String()
	}
	return fileProto(fd).GetEdition().String()
}

// plain takes away what does not change a definition: custom options, and what
// some compilers write and others leave out.
func plain(m protoreflect.Message) {
	if field, ok := m.Interface().(*descriptorpb.FieldDescriptorProto); ok {
		field.JsonName = mend.CustomJSON(field)
	}
	m.SetUnknown(nil)
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsExtension():
			m.Clear(fd)
		case fd.Message() == nil:
		case fd.IsList():
			for i := range v.List().Len() {
				plain(v.List().Get(i).Message())
			}
		default:
			plain(v.Message())
			if fd.Name() == "options" && proto.Size(v.Message().Interface()) == 0 {
				m.Clear(fd)
			}
		}
		return true
	})
}
