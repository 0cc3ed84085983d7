package idl

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// thriftSchema is a set of Thrift files as a Schema: those that the user named,
// and of what they include as much as has been asked for. It may be used from
// several goroutines, which take turns.
type thriftSchema struct {
	mu      sync.Mutex
	service string // where to look for a bare method
	disk    disk   // the include dirs and the working folder of the user

	strings map[string]*thriftFile // by cleaned name
	onDisk  map[string]*thriftFile // by absolute path
	files   []*thriftFile          // all that have been read, in order
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
	dialect ThriftDialect
	differs func(DialectDifference)
	told    bool
	warn    func(message string) // or nil
	// referred is what the names of Refers stand for.
	referred map[string]*thriftDecl
	// complete says that everything that can be reached has been read.
	complete bool
}

func newThriftSchema(k disk, o Options) *thriftSchema {
	return &thriftSchema{
		service: o.Service, dialect: o.Dialect, differs: o.Differs, warn: o.Warn, disk: k, strings: map[string]*thriftFile{}, onDisk: map[string]*thriftFile{},
		prefixes: map[string]bool{}, bare: map[string]int{},
	}
}

// addString adds text that the user named; name may be empty.
func (s *thriftSchema) addString(name, shown, text string) error {
	key, prefix := "", ""
	if name != "" {
		key, prefix = path.Clean(filepath.ToSlash(name)), thriftPrefix(name)
	}
	if other := s.strings[key]; other != nil && key != "" {
		if other.src == text {
			return nil
		}
		return &AmbiguousError{Kind: "file", Name: name, Candidates: []string{shown, other.shown}, Conflict: true}
	}
	f, err := newThriftFile(key, shown, prefix, text, s.dialect)
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

// addFile adds a file on disk that the user named.
func (s *thriftSchema) addFile(abs, shown string) error {
	f, err := s.read(abs, shown)
	if err != nil {
		return err
	}
	s.setNamed(f)
	s.addRoot(filepath.Dir(abs))
	return nil
}

// setNamed marks a file as one that the user named.
func (s *thriftSchema) setNamed(f *thriftFile) {
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

func (s *thriftSchema) addRoot(dir string) {
	if slices.Contains(s.roots, dir) {
		return
	}
	s.roots = append(s.roots, dir)
}

// addFolderFile adds a file that will be read when something is looked for.
func (s *thriftSchema) addFolderFile(folder, abs string) {
	s.addRoot(folder)
	s.folderFiles = append(s.folderFiles, abs)
}

// readFolderFiles reads what folders have.
func (s *thriftSchema) readFolderFiles(ctx context.Context) error {
	for len(s.folderFiles) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		abs := s.folderFiles[0]
		f, err := s.read(abs, s.disk.shown(abs))
		_, isMistake := errors.AsType[*ParseError](err)
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
func (s *thriftSchema) explain(err *error) {
	if s.broken != nil && isMissing(*err) {
		*err = s.broken
	}
}

// read reads and indexes a file on disk, once.
func (s *thriftSchema) read(abs, shown string) (*thriftFile, error) {
	if f := s.onDisk[abs]; f != nil {
		return f, nil
	}
	data, err := readFile(abs)
	if err != nil {
		return nil, err
	}
	f, err := newThriftFile(abs, shown, thriftPrefix(abs), string(data), s.dialect)
	if err != nil {
		return nil, err
	}
	f.disk = true
	s.onDisk[abs] = f
	s.enter(f)
	return f, nil
}

func (s *thriftSchema) enter(f *thriftFile) {
	s.files = append(s.files, f)
	s.prefixes[f.prefix] = true
}

// open opens what an include statement of f names, and looks for a cycle among
// the files that have been read.
func (s *thriftSchema) open(f *thriftFile, inc *thriftInclude) (*thriftFile, error) {
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
func (s *thriftSchema) attach(f *thriftFile, inc *thriftInclude) (fresh bool, err error) {
	target, abs, err := s.locate(f, inc)
	if err != nil {
		return false, err
	}
	if target == nil {
		target = s.onDisk[abs]
	}
	if target == nil {
		fresh = true
		if target, err = s.read(abs, s.disk.shown(abs)); err != nil {
			return false, err
		}
	}
	inc.file = target
	return fresh, nil
}

// locate finds what an include statement names: a string that has been read, or
// the path of a file. Apart from the folders of the user's own files and those
// that he gives, no folder is looked at, least of all the working folder.
func (s *thriftSchema) locate(f *thriftFile, inc *thriftInclude) (*thriftFile, string, error) {
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
		if isFile(local) {
			return nil, filepath.Clean(local), nil
		}
		return nil, "", f.errorAt(inc.start, "include %s not found", quoteShort(inc.path))
	}
	dirs := s.searched(f)
	for _, dir := range dirs {
		if abs := filepath.Join(dir, local); isFile(abs) {
			return nil, abs, nil
		}
	}
	return nil, "", f.errorAt(inc.start, "include %s not found%s", quoteShort(inc.path), s.tried(f, dirs))
}

// searched lists the folders that an include of f may be in, in order.
func (s *thriftSchema) searched(f *thriftFile) []string {
	var dirs []string
	seen := map[string]bool{}
	add := func(dir string) {
		if !seen[dir] {
			seen[dir] = true
			dirs = append(dirs, dir)
		}
	}
	if f.disk || filepath.IsAbs(f.key) {
		add(filepath.Dir(f.key))
	}
	for _, dir := range s.disk.includes {
		add(dir)
	}
	if len(s.disk.includes) > 0 {
		return dirs
	}
	for _, root := range s.roots {
		for dir := root; ; dir = filepath.Dir(dir) {
			add(dir)
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return dirs
}

// tried says where an include was looked for.
func (s *thriftSchema) tried(f *thriftFile, dirs []string) string {
	const most = 4
	var shown []string
	for _, dir := range dirs[:min(len(dirs), most)] {
		if dir += string(filepath.Separator); dir == s.disk.cwd {
			dir = "."
		} else {
			dir = filepath.Clean(s.disk.shown(dir))
		}
		shown = append(shown, dir)
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
