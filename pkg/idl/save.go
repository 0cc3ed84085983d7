package idl

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Save writes the files that declare the symbols, and all that these import. A
// dest that ends in .binpb, .protoset, .bin or .pb becomes a descriptor set, with
// each file after those it imports; any other dest is a folder, which gets proto
// sources: the user's own as they are, printed ones for what came as descriptors.
// Thrift is always saved as sources, in a folder.
func Save(ctx context.Context, s Schema, dest string, symbols ...string) error {
	switch s := s.(type) {
	case joined:
		return s.save(ctx, dest, symbols)
	case *schema:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.save(ctx, dest, symbols)
	case *thriftSchema:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.save(ctx, dest, symbols)
	}
	return fmt.Errorf("save IDL: %T has none", s)
}

// save takes the first schema that has all of the symbols.
func (j joined) save(ctx context.Context, dest string, symbols []string) error {
	_, err := first(j, func(s Schema) (struct{}, error) { return struct{}{}, Save(ctx, s, dest, symbols...) })
	return err
}

func (s *schema) save(ctx context.Context, dest string, symbols []string) error {
	c := s.p.closure(true)
	for _, symbol := range symbols {
		d, err := s.symbolDecl(ctx, symbol)
		if err != nil {
			return err
		}
		if d.kind == kindBuiltin {
			continue
		}
		if err := c.wholeFile(ctx, d.file); err != nil {
			return err
		}
	}
	if len(c.order) == 0 {
		return nil
	}
	u, err := s.p.compile(c)
	if err != nil {
		return err
	}
	if isSetName(dest) {
		return saveSet(dest, c, u)
	}
	for _, pt := range c.order {
		if err := s.p.saveSource(ctx, dest, pt, u); err != nil {
			return err
		}
	}
	return nil
}

// symbolDecl finds what declares a service, method or type.
func (s *schema) symbolDecl(ctx context.Context, symbol string) (*decl, error) {
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
	return nil, err
}

func isSetName(dest string) bool {
	switch filepath.Ext(dest) {
	case ".binpb", ".protoset", ".bin", ".pb", ".desc":
		return true
	}
	return false
}

func saveSet(dest string, c *closure, u *unit) error {
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
	return writeFile(dest, data)
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

func (p *pool) saveSource(ctx context.Context, dir string, pt *part, u *unit) error {
	f := pt.file
	name := f.name
	if len(f.aliases) > 0 {
		name = f.aliases[0] // what others import it by
	}
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) {
		return fmt.Errorf("save IDL: the name %q leads out of the folder", name)
	}
	text := f.src
	if f.raw != nil {
		var err error
		if text, err = p.fileText(ctx, pt, u); err != nil {
			return fmt.Errorf("save IDL %s: %w", name, err)
		}
	}
	path := filepath.Join(dir, local)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("save IDL: %w", err)
	}
	return writeFile(path, []byte(text))
}

func writeFile(path string, data []byte) error {
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return fmt.Errorf("save IDL: %w", err)
	}
	return nil
}
