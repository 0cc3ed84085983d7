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
	err := yamldoc.Variables(s, func(plain string) { b.WriteString(plain) }, func(name string) error {
		value, set := lookup(name)
		if !set {
			return errors.New("environment variable " + name + " is not set")
		}
		b.WriteString(value)
		return nil
	})
	return b.String(), err
}
