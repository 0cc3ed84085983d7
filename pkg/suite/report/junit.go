package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/suite/run"
)

// JUnit writes the XML that CI servers read, in the dialect that they have in common:
// Jenkins' junit-10.xsd. A step is a testcase, a suite with a row of its matrix a
// testsuite. Expectations that are not met are failures, calls that failed errors.
type JUnit struct {
	// Open makes the file; it is called once, at the end.
	Open func() (io.WriteCloser, error)

	suites []*junitSuite
	total  junitCounts
}

type junitCounts struct {
	tests, failures, errors, skipped int
	took                             time.Duration
}

func (c *junitCounts) add(other junitCounts) {
	c.tests += other.tests
	c.failures += other.failures
	c.errors += other.errors
	c.skipped += other.skipped
	c.took += other.took
}

type junitSuite struct {
	name, file string
	begun      time.Time
	counts     junitCounts
	cases      strings.Builder
}

// Begin begins a testsuite.
func (j *JUnit) Begin(r *suite.Run) error {
	j.suites = append(j.suites, &junitSuite{name: r.Title(), file: r.Suite.File, begun: time.Now()})
	return nil
}

// Step is a testcase.
func (j *JUnit) Step(r *run.Result) error {
	if !r.Counts() {
		return nil
	}
	s := j.suites[len(j.suites)-1]
	fmt.Fprintf(&s.cases, "    <testcase name=\"%s\" classname=\"%s\" time=\"%.3f\"", xmlText(label(r.Step)), xmlText(s.name), r.Took.Seconds())
	counts := junitCounts{tests: 1}
	switch r.Status {
	case run.Passed:
		s.cases.WriteString("/>\n")
	case run.Skipped:
		counts.skipped = 1
		fmt.Fprintf(&s.cases, ">\n      <skipped message=\"%s\"/>\n    </testcase>\n", xmlText(r.Reason))
	default:
		element := "failure"
		if r.Failures[0].Called {
			element, counts.errors = "error", 1
		} else {
			counts.failures = 1
		}
		s.cases.WriteString(">\n" + problem(element, r.Failures) + "    </testcase>\n")
	}
	s.counts.add(counts)
	return nil
}

// problem is an element of a testcase: the first failure is its message, all are its text.
func problem(element string, list []run.Failure) string {
	var text strings.Builder
	for _, f := range list {
		fmt.Fprintf(&text, "%s: %s\n", f.Place(), f.Message)
		for _, line := range f.Seen {
			fmt.Fprintf(&text, "  %s\n", line)
		}
	}
	kind := map[string]string{"failure": "expectation", "error": "call"}[element]
	return fmt.Sprintf("      <%s type=\"%s\" message=\"%s\">%s</%[1]s>\n", element, kind, xmlText(list[0].Message), xmlText(text.String()))
}

// End ends a testsuite.
func (j *JUnit) End(took time.Duration) error {
	s := j.suites[len(j.suites)-1]
	s.counts.took = took
	j.total.add(s.counts)
	return nil
}

// Close writes the file.
func (j *JUnit) Close(run.Tally) error {
	w, err := j.Open()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, j.document())
	if closed := w.Close(); err == nil {
		err = closed
	}
	return err
}

func (j *JUnit) document() string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	n := j.total
	fmt.Fprintf(&b, "<testsuites name=\"idlcall\" tests=\"%d\" failures=\"%d\" errors=\"%d\" time=\"%.3f\">\n", n.tests, n.failures, n.errors, n.took.Seconds())
	for _, s := range j.suites {
		n := s.counts
		fmt.Fprintf(&b, "  <testsuite name=\"%s\" file=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%.3f\" timestamp=\"%s\">\n",
			xmlText(s.name), xmlText(s.file), n.tests, n.failures, n.errors, n.skipped, n.took.Seconds(), s.begun.UTC().Format("2006-01-02T15:04:05"))
		b.WriteString(s.cases.String() + "  </testsuite>\n")
	}
	b.WriteString("</testsuites>\n")
	return b.String()
}

// xmlText is text for an attribute or an element. What XML 1.0 has no place for ("Char")
// becomes U+FFFD.
func xmlText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\n':
			b.WriteString("&#10;")
		case r == '\t':
			b.WriteString("&#9;")
		case r < ' ' || r == 0xFFFE || r == 0xFFFF:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
