package cache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"strconv"
)

// folder is the folder of a store, open. It is known to be ours.
type folder struct{ root *os.Root }

func (f folder) close() { _ = f.root.Close() }

// openFolder opens a folder that is there. One that is a link, another user's, or may be
// written by others is refused.
func openFolder(dir string) (folder, error) {
	info, err := os.Lstat(dir)
	if err != nil {
		return folder{}, err
	}
	if !info.IsDir() {
		return folder{}, fmt.Errorf("%s is not a folder", dir)
	}
	if err := trusted(info); err != nil {
		return folder{}, fmt.Errorf("%s %w", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return folder{}, err
	}
	opened, err := root.Stat(".")
	if err != nil || !os.SameFile(info, opened) {
		_ = root.Close()
		return folder{}, fmt.Errorf("%s has changed while it was opened", dir)
	}
	return folder{root}, nil
}

// makeFolder is openFolder, and makes what is not there.
func makeFolder(dir string) (folder, error) {
	f, err := openFolder(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return f, err
	}
	return openFolder(dir)
}

// trusted says why a file or folder is not to be trusted.
func trusted(info fs.FileInfo) error {
	switch {
	case !ours(info):
		return errors.New("belongs to another user")
	case info.Mode().Perm()&0o022 != 0 && checksModes:
		return fmt.Errorf("may be written by others (mode %v)", info.Mode().Perm())
	}
	return nil
}

// read reads an entry. It follows no link and opens nothing but regular files, which
// does not block.
func (f folder) read(name string) ([]byte, error) {
	info, err := f.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() < int64(versionAt) || info.Size() > int64(maxFile) || trusted(info) != nil {
		return nil, fs.ErrInvalid
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if opened, err := file.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, fs.ErrInvalid
	}
	b := make([]byte, info.Size())
	_, err = io.ReadFull(file, b)
	return b, err
}

// temporary begins the names of files that are being written.
const temporary = "new-"

// write makes an entry, or replaces it, at once.
func (f folder) write(name string, b []byte) error {
	made := temporary + strconv.FormatUint(rand.Uint64(), 36)
	file, err := f.root.OpenFile(made, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(b)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = f.root.Rename(made, name)
	}
	if err != nil {
		_ = f.root.Remove(made)
	}
	return err
}
