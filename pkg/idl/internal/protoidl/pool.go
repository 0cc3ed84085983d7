package protoidl

import (
	"context"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// pool is what a schema knows: an index of files, of which only those read that
// somebody asked for, and only those parts linked that somebody needs. Its owner
// keeps it to one goroutine at a time.
type pool struct {
	// byName has the files by the name that imports use.
	byName map[string]*file
	// bySource has text files by content: a file reached twice is one file.
	bySource map[string]*file
	byPath   map[string]*file
	// symbols has top-level declarations and extensions of read files by full
	// name. The first file to declare a name keeps it.
	symbols map[string]*decl
	// rivals are further declarations of the same names.
	rivals map[string][]*decl
	// agreed are names whose rivals have been compared: with nil all are the same.
	agreed map[string]*idl.AmbiguousError
	// files in the order they were named or found.
	files []*file
	// unread are files known by name only: those in folders, and imports.
	unread []stub
	disk   *source.Disk
	// remote is nil where there is nobody to ask.
	remote Remote

	linked map[linkKey]*unit
	// encoded is what files that were linked for printing had been: linking
	// keeps only what programs need.
	encoded map[protoreflect.FileDescriptor]*descriptorpb.FileDescriptorProto
	// described counts the declarations of source files that were asked for.
	described map[*file]int
	// base has what options in source are made of.
	base     *optionBase
	printers map[protoreflect.FileDescriptor]*elementPrinter
	// optionTypes are the extensions that options have been looked up for; nil
	// where there is none.
	optionTypes map[extensionKey]protoreflect.ExtensionDescriptor
	failed      map[string]bool // negative answers by name
	extends     map[extKey][]*decl
	indexed     int  // files whose extensions are in extends
	rpc         bool // google.rpc has been added
	// small: every named file has been read, and there are few.
	small bool
	// tried says for which detail the named files have been compiled whole.
	tried map[bool]bool
	// warn is told what was odd but did no harm; it may be nil.
	warn func(message string)
}

func (p *pool) warning(message string) {
	if p.warn != nil {
		p.warn(message)
	}
}

// Remote is a source that can be asked for more files.
type Remote interface {
	Services(ctx context.Context) ([]string, error)
	// The others return encoded FileDescriptorProtos; none if there are none.
	Symbol(ctx context.Context, name string) ([][]byte, error)
	File(ctx context.Context, name string) ([][]byte, error)
	Extension(ctx context.Context, message string, number int32) ([][]byte, error)
	// Close ends the connection to it, for now.
	Close() error
}

// stub is a file not read yet: path on disk, or an import of another file.
type stub struct {
	name     string // as imported, or relative to its folder
	path     string
	importer *file
	edge     *importEdge // of importer
}

// file is one IDL file: proto source (src), an encoded FileDescriptorProto (raw)
// or one that is linked into the program (fd).
type file struct {
	name  string // unique in the pool; what other files import
	shown string // as the user knows it, for errors
	path  string // on disk, absolute; "" where it is not
	named bool   // by the user, not through an import
	found bool   // in a folder that the user named
	// inline text is one of Options.Strings.
	inline bool
	// parsed says that the whole text is known to be without syntax errors.
	parsed bool

	src string
	raw []byte
	fd  protoreflect.FileDescriptor

	pkg     string
	outline *scanned // of src
	cutter  *rawFile // of raw
	// set is the descriptor set that raw came in, as the user knows it.
	set string
	// placeholder is a file that whoever sent it does not have itself.
	placeholder bool
	// mended says that raw does not link as it is, but does so repaired.
	mended bool
	// told says that a warning has told what is wrong with it.
	told bool
	// beyond says that a warning has told of extensions that are left out.
	beyond  bool
	imports []*importEdge
	decls   []*decl
	own     map[string]*decl // top-level declarations and extensions
	odd     bool

	dirs     []string // where to look for imports
	resolved map[ref]*decl
	full     map[ref]string // what relative names in an encoded file mean
	aliases  []string       // other names it was imported by
}

// given reports whether the user named the file itself.
func (f *file) given() bool { return f.named && !f.found }

type importEdge struct {
	name   string
	public bool
	opened bool
	file   *file // nil where it is missing
}

// decl is one top-level declaration.
type decl struct {
	file *file
	kind declKind
	// name is full; of an extend block in source there is none.
	name, scope string
	extendee    string
	// bodyStart and bodyEnd are the braces in the source.
	bodyStart, bodyEnd int
	// raw and index are the element in an encoded file.
	raw   []byte
	index int

	inside *body
}

// look returns what is inside, looking at the first call.
func (d *decl) look() *body {
	if d.inside == nil {
		switch {
		case d.file.fd != nil:
			d.inside = &body{}
		case d.file.raw != nil:
			d.inside = rawBody(d)
		default:
			d.inside = scanBody(d.file.src, d)
		}
	}
	return d.inside
}

func (d *decl) declares(full string) bool {
	if d.name == full {
		return true
	}
	for _, n := range d.look().names {
		if n.name == full {
			return true
		}
	}
	return false
}

func newPool() *pool {
	return &pool{
		disk:     &source.Disk{},
		byName:   map[string]*file{},
		bySource: map[string]*file{},
		byPath:   map[string]*file{},
		symbols:  map[string]*decl{},
		rivals:   map[string][]*decl{},
		agreed:   map[string]*idl.AmbiguousError{},
		linked:   map[linkKey]*unit{},
		failed:   map[string]bool{},
		extends:  map[extKey][]*decl{},
		tried:    map[bool]bool{},

		described:   map[*file]int{},
		printers:    map[protoreflect.FileDescriptor]*elementPrinter{},
		encoded:     map[protoreflect.FileDescriptor]*descriptorpb.FileDescriptorProto{},
		optionTypes: map[extensionKey]protoreflect.ExtensionDescriptor{},
	}
}

// add puts an indexed file into the pool.
func (p *pool) add(f *file) {
	p.byName[f.name] = f
	p.files = append(p.files, f)
	p.declareAll(f)
	for _, e := range f.imports {
		// A server is asked for symbols rather than for files.
		if _, known := p.byName[e.name]; !known && p.remote == nil {
			p.unread = append(p.unread, stub{name: e.name, importer: f, edge: e})
		}
	}
}

func (p *pool) declareAll(f *file) {
	f.own = make(map[string]*decl, len(f.decls))
	f.resolved = map[ref]*decl{}
	for _, d := range f.decls {
		d.file = f
		if d.name != "" {
			p.declare(f, d.name, d)
		}
		if d.kind == kindExtend {
			for _, n := range d.look().names {
				p.declare(f, n.name, d)
			}
		}
	}
}

func (p *pool) declare(f *file, name string, d *decl) {
	if _, ok := f.own[name]; !ok {
		f.own[name] = d
	}
	if first, ok := p.symbols[name]; !ok {
		p.symbols[name] = d
	} else if first != d {
		p.rivals[name] = append(p.rivals[name], d)
	}
}

// addText indexes proto source. The same text under another name is the same
// file.
func (p *pool) addText(name, shown, path, src string) *file {
	if f := p.bySource[src]; f != nil {
		f.alias(name)
		if p.byName[name] == nil {
			p.byName[name] = f
		}
		return f
	}
	f := &file{name: name, shown: shown, path: path, src: src}
	f.outline = scanText(src)
	f.pkg, f.odd = f.outline.pkg, f.outline.odd
	for _, imp := range f.outline.imports {
		f.imports = append(f.imports, &importEdge{name: imp.name, public: imp.public})
	}
	for _, seg := range f.outline.segs {
		if seg.decl != nil {
			f.decls = append(f.decls, seg.decl)
		}
	}
	if p.byName[f.name] != nil {
		f.name = p.freeName(f)
	}
	p.bySource[src] = f
	p.add(f)
	return f
}

func (f *file) alias(name string) {
	if name != f.name {
		f.aliases = append(f.aliases, name)
	}
}

// freeName finds another name for a file whose own is taken by a different file.
func (p *pool) freeName(f *file) string {
	name := strings.TrimPrefix(filepath.ToSlash(filepath.Clean(f.path)), "/")
	if name == "" {
		name = f.name
	}
	for p.byName[name] != nil {
		name = "_/" + name
	}
	return name
}

// addBuiltin adds a file that is linked into the program; nil if there is none.
func (p *pool) addBuiltin(name string) *file {
	fd, err := protoregistry.GlobalFiles.FindFileByPath(name)
	if err != nil || !builtinName(name) {
		return nil
	}
	f := &file{name: name, shown: name, fd: fd, pkg: string(fd.Package())}
	f.decls = []*decl{{file: f, kind: kindBuiltin}}
	f.own = map[string]*decl{}
	imports := fd.Imports()
	for i := range imports.Len() {
		imp := imports.Get(i)
		f.imports = append(f.imports, &importEdge{name: imp.Path(), public: imp.IsPublic})
	}
	p.byName[name] = f
	return f
}

func builtinName(name string) bool { return strings.HasPrefix(name, "google/protobuf/") }

// lookup finds what a file itself declares, nested names included; nil if it
// does not.
func (f *file) lookup(full string) *decl {
	if f.fd != nil {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(full))
		if err != nil || d.ParentFile().Path() != f.name {
			return nil
		}
		return f.decls[0]
	}
	return prefixed(f.own, full)
}

