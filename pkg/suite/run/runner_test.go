package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/suite"
)

// language has settings to read with.
var language = suite.Language{Settings: []string{"target"}, Given: map[string]string{"given": "1"}}

// demo is the server inside the process, with a session for each target that is named.
func demo(l Layers) (*Way, error) {
	w := &Way{MaxSize: 1 << 20, Open: func(ctx context.Context) (*session.Session, error) {
		return session.Open(ctx, session.Options{Target: session.Demo})
	}}
	w.Key = strings.Join(textsOf(l, "target"), ",")
	return w, nil
}

func textsOf(l Layers, name string) []string {
	var list []string
	for _, s := range slices.Concat(l.Suite, l.Row, l.Step) {
		for _, v := range s.Values {
			if s.Name == name {
				list = append(list, v.Text)
			}
		}
	}
	return list
}

// lines is a reporter that keeps a line for each step.
type lines struct {
	list []string
	told func(r *Result)
}

func (l *lines) Begin(r *suite.Run) error { l.list = append(l.list, "# "+r.Title()); return nil }

func (l *lines) Step(r *Result) error {
	line := fmt.Sprintf("%s %s %s", r.Step.Part, r.Step.Name, r.Status)
	if r.Reason != "" {
		line += ": " + r.Reason
	}
	for _, f := range r.Failures {
		line += fmt.Sprintf("\n  %d:%d %s", f.Line, f.Col, f.Message)
		for _, seen := range f.Seen {
			line += "\n    " + seen
		}
	}
	l.list = append(l.list, line)
	if l.told != nil {
		l.told(r)
	}
	return nil
}

func (l *lines) End(time.Duration) error { return nil }
func (l *lines) Close(t Tally) error {
	l.list = append(l.list, fmt.Sprintf("%d %d %d", t.Passed, t.Failed, t.Skipped))
	return nil
}

// play runs texts of suites and returns what is reported.
func play(t *testing.T, r *Runner, pick *suite.Pick, texts ...string) string {
	t.Helper()
	dir := t.TempDir()
	var suites []*suite.Suite
	for i, text := range texts {
		s, err := suite.Read(filepath.Join(dir, fmt.Sprintf("s%d.yaml", i)), []byte(text), language)
		if err != nil {
			t.Fatal(err)
		}
		suites = append(suites, s)
	}
	if r.Plan == nil {
		r.Plan = demo
	}
	r.Given = language.Given
	runs := pick.Runs(suites)
	if err := r.Prepare(runs); err != nil {
		t.Fatal(err)
	}
	report := &lines{}
	if _, err := r.Run(t.Context(), runs, report); err != nil {
		t.Fatal(err)
	}
	return strings.Join(report.list, "\n")
}

