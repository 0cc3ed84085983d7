package run

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// judge holds what a step came to against what is expected of it. The first failure of a
// call, or a way to fail that is not the expected one, is the only one: there is nothing
// else to compare then.
func judge(ctx context.Context, sc *scope, o *observed) []Failure {
	e := &o.step.Expect
	if len(o.failures) > 0 {
		return o.failures
	}
	var list []Failure
	if o.step.IsCommand() {
		list = judgeCommand(sc, o)
	} else {
		list = judgeOutcome(sc, o)
	}
	if o.err != nil && len(list) > 0 {
		return list
	}
	list = append(list, judgeJQ(ctx, sc, o, e.JQ, o.input())...)
	list = append(list, judgeJSON(sc, e.Equals, e.Contains, o.input())...)
	list = append(list, judgeFields(sc, "header", e.Header, o.header)...)
	list = append(list, judgeFields(sc, "trailer", e.Trailer, o.trailer)...)
	if c := e.Messages; c != nil && !c.Has(len(o.replies)) {
		list = append(list, failureAt(c.Node, fmt.Sprintf("messages: want %s, got %d", c, len(o.replies))))
	}
	if l := e.Within; l != nil && o.took > l.Time {
		list = append(list, failureAt(l.Node, fmt.Sprintf("within: want at most %v, got %v", l.Time, o.took.Round(time.Millisecond))))
	}
	return list
}

// judgeOutcome judges how a call ended.
func judgeOutcome(sc *scope, o *observed) []Failure {
	f, got := o.step.Expect.Failure, stream.OutcomeOf(o.err)
	if f != nil && f.Kind == stream.KindStatus && f.Code == "0" {
		f = nil // success
	}
	switch {
	case f == nil && o.err == nil:
		return nil
	case f == nil:
		at := o.step.Node
		if o.action != nil {
			at = o.action
		}
		fail := failureAt(at, o.why[0], o.why[1:]...)
		if at, ok := placeOf(o.err); ok {
			fail.File, fail.Line, fail.Col = at.File, at.Line, at.Col
		}
		fail.Called = true
		return []Failure{fail}
	case o.err == nil:
		return []Failure{failureAt(f.Node, fmt.Sprintf("want %s, got success", f), "got: "+cut(string(o.input())))}
	case !f.Is(got):
		return []Failure{failureAt(f.Node, fmt.Sprintf("want %s, got %s", f, o.why[0]), o.why[1:]...)}
	}
	var list []Failure
	if message, ok := match(sc, f.Message, []string{got.Message}, "message"); !ok {
		list = append(list, failureAt(f.Message.Node, message))
	}
	detail := got.Detail
	if detail == nil {
		detail = json.RawMessage("null")
	}
	return append(list, judgeJSON(sc, f.Equals, f.Contains, detail)...)
}

// judgeJQ judges expressions.
func judgeJQ(ctx context.Context, sc *scope, o *observed, list []*suite.Expr, input json.RawMessage) []Failure {
	var failures []Failure
	if len(list) == 0 {
		return nil
	}
	vars := o.vars(sc)
	for _, e := range list {
		held, err := e.HoldsAll(ctx, input, vars...)
		switch {
		case err != nil:
			failures = append(failures, failureAt(e.Node, fmt.Sprintf("%s: %v", e, err), "got: "+cut(string(input))))
		case !held:
			failures = append(failures, failureAt(e.Node, "not true: "+e.String(), seen(e.Seen(ctx, input, vars...), input)...))
		}
	}
	return failures
}

// seen says what the sides of a comparison were, or else the input.
func seen(sides []jq.Side, input []byte) []string {
	if len(sides) == 0 {
		return []string{"got: " + cut(string(input))}
	}
	var lines []string
	for _, side := range sides {
		value := string(side.JSON)
		if value == "" {
			value = "nothing"
		}
		lines = append(lines, fmt.Sprintf("%s is %s", side.Expr, cut(value)))
	}
	return lines
}

