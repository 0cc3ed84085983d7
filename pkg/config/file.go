package config

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// File is a configuration file.
type File struct {
	Path     string
	Defaults []yamldoc.Setting // of every command that has such flags
	Targets  []Target
}

// Target is a server with a name.
type Target struct {
	Name     string
	Key      *yamldoc.Node // where the name stands
	Address  yamldoc.Value // as after "idlcall call"
	Settings []yamldoc.Setting
}

// ReadError is a file that could not be read.
type ReadError struct {
	Path string
	Err  error
}

func (e *ReadError) Error() string { return fmt.Sprintf("configuration: %v", e.Err) }

func (e *ReadError) Unwrap() error { return e.Err }

// Outcome is KindUsage.
func (*ReadError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// Read reads a file. Known are the names of the settings that there are. Errors are
// *ReadError and *yamldoc.Error.
func Read(path string, known []string) (*File, error) {
	text, err := content(path)
	if err != nil {
		return nil, &ReadError{path, err}
	}
	return Parse(path, text, known)
}

// isForeign reports whether a file is somebody else's; one that is not there is nobody's.
func isForeign(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !isOurs(info)
}

// content is that of a regular file: reading a pipe could wait for ever.
func content(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, yamldoc.MaxSize+1)) // one more is an error of Parse
}

// Parse reads the text of a file.
func Parse(path string, text []byte, known []string) (*File, error) {
	root, err := yamldoc.Parse(path, text)
	if err != nil {
		return nil, err
	}
	f := &File{Path: path}
	err = root.Object(map[string]func(*yamldoc.Node) error{
		"defaults": func(n *yamldoc.Node) (err error) {
			f.Defaults, err = n.Settings(known)
			return err
		},
		"targets": func(n *yamldoc.Node) error { return f.readTargets(n, known) },
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) readTargets(n *yamldoc.Node, known []string) error {
	if n.Kind != yamldoc.Map && n.Kind != yamldoc.Null {
		return n.Errorf("want a mapping of names to targets")
	}
	for _, entry := range n.Fields {
		t, err := readTarget(entry, known)
		if err != nil {
			return err
		}
		f.Targets = append(f.Targets, t)
	}
	return nil
}

// readTarget reads a target, which may be its address alone.
func readTarget(entry yamldoc.Field, known []string) (Target, error) {
	t := Target{Name: entry.Key.Text, Key: entry.Key}
	if t.Name == "" || strings.ContainsAny(t.Name, " \t\n,/@:\"'") {
		return t, t.Key.Errorf("a target has a name without blanks, quotes and any of , / @ :")
	}
	if entry.Value.Kind == yamldoc.String {
		return t, t.readAddress(entry.Value)
	}
	if entry.Value.Kind != yamldoc.Map {
		return t, entry.Value.Errorf("want an address, or a mapping with address")
	}
	for _, field := range entry.Value.Fields {
		if field.Key.Text == "address" {
			if err := t.readAddress(field.Value); err != nil {
				return t, err
			}
			continue
		}
		s, err := field.Setting(append([]string{"address"}, known...))
		if err != nil {
			return t, err
		}
		t.Settings = append(t.Settings, s)
	}
	if t.Address.Text == "" {
		return t, t.Key.Errorf("target %s has no address", t.Name)
	}
	return t, nil
}

func (t *Target) readAddress(n *yamldoc.Node) error {
	text, err := n.Str()
	if err == nil && strings.TrimSpace(text) == "" {
		err = n.Errorf("want an address")
	}
	t.Address = yamldoc.Value{Text: text, Node: n}
	return err
}
