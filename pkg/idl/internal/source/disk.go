package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Disk is what the user's files are found in. Import directories that the user gave
// come first; where else imports are looked for is a matter of the language.
type Disk struct {
	// Includes are the import directories, Folders those that were named as IDL; all
	// are absolute.
	Includes, Folders []string
	// Told, if set, is given the path of each file that is read.
	Told func(path string)
	cwd  string // ends in a separator; "" where it is unknown
}

// NewDisk is a disk with import directories as the user writes them.
func NewDisk(includes []string) (*Disk, error) {
	k := &Disk{}
	if wd, err := os.Getwd(); err == nil {
		k.cwd = wd + string(filepath.Separator)
	}
	for _, dir := range includes {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("import path %s: %w", dir, err)
		}
		k.Includes = append(k.Includes, abs)
	}
	return k, nil
}

// ReadFile reads a file of IDL.
func (k *Disk) ReadFile(path string) ([]byte, error) {
	if k.Told != nil {
		k.Told(path)
	}
	return readFile(path)
}

// sampled imports are enough to tell a root by.
const sampled = 16

// Roots lists the folders that imports of a file may be relative to, the best first,
// where no import directory has them: its own folder and those above it, nearest
// first, then the folders the user named, then the working folder. The one that has
// most of the imports goes before the others. path is "" where the file is not on
// disk.
func (k *Disk) Roots(path string, imports []string) []string {
	var d Dirs
	if path != "" {
		d.AddUp(filepath.Dir(path))
	}
	for _, dir := range k.Folders {
		d.Add(dir)
	}
	if k.cwd != "" {
		d.Add(filepath.Clean(k.cwd))
	}
	dirs := d.List
	if len(dirs) == 0 {
		return []string{"."}
	}
	best, most := 0, 0
	for i, dir := range dirs {
		if n := hits(dir, imports); n > most {
			best, most = i, n
		}
	}
	first := dirs[best]
	copy(dirs[1:best+1], dirs[:best])
	dirs[0] = first
	return dirs
}

func hits(dir string, imports []string) int {
	n := 0
	for _, name := range imports[:min(len(imports), sampled)] {
		if IsFile(filepath.Join(dir, filepath.FromSlash(name))) {
			n++
		}
	}
	return n
}

// LookedIn says where imports of a file were looked for, to follow "not found".
func (k *Disk) LookedIn(path string) string {
	var list []string
	seen := map[string]bool{}
	add := func(dir, more string) {
		if !seen[dir] {
			seen[dir] = true
			list = append(list, k.ShownDir(dir)+more)
		}
	}
	for _, dir := range k.Includes {
		add(dir, "")
	}
	if path != "" {
		delete(seen, filepath.Dir(path))
		add(filepath.Dir(path), " and the folders above it")
	}
	for _, dir := range k.Folders {
		add(dir, "")
	}
	if k.cwd != "" {
		add(filepath.Clean(k.cwd), "")
	}
	return " in " + strings.Join(list, ", ")
}

// Shown is a path as the user would write it: below the working folder it is
// relative.
func (k *Disk) Shown(path string) string {
	if k.cwd != "" && strings.HasPrefix(path, k.cwd) {
		return path[len(k.cwd):]
	}
	return path
}

// ShownDir is Shown for a folder: the working folder is ".".
func (k *Disk) ShownDir(dir string) string {
	if dir+string(filepath.Separator) == k.cwd {
		return "."
	}
	return k.Shown(dir)
}

// ImportName is the name by which others import the file at path: relative to an
// import directory, or else just its last part. Imports that find the file under
// another name mean the same file.
func (k *Disk) ImportName(path string) string {
	for _, dir := range k.Includes {
		if rel, ok := Within(dir, path); ok {
			return rel
		}
	}
	return filepath.Base(path)
}

// Dirs are folders in order, each once.
type Dirs struct {
	List []string
	seen map[string]bool
}

// Add adds a folder behind the others.
func (d *Dirs) Add(dir string) {
	if d.seen == nil {
		d.seen = map[string]bool{}
	}
	if !d.seen[dir] {
		d.seen[dir] = true
		d.List = append(d.List, dir)
	}
}

// AddUp adds a folder and those above it, nearest first.
func (d *Dirs) AddUp(dir string) {
	for ; ; dir = filepath.Dir(dir) {
		d.Add(dir)
		if dir == filepath.Dir(dir) {
			return
		}
	}
}

// Find is the path of a file in the first of some folders that has it.
func Find(dirs []string, local string) (path string, ok bool) {
	for _, dir := range dirs {
		if path := filepath.Join(dir, local); IsFile(path) {
			return path, true
		}
	}
	return "", false
}

// IsFile reports whether there is something at path that is no folder.
func IsFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// Within returns path relative to dir, with slashes, if it is below it. Both are
// absolute.
func Within(dir, path string) (string, bool) {
	rel, err := filepath.Rel(dir, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}
