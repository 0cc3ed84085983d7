package suite

import (
	"fmt"
	"strings"
)

// Expand replaces each ${name} in a text by what value has for it.
func Expand(text string, value func(name string) (string, error)) (string, error) {
	var b strings.Builder
	err := pieces(text, func(plain, name string) error {
		b.WriteString(plain)
		if name == "" {
			return nil
		}
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

// pieces gives away a text in pieces: plain text and, unless it is "", the variable
// behind it. $${ stands for a plain ${.
func pieces(text string, each func(plain, name string) error) error {
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			return each(before, "")
		}
		if plain, escaped := strings.CutSuffix(before, "$"); escaped {
			if err := each(plain+"${", ""); err != nil {
				return err
			}
			text = rest
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return fmt.Errorf("${ without }: a plain ${ is written $${")
		}
		if !IsName(name) {
			return fmt.Errorf("${%s} names no variable: want letters, digits and _; a plain ${ is written $${", name)
		}
		if err := each(before, name); err != nil {
			return err
		}
		text = after
	}
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