// prefixed finds the declaration that is or contains a name.
func prefixed(m map[string]*decl, full string) *decl {
	for head := full; ; {
		if d := m[head]; d != nil && (head == full || d.declares(full)) {
			return d
		}
		dot := strings.LastIndexByte(head, '.')
		if dot < 0 {
			return nil
		}
		head = head[:dot]
	}
}

// open follows an import; nil if the file is nowhere.
func (p *pool) open(ctx context.Context, f *file, e *importEdge) (*file, error) {
	if e.opened {
		return e.file, nil
	}
	got, err := p.openName(ctx, f, e.name)
	if err != nil {
		return nil, err
	}
	e.file, e.opened = got, true
	return got, nil
}

func (p *pool) openName(ctx context.Context, importer *file, name string) (*file, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f := p.byName[name]
	if f != nil && (f.path == "" || importer.path == "" || len(p.disk.Includes) > 0) {
		return f, nil
	}
	// Another tree may have a file of the same name, so the disk decides.
	if path, ok := p.locate(importer, name); ok {
		if f != nil && f.path == path {
			return f, nil
		}
		return p.read(name, path)
	}
	if f != nil {
		return f, nil
	}
	if p.remote != nil {
		if err := p.fetchFile(ctx, name); err != nil {
			return nil, err
		}
		if f := p.byName[name]; f != nil {
			return f, nil
		}
	}
	if f := p.addBuiltin(name); f != nil {
		return f, nil
	}
	if strings.HasPrefix(name, "google/rpc/") {
		p.addGoogleRPC()
	}
	return p.byName[name], nil
}

