package suite

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// use is a variable that a text needs, or a mistake in the text that should name one.
type use struct {
	name string
	node *yamldoc.Node
	err  error
}

// usesOf are the variables in all strings of a node.
func usesOf(n *yamldoc.Node) []use {
	var list []use
	for _, item := range n.Items {
		list = append(list, usesOf(item)...)
	}
	for _, f := range n.Fields {
		list = append(list, usesOf(f.Key)...)
		list = append(list, usesOf(f.Value)...)
	}
	if n.Kind == yamldoc.String {
		list = append(list, usesIn(n.Text, n)...)
	}
	return list
}

func usesIn(text string, n *yamldoc.Node) []use {
	var list []use
	err := variables(text, func(string) {}, func(name string) error {
		list = append(list, use{name: name, node: n})
		return nil
	})
	if err != nil {
		list = append(list, use{node: n, err: err})
	}
	return list
}

func usesOfSetting(s yamldoc.Setting) []use {
	var list []use
	for _, v := range s.Values {
		list = append(list, usesIn(v.Text, v.Node)...)
	}
	return list
}

// check refuses variables that nothing makes before they are used.
func (r *reader) check(list []use) error {
	for _, u := range list {
		switch {
		case u.err != nil:
			return u.node.Errorf("%w", u.err)
		case r.known[u.name]:
			continue
		}
		e := u.node.Unknown("variable", u.name, slices.Sorted(maps.Keys(r.known)))
		if _, set := os.LookupEnv(u.name); set {
			e.Message += ": the environment has it, but env does not name it"
		}
		return e
	}
	return nil
}

// needsOf are the variables of steps before it that a step uses. Expressions and commands
// are searched for their names, which may find one too many.
func (r *reader) needsOf(s *Step) []string {
	var texts []string
	visit(s.Node, func(text string) { texts = append(texts, text) })
	for _, setting := range r.suite.Settings {
		for _, v := range setting.Values {
			texts = append(texts, v.Text)
		}
	}
	var needs []string
	for _, name := range slices.Sorted(maps.Keys(r.taken)) {
		if slices.ContainsFunc(texts, func(t string) bool { return mentions(t, name) }) {
			needs = append(needs, name)
		}
	}
	return needs
}

// visit gives away all strings of a node.
func visit(n *yamldoc.Node, take func(string)) {
	for _, item := range n.Items {
		visit(item, take)
	}
	for _, f := range n.Fields {
		take(f.Key.Text)
		visit(f.Value, take)
	}
	if n.Kind == yamldoc.String {
		take(n.Text)
	}
}

// mentions reports whether a text has $name or ${name.
func mentions(text, name string) bool {
	for {
		_, rest, found := strings.Cut(text, "$")
		if !found {
			return false
		}
		after, has := strings.CutPrefix(strings.TrimPrefix(rest, "{"), name)
		if has && (after == "" || !IsName("x"+after[:1])) {
			return true
		}
		text = rest
	}
}
