package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// running is a run under way.
type running struct {
	*suite.Run

	runner     *Runner
	scope      *scope
	results    chan *Result // with room for all; closed at the end
	failed     bool         // a step has
	background []*process
	secrets    []string // the longest first
	took       time.Duration
}

func newRunning(r *Runner, run *suite.Run) *running {
	return &running{Run: run, runner: r, results: make(chan *Result, len(run.All())+1)}
}

// run makes the steps one after the other. What clears up is made whatever happened
// before, unless nothing did.
func (x *running) run(ctx context.Context) {
	defer close(x.results)
	start := time.Now()
	defer func() { x.took = time.Since(start) }()
	var err error
	if x.scope, err = newScope(x.Suite, x.Row, x.runner.Given); err != nil {
		x.failAll(err) // Prepare has refused it, unless the environment has changed
		return
	}
	if x.runner.stopped.Load() || ctx.Err() != nil {
		x.steps(ctx, x.Steps)
		return
	}
	defer x.endBackground()
	x.steps(ctx, x.Suite.Setup)
	if x.failed {
		x.skip(x.Steps, "the setup failed")
	} else {
		x.steps(ctx, x.Steps)
	}
	ctx, done := x.runner.lasting(ctx)
	defer done()
	for _, s := range x.Suite.Teardown {
		x.tell(x.step(ctx, s))
	}
}

// lasting returns a context that goes on for a while when ctx has ended.
func (r *Runner) lasting(ctx context.Context) (context.Context, func()) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	release := func() bool { return true }
	if r.Abort != nil {
		release = context.AfterFunc(r.Abort, func() { cancel(context.Cause(r.Abort)) })
	}
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(afterwards):
			cancel(context.Cause(ctx))
		case <-longer.Done():
		}
	})
	return longer, func() {
		release()
		stop()
		cancel(nil)
	}
}

func (x *running) tell(r *Result) {
	r.Failures = x.masked(r.Failures)
	if r.Status == Failed {
		x.failed = true
		if x.runner.FailFast {
			x.runner.stopped.Store(true)
		}
	}
	x.results <- r
}

func (x *running) failAll(err error) {
	s := x.Steps[0]
	x.tell(&Result{Step: s, Status: Failed, Failures: []Failure{failureAt(s.Node, err.Error())}})
}

func (x *running) skip(list []*suite.Step, reason string) {
	for _, s := range list {
		x.tell(&Result{Step: s, Status: Skipped, Reason: reason})
	}
}

// steps makes steps until there is a reason not to.
func (x *running) steps(ctx context.Context, list []*suite.Step) {
	for i, s := range list {
		switch {
		case ctx.Err() != nil:
			x.skip(list[i:], "not run: "+context.Cause(ctx).Error())
			return
		case x.runner.stopped.Load(), x.failed && (x.Suite.FailFast || s.Part == suite.PartSetup):
			x.skip(list[i:], "not run after a failure")
			return
		}
		x.tell(x.step(ctx, s))
	}
}

// step makes a step, again and again until it is as expected, as often as it may be made.
func (x *running) step(ctx context.Context, s *suite.Step) *Result {
	r := &Result{Step: s, Status: Skipped, Reason: s.Skip}
	if r.Reason == "" {
		r.Reason = x.missing(s)
	}
	if r.Reason != "" {
		return r
	}
	for r.Attempts = 1; ; r.Attempts++ {
		r.Failures = x.attempt(ctx, s, r)
		if len(r.Failures) == 0 {
			r.Status = Passed
			return r
		}
		r.Status = Failed
		if r.Attempts >= s.Attempts.Count || !sleep(ctx, s.Attempts.Delay) {
			last := &r.Failures[len(r.Failures)-1]
			last.Seen = append(last.Seen, x.ended()...)
			return r
		}
	}
}

// missing says which variable a step cannot do without, where a step before it should have
// captured one. A command that clears up copes.
func (x *running) missing(s *suite.Step) string {
	if s.Part == suite.PartTeardown && s.IsCommand() {
		return ""
	}
	for _, name := range s.Needs {
		if !x.scope.has(name) {
			return fmt.Sprintf("there is no ${%s}: the step that captures it did not", name)
		}
	}
	return ""
}

func sleep(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt makes a step once.
func (x *running) attempt(ctx context.Context, s *suite.Step, r *Result) []Failure {
	limit, told := x.limit(s)
	bounded, cancel := bound(ctx, limit, told)
	defer cancel()
	o := &observed{step: s}
	start := time.Now()
	if s.IsCommand() {
		x.command(bounded, o)
	} else {
		x.call(bounded, o)
	}
	o.took = time.Since(start)
	r.Took = o.took
	if o.err != nil && len(o.why) == 0 {
		o.why = []string{o.err.Error()}
	}
	judging, done := bound(context.WithoutCancel(ctx), limit, false) // what came in the last moment counts
	defer done()
	if failures := judge(judging, x.scope, o); len(failures) > 0 {
		return failures
	}
	return x.capture(judging, o, s.Captures, o.input())
}

// limit is how long a step may take, and whether somebody said so, so that the server is
// to be told.
func (x *running) limit(s *suite.Step) (limit time.Duration, told bool) {
	for _, limit := range []time.Duration{s.Timeout, x.runner.Timeout, x.Suite.Timeout} {
		if limit > 0 {
			return limit, true
		}
	}
	return DefaultTimeout, false
}

// bound is a context that ends after a time; told says whether it has a deadline, which
// calls pass on.
func bound(ctx context.Context, limit time.Duration, told bool) (context.Context, func()) {
	cause := &TimeoutError{limit.String()}
	if told {
		return context.WithTimeoutCause(ctx, limit, cause)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(limit, func() { cancel(cause) })
	return ctx, func() {
		timer.Stop()
		cancel(nil)
	}
}

// capture makes variables of what came. An expression without a value, or null, is a
// failure: what uses the variable would be wrong in a way that is hard to see.
func (x *running) capture(ctx context.Context, o *observed, list []suite.Capture, input []byte) []Failure {
	if len(list) == 0 {
		return nil
	}
	vars := o.vars(x.scope)
	values := make([][]byte, len(list))
	for i, c := range list {
		for value, err := range c.Expr.Run(ctx, input, vars...) {
			if err != nil {
				return []Failure{failureAt(c.Expr.Node, fmt.Sprintf("capture %s: %s: %v", c.Name, c.Expr, err), "got: "+cut(string(input)))}
			}
			values[i] = value.AppendJSON(nil)
			break
		}
		if values[i] == nil || string(values[i]) == "null" {
			return []Failure{failureAt(c.Expr.Node, fmt.Sprintf("capture %s: there is no %s", c.Name, c.Expr), "got: "+cut(string(input)))}
		}
	}
	for i, c := range list {
		x.scope.set(c.Name, values[i])
	}
	return nil
}

// placeOf is the place that an error is about.
func placeOf(err error) (*yamldoc.Error, bool) {
	if request, ok := errors.AsType[*RequestError](err); ok {
		return request.At, true
	}
	return errors.AsType[*yamldoc.Error](err)
}