// locate finds the file on disk that an import of f names.
func (p *pool) locate(f *file, name string) (string, bool) {
	local := filepath.FromSlash(name)
	if filepath.IsAbs(local) {
		return local, source.IsFile(local)
	}
	if path, ok := source.Find(p.disk.Includes, local); ok {
		return path, true
	}
	if f.dirs == nil {
		imports := make([]string, len(f.imports))
		for i, e := range f.imports {
			imports[i] = e.name
		}
		f.dirs = p.disk.Roots(f.path, imports)
	}
	return source.Find(f.dirs, local)
}

// read reads and indexes a proto source file, once.
func (p *pool) read(name, path string) (*file, error) {
	if f := p.byPath[path]; f != nil {
		f.alias(name)
		return f, nil
	}
	src, err := source.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := p.addText(name, p.disk.Shown(path), path, string(src))
	p.byPath[path] = f
	return f, nil
}

// readWhile reads the unread files whose score for a name is at least min, until
// found says that it is enough. With min 0 it reads all of them.
func (p *pool) readWhile(ctx context.Context, name string, min int, found func(*file) bool) error {
	for i := 0; i < len(p.unread); i++ {
		s := p.unread[i]
		if s.name == "" || min > 0 && score(s.name, name) < min {
			continue
		}
		p.unread[i] = stub{}
		f, err := p.openStub(ctx, s)
		if err != nil {
			return err
		}
		if f != nil && found(f) {
			return nil
		}
	}
	if min == 0 {
		p.unread = p.unread[:0]
	}
	return ctx.Err()
}

func (p *pool) openStub(ctx context.Context, s stub) (*file, error) {
	if s.importer == nil {
		f, err := p.read(s.name, s.path)
		if f != nil {
			f.found = !f.named
			f.named = true
		}
		return f, err
	}
	return p.open(ctx, s.importer, s.edge)
}

// readAll reads every file there is.
func (p *pool) readAll(ctx context.Context) error {
	return p.readWhile(ctx, "", 0, func(*file) bool { return false })
}

// find finds the top-level declaration that is or contains a full name; nil if
// there is none. It reads the likelier files first and stops when it has it.
func (p *pool) find(ctx context.Context, full string) (*decl, error) {
	if d := prefixed(p.symbols, full); d != nil {
		return d, nil
	}
	if d, err := p.findBuiltin(ctx, full); d != nil || err != nil {
		return d, err
	}
	var d *decl
	found := func(f *file) bool { d = f.lookup(full); return d != nil }
	for _, min := range []int{1, 0} {
		if err := p.readWhile(ctx, full, min, found); err != nil || d != nil {
			return d, err
		}
	}
	if p.remote == nil {
		return nil, nil
	}
	if err := p.fetchSymbol(ctx, full); err != nil {
		return nil, err
	}
	return prefixed(p.symbols, full), nil
}

// score guesses from a file's path whether it declares a name: each part of the
// name's package that the end of the path's folder has counts, and so does a
// file called like the package's last part or like the name.
func score(path, full string) int {
	path = strings.TrimSuffix(path, ".proto")
	dir, base := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir, base = path[:i], path[i+1:]
	}
	n := 0
	rest := full
	for rest != "" {
		head := rest
		if i := strings.LastIndexByte(rest, '.'); i >= 0 {
			head, rest = rest[i+1:], rest[:i]
		} else {
			rest = ""
		}
		if strings.EqualFold(strings.ReplaceAll(base, "_", ""), strings.ReplaceAll(head, "_", "")) {
			n++
		}
		if rest != "" && endsInPath(dir, rest) {
			return n + 1
		}
	}
	return n
}

// endsInPath reports whether a folder ends in the package's parts: "x/a/b" in
// "a.b".
func endsInPath(dir, pkg string) bool {
	if len(dir) < len(pkg) || dir != "" && len(dir) > len(pkg) && dir[len(dir)-len(pkg)-1] != '/' {
		return false
	}
	tail := dir[len(dir)-len(pkg):]
	for i := range len(pkg) {
		if tail[i] != pkg[i] && (tail[i] != '/' || pkg[i] != '.') {
			return false
		}
	}
	return true
}
