package cmd

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/proxy/decode"
	"github.com/idlcall/idlcall/pkg/proxy/record"
)

// savedFlags are those that the suite of --save has, too, where they are given; those of
// translating as well, where the proxy makes the calls.
var savedFlags = [...]string{
	"idl", "idl-string", "include", "idl-lang", "service", "reflect", "thrift-dialect", "tls", "plaintext", "insecure", "cacert", "cert", "key", "servername",
	"proxy", "emit-defaults", "proto-names", "no-go-tag", "enum", "int64",
}

// recorder writes the suite of --save; nil without it.
func (o *proxyOptions) recorder(std streams) (*record.Recorder, error) {
	if o.save == "" {
		return nil, nil
	}
	settings, err := o.settings()
	if err != nil {
		return nil, err
	}
	options := record.Options{
		File: o.save, Settings: settings, Transports: !o.translate,
		Failed: func(err error) { warner(std.err)("--save: " + err.Error()) },
	}
	if !o.conn.secrets {
		options.Secret = secretOf
	}
	r, err := record.New(options)
	if err != nil {
		return nil, usage("--save: %w", err)
	}
	return r, nil
}

// settings are the target and the flags, as a suite has them: files are looked for from its
// folder.
func (o *proxyOptions) settings() (string, error) {
	names := savedFlags[:]
	if o.translate {
		names = slices.Concat(names, []string{"transport"}, translating[:])
	}
	return suiteSettingsOf(o.flags, o.target, o.save, names)
}

// suiteSettingsOf are the lines of a suite in a file that say what a command line has of some
// flags.
func suiteSettingsOf(flags *pflag.FlagSet, target, file string, names []string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "target: %s\n", yamlText(target))
	for _, name := range names {
		f := flags.Lookup(name)
		if !f.Changed {
			continue
		}
		values := []string{f.Value.String()}
		list, isList := f.Value.(pflag.SliceValue)
		if isList {
			values = slices.Clone(list.GetSlice())
		}
		for i, v := range values {
			var err error
			if values[i], err = savedValue(file, name, v); err != nil {
				return "", err
			}
			if f.Value.Type() != "bool" {
				values[i] = yamlText(values[i])
			}
		}
		text := strings.Join(values, ", ")
		if isList {
			text = "[" + text + "]"
		}
		fmt.Fprintf(&b, "%s: %s\n", name, text)
	}
	return b.String(), nil
}

// savedValue is the value of a flag in the suite of a file.
func savedValue(file, name, value string) (string, error) {
	if !slices.Contains(fileFlags, name) || value == "-" {
		return value, nil
	}
	from, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(value)
	if err != nil {
		return "", err
	}
	if relative, err := filepath.Rel(from, to); err == nil {
		return relative, nil
	}
	return to, nil
}

// yamlText is a text as YAML, in which ${ stands for itself.
func yamlText(s string) string { return strings.ReplaceAll(strconv.Quote(s), "${", "$${") }

// secretOf takes the value of a header apart where it is a credential.
func secretOf(name, value string) (before, secret string) {
	shown := masked(name, value)
	before, isMasked := strings.CutSuffix(shown, mask)
	if !isMasked || shown == value {
		return "", ""
	}
	return before, strings.TrimPrefix(value, before)
}

// both tells two of each event; second may be nil.
func both(first func(decode.Event), second *record.Recorder) func(decode.Event) {
	if second == nil {
		return first
	}
	return func(e decode.Event) {
		first(e)
		second.Emit(e)
	}
}
