package idl

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Options say where IDL comes from. The zero value has the built-in types only.
type Options struct {
	// Files are .proto and .thrift files, descriptor sets (.binpb, .protoset,
	// .bin, .pb, .desc), JSON images (.json), folders (every .proto and .thrift
	// file below), or "-" for Stdin. Files with other names are recognised by
	// their content.
	Files []string
	// Includes are the folders that imports of .proto files are relative to,
	// and those where includes of .thrift files are looked for after the folder
	// of the including file. Without them they are inferred from where the
	// files are.
	Includes []string
	// Strings are IDL texts. What they define goes before what files define;
	// what two of Files define differently is an *AmbiguousError.
	Strings []Text
	// Lang is "proto" or "thrift" for what has no file name that tells. Where
	// it is empty, the content decides.
	Lang string
	// Service is where Method looks for a bare method name; short or full.
	Service string
	Stdin   io.Reader
	// Dialect is whose reading of Thrift counts where two compilers differ.
	// Differs, if it is set, is told of the first such place among what is used.
	Dialect ThriftDialect
	Differs func(DialectDifference)
	// Warn is told, in a line, of what is wrong with IDL but does no harm; it may
	// be nil.
	Warn func(message string)
}

// Text is IDL text. Name is what other files import it by; it may be empty.
type Text struct{ Name, Text string }

// smallFolder is the number of files up to which all are read at once.
const smallFolder = 16

// Load opens the sources of IDL that the options name. It reads those files that
// are named one by one; what is in folders and imports is read, parsed and
// linked when a method or a type needs it. A missing file is a *NotFoundError.
func Load(ctx context.Context, o Options) (Schema, error) {
	p := newPool()
	p.warn = o.Warn
	if wd, err := os.Getwd(); err == nil {
		p.disk.cwd = wd + string(filepath.Separator)
	}
	for _, dir := range o.Includes {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("import path %s: %w", dir, err)
		}
		p.disk.includes = append(p.disk.includes, abs)
	}
	l := &loader{pool: p, thrift: newThriftSchema(p.disk, o), o: o}
	for i, t := range o.Strings {
		if err := l.loadString(i, t); err != nil {
			return nil, err
		}
	}
	for _, name := range o.Files {
		if err := l.load(name); err != nil {
			return nil, err
		}
	}
	if err := p.readFolders(ctx); err != nil {
		return nil, err
	}
	return l.schema()
}

// loader sorts sources by their language.
type loader struct {
	*pool
	thrift *thriftSchema
	o      Options
	// first is the language of the first source, hasThrift and hasProto say
	// which there are.
	first               string
	hasThrift, hasProto bool
}

func (l *loader) isThrift() {
	l.hasThrift = true
	if l.first == "" {
		l.first = "thrift"
	}
}

func (l *loader) isProto() {
	l.hasProto = true
	if l.first == "" {
		l.first = "proto"
	}
}

// schema is what has been loaded, in the order in which the user named it.
func (l *loader) schema() (Schema, error) {
	proto := &schema{p: l.pool, service: l.o.Service}
	if !l.hasThrift {
		return proto, nil
	}
	if err := l.thrift.check(); err != nil {
		return nil, err
	}
	switch {
	case !l.hasProto:
		return l.thrift, nil
	case l.first == "thrift":
		return Join(l.thrift, proto), nil
	}
	return Join(proto, l.thrift), nil
}

// readFolders reads what folders have if it is little.
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
		p.unread[i] = stub{}
		if _, err := p.openStub(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) loadString(i int, t Text) error {
	shown := t.Name
	if shown == "" {
		shown = "(string)"
	}
	if languageOf(t.Name, l.o.Lang, t.Text) == "thrift" {
		l.isThrift()
		return l.thrift.addString(t.Name, shown, t.Text)
	}
	l.isProto()
	if t.Name == "" {
		t.Name = fmt.Sprintf("string%d.proto", i+1)
	}
	if err := l.loadText(t.Name, shown, "", t.Text); err != nil {
		return err
	}
	l.bySource[t.Text].inline = true
	return nil
}

// loadText adds text that the user named.
func (p *pool) loadText(name, shown, path, text string) error {
	if !utf8.ValidString(text) {
		return &ParseError{File: shown, Message: "neither text in UTF-8 nor a descriptor set"}
	}
	f := p.addText(name, shown, path, text)
	f.named, f.found = true, false
	if path != "" {
		p.byPath[path] = f
	}
	return nil
}

