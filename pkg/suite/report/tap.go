package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/suite/run"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// TAP writes the Test Anything Protocol, version 13 (testanything.org), with the plan at
// the end.
type TAP struct {
	W io.Writer

	run *suite.Run
	n   int
}

// Begin writes the version, the first time.
func (t *TAP) Begin(r *suite.Run) error {
	first := t.run == nil
	if t.run = r; !first {
		return nil
	}
	return t.version()
}

func (t *TAP) version() error {
	_, err := io.WriteString(t.W, "TAP version 13\n")
	return err
}

// Step is a test line, with a YAML block for what failed.
func (t *TAP) Step(r *run.Result) error {
	if !r.Counts() {
		return nil
	}
	t.n++
	var b strings.Builder
	if r.Status == run.Failed {
		b.WriteString("not ")
	}
	fmt.Fprintf(&b, "ok %d - %s", t.n, description(t.run.Title()+" / "+label(r.Step)))
	if r.Status == run.Skipped {
		b.WriteString(" # SKIP " + oneLine(r.Reason))
	}
	b.WriteByte('\n')
	if len(r.Failures) > 0 {
		b.WriteString("  ---\n  failures:\n")
		for _, f := range r.Failures {
			fmt.Fprintf(&b, "    - at: %s\n      message: %s\n", quoted(f.Place()), quoted(f.Message))
			if len(f.Seen) > 0 {
				b.WriteString("      seen:\n")
			}
			for _, line := range f.Seen {
				fmt.Fprintf(&b, "        - %s\n", quoted(line))
			}
		}
		b.WriteString("  ...\n")
	}
	_, err := io.WriteString(t.W, b.String())
	return err
}

// description is text that holds no directive.
func description(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(oneLine(s))
}

// quoted is a string of JSON, which is one of YAML.
func quoted(s string) string { return string(yamldoc.AppendString(nil, s)) }

// End writes nothing.
func (t *TAP) End(time.Duration) error { return nil }

// Close writes the plan.
func (t *TAP) Close(run.Tally) error {
	if t.run == nil {
		if err := t.version(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(t.W, "1..%d\n", t.n)
	return err
}