func TestRun(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"captures keep their type", `
steps:
  - name: capture
    method: ServerStream/Pow
    request: {number: 3}
    max-replies: 2
    capture: {n: ".[1].number", all: .}
  - name: use
    method: ClientStream/Sum
    requests: [{data: "${n}"}, {data: 4}]
    expect: {contains: {sum: 7}, jq: '$all[1].number == $n and $given == "1"'}
`, "step capture passed\nstep use passed\n2 0 0"},
		{"a capture of nothing", `
steps:
  - {name: a, method: ClientStream/Sum, capture: {n: .summ}}
  - {name: b, method: ClientStream/Sum, requests: [{data: "${n}"}]}
  - {name: c, run: 'true'}
`, "step a failed\n  3:54 capture n: there is no .summ\n    got: {}\nstep b skipped: there is no ${n}: the step that captures it did not\nstep c passed\n1 1 1"},
		{"fields over requests, and alone", `
steps:
  - {name: a, method: ClientStream/Sum, requests: [{data: 1}, {}], fields: data=5, expect: {equals: {sum: 10}}}
  - {name: b, method: ClientStream/Sum, fields: ["data=${given}"], expect: {equals: {sum: 1}}}
  - {name: c, method: ClientStream/Sum, requests: [{data: 1}], fields: [dato=5]}
`, "step a passed\nstep b passed\nstep c failed\n  5:73 request: dato: unknown field \"dato\" in stream.ClientStreamReq\n    hint: did you mean \"data\"?\n2 1 0"},
		{"a request that is none", `
steps:
  - {name: a, method: ClientStream/Sum, requests: [{data: 1}, {data: [1]}]}
  - {name: b, method: ClientStream/Sum, requests: [{dato: 1}], expect: {error: request}}
  - {name: c, method: ClientStream/Sum, file: none.json}
`, "step a failed\n  3:70 request: data: expected a number, found an array\nstep b passed\nstep c failed\n  5:47 request: none.json: no such file or directory\n1 2 0"},
		{"expressions", `
steps:
  - {name: a, method: ClientStream/Sum, requests: [{data: 1}], expect: ['.sum == "2"', '.sum | error("no")', .sum]}
`, "step a failed\n  3:73 not true: .sum == \"2\"\n    .sum is \"1\"\n  3:88 .sum | error(\"no\"): error: no\n    got: {\"sum\":\"1\"}\n0 1 0"},
		{"messages and time", `
steps:
  - {name: a, method: ServerStream/Pow, expect: {messages: {max: 3}}}
  - {name: b, method: ServerStream/Pow, max-replies: 2, expect: {messages: {min: 3}}}
  - {name: c, method: ServerStream/Pow, expect: {messages: 10, within: 10s}}
`, "step a failed\n  3:60 messages: want 0 to 3, got 10\nstep b failed\n  4:76 messages: want at least 3, got 2\nstep c passed\n1 2 0"},
		{"commands", `
vars: {obj: {a: [1]}, text: x y}
steps:
  - {name: a, run: 'echo "$obj $text"; echo no >&2', expect: {stdout: '{"a":[1]} x y', stderr: {matches: ^n}, jq: '. | endswith("x y")'}}
  - {name: b, run: 'echo bad; exit 4'}
  - {name: c, run: 'exit 4', expect: {exit: {min: 1}}}
  - {name: d, run: 'exit 4', expect: {exit: 3, stdout: {exists: true}}}
`, "step a passed\nstep b failed\n  5:20 the command ended with exit code 4\n    bad\nstep c passed\nstep d failed\n  7:45 exit code: want 3, got 4\n2 2 0"},
		{"time is up", `
steps:
  - {name: a, run: sleep 60, timeout: 50ms}
`, "step a failed\n  3:5 not done within 50ms\n0 1 0"},
		{"attempts", `
setup: printf x > tries
steps:
  - {name: a, run: 'printf x >> tries; cat tries', attempts: {count: 5, delay: 0}, expect: {stdout: xxx}}
  - {name: b, run: cat tries, expect: {stdout: xxx}}
  - {name: c, run: 'false', attempts: {count: 2, delay: 0}}
`, "setup printf x > tries passed\nstep a passed\nstep b passed\nstep c failed\n  6:20 the command ended with exit code 1\n2 1 0"},
		{"fail fast", `
fail-fast: true
steps:
  - {name: a, run: 'false'}
  - {name: b, run: 'true'}
teardown: echo bye
`, "step a failed\n  4:20 the command ended with exit code 1\nstep b skipped: not run after a failure\nteardown echo bye passed\n0 1 1"},
		{"a setup that fails", `
setup: ['true', 'exit 2', echo never]
steps: [echo a]
teardown: [{name: end, run: 'exit 3'}]
`, "setup true passed\nsetup exit 2 failed\n  2:17 the command ended with exit code 2\nsetup echo never skipped: not run after a failure\nstep echo a skipped: the setup failed\nteardown end failed\n  4:29 the command ended with exit code 3\n0 2 1"},
		{"skipped", `
steps: [{run: a, skip: later}, {run: b, skip: true}, {run: 'true', skip: false}]
`, "step a skipped: later\nstep b skipped: the file says so\nstep true passed\n1 0 2"},
		{"matrix", `
name: m
matrix: [{target: a}, {name: second, vars: {given2: x}}]
steps: [{run: 'test "$given2" = x'}]
`, "# m [target=a]\nstep test \"$given2\" = x failed\n  4:15 the command ended with exit code 1\n# m [second]\nstep test \"$given2\" = x passed\n1 1 0"},
		{"a background command", `
steps:
  - {name: server, run: 'touch up; sleep 60', background: true}
  - {name: wait, run: test -e up, attempts: {count: 100, delay: 10ms}}
  - {name: dead, run: 'echo gone >&2; exit 9', background: true}
  - {name: fails, run: 'sleep 0.2; false'}
`, "step server passed\nstep wait passed\nstep dead passed\nstep fails failed\n  6:24 the command ended with exit code 1\n    the command of line 5, in the background, has ended with exit code 9\n    gone\n3 1 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := play(t, &Runner{}, &suite.Pick{}, c.text)
			if got = strings.TrimPrefix(got, "# s0\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestScript(t *testing.T) {
	got := play(t, &Runner{}, &suite.Pick{}, `
steps:
  - {name: sum, method: ClientStream/Sum, script: [{send: {data: 1}}, {pause: 1ms}, {send: {data: 2}}, close, {expect: {equals: {sum: 3}, capture: {s: .sum}}}, end], expect: {messages: 1, jq: '$s == "3"'}}
  - {name: later, method: ClientStream/Sum, script: [{send: {data: "${s}"}}], expect: {contains: {sum: 3}}}
  - {name: more, method: ServerStream/Pow, script: [{send: {number: 2}}, close, {expect: null}, {expect: .number == "2"}, end]}
  - {name: fewer, method: ClientStream/Sum, script: [close, {expect: null}, {expect: null}]}
  - {name: wrong, method: ClientStream/Sum, script: [{send: {data: 1}}, close, {expect: {contains: {sum: 2}}}]}
  - {name: enough, method: ServerStream/Pow, script: [{send: {number: 2}}, close, {expect: null}, cancel], expect: {messages: 1}}
  - {name: typo, method: ClientStream/Sum, script: [{send: {dato: 1}}]}
`)
	want := `# s0
step sum passed
step later passed
step more failed
  5:123 want the end of the call, got a reply
    got: {"number":"4"}
step fewer failed
  6:77 want a reply, but the server ended the call after 1
step wrong failed
  7:106 .sum: want 2, got "1"
    got: {"sum":"1"}
step enough passed
step typo failed
  9:60 request: unknown field "dato" in stream.ClientStreamReq
    hint: did you mean "data"?
3 4 0`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPick(t *testing.T) {
	const text = `
tags: [all]
steps:
  - {name: one, run: 'true', tags: slow}
  - {name: two, run: echo 2, capture: {x: .}}
  - {name: three, run: test "$x" = 2, tags: [quick]}
`
	for _, c := range []struct {
		pick suite.Pick
		want string
	}{
		{suite.Pick{}, "one two three"},
		{suite.Pick{Tags: []string{"slow"}}, "one"},
		{suite.Pick{Tags: []string{"all"}, SkipTags: []string{"quick"}}, "one two"},
		{suite.Pick{Tags: []string{"quick"}}, "two three"}, // with what it needs
		{suite.Pick{Match: regexp.MustCompile("^s/t.*e$")}, "two three"},
		{suite.Pick{Match: regexp.MustCompile("four")}, ""},
	} {
		s, err := suite.Read("s.yaml", []byte(text), language)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, run := range c.pick.Runs([]*suite.Suite{s}) {
			for _, step := range run.Steps {
				names = append(names, step.Name)
			}
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%+v: %s, want %s", c.pick, got, c.want)
		}
	}
}

// TestParallel: suites run at the same time, each waiting for the other, and are reported
// in order.
func TestParallel(t *testing.T) {
	folder := t.TempDir()
	one := fmt.Sprintf("steps: [{run: 'touch %[1]s/a; until test -e %[1]s/b; do sleep 0.01; done'}]", folder)
	other := fmt.Sprintf("steps: [{run: 'touch %[1]s/b; until test -e %[1]s/a; do sleep 0.01; done'}]", folder)
	got := play(t, &Runner{Parallel: 2}, &suite.Pick{}, one, other)
	if !regexp.MustCompile(`(?s)^# s0\nstep touch .*/a;.* passed\n# s1\nstep touch .*/b;.* passed\n2 0 0$`).MatchString(got) {
		t.Errorf("got\n%s", got)
	}
}

func TestFailFastOfAll(t *testing.T) {
	got := play(t, &Runner{FailFast: true}, &suite.Pick{}, "steps: ['false', 'true']\nteardown: 'true'", "setup: touch never\nsteps: ['true']")
	want := "# s0\nstep false failed\n  1:9 the command ended with exit code 1\nstep true skipped: not run after a failure\nteardown true passed\n" +
		"# s1\nstep true skipped: not run after a failure\n0 1 2"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

var errStop = errors.New("stop")

// TestInterrupted: no further step begins, but what clears up runs, with calls over
// sessions that are still open.
func TestInterrupted(t *testing.T) {
	s, err := suite.Read("s.yaml", []byte(`
steps:
  - {name: a, method: ClientStream/Sum}
  - {name: b, run: sleep 60}
  - {name: c, run: 'true'}
teardown:
  - {name: clear, method: ClientStream/Sum, expect: {equals: {}}}
`), language)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	report := &lines{told: func(r *Result) {
		if r.Step.Name == "a" {
			cancel(errStop)
		}
	}}
	_, err = (&Runner{Plan: demo}).Run(ctx, (&suite.Pick{}).Runs([]*suite.Suite{s}), report)
	if !errors.Is(err, errStop) {
		t.Errorf("error %v", err)
	}
	got := strings.Join(report.list, "\n")
	if !strings.HasSuffix(got, "step c skipped: not run: stop\nteardown clear passed\n1 1 1") && !strings.HasSuffix(got, "step b skipped: not run: stop\nstep c skipped: not run: stop\nteardown clear passed\n1 0 2") {
		t.Errorf("got\n%s", got)
	}
}

// TestReporterFails: the run ends, and nobody is told more.
func TestReporterFails(t *testing.T) {
	s, err := suite.Read("s.yaml", []byte("steps: ['true', sleep 60]"), language)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = (&Runner{Plan: demo}).Run(t.Context(), (&suite.Pick{}).Runs([]*suite.Suite{s}), &broken{}); !errors.Is(err, errStop) {
		t.Errorf("error %v", err)
	}
}

type broken struct{ lines }

func (*broken) Step(*Result) error { return errStop }

// TestSessionsAreShared: ways with one key have one session, and one that cannot be opened
// is tried again.
func TestSessionsAreShared(t *testing.T) {
	var opened atomic.Int32
	r := &Runner{Plan: func(l Layers) (*Way, error) {
		w, err := demo(l)
		open := w.Open
		w.Open = func(ctx context.Context) (*session.Session, error) {
			if opened.Add(1) == 1 {
				return nil, errStop
			}
			return open(ctx)
		}
		return w, err
	}}
	got := play(t, r, &suite.Pick{}, `
steps:
  - {name: a, method: ClientStream/Sum}
  - {name: b, method: ClientStream/Sum}
  - {name: c, method: ClientStream/Sum, target: x}
  - {name: d, method: ClientStream/Sum, target: x}
`)
	if want := "# s0\nstep a failed\n  3:5 stop\nstep b passed\nstep c passed\nstep d passed\n3 1 0"; got != want || opened.Load() != 3 {
		t.Errorf("%d sessions\n%s", opened.Load(), got)
	}
}

// TestWithin: the time that a step took is judged and shown in milliseconds.
func TestWithin(t *testing.T) {
	s, err := suite.Read("s.yaml", []byte("steps: [{run: a, expect: {within: 100ms}}]"), language)
	if err != nil {
		t.Fatal(err)
	}
	o := &observed{step: s.Steps[0], took: 100 * time.Millisecond}
	if got := judge(t.Context(), &scope{}, o); len(got) != 0 {
		t.Errorf("just in time: %+v", got)
	}
	o.took = 388000388 * time.Nanosecond
	if got := judge(t.Context(), &scope{}, o); len(got) != 1 || got[0].Message != "within: want at most 100ms, got 388ms" {
		t.Errorf("too late: %+v", got)
	}
}

// TestPrepare: what can be known before anything runs is a mistake of the file.
func TestPrepare(t *testing.T) {
	refuse := func(l Layers) (*Way, error) {
		if slices.Contains(textsOf(l, "target"), "bad") {
			return nil, errStop
		}
		return demo(l)
	}
	for text, want := range map[string]string{
		"env: IDLCALL_TEST_NOT_SET\nsteps: [a]":                                                                    "x.yaml:1:6: the environment variable IDLCALL_TEST_NOT_SET is not set, and has no default here",
		"vars: {t: bad}\nsteps: [{method: a, target: '${t}'}]":                                                     "x.yaml:2:18: stop",
		"matrix: {target: [good, bad]}\nsteps: [{method: a}]":                                                      "x.yaml:2:18: stop",
		"steps: [{method: a, target: good, capture: {t: .}}, {method: a, target: '${t}'}]\nteardown: [{run: 'x'}]": "",
	} {
		s, err := suite.Read("x.yaml", []byte(text), language)
		if err != nil {
			t.Fatal(err)
		}
		err = (&Runner{Plan: refuse}).Prepare((&suite.Pick{}).Runs([]*suite.Suite{s}))
		if (err == nil) != (want == "") || err != nil && (err.Error() != want || stream.OutcomeOf(err).Kind != stream.KindUsage) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestFileOfRequests: a file beside the suite, of which each document is a request.
func TestFileOfRequests(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "r.json"), []byte("{\"data\": 1}\n{\"data\": 2}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := suite.Read(filepath.Join(dir, "s.yaml"), []byte("steps: [{name: a, method: ClientStream/Sum, file: r.json, expect: {equals: {sum: 3}}}, {name: b, method: ClientStream/Sum, file: .}]"), language)
	if err != nil {
		t.Fatal(err)
	}
	report := &lines{}
	if _, err := (&Runner{Plan: demo}).Run(t.Context(), (&suite.Pick{}).Runs([]*suite.Suite{s}), report); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(report.list, "\n"), "# s\nstep a passed\nstep b failed\n  1:130 request: . is no regular file\n1 1 0"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestDeadlineIsTold: a limit that somebody chose is a deadline, which servers are told; the
// default only ends the step.
func TestDeadlineIsTold(t *testing.T) {
	for _, told := range []bool{true, false} {
		ctx, done := bound(t.Context(), time.Millisecond, told)
		if _, has := ctx.Deadline(); has != told {
			t.Errorf("told %v: deadline %v", told, has)
		}
		<-ctx.Done()
		if kind := stream.OutcomeOf(context.Cause(ctx)).Kind; kind != stream.KindDeadline {
			t.Errorf("told %v: %v", told, context.Cause(ctx))
		}
		done()
	}
}
