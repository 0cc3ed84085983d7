package suite

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// Expand replaces each ${name} in a text by what value has for it.
func Expand(text string, value func(name string) (string, error)) (string, error) {
	var b strings.Builder
	err := variables(text, func(plain string) { b.WriteString(plain) }, func(name string) error {
		text, err := value(name)
		b.WriteString(text)
		return err
	})
	return b.String(), err
}

// Alone is the variable that a text consists of.
func Alone(text string) (name string, alone bool) {
	name, open := strings.CutPrefix(text, "${")
	name, closed := strings.CutSuffix(name, "}")
	return name, open && closed && IsName(name)
}

// variables is yamldoc.Variables for the names that variables of suites have.
func variables(text string, plain func(string), variable func(name string) error) error {
	err := yamldoc.Variables(text, plain, func(name string) error {
		if !IsName(name) {
			return fmt.Errorf("${%s} names no variable: want letters, digits and _; a plain ${ is written $${", name)
		}
		return variable(name)
	})
	if err == yamldoc.ErrUnclosed {
		err = fmt.Errorf("%w: a plain ${ is written $${", err)
	}
	return err
}

// IsName reports whether a text can be the name of a variable, in jq too.
func IsName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
