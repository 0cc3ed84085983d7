// Package wholefile writes files that are read by others while they are written again: all of
// a file is there, or what was there before.
package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// NotRegularError is a name that something else has: a device, a pipe, a folder.
type NotRegularError struct{ Name string }

func (e *NotRegularError) Error() string { return e.Name + " is there, and not a regular file" }

// Write puts data in the place of a file, or makes one that is the user's only. Where the name
// is a symbolic link, it is the file that it leads to. What is no regular file stays.
func Write(name string, data []byte) error {
	target, mode, err := resolve(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, plain(err))
	}
	defer os.Remove(f.Name()) // unless it has the name
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", name, plain(err))
	}
	return os.Rename(f.Name(), target)
}

// resolve follows links to what is to be written.
func resolve(name string) (target string, mode fs.FileMode, err error) {
	target, err = filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		return name, 0o600, nil
	}
	if err != nil {
		return "", 0, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, &NotRegularError{name}
	}
	return target, info.Mode().Perm(), nil
}

// plain is an error without the name of a file that nobody has asked for.
func plain(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
