package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
)

// Marker is the first line of every file that is printed: it says that the file
// may be written over, and keeps what follows from being the line that a shell
// looks at.
const Marker = "// Printed by idlcall from a descriptor. It is written over when it is saved again.\n"

// Folder is where files go whose names others have chosen. Nothing outside of it
// changes, whatever the names and whatever links are in it.
type Folder struct {
	dir  string
	root *os.Root
	// force writes over files of others, too.
	force bool
	// written has the names so far, in lower case: on some systems names that
	// differ in case are one file.
	written map[string]string
}

// OpenFolder opens a folder, and makes it if it is not there.
func OpenFolder(dir string, force bool) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("save IDL: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("save IDL: %w", err)
	}
	return &Folder{dir: dir, root: root, force: force, written: map[string]string{}}, nil
}

// Close ends the use of the folder.
func (f *Folder) Close() { _ = f.root.Close() }

// Write makes a file of a name with slashes. One that is there already must be
// one that was printed, or have the same content.
func (f *Folder) Write(name string, data []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	folded := strings.ToLower(name)
	if other, ok := f.written[folded]; ok {
		return &idl.NameError{Name: name, Why: fmt.Sprintf("is written already as %q", other)}
	}
	f.written[folded] = name
	local := filepath.FromSlash(name)
	same, err := f.mayWrite(local, data)
	if err != nil || same {
		return err
	}
	if dir := path.Dir(name); dir != "." {
		if err := f.root.MkdirAll(filepath.FromSlash(dir), 0o755); err != nil {
			return fmt.Errorf("save IDL: %w", err)
		}
	}
	return replace(f.root, local, data)
}

// mayWrite looks at what is there already; same says that it is what is to be
// written.
func (f *Folder) mayWrite(local string, data []byte) (same bool, err error) {
	info, err := f.root.Lstat(local)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("save IDL: %w", err)
	case info.IsDir():
		return false, fmt.Errorf("save IDL: %s is a folder", filepath.Join(f.dir, local))
	case f.force:
		return false, nil
	case !info.Mode().IsRegular():
		return false, &idl.ExistsError{Path: filepath.Join(f.dir, local)}
	}
	old, err := f.root.Open(local)
	if err != nil {
		return false, fmt.Errorf("save IDL: %w", err)
	}
	defer old.Close()
	begin := make([]byte, len(Marker))
	if n, _ := io.ReadFull(old, begin); string(begin[:n]) == Marker {
		return false, nil
	}
	if info.Size() == int64(len(data)) {
		if _, err := old.Seek(0, io.SeekStart); err == nil {
			now, err := io.ReadAll(io.LimitReader(old, info.Size()+1))
			if err == nil && bytes.Equal(now, data) {
				return true, nil
			}
		}
	}
	return false, &idl.ExistsError{Path: filepath.Join(f.dir, local)}
}

// replace makes a new file beside the one of that name and gives it its name, so
// that nobody sees half of it and neither the mode nor the target of what was
// there counts.
func replace(root *os.Root, local string, data []byte) error {
	made, err := makeBeside(root, local)
	if err != nil {
		return fmt.Errorf("save IDL: %w", err)
	}
	_, err = made.file.Write(data)
	err = errors.Join(err, made.file.Close())
	if err == nil {
		err = root.Rename(made.name, local)
	}
	if err != nil {
		_ = root.Remove(made.name)
		return fmt.Errorf("save IDL: %w", err)
	}
	return nil
}

// besideFile is a file under a name that nothing had.
type besideFile struct {
	name string
	file *os.File
}

func makeBeside(root *os.Root, local string) (besideFile, error) {
	dir, ext := filepath.Dir(local), filepath.Ext(local)
	for try := 0; ; try++ {
		name := filepath.Join(dir, ".idlcall-"+strconv.FormatUint(rand.Uint64(), 36)+ext)
		file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err == nil || !errors.Is(err, fs.ErrExist) || try == 100 {
			return besideFile{name, file}, err
		}
	}
}

// WriteNamed writes a file that the user named. It takes the place of a file that
// is there, but not of a link or a pipe without force.
func WriteNamed(dest string, data []byte, force bool) error {
	info, err := os.Lstat(dest)
	if err == nil && !info.Mode().IsRegular() && !force {
		return fmt.Errorf("save IDL: %s is there already, and not a regular file", dest)
	}
	root, err := os.OpenRoot(filepath.Dir(dest))
	if err != nil {
		return fmt.Errorf("save IDL: %w", err)
	}
	defer root.Close()
	return replace(root, filepath.Base(dest), data)
}
