package thriftidl

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// Schema is a set of Thrift files as a Schema: those that the user named,
// and of what they include as much as has been asked for. It may be used from
// several goroutines, which take turns.
type Schema struct {
	mu      sync.Mutex
	service string       // where to look for a bare method
	disk    *source.Disk // the include dirs and the working folder of the user

	strings map[string]*file // by cleaned name
	onDisk  map[string]*file // by absolute path
	files   []*file          // all that have been read, in order
	// folderFiles were found in folders that the user named and are not read
	// yet.
	folderFiles []string
	// broken is the mistake in a file of a folder, which keeps nobody from the
	// other files.
	broken error
	// roots are folders of named files.
	roots []string
	bare  map[string]int // counts the services of named files
	// prefixes are those of files.
	prefixes map[string]bool
	// circular is the first include cycle that was met.
	circular error
	mark     int // see includeChain
	// defaultSize counts the bytes of default values.
	defaultSize int
	// dialect is whose reading counts; differs, if it is set, is told of the first
	// difference that is met, and told says that it has been.
	dialect thrift.Dialect
	differs func(thrift.Difference)
	told    bool
	warn    func(message string) // or nil
	// referred is what the names of Refers stand for.
	referred map[string]*decl
	// complete says that everything that can be reached has been read.
	complete bool
}

// Options are those of a Schema.
type Options struct {
	// Disk is where files are.
	Disk *source.Disk
	// Service is where to look for a bare method; it may be empty.
	Service string
	// Dialect is whose reading counts. Differs is told of the first difference among
	// what is used, Warn of what is wrong but does no harm; both may be nil.
	Dialect thrift.Dialect
	Differs func(thrift.Difference)
	Warn    func(message string)
}

// New is a schema that has nothing yet. Files are added before it has users, so that
// nothing is locked.
func New(o Options) *Schema {
	return &Schema{
		service: o.Service, dialect: o.Dialect, differs: o.Differs, warn: o.Warn, disk: o.Disk, strings: map[string]*file{}, onDisk: map[string]*file{},
		prefixes: map[string]bool{}, bare: map[string]int{},
	}
}

// AddString adds text that the user named; name may be empty.
func (s *Schema) AddString(name, shown, text string) error {
	key, prefix := "", ""
	if name != "" {
		key, prefix = path.Clean(filepath.ToSlash(name)), prefixOf(name)
	}
	if other := s.strings[key]; other != nil && key != "" {
		if other.src == text {
			return nil
		}
		return &idl.AmbiguousError{Kind: "file", Name: name, Candidates: []string{shown, other.shown}, Conflict: true}
	}
	f, err := newFile(key, shown, prefix, text, s.dialect)
	if err != nil {
		return err
	}
	s.enter(f)
	s.setNamed(f)
	if key != "" {
		s.strings[key] = f
	}
	return nil
}

// AddFile adds a file on disk that the user named.
func (s *Schema) AddFile(abs, shown string) error {
	f, err := s.read(abs, shown)
	if err != nil {
		return err
	}
	s.setNamed(f)
	s.addRoot(filepath.Dir(abs))
	return nil
}

// setNamed marks a file as one that the user named.
func (s *Schema) setNamed(f *file) {
	if f.named {
		return
	}
	f.named = true
	for _, d := range f.decls {
		if d.class == classService {
			s.bare[d.name]++
		}
	}
}

func (s *Schema) addRoot(dir string) {
	if slices.Contains(s.roots, dir) {
		return
	}
	s.roots = append(s.roots, dir)
}

// AddFolderFile adds a file that will be read when something is looked for.
func (s *Schema) AddFolderFile(folder, abs string) {
	s.addRoot(folder)
	s.folderFiles = append(s.folderFiles, abs)
}

// readFolderFiles reads what folders have.
func (s *Schema) readFolderFiles(ctx context.Context) error {
	for len(s.folderFiles) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		abs := s.folderFiles[0]
		f, err := s.read(abs, s.disk.Shown(abs))
		_, isMistake := errors.AsType[*idl.ParseError](err)
		switch {
		case isMistake && s.broken == nil:
			s.broken = err
		case err != nil && !isMistake:
			return err
		case err == nil:
			s.setNamed(f)
		}
		s.folderFiles = s.folderFiles[1:]
	}
	return nil
}

