package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/suite/run"
	"github.com/idlcall/idlcall/pkg/terminal"
)

// Text writes for people.
type Text struct {
	W     io.Writer
	Color bool
}

// Begin names the suite.
func (t *Text) Begin(r *suite.Run) error {
	_, err := fmt.Fprintf(t.W, "%s (%s)\n", oneLine(r.Title()), oneLine(r.Suite.File))
	return err
}

// Step is a line, and further ones for what failed.
func (t *Text) Step(r *run.Result) error {
	if !r.Counts() {
		return nil
	}
	var b strings.Builder
	word, color := "ok", "32"
	switch r.Status {
	case run.Failed:
		word, color = "FAIL", "31"
	case run.Skipped:
		word, color = "skip", "33"
	}
	word = fmt.Sprintf("%-4s", word)
	if t.Color {
		word = "\x1b[" + color + "m" + word + "\x1b[0m"
	}
	fmt.Fprintf(&b, "  %s  %s", word, label(r.Step))
	if r.Status == run.Failed && r.Attempts > 1 {
		fmt.Fprintf(&b, " (%d attempts)", r.Attempts)
	}
	if r.Status == run.Skipped {
		b.WriteString(": " + oneLine(r.Reason))
	}
	b.WriteByte('\n')
	for _, f := range r.Failures {
		fmt.Fprintf(&b, "        %s: %s\n", oneLine(f.Place()), indented(f.Message, 10))
		for _, line := range f.Seen {
			fmt.Fprintf(&b, "          %s\n", indented(line, 12))
		}
	}
	_, err := io.WriteString(t.W, b.String())
	return err
}

// label is the name of a step, with the part where that is another one.
func label(s *suite.Step) string {
	if s.Part == suite.PartStep {
		return oneLine(s.Name)
	}
	return string(s.Part) + ": " + oneLine(s.Name)
}

// End writes nothing.
func (t *Text) End(time.Duration) error { return nil }

// Close writes the numbers.
func (t *Text) Close(n run.Tally) error {
	_, err := fmt.Fprintf(t.W, "%d passed, %d failed, %d skipped\n", n.Passed, n.Failed, n.Skipped)
	return err
}

// oneLine is a text without line ends.
func oneLine(s string) string { return plain(strings.Join(strings.FieldsFunc(s, isLineEnd), " ")) }

// plain is a line without what a terminal obeys.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if terminal.Obeys(r) && r != '\t' {
			return utf8.RuneError
		}
		return r
	}, s)
}

func isLineEnd(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }

// indented has further lines of a text indented.
func indented(s string, by int) string {
	lines := strings.FieldsFunc(s, isLineEnd)
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", by))
}
