package cmd

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/shell"
)

// Check refuses a value that a flag of call does not take, and a file that is not there.
func (h *shellHost) Check(settings shell.Settings, name, value string) error {
	flags := newCall(h.std, nil).Flags()
	if err := flags.Set(name, value); err != nil {
		return &usageError{err: errors.New(shellWords(err.Error()))}
	}
	switch name {
	case "header", "rpc-header", "reflect-header":
		return checkHeader(value)
	case "meta", "persist", "base":
		_, err := pairs(":set "+name, []string{value})
		return err
	case "cacert", "cert", "key":
		if info, err := os.Stat(value); err == nil && info.IsDir() {
			return usage("%s %s is a folder", name, value)
		}
		return checkFile(name, value, nil)
	case "include":
		return checkFile(name, value, nil)
	case "idl":
		return checkFile(name, value, settings.All("include"))
	}
	return nil
}

// checkHeader refuses headers, or a file of them, that no call could have.
func checkHeader(text string) error {
	md, err := headers([]string{text}, false)
	if err != nil {
		return err
	}
	for _, p := range md {
		if strings.ContainsAny(p.Name, " \t") {
			return usage("header %q: a name has no blanks", p.Name)
		}
	}
	return nil
}

// checkFile refuses a file that is in none of the folders.
func checkFile(flag, name string, folders []string) error {
	if name == "-" || strings.Contains(name, "://") {
		return nil
	}
	_, err := os.Stat(name)
	if err == nil || slices.ContainsFunc(folders, func(folder string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return err == nil
	}) {
		return nil
	}
	return usage("%s %s: %w", flag, name, errors.Unwrap(err))
}
