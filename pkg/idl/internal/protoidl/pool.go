package protoidl

import (
	"context"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/cache"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
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
	unread []unreadFile
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
	rpc, api    bool // google.rpc and google.api have been added
	// small: every named file has been read, and there are few.
	small bool
	// tried says for which detail the named files have been compiled whole.
	tried map[bool]bool
	// warn is told what was odd but did no harm; it may be nil.
	warn  func(message string)
	sound bool // there are no mistakes to look for in what is not used
	// cache keeps what was compiled; it may be nil.
	cache *cache.Store
	// whole compiles all named files at once, whatever their size.
	whole bool
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

// unreadFile is a file not read yet: path on disk, or an import of another file.
type unreadFile struct {
	name     string // as imported, or relative to its folder
	path     string
	importer *file
	edge     *importEdge // of importer
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
			p.unread = append(p.unread, unreadFile{name: e.name, importer: f, edge: e})
		}
	}
}

func (p *pool) declareAll(f *file) {
	f.own = make(map[string]*decl, len(f.decls))
	f.resolved = map[protoscan.Ref]*decl{}
	for _, d := range f.decls {
		d.file = f
		if d.Name != "" {
			p.declare(f, d.Name, d)
		}
		if d.Kind == protoscan.Extend {
			for _, n := range d.look().Names {
				p.declare(f, n.Name, d)
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
	f.outlined(protoscan.Text(src))
	if p.byName[f.name] != nil {
		f.name = p.freeName(f)
	}
	p.bySource[src] = f
	p.add(f)
	return f
}

// freeName finds another name for a file whose own is taken by a different file.
func (p *pool) freeName(f *file) string {
	name := f.name
	if f.path != "" {
		name = strings.TrimPrefix(filepath.ToSlash(filepath.Clean(f.path)), "/")
	}
	for p.byName[name] != nil {
		name = "_/" + name
	}
	return name
}

// addBuiltin adds a file that is linked into the program; nil if there is none.
func (p *pool) addBuiltin(name string) *file {
	fd, err := findGlobalFile(name)
	if err != nil {
		return nil
	}
	f := &file{name: name, shown: name, fd: fd, pkg: string(fd.Package())}
	f.decls = []*decl{{Decl: &protoscan.Decl{Kind: kindBuiltin}, file: f}}
	f.own = map[string]*decl{}
	imports := fd.Imports()
	for i := range imports.Len() {
		imp := imports.Get(i)
		f.imports = append(f.imports, &importEdge{name: imp.Path(), public: imp.IsPublic})
	}
	p.byName[name] = f
	return f
}
