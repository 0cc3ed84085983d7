package cmd

import "testing"

func TestShellWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"-q: reply 1: no number":                                     "expression: reply 1: no number",
		"-o /x/y: there is no folder /x":                             "/x/y: there is no folder /x",
		`invalid argument ".a |" for "-q, --query" flag: why`:        `expression ".a |": why`,
		`invalid argument "soon" for "--timeout" flag: why`:          `timeout "soon": why`,
		`invalid argument "a" for "-v, --verbose" flag: x "-y" flag`: `verbose "a": x "-y" flag`,
		`invalid argument "a"`:                                       `invalid argument "a"`,
		`invalid argument "a" for "-x`:                               `invalid argument "a" for "-x`,
		"-r: reply 1: no text":                                       "-r: reply 1: no text",
	} {
		if got := shellWords(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
