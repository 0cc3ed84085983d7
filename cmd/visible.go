package cmd

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/terminal"
)

// What comes from a peer or a file may hold sequences that move the cursor of a
// terminal, colour it, or forge lines of our own. Text of that origin goes through
// visible before it becomes part of a line, and all that stderr gets goes through
// a screen, which holds what was forgotten. JSON stays what it is: there such
// characters are escaped, by the codec or by terminal.EscapeJSON.

// visible is text for one line: without control characters, line ends included,
// and in valid UTF-8.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if terminal.Obeys(r) || r == '\u2028' || r == '\u2029' {
			return utf8.RuneError
		}
		return r
	}, s)
}

// visibleLines is text of several lines, as IDL is: tabs and line ends stay.
func visibleLines(s string) string {
	return strings.Map(func(r rune) rune {
		if terminal.Obeys(r) && r != '\n' && r != '\t' {
			return utf8.RuneError
		}
		return r
	}, s)
}

// printable keeps what a peer wrote from moving the cursor; further lines are
// indented, so that none passes for one of ours.
func printable(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = visible(line)
	}
	return strings.Join(lines, "\n  ")
}

// firstError passes on what is written and remembers the first error, for those
// who do not look at it.
type firstError struct {
	w   io.Writer
	err error
}

func (f *firstError) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if f.err == nil {
		f.err = err
	}
	return n, err
}
