package config

import (
	"errors"
	"strings"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// Expand replaces each ${NAME} in a value by what lookup has for it, such as os.LookupEnv.
// $${ stands for "${". The error is a *yamldoc.Error.
func Expand(v yamldoc.Value, lookup func(string) (string, bool)) (yamldoc.Value, error) {
	text, err := expand(v.Text, lookup)
	if err != nil {
		return v, v.Node.Errorf("%w", err)
	}
	return yamldoc.Value{Text: text, Node: v.Node}, nil
}

// ExpandSetting is Expand for all values of a setting.
func ExpandSetting(s yamldoc.Setting, lookup func(string) (string, bool)) (yamldoc.Setting, error) {
	values := s.Values
	s.Values = nil
	for _, v := range values {
		v, err := Expand(v, lookup)
		if err != nil {
			return s, err
		}
		s.Values = append(s.Values, v)
	}
	return s, nil
}

func expand(s string, lookup func(string) (string, bool)) (string, error) {
	var b strings.Builder
	for {
		at := strings.Index(s, "${")
		if at < 0 {
			b.WriteString(s)
			return b.String(), nil
		}
		if at > 0 && s[at-1] == '$' {
			b.WriteString(s[:at-1] + "${")
			s = s[at+2:]
			continue
		}
		b.WriteString(s[:at])
		name, rest, closed := strings.Cut(s[at+2:], "}")
		if !closed {
			return "", errors.New("${ without }")
		}
		value, set := lookup(name)
		if !set {
			return "", errors.New("environment variable " + name + " is not set")
		}
		b.WriteString(value)
		s = rest
	}
}
