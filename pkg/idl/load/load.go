package load

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/idlcall/idlcall/pkg/cache"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoidl"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
	"github.com/idlcall/idlcall/pkg/idl/internal/thriftidl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
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
	// what two of Files define differently is an *idl.AmbiguousError.
	Strings []Text
	// Lang is "proto" or "thrift" for what has no file name that tells. Where
	// it is empty, the content decides.
	Lang string
	// Service is where Method looks for a bare method name; short or full.
	Service string
	Stdin   io.Reader
	// Dialect is whose reading of Thrift counts where two compilers differ.
	// Differs, if it is set, is told of the first such place among what is used.
	Dialect thrift.Dialect
	Differs func(thrift.Difference)
	// Warn is told, in a line, of what is wrong with IDL but does no harm; it may
	// be nil.
	Warn func(message string)
	// Whole says that all of the IDL will be asked for: Protobuf is then compiled once,
	// and not once for each method.
	Whole bool
	// Cache keeps what source is compiled to. It may be nil, and changes nothing but the
	// time that Protobuf takes; Thrift is parsed each time.
	Cache *cache.Store
	// Told, if set, is given the path of each file that is read, when it is: by any goroutine
	// that looks something up.
	Told func(path string)
	// Sound says of built-in IDL that there are no mistakes to look for in what is not used.
	Sound bool
}

// Text is IDL text. Name is what other files import it by; it may be empty.
type Text struct{ Name, Text string }

// Files opens the sources of IDL that the options name. It reads those files that
// are named one by one; what is in folders and imports is read, parsed and
// linked when a method or a type needs it. A missing file is a *idl.NotFoundError.
func Files(ctx context.Context, o Options) (idl.Schema, error) {
	disk, err := source.NewDisk(o.Includes)
	if err != nil {
		return nil, err
	}
	disk.Told = o.Told
	l := &loader{
		o: o, disk: disk,
		proto:  protoidl.New(protoidl.Options{Disk: disk, Service: o.Service, Warn: o.Warn, Cache: o.Cache, Whole: o.Whole, Sound: o.Sound}),
		thrift: thriftidl.New(thriftidl.Options{Disk: disk, Service: o.Service, Dialect: o.Dialect, Differs: o.Differs, Warn: o.Warn}),
	}
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
	if err := l.proto.ReadFolders(ctx); err != nil {
		return nil, err
	}
	return l.schema()
}

// loader sorts sources by their language.
type loader struct {
	o      Options
	disk   *source.Disk
	proto  *protoidl.Schema
	thrift *thriftidl.Schema
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
func (l *loader) schema() (idl.Schema, error) {
	if !l.hasThrift {
		return l.proto, nil
	}
	if err := l.thrift.Check(); err != nil {
		return nil, err
	}
	switch {
	case !l.hasProto:
		return l.thrift, nil
	case l.first == "thrift":
		return bothLanguages{join(l.thrift, l.proto)}, nil
	}
	return bothLanguages{join(l.proto, l.thrift)}, nil
}

func (l *loader) loadString(i int, t Text) error {
	shown := t.Name
	if shown == "" {
		shown = "(string)"
	}
	if languageOf(t.Name, l.o.Lang, t.Text) == "thrift" {
		l.isThrift()
		return l.thrift.AddString(t.Name, shown, t.Text)
	}
	l.isProto()
	return l.proto.AddString(t.Name, shown, t.Text, i+1)
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
	case thriftidl.LooksLike(text):
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
	for i := 0; err != nil && i < len(l.disk.Includes) && !filepath.IsAbs(name); i++ {
		if in := filepath.Join(l.disk.Includes[i], name); source.IsFile(in) {
			path, name = in, in
			info, err = os.Stat(path)
		}
	}
	switch {
	case err != nil && os.IsNotExist(err):
		return &idl.NotFoundError{Kind: "file", Name: name, Nearest: source.NearbyFiles(name, path)}
	case err != nil:
		return fmt.Errorf("read IDL: %w", err)
	case info.IsDir():
		l.disk.Folders = append(l.disk.Folders, path)
		return l.loadFolder(path, name)
	case filepath.Ext(name) == ".thrift" && l.o.Lang != "proto":
		l.isThrift()
		return l.thrift.AddFile(path, name)
	}
	data, err := l.disk.ReadFile(path)
	if err != nil {
		return err
	}
	if !protoidl.IsSet(name, data) && languageOf(name, l.o.Lang, string(data)) == "thrift" {
		l.isThrift()
		return l.thrift.AddFile(path, name)
	}
	l.isProto()
	return l.proto.AddFile(l.disk.ImportName(path), name, path, data)
}

func (l *loader) loadStdin() error {
	if l.o.Stdin == nil {
		return fmt.Errorf("IDL from stdin: there is no stdin")
	}
	data, err := source.ReadLimited(l.o.Stdin, "(stdin)")
	if err != nil {
		return err
	}
	if !protoidl.IsSet("(stdin)", data) && languageOf("", l.o.Lang, string(data)) == "thrift" {
		l.isThrift()
		return l.thrift.AddString("", "(stdin)", string(data))
	}
	l.isProto()
	return l.proto.AddFile("stdin.proto", "(stdin)", "", data)
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
			l.thrift.AddFolderFile(dir, path)
			return nil
		case filepath.Ext(path) != ".proto":
			return nil
		}
		l.isProto()
		l.proto.AddFolderFile(dir, path)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read IDL folder %s: %w", shown, err)
	}
	return nil
}