// explain replaces a *NotFoundError by the mistake in a file of a folder, if there
// is one: what is missing may be in it.
func (s *Schema) explain(err *error) {
	if s.broken != nil && names.IsMissing(*err) {
		*err = s.broken
	}
}

// read reads and indexes a file on disk, once.
func (s *Schema) read(abs, shown string) (*file, error) {
	if f := s.onDisk[abs]; f != nil {
		return f, nil
	}
	data, err := s.disk.ReadFile(abs)
	if err != nil {
		return nil, err
	}
	f, err := newFile(abs, shown, prefixOf(abs), string(data), s.dialect)
	if err != nil {
		return nil, err
	}
	f.disk = true
	s.onDisk[abs] = f
	s.enter(f)
	return f, nil
}

func (s *Schema) enter(f *file) {
	s.files = append(s.files, f)
	s.prefixes[f.prefix] = true
}

// open opens what an include statement of f names, and looks for a cycle among
// the files that have been read.
func (s *Schema) open(f *file, inc *include) (*file, error) {
	if inc.file != nil || s.circular != nil {
		return inc.file, s.circular
	}
	fresh, err := s.attach(f, inc)
	if err != nil {
		return nil, err
	}
	if fresh {
		err = s.closeCycle(inc.file)
	} else {
		err = s.cycle(inc.file, f, inc)
	}
	s.circular = err
	return inc.file, err
}

// attach sets the file of an include statement, and reads it if that has not been
// done.
func (s *Schema) attach(f *file, inc *include) (fresh bool, err error) {
	target, abs, err := s.locate(f, inc)
	if err != nil {
		return false, err
	}
	if target == nil {
		target = s.onDisk[abs]
	}
	if target == nil {
		fresh = true
		if target, err = s.read(abs, s.disk.Shown(abs)); err != nil {
			return false, err
		}
	}
	inc.file = target
	return fresh, nil
}

// locate finds what an include statement names: a string that has been read, or
// the path of a file. Apart from the folders of the user's own files and those
// that he gives, no folder is looked at, least of all the working folder.
func (s *Schema) locate(f *file, inc *include) (*file, string, error) {
	name := filepath.ToSlash(inc.path)
	if f.key != "" && !path.IsAbs(name) {
		if t := s.strings[path.Join(path.Dir(filepath.ToSlash(f.key)), name)]; t != nil {
			return t, "", nil
		}
	}
	if t := s.strings[path.Clean(name)]; t != nil {
		return t, "", nil
	}
	local := filepath.FromSlash(inc.path)
	if strings.IndexByte(local, 0) >= 0 {
		return nil, "", f.errorAt(inc.start, "include %s not found", quoteShort(inc.path))
	}
	if filepath.IsAbs(local) {
		if source.IsFile(local) {
			return nil, filepath.Clean(local), nil
		}
		return nil, "", f.errorAt(inc.start, "include %s not found", quoteShort(inc.path))
	}
	dirs := s.searched(f)
	if abs, ok := source.Find(dirs, local); ok {
		return nil, abs, nil
	}
	return nil, "", f.errorAt(inc.start, "include %s not found%s", quoteShort(inc.path), s.tried(f, dirs))
}

// searched lists the folders that an include of f may be in, in order.
func (s *Schema) searched(f *file) []string {
	var dirs source.Dirs
	if f.disk || filepath.IsAbs(f.key) {
		dirs.Add(filepath.Dir(f.key))
	}
	for _, dir := range s.disk.Includes {
		dirs.Add(dir)
	}
	if len(s.disk.Includes) > 0 {
		return dirs.List
	}
	for _, root := range s.roots {
		dirs.AddUp(root)
	}
	return dirs.List
}

// tried says where an include was looked for.
func (s *Schema) tried(f *file, dirs []string) string {
	const most = 4
	var shown []string
	for _, dir := range dirs[:min(len(dirs), most)] {
		shown = append(shown, s.disk.ShownDir(dir))
	}
	if len(dirs) > most {
		shown = append(shown, "the folders above")
	}
	if !f.disk && len(s.strings) > 0 {
		shown = append([]string{"the IDL strings"}, shown...)
	}
	if len(shown) == 0 {
		return ""
	}
	return " in " + strings.Join(shown, ", ")
}
