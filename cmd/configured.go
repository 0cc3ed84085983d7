package cmd

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/config"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// configured gives flags that neither the command line nor the environment has set what the
// configuration says, and returns the address of a target "@name". Other targets are
// returned as they are.
func configured(flags *pflag.FlagSet, target string) (string, error) {
	c, err := loadConfig(flags)
	if err != nil {
		return "", err
	}
	return applyConfig(flags, c, target)
}

// applyConfig is configured for a configuration that has been read.
func applyConfig(flags *pflag.FlagSet, c *config.Config, target string) (string, error) {
	var chosen *config.Target
	var err error
	if name, saved := strings.CutPrefix(target, "@"); saved {
		if strings.Contains(name, ",") {
			return "", usage("target %s: there can be one saved target; its address may have several", target)
		}
		if chosen, err = c.Target(name); err != nil {
			return "", err
		}
	}
	for _, layer := range c.Layers(chosen) {
		if err := applyLayer(flags, layer, os.LookupEnv); err != nil {
			return "", err
		}
	}
	if chosen == nil {
		return target, nil
	}
	address, err := config.Expand(chosen.Address, os.LookupEnv)
	return address.Text, err
}

// loadConfig reads the files that count.
func loadConfig(flags *pflag.FlagSet) (*config.Config, error) {
	paths := configPaths(flags)
	if len(paths) == 0 {
		return &config.Config{}, nil // as in most folders: to know all settings costs time
	}
	c, err := config.Load(paths, settingNames(), isConfigNamed(flags))
	if is[*config.ForeignError](err) {
		err = &usageError{err: err, hint: "--config FILE reads it nevertheless, --config none does without"}
	}
	return c, err
}

// isConfigNamed reports whether --config or its variable says which file counts.
func isConfigNamed(flags *pflag.FlagSet) bool { return flags.Lookup("config").Value.String() != "" }

// configPaths are the files that count, the nearest first.
func configPaths(flags *pflag.FlagSet) []string {
	if f := flags.Lookup("config"); f.Value.String() != "" {
		if f.Value.String() == "none" {
			return nil
		}
		return []string{f.Value.String()}
	}
	var paths []string
	if folder, err := os.Getwd(); err == nil {
		if name := config.Project(folder); name != "" {
			paths = append(paths, name)
		}
	}
	if name := config.User(); name != "" && !slices.Contains(paths, name) {
		if _, err := os.Stat(name); err == nil {
			paths = append(paths, name)
		}
	}
	return paths
}

// applyLayer sets the flags that are not set yet. lookup is where ${NAME} comes from.
func applyLayer(flags *pflag.FlagSet, layer config.Layer, lookup func(string) (string, bool)) error {
	var list []yamldoc.Setting
	for _, s := range layer.Settings {
		f := flags.Lookup(s.Name)
		if f == nil || f.Changed && !slices.Contains(namedValues, s.Name) {
			continue
		}
		if err := trusted(s, layer, flags); err != nil {
			return err
		}
		expanded, err := config.ExpandSetting(s, lookup)
		if err != nil {
			return err
		}
		list = append(list, expanded)
	}
	return fromDocument(flags, list, layer.Folder)
}

// trusted refuses to run a command because a file says so that lies in or above the working
// folder, unless the user asked for its target by name or for the file itself: whoever can
// put a file there could have every call run it.
func trusted(s yamldoc.Setting, layer config.Layer, flags *pflag.FlagSet) error {
	switch {
	case s.Name != headerCommand || isConfigNamed(flags) || layer.File.Path == config.User():
		return nil
	case layer.Target == "":
		return s.Key.Errorf("%s: among the defaults of a folder, every call would run it (a target may have one)", s.Name)
	}
	return nil
}

// settingNames are the flags that a configuration may set: those of calls that are not about
// one call only.
func settingNames() []string {
	var names []string
	newCall(streams{}, nil).Flags().VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(notSettings, f.Name) {
			names = append(names, f.Name)
		}
	})
	return names
}

var notSettings = []string{"help", "config", "data", "field", "out", "raw", "stream-type", "save-idl", "force", "events"}
