package protoidl

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// smallFolder is the number of files up to which all are read at once.
const smallFolder = 16

// A Schema has no users yet while sources are added to it, so that nothing is locked.

// AddString adds text that goes before files. Its name may be empty; number counts the
// strings.
func (s *Schema) AddString(name, shown, text string, number int) error {
	if name == "" {
		name = fmt.Sprintf("string%d.proto", number)
	}
	if err := s.p.loadText(name, shown, "", text); err != nil {
		return err
	}
	s.p.bySource[text].inline = true
	return nil
}

// AddFile adds the content of a file that the user named: of source, or a descriptor set
// or an image. path is "" where it is not on disk.
func (s *Schema) AddFile(name, shown, path string, data []byte) error {
	return s.p.loadData(name, shown, path, data)
}

// AddFolderFile adds a file of source that will be read when something is looked for.
func (s *Schema) AddFolderFile(folder, path string) {
	name, ok := "", false
	for i := 0; i < len(s.p.disk.Includes) && !ok; i++ {
		name, ok = source.Within(s.p.disk.Includes[i], path)
	}
	if !ok {
		name, _ = source.Within(folder, path)
	}
	s.p.unread = append(s.p.unread, unreadFile{name: name, path: path})
}

// ReadFolders reads the files of folders if they are few.
func (s *Schema) ReadFolders(ctx context.Context) error { return s.p.readFolders(ctx) }

func (p *pool) readFolders(ctx context.Context) error {
	stubs := 0
	for _, s := range p.unread {
		if s.importer == nil {
			stubs++
		}
	}
	if p.small = stubs <= smallFolder; !p.small {
		return nil
	}
	for i, s := range p.unread {
		if s.importer != nil {
			continue
		}
		p.unread[i] = unreadFile{}
		if _, err := p.openUnread(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// loadText adds text that the user named.
func (p *pool) loadText(name, shown, path, text string) error {
	if !utf8.ValidString(text) {
		return &idl.ParseError{File: shown, Message: "neither text in UTF-8 nor a descriptor set"}
	}
	f := p.addText(name, shown, path, text)
	f.named, f.found = true, false
	if path != "" {
		p.byPath[path] = f
	}
	return nil
}

// loadData adds the content of a file, by its extension or else by what it looks
// like.
func (p *pool) loadData(name, shown, path string, data []byte) error {
	switch filepath.Ext(shown) {
	case ".proto":
		return p.loadText(name, shown, path, string(data))
	case ".json":
		return p.loadImage(shown, data)
	}
	if source.IsSetName(shown) {
		return p.loadSet(shown, data)
	}
	if looksLikeImage(data) {
		return p.loadImage(shown, data)
	}
	if looksLikeSet(data) {
		return p.loadSet(shown, data)
	}
	return p.loadText(name, shown, path, string(data))
}

// IsSet reports whether a file is a descriptor set or an image.
func IsSet(shown string, data []byte) bool {
	switch {
	case filepath.Ext(shown) == ".json" || source.IsSetName(shown):
		return true
	case filepath.Ext(shown) == ".proto":
		return false
	}
	return looksLikeImage(data) || looksLikeSet(data)
}

func looksLikeImage(data []byte) bool {
	text := bytes.TrimSpace(data)
	return len(text) > 0 && text[0] == '{'
}

// looksLikeSet reports whether data begins as an encoded FileDescriptorSet does:
// with a file that begins with its name.
func looksLikeSet(data []byte) bool {
	files, err := rawdesc.Files(data)
	return err == nil && len(files) > 0 && rawdesc.Name(files[0]) != ""
}

// loadImage adds a FileDescriptorSet in JSON, as buf writes it. Custom options
// whose extensions are not in the image are lost.
func (p *pool) loadImage(shown string, data []byte) error {
	set := &descriptorpb.FileDescriptorSet{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, set); err != nil {
		return fmt.Errorf("%s: not a JSON image: %w", shown, err)
	}
	if bytes.Contains(data, []byte(`"[`)) {
		set = withCustomOptions(set, data)
	}
	encoded, err := proto.Marshal(set)
	if err != nil {
		return fmt.Errorf("%s: %w", shown, err)
	}
	return p.loadSet(shown, encoded)
}

// withCustomOptions decodes an image again with the extensions that it declares
// itself; it is as it was where they do not link.
func withCustomOptions(set *descriptorpb.FileDescriptorSet, data []byte) *descriptorpb.FileDescriptorSet {
	files, err := protodesc.FileOptions{AllowUnresolvable: true}.NewFiles(set)
	if err != nil {
		return set
	}
	full := &descriptorpb.FileDescriptorSet{}
	o := protojson.UnmarshalOptions{DiscardUnknown: true, AllowPartial: true, Resolver: dynamicpb.NewTypes(files)}
	if o.Unmarshal(data, full) != nil {
		return set
	}
	return full
}

func (p *pool) loadSet(shown string, data []byte) error {
	files, err := rawdesc.Files(data)
	if err != nil || len(files) == 0 {
		return &idl.ParseError{File: shown, Message: "not a descriptor set"}
	}
	for i, raw := range files {
		f, err := encoded(raw)
		if err != nil {
			return &idl.ParseError{File: shown, Message: fmt.Sprintf("file %d of the descriptor set: %v", i+1, err)}
		}
		if f.outline.Placeholder {
			continue
		}
		f.set = shown
		if err := p.addOfSet(f); err != nil {
			return err
		}
	}
	return nil
}

// addOfSet adds a file of a set. Of two that differ in one set, the one that was
// not expected gets another name, as with those that a server sends.
func (p *pool) addOfSet(f *file) error {
	name := f.name
	if known := p.byName[name]; known != nil {
		err := sameFile(known, f, f.set)
		switch {
		case err != nil && known.set == f.set:
			p.warning(fmt.Sprintf("%s has two files named %s, which differ: both are used", f.set, name))
			if p.knowsAll(f) {
				return nil
			}
			f.name = p.freeName(f)
		case err != nil:
			return err
		case known.raw == nil:
			p.addRival(f, f.set)
			return nil
		default:
			return nil
		}
	}
	f.shown, f.named = inSet(name, f.set), true
	p.add(f)
	return nil
}

func inSet(name, set string) string { return name + " in " + set }

// sameFile refuses two different files of one name. Source that the user names
// beside a set goes before the set's copy of it.
func sameFile(known, f *file, shown string) error {
	if known.raw == nil || bytes.Equal(known.raw, f.raw) {
		return nil
	}
	a, b := &descriptorpb.FileDescriptorProto{}, &descriptorpb.FileDescriptorProto{}
	if proto.Unmarshal(known.raw, a) != nil || proto.Unmarshal(f.raw, b) != nil {
		return &idl.ParseError{File: shown, Message: "not a descriptor set"}
	}
	a.SourceCodeInfo, b.SourceCodeInfo = nil, nil
	if proto.Equal(a, b) {
		return nil
	}
	return fmt.Errorf("%s is not the same as %s in %s", known.shown, f.name, shown)
}
