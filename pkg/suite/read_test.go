package suite

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// language has settings to read with.
var language = Language{Settings: []string{"target", "transport", "header", "tls"}, Given: map[string]string{"given": "1"}}

func read(t testing.TB, text string) *Suite {
	t.Helper()
	s, err := Read("x.yaml", []byte(text), language)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReadAll(t *testing.T) {
	s := read(t, `
name: users
tags: [smoke]
target: localhost:1
header: ["a: ${HOST}", "b: 2"]
timeout: 5
env: {HOST: "h", PORT: 80, TOKEN: null}
vars: {base: "http://${HOST}", n: 7}
matrix: {transport: [grpc, connect], tls: [true, false]}
setup: make up
steps:
  - method: Users/Create
    tags: [write]
    attempts: {count: 3, delay: 10ms}
    request: {id: "${n}", list: [1, 2.50, "${base}/x"]}
    fields: [a.b=1, c=2]
    timeout: 1s
    expect: [.id == $n, .ok]
    capture: {id: .id}
  - run: test "$id" = 7
    expect: {exit: {max: 1}, stdout: {matches: "^a"}, within: 2s}
  - method: Chat/Talk
    script: [{send: {id: "${id}"}}, {expect: .ok}, {pause: 10ms}, {expect: {contains: {a: 1}, capture: {b: .b}}}, close, end]
    expect: {status: {code: not_found, message: {contains: x}, contains: [1]}, messages: 2, trailer: {x: "1"}}
teardown:
  - echo bye
  - {method: Users/Delete, request: {id: "${id}"}}
`)
	if len(s.Steps) != 3 || len(s.Setup) != 1 || len(s.Teardown) != 2 || len(s.Matrix) != 4 || len(s.Env) != 3 {
		t.Fatalf("read %+v", s)
	}
	if got := s.Matrix[1].Title; got != "transport=grpc tls=false" {
		t.Errorf("row %q", got)
	}
	first := s.Steps[0]
	if want := (Attempts{3, 10 * time.Millisecond}); first.Attempts != want || first.Timeout != time.Second || s.Timeout != 5*time.Second {
		t.Errorf("attempts %v, timeouts %v %v", first.Attempts, first.Timeout, s.Timeout)
	}
	if want := []string{"smoke", "write"}; !reflect.DeepEqual(first.Tags, want) {
		t.Errorf("tags %q", first.Tags)
	}
	f := s.Steps[2].Expect.Failure
	if f.Kind != stream.KindStatus || f.Code != "5" {
		t.Errorf("failure %+v", f)
	}
	for i, want := range [][]string{nil, {"id"}, {"id"}} {
		if got := s.Steps[i].Needs; !reflect.DeepEqual(got, want) {
			t.Errorf("step %d needs %q, want %q", i+1, got, want)
		}
	}
	if got := s.Teardown[1].Needs; !reflect.DeepEqual(got, []string{"id"}) {
		t.Errorf("teardown needs %q", got)
	}
}

// TestMistakes: what is wrong is said with its place and what is like it.
func TestMistakes(t *testing.T) {
	const head = "steps:\n  - method: S/M\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", `1:1: the file is empty: want a mapping with steps`},
		{"list", "- a", `1:1: want a mapping, got a list`},
		{"no steps", "name: x", `1:1: the suite has no steps`},
		{"unknown key", "stepz: []", `1:1: unknown key "stepz" [steps]`},
		{"unknown key of a step", head + "    requst: {}", `3:5: unknown key "requst" [request requests]`},
		{"unknown key of expect", head + "    expect: {equal: 1}", `3:14: unknown key "equal" [equals]`},
		{"doubled key", head + "    name: a\n    name: b", `4:5: the key "name" stands in line 3 already`},
		{"tab", "steps:\n\t- method: S/M", `2:1: a tab stands here: YAML indents with spaces`},
		{"step of a wrong kind", "steps: [1]", `1:9: want a mapping, or a command as a string, got a number`},
		{"nothing to do", "steps: [{name: x}]", `1:9: a step has a method to call, or a command to run`},
		{"two things to do", head + "    run: x", `3:5: a step has either method or run`},
		{"two requests", head + "    file: x\n    request: 1", `4:5: a step has either file or request`},
		{"empty method", "steps: [{method: ' '}]", `1:18: want a string that is not empty`},
		{"call in the background", head + "    background: true", `3:5: background is for commands: this is a call`},
		{"request of a command", "steps: [{run: x, request: 1}]", `1:18: request is for calls: this is a command`},
		{"setting of a command", "steps: [{run: x, target: y}]", `1:18: target is for calls: this is a command`},
		{"status of a command", "steps: [{run: x, expect: {status: 5}}]", `1:27: status is for calls: this is a command`},
		{"exit of a call", head + "    expect: {exit: 1}", `3:14: exit is for commands: this is a call`},
		{"tags of setup", "setup: [{run: x, tags: a}]\n" + head, `1:18: tags choose among the steps: what is in setup always runs`},
		{"expression", head + "    expect: .a ==", `3:13: expression .a ==: unexpected EOF`},
		{"assignment", head + "    expect: [.a, (.a = 1)]", `3:18: expression (.a = 1) is an assignment, which is always true: == compares`},
		{"variable of an expression", head + "    expect: .a == $b", `3:13: expression .a == $b: variable not defined: $b`},
		{"variable", head + "    request: {a: '${giben}'}", `3:18: unknown variable "giben" [given]`},
		{"variable before its capture", head + "    request: '${id}'\n  - {method: S/M, capture: {id: .}}", `3:14: unknown variable "id"`},
		{"variable of the environment", head + "    request: '${PATH}'", `3:14: unknown variable "PATH": the environment has it, but env does not name it`},
		{"open variable", head + "    request: 'a${b'", `3:14: ${ without }: a plain ${ is written $${`},
		{"no variable", head + "    request: '${a b}'", `3:14: ${a b} names no variable: want letters, digits and _; a plain ${ is written $${`},
		{"name of a variable", "vars: {a-b: 1}\n" + head, `1:8: "a-b" is no name of a variable: want letters, digits and _`},
		{"taken name", head + "    capture: {error: .}", `3:15: "error" is a variable that each expression has`},
		{"status", head + "    expect: {status: NOT_FUOND}", `3:22: unknown status "NOT_FUOND" [NOT_FOUND]`},
		{"two ends", head + "    expect: {status: 5, exception: X}", `3:36: a call ends in one way: line 3 has another`},
		{"business status", head + "    expect: {biz-status: {code: x}}", `3:33: a business status has a number: got "x"`},
		{"error", head + "    expect: {error: conection}", `3:21: unknown kind of error "conection" [connection]`},
		{"ways to match", head + "    expect: {header: {a: {equals: 1, contains: 1}}}", `3:26: want one of equals, contains, matches and exists`},
		{"regular expression", head + "    expect: {trailer: {a: {matches: '('}}}", "3:37: error parsing regexp: missing closing ): `(`"},
		{"count", head + "    expect: {messages: -1}", `3:24: want a whole number from 0 to 1073741824`},
		{"bounds", head + "    expect: {messages: {min: 3, max: 1}}", `3:24: max is below min`},
		{"no limit", head + "    timeout: 0", `3:14: want a time above 0`},
		{"duration", head + "    timeout: soon", `3:14: want a duration like 500ms, 2s or 1m`},
		{"attempts", head + "    attempts: {delay: 1s}", `3:15: want a number of attempts, or a mapping of count and delay`},
		{"field", head + "    fields: [a]", `3:14: want PATH=VALUE`},
		{"infinity", head + "    request: {a: .inf}", `3:18: JSON has no number .inf: put the name of the value in quotes`},
		{"leading zeros", head + "    expect: {equals: 007}", `3:22: 007 has leading zeros: put it in quotes if it is text`},
		{"script", head + "    script: []", `3:13: want a list of actions: send, expect, pause, close, end, cancel`},
		{"action", head + "    script: [clos]", `3:14: unknown action "clos" [close]`},
		{"two actions", head + "    script: [{send: 1, pause: 1}]", `3:14: want one action: send, expect, pause, close, end or cancel`},
		{"sent after the end", head + "    script: [close, {send: 1}]", `3:21: our side is closed: nothing can be sent`},
		{"after the end", head + "    script: [end, {expect: null}]", `3:19: the call has ended in line 3`},
		{"matrix", "matrix: 1\n" + head, `1:9: want a mapping of settings to lists, or a list of combinations`},
		{"unknown axis", "matrix: {transpart: [a]}\n" + head, `1:10: unknown key "transpart" [transport]`},
		{"matrix without values", "matrix: {transport: []}\n" + head, `1:10: transport has no values`},
		{"matrix too large", "matrix: {transport: [" + strings.Repeat("a,", 40) + "], target: [" + strings.Repeat("a,", 40) + "]}\n" + head, `1:105: the matrix has more than 1000 combinations`},
		{"env", "env: {A: []}\n" + head, `1:10: want a string, got a list`},
	} {
		_, err := Read("x.yaml", []byte(c.text), language)
		e, ok := errors.AsType[*yamldoc.Error](err)
		if !ok {
			t.Errorf("%s: %v, want a mistake", c.name, err)
			continue
		}
		got := strings.TrimPrefix(e.Error(), "x.yaml:")
		if len(e.Nearest) > 0 {
			got += " [" + strings.Join(e.Nearest, " ") + "]"
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	l := language
	l.Check = func(s yamldoc.Setting, dir string) error {
		if s.Values[0].Text == "bad" {
			return s.Values[0].Node.Errorf("bad in %s", dir)
		}
		return nil
	}
	for text, want := range map[string]string{
		"target: bad\nsteps: [a]":                             "d/x.yaml:1:9: bad in d",
		"matrix: {target: [good, bad]}\nsteps: [a]":           "d/x.yaml:1:25: bad in d",
		"steps: [{method: a, target: bad}]":                   "d/x.yaml:1:29: bad in d",
		"target: '${given}'\nsteps: [{run: a, target: good}]": "d/x.yaml:2:18: target is for calls: this is a command",
	} {
		if _, err := Read("d/x.yaml", []byte(text), l); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestReadFile(t *testing.T) {
	_, err := ReadFile("testdata/none.yaml", language)
	var file *FileError
	if !errors.As(err, &file) || stream.OutcomeOf(err).Kind != stream.KindUsage || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("no file: %v", err)
	}
	big := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(big, []byte(strings.Repeat("#", yamldoc.MaxSize+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(big, language); err == nil || !strings.Contains(err.Error(), "more than 256 KiB") {
		t.Errorf("a large file: %v", err)
	}
}

// FuzzRead: whatever a file says, it is a suite, or has a mistake with a place.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"steps: [{method: a, expect: .x}]", "vars: {a: &x 1, b: *x}\nsteps: [{run: a}]", "matrix: [{name: a, vars: {b: 1}}]\nsteps: [a]",
		"steps: [{method: a, script: [{send: 1}, {expect: {capture: {a: .}}}, close]}]", "steps: [{method: a, expect: {status: {code: 5, message: {matches: x}}}}]",
		"<<: &a {name: x}\nsteps: [*a]", "env: {A: null}\nsteps: [{method: '${A}', capture: {b: .}}]\nteardown: echo", "\ufeffsteps:\r\n  - a\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read("x.yaml", []byte(text), language)
		if err != nil {
			if e, ok := errors.AsType[*yamldoc.Error](err); !ok || e.Line < 1 || e.Col < 1 {
				t.Fatalf("no place: %v", err)
			}
			return
		}
		for _, run := range (&Pick{}).Runs([]*Suite{s}) {
			if run.Title() == "" && s.Name != "" || len(run.All()) == 0 {
				t.Fatalf("a run without a title or steps: %+v", run)
			}
		}
	})
}