// judgeJSON judges comparisons. The whole of what came stands behind the last difference.
func judgeJSON(sc *scope, equals, contains *yamldoc.Node, got json.RawMessage) []Failure {
	var found []difference
	if equals != nil {
		found = compare(sc, equals, got, true)
	}
	if contains != nil {
		found = append(found, compare(sc, contains, got, false)...)
	}
	var failures []Failure
	for _, d := range found {
		failures = append(failures, failureAt(d.node, d.message))
	}
	if n := len(failures); n > 0 {
		failures[n-1].Seen = []string{"got: " + cut(string(got))}
	}
	return failures
}

func judgeFields(sc *scope, what string, want []suite.FieldMatch, got stream.Metadata) []Failure {
	var failures []Failure
	for _, f := range want {
		values, _ := valuesOf(got, f.Name)
		if message, ok := match(sc, f.Text, values, what+" "+f.Name); !ok {
			failures = append(failures, failureAt(f.Text.Node, message))
		}
	}
	return failures
}

// match reports whether one of the values is as wanted, and if not, says so.
func match(sc *scope, m *suite.TextMatch, values []string, what string) (message string, ok bool) {
	if m == nil {
		return "", true
	}
	if m.Exists != nil {
		want := map[bool]string{true: "a value", false: "none"}[*m.Exists]
		return fmt.Sprintf("%s: want %s, got %s", what, want, quoted(values)), *m.Exists == (len(values) > 0)
	}
	want, fits, err := testOf(sc, m)
	if err != nil {
		return err.Error(), false
	}
	if slices.ContainsFunc(values, fits) {
		return "", true
	}
	return fmt.Sprintf("%s: want %s, got %s", what, want, quoted(values)), false
}

// testOf is what is wanted, in words, and the test for it.
func testOf(sc *scope, m *suite.TextMatch) (words string, test func(string) bool, err error) {
	var text string
	switch {
	case m.Equals != nil:
		text, err = sc.expand(m.Equals.Text)
		return quoted([]string{text}), func(s string) bool { return s == text }, err
	case m.Contains != nil:
		text, err = sc.expand(m.Contains.Text)
		return "text with " + quoted([]string{text}), func(s string) bool { return strings.Contains(s, text) }, err
	}
	return "a match of " + m.Matches.String(), m.Matches.MatchString, nil
}

func quoted(values []string) string {
	if len(values) == 0 {
		return "nothing"
	}
	var list []string
	for _, v := range values {
		list = append(list, cut(string(yamldoc.AppendString(nil, v))))
	}
	return strings.Join(list, ", ")
}

// judgeCommand judges how a command ended and what it wrote.
func judgeCommand(sc *scope, o *observed) []Failure {
	e := &o.step.Expect
	if o.err != nil {
		f := failureAt(o.step.Node, o.why[0], append(o.why[1:], tail(o)...)...)
		f.Called = true
		return []Failure{f}
	}
	var list []Failure
	switch {
	case e.Exit == nil && o.exit != 0:
		f := failureAt(o.step.Run.Node, fmt.Sprintf("the command ended with exit code %d", o.exit), tail(o)...)
		f.Called = true
		return []Failure{f}
	case e.Exit != nil && !e.Exit.Has(o.exit):
		list = append(list, failureAt(e.Exit.Node, fmt.Sprintf("exit code: want %s, got %d", e.Exit, o.exit), tail(o)...))
	}
	if message, ok := match(sc, e.Stdout, []string{o.stdout.text()}, "stdout"); !ok {
		list = append(list, failureAt(e.Stdout.Node, message))
	}
	if message, ok := match(sc, e.Stderr, []string{o.stderr.text()}, "stderr"); !ok {
		list = append(list, failureAt(e.Stderr.Node, message))
	}
	return list
}

// tail is the end of what a command wrote: of stderr, or else of stdout.
func tail(o *observed) []string {
	if lines := o.stderr.tail(); lines != nil {
		return lines
	}
	return o.stdout.tail()
}