// languageOf tells Thrift from Protobuf: by the extension of the file, by what
// the user says, by the content.
func languageOf(name, lang, text string) string {
	switch ext := filepath.Ext(name); {
	case ext == ".thrift" && lang == "":
		return "thrift"
	case ext == ".proto":
		return "proto"
	case lang != "":
		return lang
	case looksLikeThrift(text):
		return "thrift"
	}
	return "proto"
}

// load adds one value of Options.Files.
func (l *loader) load(name string) error {
	if name == "-" {
		return l.loadStdin()
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return fmt.Errorf("IDL %s: %w", name, err)
	}
	info, err := os.Stat(path)
	for i := 0; err != nil && i < len(l.disk.includes) && !filepath.IsAbs(name); i++ {
		if in := filepath.Join(l.disk.includes[i], name); isFile(in) {
			path, name = in, in
			info, err = os.Stat(path)
		}
	}
	switch {
	case err != nil && os.IsNotExist(err):
		return &NotFoundError{Kind: "file", Name: name, Nearest: nearbyFiles(name, path)}
	case err != nil:
		return fmt.Errorf("read IDL: %w", err)
	case info.IsDir():
		l.disk.folders = append(l.disk.folders, path)
		return l.loadFolder(path, name)
	case filepath.Ext(name) == ".thrift" && l.o.Lang != "proto":
		l.isThrift()
		return l.thrift.addFile(path, name)
	}
	data, err := readFile(path)
	if err != nil {
		return err
	}
	if !isSetFile(name, data) && languageOf(name, l.o.Lang, string(data)) == "thrift" {
		l.isThrift()
		return l.thrift.addFile(path, name)
	}
	l.isProto()
	return l.loadData(l.disk.importName(path), name, path, data)
}

func (l *loader) loadStdin() error {
	if l.o.Stdin == nil {
		return fmt.Errorf("IDL from stdin: there is no stdin")
	}
	data, err := readLimited(l.o.Stdin, "(stdin)")
	if err != nil {
		return err
	}
	if !isSetFile("(stdin)", data) && languageOf("", l.o.Lang, string(data)) == "thrift" {
		l.isThrift()
		return l.thrift.addString("", "(stdin)", string(data))
	}
	l.isProto()
	return l.loadData("stdin.proto", "(stdin)", "", data)
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
	if isSetName(shown) {
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

// isSetFile reports whether a file is a descriptor set or an image.
func isSetFile(shown string, data []byte) bool {
	switch {
	case filepath.Ext(shown) == ".json" || isSetName(shown):
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
	files, err := setFiles(data)
	return err == nil && len(files) > 0 && rawName(files[0]) != ""
}

func (l *loader) loadFolder(dir, shown string) error {
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != dir && strings.HasPrefix(e.Name(), "."):
			return filepath.SkipDir
		case e.IsDir():
			return nil
		case filepath.Ext(path) == ".thrift":
			l.isThrift()
			l.thrift.addFolderFile(dir, path)
			return nil
		case filepath.Ext(path) != ".proto":
			return nil
		}
		l.isProto()
		name, ok := "", false
		for i := 0; i < len(l.disk.includes) && !ok; i++ {
			name, ok = within(l.disk.includes[i], path)
		}
		if !ok {
			name, _ = within(dir, path)
		}
		l.unread = append(l.unread, stub{name: name, path: path})
		return nil
	})
	if err != nil {
		return fmt.Errorf("read IDL folder %s: %w", shown, err)
	}
	return nil
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
	files, err := setFiles(data)
	if err != nil || len(files) == 0 {
		return &ParseError{File: shown, Message: "not a descriptor set"}
	}
	for i, raw := range files {
		f, err := scanRaw(raw)
		if err != nil {
			return &ParseError{File: shown, Message: fmt.Sprintf("file %d of the descriptor set: %v", i+1, err)}
		}
		if f.placeholder {
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
		return &ParseError{File: shown, Message: "not a descriptor set"}
	}
	a.SourceCodeInfo, b.SourceCodeInfo = nil, nil
	if proto.Equal(a, b) {
		return nil
	}
	return fmt.Errorf("%s is not the same as %s in %s", known.shown, f.name, shown)
}
