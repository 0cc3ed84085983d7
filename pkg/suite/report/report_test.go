package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/suite/report"
	"github.com/idlcall/idlcall/pkg/suite/run"
)

// tell has a reporter told of two runs, with text in them that would pass for more.
func tell(t *testing.T, to run.Reporter) {
	t.Helper()
	s, err := suite.Read("d/s.yaml", []byte("name: 'a <s> # 1'\ntags: x\nsetup: 'true'\nsteps: [{run: one}, {run: 'two # TODO'}, {run: \"th\\nree\", name: \"th\\nree\"}]\nteardown: 'end'\nmatrix: [{name: r1}, {name: r2}]"), suite.Language{})
	if err != nil {
		t.Fatal(err)
	}
	bad := run.Failure{File: "d/s.yaml", Line: 3, Col: 7, Message: "want \"a\",\nok 9 - got \x1b[2J<b>&", Seen: []string{"got: \u009b 1", "two\nlines"}}
	called := bad
	called.Called = true
	runs := (&suite.Pick{}).Runs([]*suite.Suite{s})
	results := [][]*run.Result{{
		{Step: s.Setup[0], Status: run.Passed, Attempts: 1},
		{Step: s.Steps[0], Status: run.Passed, Attempts: 1, Took: 1500 * time.Millisecond},
		{Step: s.Steps[1], Status: run.Failed, Attempts: 3, Failures: []run.Failure{bad, bad}},
		{Step: s.Steps[2], Status: run.Skipped, Reason: "because\nof"},
		{Step: s.Teardown[0], Status: run.Passed, Attempts: 1},
	}, {
		{Step: s.Teardown[0], Status: run.Failed, Attempts: 1, Failures: []run.Failure{called}},
	}}
	var tally run.Tally
	for i, run := range runs {
		if err := to.Begin(run); err != nil {
			t.Fatal(err)
		}
		for _, r := range results[i] {
			tally.Add(r)
			if err := to.Step(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := to.End(2 * time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(tally); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

const text = `a <s> # 1 [r1] (d/s.yaml)
  ok    one
  FAIL  two # TODO (3 attempts)
        d/s.yaml:3:7: want "a",
          ok 9 - got �[2J<b>&
          got: � 1
          two
            lines
        d/s.yaml:3:7: want "a",
          ok 9 - got �[2J<b>&
          got: � 1
          two
            lines
  skip  th ree: because of
a <s> # 1 [r2] (d/s.yaml)
  FAIL  teardown: end
        d/s.yaml:3:7: want "a",
          ok 9 - got �[2J<b>&
          got: � 1
          two
            lines
1 passed, 2 failed, 1 skipped
`

func TestText(t *testing.T) {
	var b strings.Builder
	tell(t, &report.Text{W: &b})
	check(t, b.String(), text)
	b.Reset()
	tell(t, &report.Text{W: &b, Color: true})
	check(t, regexp.MustCompile("\x1b\\[(32|31|33|0)m").ReplaceAllString(b.String(), ""), text)
}

// TestTextFile: the name of a file may have what a terminal obeys.
func TestTextFile(t *testing.T) {
	s, err := suite.Read("\x1b[2J.yaml", []byte("name: s\nsteps: [{run: one}]"), suite.Language{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	r := report.Text{W: &b}
	failure := run.Failure{File: s.File, Line: 1, Col: 1, Message: "no"}
	if err := errors.Join(
		r.Begin((&suite.Pick{}).Runs([]*suite.Suite{s})[0]),
		r.Step(&run.Result{Step: s.Steps[0], Status: run.Failed, Failures: []run.Failure{failure}}),
	); err != nil {
		t.Fatal(err)
	}
	check(t, b.String(), "s (\uFFFD[2J.yaml)\n  FAIL  one\n        \uFFFD[2J.yaml:1:1: no\n")
}

func TestTAP(t *testing.T) {
	var b strings.Builder
	tell(t, &report.TAP{W: &b})
	block := "  ---\n  failures:\n" + strings.Repeat("    - at: \"d/s.yaml:3:7\"\n      message: \"want \\\"a\\\",\\nok 9 - got \\u001b[2J<b>&\"\n      seen:\n        - \"got: \\u009b 1\"\n        - \"two\\nlines\"\n", 2) + "  ...\n"
	one := block[:len("  ---\n  failures:\n")+(len(block)-len("  ---\n  failures:\n")-len("  ...\n"))/2] + "  ...\n"
	check(t, b.String(), "TAP version 13\nok 1 - a <s> \\# 1 [r1] / one\nnot ok 2 - a <s> \\# 1 [r1] / two \\# TODO\n"+block+
		"ok 3 - a <s> \\# 1 [r1] / th ree # SKIP because of\nnot ok 4 - a <s> \\# 1 [r2] / teardown: end\n"+one+"1..4\n")
	b.Reset()
	if err := (&report.TAP{W: &b}).Close(run.Tally{}); err != nil {
		t.Fatal(err)
	}
	check(t, b.String(), "TAP version 13\n1..0\n")
}

func TestJSON(t *testing.T) {
	var b strings.Builder
	tell(t, &report.JSON{W: &b})
	failure := `{"file":"d/s.yaml","line":3,"column":7,"message":"want \"a\",\nok 9 - got \u001b[2J<b>&","seen":["got: ` + "\u009b" + ` 1","two\nlines"]}`
	head := `{"suite":"a <s> # 1","row":"r1","file":"d/s.yaml",`
	check(t, b.String(), head+`"line":3,"part":"setup","step":"true","status":"passed","attempts":1,"ms":0}
`+head+`"line":4,"part":"step","step":"one","tags":["x"],"status":"passed","attempts":1,"ms":1500}
`+head+`"line":4,"part":"step","step":"two # TODO","tags":["x"],"status":"failed","attempts":3,"ms":0,"failures":[`+failure+`,`+failure+`]}
`+head+`"line":4,"part":"step","step":"th\nree","tags":["x"],"status":"skipped","reason":"because\nof","ms":0}
`+head+`"line":5,"part":"teardown","step":"end","status":"passed","attempts":1,"ms":0}
`+strings.Replace(head, "r1", "r2", 1)+`"line":5,"part":"teardown","step":"end","status":"failed","attempts":1,"ms":0,"failures":[`+failure+`]}
{"summary":{"passed":1,"failed":2,"skipped":1}}
`)
}

// file is where a report goes.
type file struct{ strings.Builder }

func (*file) Close() error { return nil }

func TestJUnit(t *testing.T) {
	var f file
	tell(t, &report.JUnit{Open: func() (io.WriteCloser, error) { return &f, nil }})
	got := regexp.MustCompile(`timestamp="[0-9T:-]{19}"`).ReplaceAllString(f.String(), "timestamp")
	message := `want &quot;a&quot;,&#10;ok 9 - got �[2J&lt;b&gt;&amp;`
	body := `d/s.yaml:3:7: ` + message + "&#10;  got: \u009b 1&#10;  two&#10;lines&#10;"
	check(t, got, `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="idlcall" tests="4" failures="1" errors="1" time="4.000">
  <testsuite name="a &lt;s&gt; # 1 [r1]" file="d/s.yaml" tests="3" failures="1" errors="0" skipped="1" time="2.000" timestamp>
    <testcase name="one" classname="a &lt;s&gt; # 1 [r1]" time="1.500"/>
    <testcase name="two # TODO" classname="a &lt;s&gt; # 1 [r1]" time="0.000">
      <failure type="expectation" message="`+message+`">`+body+body+`</failure>
    </testcase>
    <testcase name="th ree" classname="a &lt;s&gt; # 1 [r1]" time="0.000">
      <skipped message="because&#10;of"/>
    </testcase>
  </testsuite>
  <testsuite name="a &lt;s&gt; # 1 [r2]" file="d/s.yaml" tests="1" failures="0" errors="1" skipped="0" time="2.000" timestamp>
    <testcase name="teardown: end" classname="a &lt;s&gt; # 1 [r2]" time="0.000">
      <error type="call" message="`+message+`">`+body+`</error>
    </testcase>
  </testsuite>
</testsuites>
`)
	for d := xml.NewDecoder(strings.NewReader(f.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestTee tells all, and ends with the first error.
func TestTee(t *testing.T) {
	var a, b strings.Builder
	tell(t, report.Tee{&report.Text{W: &a}, &report.Text{W: &b}})
	if a.String() != b.String() || a.Len() == 0 {
		t.Error("the two were not told the same")
	}
	full := errors.New("full")
	err := report.Tee{&report.JUnit{Open: func() (io.WriteCloser, error) { return nil, full }}, nil}.Close(run.Tally{})
	if !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
}
