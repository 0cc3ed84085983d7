package yamldoc

import (
	"errors"
	"strings"
)

// ErrUnclosed is a "${" without its "}".
var ErrUnclosed = errors.New("${ without }")

// Variables takes a text apart, in order: plain is given what is between variables, and
// variable the name in each ${name}, which it may refuse. $${ stands for a plain ${.
func Variables(text string, plain func(string), variable func(name string) error) error {
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			plain(before)
			return nil
		}
		if literal, escaped := strings.CutSuffix(before, "$"); escaped {
			plain(literal + "${")
			text = rest
			continue
		}
		plain(before)
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return ErrUnclosed
		}
		if err := variable(name); err != nil {
			return err
		}
		text = after
	}
}
