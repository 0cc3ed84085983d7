package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// markName is a file of each tree that was written here: it lists the patches.
const markName = "PATCHED"

// clear removes a tree that an earlier run has written, and nothing else.
func clear(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, markName)); err != nil {
		return fmt.Errorf("%s is not empty, and has no %s of an earlier run: remove it, or name another directory", dir, markName)
	}
	return os.RemoveAll(dir)
}

// mark says of a tree which patches are in it.
func mark(dir string, patches []patch) error {
	var b strings.Builder
	b.WriteString("Dependencies in vendor/ are changed by these patches of deploy/patches:\n\n")
	for i := range patches {
		fmt.Fprintf(&b, "%s %s: %s\n", patches[i].module, patches[i].version, patches[i].name)
	}
	return os.WriteFile(filepath.Join(dir, markName), []byte(b.String()), 0o644)
}

// copyModule copies what a build of the tool may read: go.mod and what goes with it, and of the
// folders that packages of the tool are in all files but tests.
func copyModule(root, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// So that a run that ends early leaves what the next one may remove.
	if err := os.WriteFile(filepath.Join(dir, markName), nil, 0o644); err != nil {
		return err
	}
	for _, name := range []string{"go.mod", "go.sum", "main.go", "default.pgo"} {
		if err := copyFile(filepath.Join(root, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	folders, err := packageFolders(root)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if err := copyFolder(filepath.Join(root, folder), filepath.Join(dir, folder)); err != nil {
			return err
		}
	}
	return nil
}

// packageFolders are the folders of root that have packages of the tool's programs.
func packageFolders(root string) ([]string, error) {
	out, err := goTool(root, "list", "-pgo=off", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}", ".", "./cmd/...")
	if err != nil {
		return nil, err
	}
	var folders []string
	for dir := range strings.Lines(out) {
		name, err := filepath.Rel(root, strings.TrimSpace(dir))
		if err != nil {
			return nil, err
		}
		if first, _, _ := strings.Cut(filepath.ToSlash(name), "/"); first != "." && !slices.Contains(folders, first) {
			folders = append(folders, first)
		}
	}
	return folders, nil
}

// copyFolder copies all files but tests and their data.
func copyFolder(from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if e.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		if !e.Type().IsRegular() || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		return copyFile(path, filepath.Join(to, name))
	})
}

// install copies patched files from work to the folders that vendor has, and returns their
// paths, with slashes. It has no generators of a module, and no tests.
func install(work, vendor string) (paths []string, err error) {
	err = filepath.WalkDir(work, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		name, err := filepath.Rel(work, path)
		if err != nil {
			return err
		}
		to := filepath.Join(vendor, name)
		if _, err := os.Stat(filepath.Dir(to)); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		paths = append(paths, filepath.ToSlash(name))
		return copyFile(path, to)
	})
	return paths, err
}

// copyFile copies one file, with the folders it is in.
func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}
