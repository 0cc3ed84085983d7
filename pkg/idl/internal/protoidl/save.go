package protoidl

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// Save writes the files that declare the symbols; see idl.Schema.
func (s *Schema) Save(ctx context.Context, o idl.SaveOptions, symbols ...string) error {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	files, broken, err := source.Sift(ctx, symbols, func(symbols []string) (savable, error) { return s.savable(ctx, symbols) })
	if err != nil {
		return err
	}
	if err := s.write(ctx, o, files.closure, files.unit); err != nil {
		return err
	}
	return broken
}

// savable is what files are saved from.
type savable struct {
	closure *closure
	unit    *unit
}

// savable links the files of symbols, whole.
func (s *Schema) savable(ctx context.Context, symbols []string) (savable, error) {
	c := s.p.closure(true)
	for _, symbol := range symbols {
		d, err := s.symbolDecl(ctx, symbol)
		if err != nil {
			return savable{}, err
		}
		if d.builtin() {
			continue
		}
		if err := c.wholeFile(ctx, d.file); err != nil {
			return savable{}, err
		}
	}
	u, err := s.p.compile(c)
	return savable{c, u}, err
}

// write writes the files of a closure.
func (s *Schema) write(ctx context.Context, o idl.SaveOptions, c *closure, u *unit) error {
	if len(c.order) == 0 {
		return nil
	}
	for _, what := range c.absent {
		s.p.warning(what + ": it is not saved")
	}
	if o.Take != nil || source.IsSetName(o.Dest) {
		return saveSet(o, c, u)
	}
	dir, err := source.OpenFolder(o.Dest, o.Force)
	if err != nil {
		return err
	}
	defer dir.Close()
	for _, pt := range c.order {
		if err := s.p.saveSource(ctx, dir, pt, u); err != nil {
			return err
		}
	}
	return nil
}

// symbolDecl finds what declares a service, method or type.
func (s *Schema) symbolDecl(ctx context.Context, symbol string) (*decl, error) {
	name := strings.ReplaceAll(strings.Trim(symbol, "./"), "/", ".")
	if d := prefixed(s.p.symbols, name); d != nil {
		return d, nil
	}
	d, _, err := s.methodDecl(ctx, symbol)
	if err == nil {
		return d, nil
	}
	if d, err2 := s.p.find(ctx, name); d != nil || err2 != nil {
		return d, err2
	}
	if names.IsMissing(err) && !strings.Contains(symbol, "/") {
		return nil, &idl.NotFoundError{Kind: "symbol", Name: symbol, Remote: s.p.remote != nil}
	}
	return nil, err
}

func saveSet(o idl.SaveOptions, c *closure, u *unit) error {
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	parts := map[string]*part{}
	for _, pt := range c.order {
		parts[pt.file.name] = pt
	}
	var add func(fd protoreflect.FileDescriptor)
	add = func(fd protoreflect.FileDescriptor) {
		if seen[fd.Path()] || fd.IsPlaceholder() {
			return
		}
		seen[fd.Path()] = true
		imports := fd.Imports()
		for i := range imports.Len() {
			add(imports.Get(i).FileDescriptor)
		}
		if pt := parts[fd.Path()]; pt != nil && pt.file.raw != nil {
			// As it came, comments and unknown options included.
			if raw, err := pt.wholeRaw(func(e *importEdge) string { return e.file.name }); err == nil {
				set.File = append(set.File, raw)
				return
			}
		}
		set.File = append(set.File, fileProto(fd))
	}
	for _, pt := range c.order {
		add(u.files[pt.file.name])
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		return fmt.Errorf("save IDL: %w", err)
	}
	if o.Take != nil {
		return o.Take(data)
	}
	return source.WriteNamed(o.Dest, data, o.Force)
}

// fileProto is a file's descriptor with the options as they were written, which
// a compiled file knows itself.
func fileProto(fd protoreflect.FileDescriptor) *descriptorpb.FileDescriptorProto {
	if own, ok := fd.(interface {
		FileDescriptorProto() *descriptorpb.FileDescriptorProto
	}); ok {
		return own.FileDescriptorProto()
	}
	return protodesc.ToFileDescriptorProto(fd)
}

// saveSource writes one file. What the user's own is called that is called like no
// source gets the ending of one.
func (p *pool) saveSource(ctx context.Context, dir *source.Folder, pt *part, u *unit) error {
	f := pt.file
	name := f.name
	if len(f.aliases) > 0 {
		name = f.aliases[0] // what others import it by
	}
	if f.raw == nil {
		if filepath.Ext(name) != ".proto" {
			name += ".proto"
		}
		return dir.Write(name, []byte(f.src))
	}
	text, err := p.fileText(ctx, pt, u)
	if err != nil {
		return fmt.Errorf("save IDL %s: %w", name, err)
	}
	return dir.Write(name, []byte(source.Marker+"\n"+text))
}
