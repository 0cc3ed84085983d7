package cmd

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// A document sets flags by their names. What it names, such as a file of IDL, is looked
// for from the folder that it is in.

// fromDocument gives flags that neither the command line nor the environment has set the
// values of a document in the folder dir. A flag that it sets counts as set, so that of
// several documents the first one with a flag has it. A mistake is a *yamldoc.Error.
func fromDocument(flags *pflag.FlagSet, list []yamldoc.Setting, dir string) error {
	for _, s := range list {
		if f := flags.Lookup(s.Name); f == nil || f.Changed {
			continue
		}
		if err := setFlag(flags, s, dir); err != nil {
			return err
		}
	}
	return nil
}

// setFlag gives a flag the values of a setting in place of what it has.
func setFlag(flags *pflag.FlagSet, s yamldoc.Setting, dir string) error {
	f := flags.Lookup(s.Name)
	if f == nil {
		return s.Key.Unknown("key", s.Name, nil)
	}
	var texts []string
	for _, v := range s.Values {
		texts = append(texts, fromFolder(dir, s.Name, v.Text))
	}
	if list, repeatable := f.Value.(pflag.SliceValue); repeatable {
		f.Changed = true
		return list.Replace(texts)
	}
	if len(texts) != 1 {
		return s.Key.Errorf("%s has one value, not %d", s.Name, len(texts))
	}
	if err := f.Value.Set(texts[0]); err != nil {
		if f.Value.Type() == "bool" {
			err = errors.New("want true or false")
		}
		return s.Values[0].Node.Errorf("%s: %w", s.Name, err)
	}
	f.Changed = true
	return nil
}

// Flags whose values are names of files, and those whose values are where they begin
// with "@".
var (
	fileFlags   = []string{"idl", "include", "cacert", "cert", "key", "save-idl", "out", "events"}
	atFileFlags = []string{"header", "rpc-header", "reflect-header", "data"}
)

// fromFolder is a value whose file, where it names one, is looked for from dir.
func fromFolder(dir, flag, value string) string {
	at := ""
	switch {
	case slices.Contains(fileFlags, flag):
	case slices.Contains(atFileFlags, flag) && strings.HasPrefix(value, "@"):
		at, value = "@", value[1:]
	default:
		return value
	}
	if value == "" || value == "-" || filepath.IsAbs(value) || strings.Contains(value, "://") {
		return at + value
	}
	return at + filepath.Join(dir, value)
}
