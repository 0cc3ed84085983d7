package cmd

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/config"
)

func newConfigShow(std streams) *cobra.Command {
	var json, secrets bool
	var file string
	c := &cobra.Command{
		Use:   "show [@TARGET]",
		Short: "Print what counts here, and where it comes from",
		Long: `Print the settings that count in this folder, each with the file and line or the variable
that it comes from: with @TARGET, those of its calls; without, the targets and the defaults.
`,
		Args: arguments(0, "@TARGET"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return beginning(savedTargets(environmentFlags()), prefix), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := shownConfig(first(args), file)
			if err != nil {
				return err
			}
			return printConfig(std, list, json, secrets)
		},
	}
	c.Flags().BoolVar(&json, "json", false, "print JSON, an object a line")
	c.Flags().StringVar(&file, "config", "", "configuration `FILE` in place of .idlcall.yaml, or none")
	c.Flags().BoolVar(&secrets, "show-secrets", false, "show the values of headers that hold credentials")
	return c
}

// shownSetting is a value that counts.
type shownSetting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

// environmentFlags are the flags of a call, as the environment has set them. A mistake in it
// is told by whatever uses the flag.
func environmentFlags() *pflag.FlagSet {
	flags := newCall(streams{}, nil).Flags()
	_ = fromEnvironment(flags)
	return flags
}

// shownConfig collects what counts for a target, or for "" in general. file is --config.
func shownConfig(target, file string) ([]shownSetting, error) {
	flags := newCall(streams{}, nil).Flags()
	_ = flags.Lookup("config").Value.Set(file) // any text will do
	if err := fromEnvironment(flags); err != nil {
		return nil, err
	}
	c, err := loadConfig(flags)
	if err != nil {
		return nil, err
	}
	var list []shownSetting
	var chosen *config.Target
	if target == "" {
		for _, name := range c.Targets() {
			t, _ := c.Target(name) // it is there
			list = append(list, shownSetting{"@" + name, t.Address.Text, origin(t.Key.File(), t.Key.Line)})
		}
	} else {
		if chosen, err = c.Target(strings.TrimPrefix(target, "@")); err != nil {
			return nil, err
		}
		list = append(list, shownSetting{"address", chosen.Address.Text, origin(chosen.Key.File(), chosen.Address.Node.Line)})
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Changed {
			return
		}
		for _, value := range flagValues(f) {
			list = append(list, shownSetting{f.Name, value, environmentName(f.Name)})
		}
	})
	for _, layer := range c.Layers(chosen) {
		more, err := layerShown(flags, layer)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	slices.SortStableFunc(list, func(a, b shownSetting) int { return strings.Compare(rank(a.Name), rank(b.Name)) })
	return list, nil
}

// rank sorts targets and the address before settings.
func rank(name string) string {
	if name == "address" || strings.HasPrefix(name, "@") {
		return ""
	}
	return name
}

// layerShown applies a layer, and says what it has set.
func layerShown(flags *pflag.FlagSet, layer config.Layer) ([]shownSetting, error) {
	before := map[string]int{} // how many values a flag had
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			before[f.Name] = len(flagValues(f))
		}
	})
	asWritten := func(name string) (string, bool) { return "${" + name + "}", true }
	if err := applyLayer(flags, layer, asWritten); err != nil {
		return nil, err
	}
	var list []shownSetting
	for _, s := range layer.Settings {
		f := flags.Lookup(s.Name)
		if f == nil || !f.Changed {
			continue
		}
		values := flagValues(f)
		for _, value := range values[:len(values)-before[s.Name]] {
			list = append(list, shownSetting{s.Name, value, origin(s.Key.File(), s.Key.Line)})
		}
	}
	return list, nil
}

func origin(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }

// flagValues are the values of a flag that may be repeated, or the one it has.
func flagValues(f *pflag.Flag) []string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{f.Value.String()}
}

// printConfig prints settings as columns, or as lines of JSON.
func printConfig(std streams, list []shownSetting, json, secrets bool) error {
	out := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, s := range list {
		if !secrets {
			s.Value = maskedSetting(s.Name, s.Value)
		}
		if json {
			printJSON(out, s)
			continue
		}
		fmt.Fprintf(out, "%s\t%s\t%s\n", visible(s.Name), visible(s.Value), visible(s.Origin))
	}
	return asOutput(out.Flush())
}

// maskedSetting is a value without the credentials in it; the name of a variable is none.
func maskedSetting(name, value string) string {
	if slices.Contains(namedValues, name) {
		at := strings.IndexAny(value, ":=")
		if at < 0 || strings.HasPrefix(value, "@") {
			return value
		}
		key, rest := value[:at], value[at+1:]
		text := strings.TrimLeft(rest, " ")
		shown := masked(strings.TrimSpace(key), text)
		if variable := text[strings.LastIndexByte(text, ' ')+1:]; isVariable(variable) {
			shown = strings.Replace(shown, mask, variable, 1)
		}
		return key + value[at:at+1] + rest[:len(rest)-len(text)] + shown
	}
	return withoutPassword(value)
}

// isVariable reports whether a text is ${NAME} and nothing else.
func isVariable(text string) bool {
	inside, ok := strings.CutPrefix(text, "${")
	return ok && strings.IndexByte(inside, '}') == len(inside)-1
}

// withoutPassword is a value that may be a URL with a password in it, masked.
func withoutPassword(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	host, _, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(host, '@'); ok && at >= 0 {
		return scheme + "://" + mask + rest[at:]
	}
	return value
}

// savedTargets are the targets of the configuration, with "@" before them.
func savedTargets(flags *pflag.FlagSet) []string {
	c, err := loadConfig(flags)
	if err != nil {
		return nil // completion never fails
	}
	var names []string
	for _, name := range c.Targets() {
		t, _ := c.Target(name) // it is there
		names = append(names, "@"+name+"\t"+visible(withoutPassword(t.Address.Text)))
	}
	return names
}

// beginning keeps the words that begin with prefix.
func beginning(words []string, prefix string) []string {
	return slices.DeleteFunc(words, func(word string) bool { return !strings.HasPrefix(word, prefix) })
}
