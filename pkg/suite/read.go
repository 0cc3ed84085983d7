package suite

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// Language is what a file may say beyond what suites are made of.
type Language struct {
	// Settings are the names of settings.
	Settings []string
	// Check, if set, refuses values of a setting in a file of a folder. It is not asked
	// about values with variables, which are known only later.
	Check func(s yamldoc.Setting, dir string) error
	// Given are variables from outside. They have precedence over those of files.
	Given map[string]string
}

// Read reads a suite. A mistake in the file is a *yamldoc.Error.
func Read(file string, text []byte, l Language) (*Suite, error) {
	root, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	s := &Suite{File: file, Matrix: []Row{{}}}
	name := filepath.Base(file)
	s.Name = strings.TrimSuffix(name, filepath.Ext(name))
	r := &reader{Language: l, suite: s, known: map[string]bool{}}
	for name := range l.Given {
		r.known[name] = true
	}
	if err := r.read(root); err != nil {
		return nil, err
	}
	return s, nil
}

// ReadFile is Read of a file. One that cannot be read is a *FileError.
func ReadFile(file string, l Language) (*Suite, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &FileError{file, err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, yamldoc.MaxSize+1))
	if err != nil {
		return nil, &FileError{file, err}
	}
	return Read(file, text, l)
}

// taker reads the value of a key.
type taker = func(*yamldoc.Node) error

// reader makes a Suite of nodes.
type reader struct {
	Language

	suite *Suite
	known map[string]bool // variables that there are so far
	taken map[string]bool // those of them that steps capture
}

// parts are what of a suite is read in an order that is not the file's: what makes
// variables comes before what uses them.
type parts struct {
	env, vars, matrix, setup, steps, teardown *yamldoc.Node
	settings                                  []yamldoc.Setting
}

// suiteKeys are the keys of a file.
func (r *reader) suiteKeys(p *parts, of *yamldoc.Node) map[string]taker {
	s := r.suite
	return r.withSettings(&p.settings, of, map[string]taker{
		"name":      text(&s.Name),
		"tags":      texts(&s.Tags),
		"timeout":   limit(&s.Timeout),
		"fail-fast": flag(&s.FailFast),
		"env":       later(&p.env),
		"vars":      later(&p.vars),
		"matrix":    later(&p.matrix),
		"setup":     later(&p.setup),
		"steps":     later(&p.steps),
		"teardown":  later(&p.teardown),
	})
}

func (r *reader) read(root *yamldoc.Node) error {
	if root.IsNull() {
		return root.Errorf("the file is empty: want a mapping with steps")
	}
	p := &parts{}
	if err := root.Object(r.suiteKeys(p, root)); err != nil {
		return err
	}
	s := r.suite
	s.Settings, r.taken = p.settings, map[string]bool{}
	for _, read := range []func() error{
		func() error { return r.env(p.env) },
		func() error { return r.vars(&s.Vars, p.vars) },
		func() error { return r.matrix(p.matrix) },
		func() error { return r.checkSettings(s.Settings) },
		func() error { return r.steps(&s.Setup, p.setup, PartSetup) },
		func() error { return r.steps(&s.Steps, p.steps, PartStep) },
		func() error { return r.steps(&s.Teardown, p.teardown, PartTeardown) },
	} {
		if err := read(); err != nil {
			return err
		}
	}
	if len(s.Steps) == 0 {
		return root.Errorf("the suite has no steps")
	}
	return nil
}

// withSettings adds the names of settings to what a mapping may have.
func (r *reader) withSettings(to *[]yamldoc.Setting, of *yamldoc.Node, known map[string]taker) map[string]taker {
	all := maps.Clone(known)
	for _, name := range r.Settings {
		if all[name] != nil {
			continue
		}
		all[name] = func(n *yamldoc.Node) error {
			f := yamldoc.Field{Key: keyOf(of, n, name), Value: n}
			setting, err := f.Setting(r.Settings)
			*to = append(*to, setting)
			return err
		}
	}
	return all
}

// keyOf is the key of a value in a mapping.
func keyOf(of, value *yamldoc.Node, name string) *yamldoc.Node {
	for _, f := range of.Fields {
		if f.Value == value && f.Key.Text == name {
			return f.Key
		}
	}
	return value
}

// checkSettings refuses variables that are not known, and values that cannot be right.
func (r *reader) checkSettings(list []yamldoc.Setting) error {
	for _, s := range list {
		uses := usesOfSetting(s)
		if err := r.check(uses); err != nil {
			return err
		}
		if r.Check == nil || len(uses) > 0 {
			continue
		}
		if err := r.Check(s, r.suite.Dir()); err != nil {
			return err
		}
	}
	return nil
}

