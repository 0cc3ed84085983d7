package idl

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// disk finds imported files. Import directories that the user gave come first;
// without them, and after them, the places where the importing file's own root
// may be are tried: its folder and those above it, nearest first, then the
// folders the user named, then the working folder. The one that has most of the
// file's imports goes before the others.
type disk struct {
	includes []string // absolute, as are the others
	folders  []string
	cwd      string // ends in a separator
}

// The sizes of the largest files that are read: a descriptor set holds many files,
// a text is one.
const (
	maxIDL  = 256 << 20
	maxText = 32 << 20
)

// sampled imports are enough to tell a root by.
const sampled = 16

func (k *disk) locate(f *file, name string) (string, bool) {
	local := filepath.FromSlash(name)
	if filepath.IsAbs(local) {
		return local, isFile(local)
	}
	for _, dir := range k.includes {
		if path := filepath.Join(dir, local); isFile(path) {
			return path, true
		}
	}
	if f.dirs == nil {
		f.dirs = k.roots(f)
	}
	for _, dir := range f.dirs {
		if path := filepath.Join(dir, local); isFile(path) {
			return path, true
		}
	}
	return "", false
}

// roots lists the folders that imports of f may be relative to, the best first.
func (k *disk) roots(f *file) []string {
	var dirs []string
	seen := map[string]bool{}
	try := func(dir string) {
		if !seen[dir] {
			seen[dir] = true
			dirs = append(dirs, dir)
		}
	}
	if f.path != "" {
		for dir := filepath.Dir(f.path); ; dir = filepath.Dir(dir) {
			try(dir)
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	for _, dir := range k.folders {
		try(dir)
	}
	if k.cwd != "" {
		try(filepath.Clean(k.cwd))
	}
	if len(dirs) == 0 {
		return []string{"."}
	}
	best, most := 0, 0
	for i, dir := range dirs {
		if n := hits(dir, f.imports); n > most {
			best, most = i, n
		}
	}
	first := dirs[best]
	copy(dirs[1:best+1], dirs[:best])
	dirs[0] = first
	return dirs
}

// lookedIn says where imports of a file were looked for, to follow "not found".
func (k *disk) lookedIn(f *file) string {
	var list []string
	seen := map[string]bool{}
	add := func(dir, more string) {
		shown := k.shown(dir)
		if dir+string(filepath.Separator) == k.cwd {
			shown = "."
		}
		if !seen[dir] {
			seen[dir] = true
			list = append(list, shown+more)
		}
	}
	for _, dir := range k.includes {
		add(dir, "")
	}
	if f.path != "" {
		delete(seen, filepath.Dir(f.path))
		add(filepath.Dir(f.path), " and the folders above it")
	}
	for _, dir := range k.folders {
		add(dir, "")
	}
	if k.cwd != "" {
		add(filepath.Clean(k.cwd), "")
	}
	return " in " + strings.Join(list, ", ")
}

func hits(dir string, imports []*importEdge) int {
	n := 0
	for _, e := range imports[:min(len(imports), sampled)] {
		if isFile(filepath.Join(dir, filepath.FromSlash(e.name))) {
			n++
		}
	}
	return n
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// read reads and indexes a proto source file, once.
func (p *pool) read(name, path string) (*file, error) {
	if f := p.byPath[path]; f != nil {
		f.alias(name)
		return f, nil
	}
	src, err := readFile(path)
	if err != nil {
		return nil, err
	}
	f := p.addText(name, p.disk.shown(path), path, string(src))
	p.byPath[path] = f
	return f, nil
}

// shown is a path as the user would write it: below the working folder it is
// relative.
func (k *disk) shown(path string) string {
	if k.cwd != "" && strings.HasPrefix(path, k.cwd) {
		return path[len(k.cwd):]
	}
	return path
}

// readFile reads a file of IDL. One that is not regular may have no end.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read IDL: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() <= maxText {
		data := make([]byte, info.Size())
		n, err := io.ReadFull(f, data)
		if err == nil {
			return data, nil
		}
		if err == io.ErrUnexpectedEOF || err == io.EOF {
			return data[:n], nil // it has become shorter
		}
		return nil, fmt.Errorf("read IDL: %w", err)
	}
	return readLimited(f, path)
}

// readLimited reads all of a source, which shown names, if that is not too much.
func readLimited(src io.Reader, shown string) ([]byte, error) {
	limit := maxText
	if ext := filepath.Ext(shown); ext != ".proto" && ext != ".thrift" {
		limit = maxIDL
	}
	data, err := io.ReadAll(io.LimitReader(src, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("read IDL: %w", err)
	}
	if len(data) > limit {
		return nil, fmt.Errorf("read IDL: %s has more than %d MiB", shown, limit>>20)
	}
	return data, nil
}

// importName is the name by which others import the file at path: relative to
// an import directory, or else just its last part. Imports that find the file
// under another name mean the same file.
func (k *disk) importName(path string) string {
	for _, dir := range k.includes {
		if rel, ok := within(dir, path); ok {
			return rel
		}
	}
	return filepath.Base(path)
}

// within returns path relative to dir, with slashes, if it is below it. Both are
// absolute.
func within(dir, path string) (string, bool) {
	rel, err := filepath.Rel(dir, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

func slashed(path string) string { return filepath.ToSlash(filepath.Clean(path)) }
