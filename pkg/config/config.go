package config

import (
	"fmt"
	"path/filepath"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// Config is what some files say together: of two that say something about the same, the
// first counts.
type Config struct{ Files []*File }

// Load reads files in their order. Those that nobody has named must belong to the user or to
// root: what they say could send requests, and what is in the environment, anywhere.
// Otherwise the error is a *ForeignError.
func Load(paths, known []string, named bool) (*Config, error) {
	c := &Config{}
	for _, path := range paths {
		if !named && isForeign(path) {
			return nil, &ForeignError{path}
		}
		f, err := Read(path, known)
		if err != nil {
			return nil, err
		}
		c.Files = append(c.Files, f)
	}
	return c, nil
}

// Layer is settings that belong together.
type Layer struct {
	// Target is whose they are; empty for defaults.
	Target   string
	Settings []yamldoc.Setting
	// Folder is where the files are that they name without a full path.
	Folder string
	File   *File
}

// Layers are the settings for a target, or without one for "", the most specific first.
func (c *Config) Layers(target *Target) []Layer {
	var layers []Layer
	for _, f := range c.Files {
		for i := range f.Targets {
			if &f.Targets[i] == target {
				layers = append(layers, Layer{target.Name, target.Settings, filepath.Dir(f.Path), f})
			}
		}
	}
	for _, f := range c.Files {
		if len(f.Defaults) > 0 {
			layers = append(layers, Layer{"", f.Defaults, filepath.Dir(f.Path), f})
		}
	}
	return layers
}

// Target finds a target. The error is an *UnknownError.
func (c *Config) Target(name string) (*Target, error) {
	for _, f := range c.Files {
		for i := range f.Targets {
			if f.Targets[i].Name == name {
				return &f.Targets[i], nil
			}
		}
	}
	e := &UnknownError{Name: name, Nearest: idl.Nearest(name, c.Targets())}
	for _, f := range c.Files {
		e.Files = append(e.Files, f.Path)
	}
	return nil, e
}

// Targets are the names of all targets.
func (c *Config) Targets() []string {
	var names []string
	seen := map[string]bool{}
	for _, f := range c.Files {
		for _, t := range f.Targets {
			if !seen[t.Name] {
				seen[t.Name] = true
				names = append(names, t.Name)
			}
		}
	}
	return names
}

// UnknownError is a target that no file has.
type UnknownError struct {
	Name    string
	Nearest []string // names like it, best first
	Files   []string // that were read
}

func (e *UnknownError) Error() string {
	if len(e.Files) == 0 {
		return fmt.Sprintf("target @%s: there is no configuration file", e.Name)
	}
	return fmt.Sprintf("no target @%s in %s", e.Name, e.Files[0])
}

// Outcome is KindUsage.
func (*UnknownError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// ForeignError is a file that belongs to another user.
type ForeignError struct{ Path string }

func (e *ForeignError) Error() string {
	return e.Path + " belongs to another user, and is not read"
}

// Outcome is KindUsage.
func (*ForeignError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }
