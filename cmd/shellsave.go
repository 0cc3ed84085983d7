package cmd

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/proxy/record"
	"github.com/idlcall/idlcall/pkg/shell"
)

// saveCalls writes a suite of calls that were made in a shell. unlike is why the suite is not like a
// call.
func saveCalls(file, target string, settings shell.Settings, calls []*shell.Call, unlike func(*shell.Call) string) (record.Summary, error) {
	values := &callOptions{}
	c := &cobra.Command{}
	values.bind(c)
	for _, s := range settings {
		if !slices.Contains(sensitiveSettings, s.Name) {
			if err := c.Flags().Set(s.Name, s.Value); err != nil {
				return record.Summary{}, usage("%s: %w", s.Name, err)
			}
		}
	}
	text, err := suiteSettingsOf(c.Flags(), target, file, shellSaved())
	if err != nil {
		return record.Summary{}, err
	}
	saved, err := shell.WriteSuite(file, text, secretOf, calls, unlike)
	if err != nil {
		return saved, usage("%w", err)
	}
	return saved, nil
}

// shellSaved are the flags that a suite has of a shell.
func shellSaved() []string {
	return slices.Concat(savedFlags[:], []string{"json-dialect", "empty-structs", "unknown-fields", "base", "authority", "max-message-size"})
}

// suiteValues are flags on which it depends whether a call can be a step: a step has them from
// the suite, or not at all.
func suiteValues(flags *pflag.FlagSet) shell.Settings {
	var values shell.Settings
	for _, name := range append(shellSaved(), "binary") {
		if f := flags.Lookup(name); name != "service" && f != nil && f.Value.String() != f.DefValue {
			values = append(values, shell.Setting{Name: name, Value: f.Value.String()})
		}
	}
	return values
}

// differs is a name in which values are others, empty where they are the same.
func differs(a, b shell.Settings) string {
	for _, list := range []shell.Settings{a, b} {
		for _, s := range list {
			if a.Last(s.Name) != b.Last(s.Name) {
				return s.Name
			}
		}
	}
	return ""
}

// unsaved is why no suite can have the call, as far as the command line says that.
func (o *callOptions) unsaved() string {
	switch {
	case o.isRaw():
		return "--raw sends bytes, which no step has"
	case o.request.each:
		return "--each makes a call of each document"
	case o.request.many():
		return "--repeat makes several calls"
	case o.format.binary != format.Base64:
		return "--binary shows bytes in another way than steps do"
	}
	return ""
}

// sensitiveSettings are those that each call has in its own step, with secrets masked.
var sensitiveSettings = []string{"header", "rpc-header", "meta", "persist", "header-command"}
