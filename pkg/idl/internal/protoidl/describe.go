package protoidl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// Describe takes full names of anything, "pkg.Service/Method", names of files,
// and the ends of the names of services, types and extensions.
func (s *Schema) Describe(ctx context.Context, symbol string) (*idl.Description, error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	d, err := s.describe(ctx, symbol)
	if err != nil {
		return nil, s.p.explain(ctx, err)
	}
	if d == nil {
		return nil, s.p.explain(ctx, &idl.NotFoundError{Kind: "symbol", Name: symbol, Remote: s.p.remote != nil})
	}
	return s.p.description(ctx, d)
}

func (s *Schema) describe(ctx context.Context, symbol string) (protoreflect.Descriptor, error) {
	if f, err := s.p.fileNamed(ctx, symbol); f != nil || err != nil {
		if err != nil {
			return nil, err
		}
		return s.p.wholeFileDescriptor(ctx, f)
	}
	name := strings.Trim(symbol, "./")
	full := strings.ReplaceAll(name, "/", ".")
	if d, err := s.p.element(ctx, full); d != nil || err != nil {
		return d, err
	}
	all, err := s.p.allNames(ctx)
	if err != nil {
		return nil, err
	}
	switch found := names.Matching(all, name); {
	case len(found) == 1:
		return s.p.element(ctx, found[0])
	case len(found) > 1:
		return nil, &idl.AmbiguousError{Kind: "symbol", Name: symbol, Candidates: found}
	}
	if strings.Contains(name, "/") || !strings.Contains(name, ".") {
		if d, m, err := s.methodDecl(ctx, name); err == nil {
			return s.p.element(ctx, d.Name+"."+m)
		} else if ambiguous := (*idl.AmbiguousError)(nil); errors.As(err, &ambiguous) {
			return nil, err
		}
	} else if d, m, err := s.methodDecl(ctx, name); err == nil {
		return s.p.element(ctx, d.Name+"."+m)
	}
	return nil, &idl.NotFoundError{Kind: "symbol", Name: symbol, Nearest: idl.Nearest(name, s.p.suggestions(all)), Remote: s.p.remote != nil}
}

// element links what a full name stands for and finds it; nil if there is
// nothing. The declaration around it is looked for among read files first.
func (p *pool) element(ctx context.Context, full string) (protoreflect.Descriptor, error) {
	for head := full; head != ""; head = names.Parent(head) {
		if d := p.symbols[head]; d != nil {
			if found, err := p.elementOf(ctx, d, full); found != nil || err != nil {
				return found, err
			}
		}
	}
	for head := full; head != "" && (head == full || head == names.Parent(full)); head = names.Parent(head) {
		d, err := p.find(ctx, head)
		if err != nil {
			return nil, err
		}
		if d != nil {
			if found, err := p.elementOf(ctx, d, full); found != nil || err != nil {
				return found, err
			}
		}
	}
	return p.enumValue(ctx, full)
}

func (p *pool) elementOf(ctx context.Context, d *decl, full string) (protoreflect.Descriptor, error) {
	method := ""
	if d.Kind == protoscan.Service && d.Name != full {
		method = names.Last(full)
		if !d.hasMethod(method) || d.Name != names.Parent(full) {
			return nil, nil
		}
	}
	if err := p.conflictOf(ctx, d); err != nil {
		return nil, err
	}
	if u := p.linked[linkKey{decl: d, detail: true}]; u == nil {
		// Of the types it refers to, a description has the names only.
		if u, err := p.linkShallow(ctx, d, method); err == nil {
			return u.find(d.file, full), nil
		}
	}
	u, err := p.link(ctx, d, method, true)
	if err != nil {
		return nil, err
	}
	return u.find(d.file, full), nil
}

func (d *decl) hasMethod(name string) bool {
	for _, m := range d.look().Methods {
		if m.Name == name {
			return true
		}
	}
	return false
}

// enumValue finds a value by its full name, in which the enum does not occur.
func (p *pool) enumValue(ctx context.Context, full string) (protoreflect.Descriptor, error) {
	for _, f := range p.files {
		if !strings.HasPrefix(full, f.pkg) {
			continue
		}
		for _, d := range f.decls {
			if d.Kind != protoscan.Enum {
				continue
			}
			if slices.Contains(d.look().Values, full) {
				return p.elementOf(ctx, d, full)
			}
		}
	}
	return nil, nil
}

// allNames lists services, types and extensions.
func (p *pool) allNames(ctx context.Context) ([]string, error) {
	all, err := p.serviceNames(ctx)
	if err != nil {
		return nil, err
	}
	for _, kind := range []protoscan.Kind{protoscan.Message, protoscan.Enum, protoscan.Extend} {
		all = append(all, p.typeNames(kind)...)
	}
	return all, nil
}

