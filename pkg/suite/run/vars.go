package run

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// scope has the variables of one run of a suite, as JSON.
type scope struct{ vars []jq.Var }

// newScope has the variables that a run begins with: those of the environment, of the
// file, of the row of its matrix, and those that come from outside.
func newScope(s *suite.Suite, row *suite.Row, given map[string]string) (*scope, error) {
	sc := &scope{}
	for _, v := range s.Env {
		value := os.Getenv(v.Name) // empty is not set: so CI jobs have secrets that are not there
		if _, outside := given[v.Name]; outside {
			continue
		}
		if value == "" {
			if v.Default == nil {
				return nil, v.Node.Errorf("the environment variable %s is not set, and has no default here", v.Name)
			}
			value = *v.Default
		}
		sc.set(v.Name, yamldoc.AppendString(nil, value))
	}
	for name, value := range given {
		sc.set(name, yamldoc.AppendString(nil, value))
	}
	for _, v := range append(slices.Clip(s.Vars), row.Vars...) {
		if _, outside := given[v.Name]; outside {
			continue
		}
		value, err := sc.appendNode(nil, v.Value)
		if err != nil {
			return nil, v.Value.Errorf("%w", err)
		}
		sc.set(v.Name, value)
	}
	return sc, nil
}

func (s *scope) set(name string, value []byte) {
	for i := range s.vars {
		if s.vars[i].Name == name {
			s.vars[i].JSON = value
			return
		}
	}
	s.vars = append(s.vars, jq.Var{Name: name, JSON: value})
}

// has reports whether a variable has a value.
func (s *scope) has(name string) bool {
	return slices.ContainsFunc(s.vars, func(v jq.Var) bool { return v.Name == name })
}

// value is a variable as JSON.
func (s *scope) value(name string) ([]byte, error) {
	for _, v := range s.vars {
		if v.Name == name {
			return v.JSON, nil
		}
	}
	return nil, fmt.Errorf("${%s} has no value", name)
}

// settings are settings with variables replaced.
func (s *scope) settings(list []yamldoc.Setting) ([]yamldoc.Setting, error) {
	expanded := slices.Clone(list)
	for i := range expanded {
		values := slices.Clone(expanded[i].Values)
		for k := range values {
			var err error
			if values[k].Text, err = s.expand(values[k].Text); err != nil {
				return nil, values[k].Node.Errorf("%w", err)
			}
		}
		expanded[i].Values = values
	}
	return expanded, nil
}

// text is a text of the file with variables replaced.
func (s *scope) text(v yamldoc.Value) (string, error) {
	text, err := s.expand(v.Text)
	if err != nil {
		return "", v.Node.Errorf("%w", err)
	}
	return text, nil
}

// asText is a value as it stands in a text: a string without quotes, all else as JSON.
func asText(value []byte) string {
	var s string
	if json.Unmarshal(value, &s) == nil && value[0] == '"' {
		return s
	}
	return string(value)
}

// expand replaces ${name} in a text.
func (s *scope) expand(text string) (string, error) {
	return suite.Expand(text, func(name string) (string, error) {
		value, err := s.value(name)
		return asText(value), err
	})
}

// expandString replaces ${name} in a string of JSON. A variable that is alone keeps its
// type: "${n}" may become 7.
func (s *scope) expandString(text string) ([]byte, error) {
	if name, alone := suite.Alone(text); alone {
		return s.value(name)
	}
	expanded, err := s.expand(text)
	return yamldoc.AppendString(nil, expanded), err
}

// appendNode appends a node as JSON, with variables replaced in strings and keys. Keys
// stay strings.
func (s *scope) appendNode(dst []byte, n *yamldoc.Node) ([]byte, error) {
	switch n.Kind {
	case yamldoc.String:
		value, err := s.expandString(n.Text)
		return append(dst, value...), err
	case yamldoc.List:
		dst = append(dst, '[')
		for i, item := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			if dst, err = s.appendNode(dst, item); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case yamldoc.Map:
		return s.appendMap(dst, n)
	}
	return n.AppendJSON(dst)
}

func (s *scope) appendMap(dst []byte, n *yamldoc.Node) ([]byte, error) {
	dst = append(dst, '{')
	for i, f := range n.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		key, err := s.expand(f.Key.Text)
		if err != nil {
			return dst, err
		}
		dst = append(yamldoc.AppendString(dst, key), ':')
		if dst, err = s.appendNode(dst, f.Value); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
