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
// several documents the first one with a flag has it; flags that name their values (-H) are
// put together by these names. A mistake is a *yamldoc.Error.
func fromDocument(flags *pflag.FlagSet, list []yamldoc.Setting, dir string) error {
	given := map[string]bool{}
	flags.VisitAll(func(f *pflag.Flag) { given[f.Name] = f.Changed })
	for _, s := range list {
		f := flags.Lookup(s.Name)
		var err error
		switch {
		case f == nil || isOverridden(s.Name, given):
		case !f.Changed:
			err = setFlag(flags, s, dir)
		case slices.Contains(namedValues, s.Name):
			err = joinFlag(f.Value, s, dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// alternatives are the flags that mean something only together with one, or exclude it: one
// of them that is given puts it out of force where a document has it.
func alternatives(flag string) []string {
	switch flag {
	case "cert":
		return []string{"key", "plaintext"}
	case "key":
		return []string{"cert", "plaintext"}
	case "tls", "insecure", "cacert", "servername":
		return []string{"plaintext"}
	case "plaintext":
		return []string{"tls", "insecure", "cacert", "cert"}
	case "idl":
		return []string{"idl-string"}
	case "idl-string":
		return []string{"idl"}
	}
	return nil
}

func isOverridden(name string, given map[string]bool) bool {
	return slices.ContainsFunc(alternatives(name), func(other string) bool { return given[other] })
}

// namedValues are the flags with any number of values that begin with a name.
var namedValues = []string{"header", "rpc-header", "reflect-header", "meta", "persist", "base", "tt-int"}

// joinFlag puts the values before those that a flag has, without those whose names it has.
func joinFlag(v pflag.Value, s yamldoc.Setting, dir string) error {
	list, ok := v.(pflag.SliceValue)
	if !ok {
		return s.Key.Errorf("%s is given already", s.Name)
	}
	return list.Replace(joinNamed(settingTexts(s, dir), list.GetSlice()))
}

// joinNamed puts values under others: before them, without those whose names they have. A
// file of values has no name.
func joinNamed(under, over []string) []string {
	has := map[string]bool{}
	for _, text := range over {
		has[valueName(text)] = true
	}
	kept := slices.DeleteFunc(slices.Clone(under), func(text string) bool {
		name := valueName(text)
		return name != "" && has[name]
	})
	return append(kept, over...)
}

// settingTexts are the values of a setting, with files looked for from dir.
func settingTexts(s yamldoc.Setting, dir string) []string {
	var texts []string
	for _, v := range s.Values {
		texts = append(texts, fromFolder(dir, s.Name, v.Text))
	}
	return texts
}

// valueName is the name in "name: value" or "name=value", "" of a file of them.
func valueName(text string) string {
	if strings.HasPrefix(text, "@") {
		return ""
	}
	if at := strings.IndexAny(text, ":="); at >= 0 {
		text = text[:at]
	}
	return strings.ToLower(strings.TrimSpace(text))
}

// setFlag gives a flag the values of a setting in place of what it has.
func setFlag(flags *pflag.FlagSet, s yamldoc.Setting, dir string) error {
	f := flags.Lookup(s.Name)
	if f == nil {
		return s.Key.Unknown("key", s.Name, nil)
	}
	texts := settingTexts(s, dir)
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
	fileFlags   = []string{"idl", "include", "old-include", "new-include", "cacert", "cert", "key", "save-idl", "out", "events", "save", "listen-cert", "listen-key"}
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
