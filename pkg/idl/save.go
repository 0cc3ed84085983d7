package idl

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// SaveOptions say where Save writes.
type SaveOptions struct {
	// Dest that ends in .binpb, .protoset, .bin, .pb or .desc becomes a descriptor
	// set, with each file after those it imports; any other Dest is a folder, which
	// gets sources: the user's own as they are, printed ones for what came as
	// descriptors.
	Dest string
	// Force writes over files that were not printed, too.
	Force bool
}

// Save writes the files that declare the symbols, and all that these import.
// Thrift is always saved as sources, in a folder. What is saved is what can be: a
// *BrokenError names the symbols of several that cannot.
//
// Who made the descriptors has named the files: a folder gets nothing but files
// that end in .proto or .thrift, none of them outside of it. Otherwise the error is
// a *NameError, or an *ExistsError where a file would be lost.
func Save(ctx context.Context, s Schema, o SaveOptions, symbols ...string) error {
	switch s := s.(type) {
	case joined:
		return s.save(ctx, o, symbols)
	case *schema:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.save(ctx, o, symbols)
	case *thriftSchema:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.save(ctx, o, symbols)
	}
	return fmt.Errorf("save IDL: %T has none", s)
}

// save takes the first schema that has all of the symbols. Into a folder each writes
// what those before it do not have.
func (j joined) save(ctx context.Context, o SaveOptions, symbols []string) error {
	if len(symbols) == 1 || isSetName(o.Dest) {
		_, err := first(j, func(s Schema) (struct{}, error) { return struct{}{}, Save(ctx, s, o, symbols...) })
		return err
	}
	var err error
	for _, s := range j {
		err = Save(ctx, s, o, symbols...)
		broken, ok := errors.AsType[*BrokenError](err)
		if !ok {
			return err
		}
		symbols = broken.Symbols
	}
	return err
}

func (s *schema) save(ctx context.Context, o SaveOptions, symbols []string) error {
	c, u, err := s.savable(ctx, symbols)
	broken := &BrokenError{}
	if err != nil && len(symbols) > 1 && ctx.Err() == nil {
		symbols, err = broken.sift(ctx, symbols, func(symbol string) error {
			_, _, err := s.savable(ctx, []string{symbol})
			return err
		})
		if err == nil {
			c, u, err = s.savable(ctx, symbols)
		}
	}
	if err != nil {
		return err
	}
	if err := s.write(ctx, o, c, u); err != nil {
		return err
	}
	return broken.orNil()
}

// savable links the files of symbols, whole.
func (s *schema) savable(ctx context.Context, symbols []string) (*closure, *unit, error) {
	c := s.p.closure(true)
	for _, symbol := range symbols {
		d, err := s.symbolDecl(ctx, symbol)
		if err != nil {
			return nil, nil, err
		}
		if d.kind == kindBuiltin {
			continue
		}
		if err := c.wholeFile(ctx, d.file); err != nil {
			return nil, nil, err
		}
	}
	u, err := s.p.compile(c)
	return c, u, err
}

// write writes the files of a closure.
func (s *schema) write(ctx context.Context, o SaveOptions, c *closure, u *unit) error {
	if len(c.order) == 0 {
		return nil
	}
	for _, what := range c.absent {
		s.p.warning(what + ": it is not saved")
	}
	if isSetName(o.Dest) {
		return saveSet(o, c, u)
	}
	dir, err := openFolder(o.Dest, o.Force)
	if err != nil {
		return err
	}
	defer dir.close()
	for _, pt := range c.order {
		if err := s.p.saveSource(ctx, dir, pt, u); err != nil {
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
	if is[*NotFoundError](err) && !strings.Contains(symbol, "/") {
		return nil, &NotFoundError{Kind: "symbol", Name: symbol, Remote: s.p.remote != nil}
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

func saveSet(o SaveOptions, c *closure, u *unit) error {
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
	return writeNamed(o.Dest, data, o.Force)
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
func (p *pool) saveSource(ctx context.Context, dir *folder, pt *part, u *unit) error {
	f := pt.file
	name := f.name
	if len(f.aliases) > 0 {
		name = f.aliases[0] // what others import it by
	}
	if f.raw == nil {
		if filepath.Ext(name) != ".proto" {
			name += ".proto"
		}
		return dir.write(name, []byte(f.src))
	}
	if err := checkSavedName(name); err != nil {
		return err
	}
	text, err := p.fileText(ctx, pt, u)
	if err != nil {
		return fmt.Errorf("save IDL %s: %w", name, err)
	}
	return dir.write(name, []byte(marker+"\n"+text))
}