// env reads a list of names, or a mapping of names to defaults.
func (r *reader) env(n *yamldoc.Node) error {
	if n == nil {
		return nil
	}
	if n.Kind == yamldoc.String {
		return r.envVar(n, nil)
	}
	if n.Kind != yamldoc.List && n.Kind != yamldoc.Map {
		return n.Errorf("want a list of environment variables, or a mapping of them to defaults, got %s", n.Kind)
	}
	for _, item := range n.Items {
		if err := r.envVar(item, nil); err != nil {
			return err
		}
	}
	for _, f := range n.Fields {
		if err := r.envVar(f.Key, f.Value); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) envVar(name, value *yamldoc.Node) error {
	if err := checkName(name); err != nil {
		return err
	}
	v := EnvVar{Name: name.Text, Node: name}
	switch {
	case value == nil || value.IsNull():
	case value.Kind == yamldoc.Bool:
		v.Default = &value.Text
	default:
		text, err := value.Str()
		if err != nil {
			return err
		}
		v.Default = &text
	}
	r.suite.Env = append(r.suite.Env, v)
	r.known[v.Name] = true
	return nil
}

func (r *reader) vars(to *[]Var, n *yamldoc.Node) error {
	if n == nil || n.IsNull() {
		return nil
	}
	if n.Kind != yamldoc.Map {
		return n.Errorf("want a mapping of names to values, got %s", n.Kind)
	}
	for _, f := range n.Fields {
		if err := checkName(f.Key); err != nil {
			return err
		}
		if err := isJSON(f.Value); err != nil {
			return err
		}
		if err := r.check(usesOf(f.Value)); err != nil {
			return err
		}
		*to = append(*to, Var{f.Key.Text, f.Value})
		r.known[f.Key.Text] = true
	}
	return nil
}

// reserved are the variables that expressions have anyway.
var reserved = []string{"header", "trailer", "error", "replies", "ENV", "__loc__", "__prog_args"}

// ofStep are those of them that a step gives a value.
var ofStep = reserved[:4]

// IsVariable reports whether a suite can have a variable of a name.
func IsVariable(name string) bool { return IsName(name) && !slices.Contains(reserved, name) }

func checkName(n *yamldoc.Node) error {
	switch {
	case !IsName(n.Text):
		return n.Errorf("%q is no name of a variable: want letters, digits and _", n.Text)
	case !IsVariable(n.Text):
		return n.Errorf("%q is a variable that each expression has", n.Text)
	}
	return nil
}

// expr compiles an expression with the variables that are known so far.
func (r *reader) expr(n *yamldoc.Node) (*Expr, error) {
	source, err := n.Str()
	if n.Kind == yamldoc.Bool {
		source, err = n.Text, nil
	}
	if err != nil {
		return nil, err
	}
	compiled, err := jq.Compile(source, append(slices.Sorted(maps.Keys(r.known)), ofStep...)...)
	if syntax, ok := errors.AsType[*jq.SyntaxError](err); ok {
		err = syntax.Err
	}
	if err != nil {
		return nil, n.Errorf("expression %s: %w", source, err)
	}
	return &Expr{compiled, n}, nil
}

func (r *reader) exprs(to *[]*Expr) taker {
	return func(n *yamldoc.Node) error {
		items := []*yamldoc.Node{n}
		if n.Kind == yamldoc.List {
			items = n.Items
		}
		for _, item := range items {
			e, err := r.expr(item)
			if err != nil {
				return err
			}
			if e.Assigns() {
				return item.Errorf("expression %s is an assignment, which is always true: == compares", e)
			}
			*to = append(*to, e)
		}
		return nil
	}
}

func text(to *string) taker {
	return func(n *yamldoc.Node) (err error) { *to, err = n.Str(); return err }
}

func texts(to *[]string) taker {
	return func(n *yamldoc.Node) (err error) { *to, err = n.Strings(); return err }
}

func flag(to *bool) taker {
	return func(n *yamldoc.Node) (err error) { *to, err = n.Bool(); return err }
}

// later keeps a node.
func later(to **yamldoc.Node) taker {
	return func(n *yamldoc.Node) error { *to = n; return nil }
}

// limit takes a duration, which is never 0: that would be no limit.
func limit(to *time.Duration) taker {
	return func(n *yamldoc.Node) (err error) {
		if *to, err = n.Duration(); err == nil && *to == 0 {
			return n.Errorf("want a time above 0")
		}
		return err
	}
}

// value takes any value of which JSON can be made.
func (r *reader) value(to **yamldoc.Node) taker {
	return func(n *yamldoc.Node) error {
		*to = n
		if err := isJSON(n); err != nil {
			return err
		}
		return r.check(usesOf(n))
	}
}

func isJSON(n *yamldoc.Node) error {
	_, err := n.AppendJSON(nil)
	return err
}

// plain takes text with variables.
func (r *reader) plain(to *yamldoc.Value) taker {
	return func(n *yamldoc.Node) (err error) {
		to.Node = n
		if to.Text, err = n.Str(); err != nil {
			return err
		}
		if strings.TrimSpace(to.Text) == "" {
			return n.Errorf("want a string that is not empty")
		}
		return r.check(usesOf(n))
	}
}

// named says what a step without a name is called.
func named(s *Step, number int) string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Method.Text != "":
		return s.Method.Text
	case s.Run.Text != "":
		line, _, _ := strings.Cut(strings.TrimSpace(s.Run.Text), "\n")
		return line
	}
	return fmt.Sprintf("%s %d", s.Part, number)
}
