package run

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// DefaultTimeout is how long a step may take that nothing else is said about.
const DefaultTimeout = 30 * time.Second

// afterwards is how long clearing up may take once the context has ended.
const afterwards = 10 * time.Second

// Runner runs suites. Its fields do not change while it runs.
type Runner struct {
	// Plan makes a way to a server of settings.
	Plan func(Layers) (*Way, error)
	// Given are variables from outside, as in Language.
	Given map[string]string
	// Timeout is that of the steps that have none of their own, before that of their
	// suite; 0 is not given.
	Timeout time.Duration
	// Parallel is how many suites run at the same time; 0 is one. The rows of a matrix
	// run one after the other.
	Parallel int
	// FailFast has no further step run after one that failed.
	FailFast bool
	// Abort ends what clears up, too; nil never does.
	Abort context.Context //nolint:containedctx // of all runs

	sessions *sessions
	stopped  atomic.Bool
}

// Prepare checks what can be known before anything runs: variables of the environment, and
// settings with the variables that there are then. A mistake is a *yamldoc.Error.
func (r *Runner) Prepare(runs []*suite.Run) error {
	for _, run := range runs {
		sc, err := newScope(run.Suite, run.Row, r.Given)
		if err != nil {
			return err
		}
		for _, s := range run.All() {
			if s.IsCommand() {
				continue
			}
			layers, err := layersOf(run, sc, s)
			if err != nil {
				continue // a step before it captures what is missing
			}
			if _, err := r.Plan(layers); err != nil {
				return atStep(s, err)
			}
		}
	}
	return nil
}

// atStep gives an error that has no place that of a step.
func atStep(s *suite.Step, err error) error {
	if _, ok := placeOf(err); ok {
		return err
	}
	at := s.Node
	if s.Method.Node != nil {
		at = s.Method.Node
	}
	return at.Errorf("%w", err)
}

// Run runs suites and tells a reporter, in the order of the runs, however they end. Once
// ctx has ended no further step begins, but what clears up runs. An error is the
// reporter's, or the cause with which ctx ended.
func (r *Runner) Run(ctx context.Context, runs []*suite.Run, report Reporter) (Tally, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	lasting, end := context.WithCancel(context.WithoutCancel(ctx))
	r.sessions = &sessions{ctx: lasting, open: map[string]*opening{}}
	defer r.sessions.close()
	defer end()
	running := r.start(ctx, runs)
	t := &teller{report: report, stop: cancel}
	for _, x := range running {
		t.tell(x)
	}
	t.do(func() error { return report.Close(t.tally) })
	if t.err != nil {
		return t.tally, t.err
	}
	return t.tally, context.Cause(ctx)
}

// start has the suites run, as many at a time as may be.
func (r *Runner) start(ctx context.Context, runs []*suite.Run) []*running {
	var all []*running
	var files [][]*running // those of one file, in order
	for i, run := range runs {
		x := newRunning(r, run)
		all = append(all, x)
		if i > 0 && runs[i-1].Suite == run.Suite {
			files[len(files)-1] = append(files[len(files)-1], x)
		} else {
			files = append(files, []*running{x})
		}
	}
	slots := make(chan struct{}, max(1, r.Parallel))
	go func() {
		for _, file := range files {
			slots <- struct{}{}
			go func() {
				for _, x := range file {
					x.run(ctx)
				}
				<-slots
			}()
		}
	}()
	return all
}

// teller tells a reporter, until that fails.
type teller struct {
	report Reporter
	stop   func(error) // the suites
	tally  Tally
	err    error
}

func (t *teller) do(f func() error) {
	if t.err != nil {
		return
	}
	if t.err = f(); t.err != nil {
		t.stop(t.err)
	}
}

// tell passes on the results of a run as they come. It waits for the last also where
// nobody wants to know.
func (t *teller) tell(x *running) {
	begun := false
	for result := range x.results {
		if !begun {
			begun = true
			t.do(func() error { return t.report.Begin(x.Run) })
		}
		t.tally.Add(result)
		t.do(func() error { return t.report.Step(result) })
	}
	if begun {
		t.do(func() error { return t.report.End(x.took) })
	}
}

// layersOf are the settings of a step.
func layersOf(r *suite.Run, sc *scope, s *suite.Step) (Layers, error) {
	l := Layers{Dir: r.Suite.Dir()}
	for _, part := range []struct {
		to   *[]yamldoc.Setting
		from []yamldoc.Setting
	}{{&l.Suite, r.Suite.Settings}, {&l.Row, r.Row.Settings}, {&l.Step, s.Settings}} {
		var err error
		if *part.to, err = sc.settings(part.from); err != nil {
			return l, err
		}
	}
	return l, nil
}