// suggestions adds the methods of read files to other names.
func (p *pool) suggestions(all []string) []string {
	for _, f := range p.files {
		for _, d := range f.decls {
			for _, m := range d.look().Methods {
				all = append(all, d.Name+"/"+m.Name)
			}
		}
	}
	return all
}

// fileNamed finds a file by the name that others import it by.
func (p *pool) fileNamed(ctx context.Context, name string) (*file, error) {
	if f := p.byName[name]; f != nil || !strings.HasSuffix(name, ".proto") {
		return f, nil
	}
	if err := p.readAll(ctx); err != nil {
		return nil, err
	}
	if p.remote != nil {
		if err := p.fetchFile(ctx, name); err != nil {
			return nil, err
		}
	}
	if f := p.byName[name]; f != nil {
		return f, nil
	}
	return p.addBuiltin(name), nil
}

func (p *pool) wholeFileDescriptor(ctx context.Context, f *file) (protoreflect.Descriptor, error) {
	if f.fd != nil {
		return f.fd, nil
	}
	_, u, err := p.linkWhole(ctx, f, true, fmt.Errorf("descriptor of %s does not link", f.shown))
	if err != nil {
		return nil, err
	}
	return u.files[f.name], nil
}

func (p *pool) description(ctx context.Context, d protoreflect.Descriptor) (*idl.Description, error) {
	text := p.elementText(ctx, d)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := &idl.Description{Kind: kindName(d), Name: string(d.FullName()), Text: text, Refers: refers(d), Value: element(d)}
	if fd, ok := d.(protoreflect.FileDescriptor); ok {
		out.Name = fd.Path()
	}
	if m, ok := d.(protoreflect.MethodDescriptor); ok {
		out.Name = string(m.Parent().FullName()) + "/" + string(m.Name())
	}
	return out, nil
}

func kindName(d protoreflect.Descriptor) string {
	switch d := d.(type) {
	case protoreflect.FileDescriptor:
		return "file"
	case protoreflect.ServiceDescriptor:
		return "service"
	case protoreflect.MethodDescriptor:
		return "method"
	case protoreflect.MessageDescriptor:
		return "message"
	case protoreflect.EnumDescriptor:
		return "enum"
	case protoreflect.EnumValueDescriptor:
		return "enum value"
	case protoreflect.OneofDescriptor:
		return "oneof"
	case protoreflect.FieldDescriptor:
		if d.IsExtension() {
			return "extension"
		}
		return "field"
	}
	return ""
}

// refers lists the types that a definition mentions.
func refers(d protoreflect.Descriptor) []string {
	var list []string
	seen := map[protoreflect.FullName]bool{}
	add := func(d protoreflect.Descriptor) {
		if !seen[d.FullName()] {
			seen[d.FullName()] = true
			list = append(list, string(d.FullName()))
		}
	}
	visitTypes(d, add)
	return list
}

func visitTypes(d protoreflect.Descriptor, add func(protoreflect.Descriptor)) {
	switch d := d.(type) {
	case protoreflect.FileDescriptor:
		visitScope(d, add)
		each(d.Services(), func(s protoreflect.ServiceDescriptor) { visitTypes(s, add) })
	case protoreflect.ServiceDescriptor:
		each(d.Methods(), func(m protoreflect.MethodDescriptor) { visitTypes(m, add) })
	case protoreflect.MethodDescriptor:
		add(d.Input())
		add(d.Output())
	case protoreflect.MessageDescriptor:
		each(d.Fields(), func(f protoreflect.FieldDescriptor) { visitTypes(f, add) })
		visitScope(d, add)
	case protoreflect.OneofDescriptor:
		each(d.Fields(), func(f protoreflect.FieldDescriptor) { visitTypes(f, add) })
	case protoreflect.FieldDescriptor:
		visitField(d, add)
	case protoreflect.EnumValueDescriptor:
		add(d.Parent())
	}
}

// visitScope goes through what is declared inside a file or message.
func visitScope(in scope, add func(protoreflect.Descriptor)) {
	each(in.Extensions(), func(x protoreflect.ExtensionDescriptor) { visitTypes(x, add) })
	each(in.Messages(), func(m protoreflect.MessageDescriptor) {
		if !m.IsMapEntry() {
			visitTypes(m, add)
		}
	})
}

func visitField(f protoreflect.FieldDescriptor, add func(protoreflect.Descriptor)) {
	if f.IsExtension() {
		add(f.ContainingMessage())
	}
	switch {
	case f.IsMap():
		visitField(f.MapValue(), add)
	case f.Message() != nil:
		add(f.Message())
	case f.Enum() != nil:
		add(f.Enum())
	}
}

// each goes through one of protoreflect's lists.
func each[D any](list interface {
	Len() int
	Get(int) D
}, f func(D)) {
	for i := range list.Len() {
		f(list.Get(i))
	}
}
