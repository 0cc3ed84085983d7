package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/suite"
	suitereport "github.com/idlcall/idlcall/pkg/suite/report"
	suiterun "github.com/idlcall/idlcall/pkg/suite/run"
	"github.com/idlcall/idlcall/pkg/terminal"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// testOptions is the command line of "test".
type testOptions struct {
	files          []string
	settings       *settingFlags
	vars           []string
	tags, skipTags []string
	match          string
	timeout        duration
	parallel       int
	failFast       bool
	tap, json      bool
	list, schema   bool
	junit, color   string
}

const testLong = `Run suites: files of calls with expectations.

A suite is YAML: settings, which are flags of call by their names, and steps with a
method, a request, what is expected of the reply, and what later steps use of it.
Flags of this command hold for suites that do not say otherwise in a step or a matrix;
the environment comes after them, and what a suite says of all its steps after that.
'idlcall help suites' says what a suite has.
`

const testExample = `  idlcall test smoke.yaml
  idlcall test --target localhost:50051 --tag quick smoke.yaml users.yaml
  idlcall test --parallel 4 --junit report.xml suites/*.yaml
  idlcall test --run 'users/create' --var name=bob users.yaml
  idlcall test --schema > suite.schema.json`

func newTest(std streams, run func(context.Context, streams, *testOptions) error) *cobra.Command {
	o := &testOptions{settings: newSettingFlags()}
	c := &cobra.Command{
		Use:     "test SUITE... [flags]",
		Short:   "Run suites of calls with expectations",
		Long:    testLong,
		Example: testExample,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 && !o.schema {
				return &usageError{err: errors.New("missing SUITE"), hint: "usage: " + c.UseLine()}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.settings.values.dialect.handOver(std); err != nil {
				return err
			}
			o.files = args
			return run(c.Context(), std, o)
		},
	}
	o.settings.offer(c)
	s := c.Flags()
	listVar(s, &o.vars, "var", "", "variable `NAME=VALUE`, in place of what suites say")
	s.StringSliceVar(&o.tags, "tag", nil, "run only steps with one of these `TAGS`, and those whose captures they need")
	s.StringSliceVar(&o.skipTags, "skip-tag", nil, "run no step with one of these `TAGS`, unless its captures are needed")
	s.StringVar(&o.match, "run", "", "run only steps whose suite/step matches `REGEXP`, and those whose captures they need")
	s.Var(&o.timeout, "timeout", "time for a step that has none of its own; the server is told (default: 30s, of which it is not)")
	s.IntVar(&o.parallel, "parallel", 1, "run up to `N` suites at once; output stays in their order")
	s.BoolVar(&o.failFast, "fail-fast", false, "run no further step after one that failed")
	s.BoolVar(&o.tap, "tap", false, "write the Test Anything Protocol")
	s.BoolVar(&o.json, "json", false, "write a line of JSON for each step")
	s.StringVar(&o.junit, "junit", "", "write JUnit's XML to `FILE`, too")
	s.BoolVar(&o.list, "list", false, "list the steps, and run none")
	s.BoolVar(&o.schema, "schema", false, "print the JSON Schema of suites")
	bindColor(c, &o.color)
	if std.completing {
		o.completions(c)
	}
	return c
}

// completions offers suites, and what flags take.
func (o *testOptions) completions(c *cobra.Command) {
	v := &o.settings.values
	k := &completer{c: c, idl: &v.idl, conn: &v.conn, target: func([]string) string { return v.target }}
	k.register()
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
	}
}

func runTest(ctx context.Context, std streams, o *testOptions) error {
	if o.schema {
		text, err := suiteSchema()
		if err == nil {
			_, err = io.WriteString(std.out, text)
			err = asOutput(err)
		}
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	ctx, abort, silence := interruptions(ctx)
	defer silence()
	given, err := o.given()
	if err != nil {
		return err
	}
	suites, err := await(ctx, func() ([]*suite.Suite, error) { return o.read(std, given) })
	if err != nil {
		return err
	}
	runs, err := o.pick(suites)
	if err != nil {
		return err
	}
	if o.list {
		return asOutput(listSteps(std.out, runs))
	}
	return o.run(ctx, abort, std, runs, given)
}

// interruptions returns two contexts: the first Ctrl-C or SIGTERM ends one, the second the
// other, and a third the process. They are heard at once, before anything runs that has to
// be cleared up. A terminal that goes away (SIGHUP) is one, unless nohup has it ignored:
// commands of a suite have process groups of their own, and would stay.
func interruptions(ctx context.Context) (first, second context.Context, stop func()) {
	second, endSecond := context.WithCancelCause(ctx)
	first, endFirst := context.WithCancelCause(second)
	signals, done := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	// That SIGPIPE is ignored the commands of a suite would inherit; that it is handled
	// they do not.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		defer signal.Stop(signals)
		for _, end := range []context.CancelCauseFunc{endFirst, endSecond} {
			select {
			case <-signals:
				end(errInterrupted)
			case <-done:
				return
			}
		}
	}()
	return first, second, func() { close(done) }
}

// check refuses flags that contradict each other.
func (o *testOptions) check() error {
	switch {
	case o.tap && o.json:
		return usage("--tap contradicts --json: both write to stdout")
	case o.list && (o.tap || o.json || o.junit != ""):
		return usage("--list runs no steps: there is nothing for --tap, --json and --junit")
	case o.parallel < 1 || o.parallel > maxParallel:
		return usage("--parallel %d: want a number from 1 to %d", o.parallel, maxParallel)
	case o.parallel > 1 && o.settings.values.conn.verbose > 0:
		return usage("-v: with --parallel the lines of several calls would be mixed")
	case o.junit == "-":
		return usage("--junit -: stdout has the other report; give a file")
	case o.junit != "" && !isFolder(filepath.Dir(o.junit)):
		return usage("--junit %s: there is no folder %s", o.junit, filepath.Dir(o.junit))
	}
	for i, file := range o.files {
		if o.junit != "" && isSame(o.junit, file) {
			return usage("--junit %s is a suite", o.junit)
		}
		if slices.Contains(o.files[:i], file) {
			return usage("the suite %s is given twice", file)
		}
	}
	return nil
}

// given are the variables of --var.
func (o *testOptions) given() (map[string]string, error) {
	given := map[string]string{}
	for _, text := range o.vars {
		name, value, ok := strings.Cut(text, "=")
		if !ok || !suite.IsVariable(name) {
			return nil, usage("--var %s: want NAME=VALUE, with letters, digits and _ in the name", name)
		}
		given[name] = value
	}
	return given, nil
}

// read reads all suites: a mistake in one keeps the others from running.
func (o *testOptions) read(std streams, given map[string]string) ([]*suite.Suite, error) {
	language := suite.Language{Settings: suiteSettings(), Check: settingsChecker(), Given: given}
	var suites []*suite.Suite
	for _, file := range o.files {
		s, err := o.readOne(std, file, language)
		if err != nil {
			return nil, err
		}
		suites = append(suites, s)
	}
	return suites, nil
}

func (o *testOptions) readOne(std streams, file string, l suite.Language) (*suite.Suite, error) {
	if file != "-" {
		return suite.ReadFile(file, l)
	}
	text, err := io.ReadAll(io.LimitReader(std.in, yamldoc.MaxSize+1))
	if err != nil {
		return nil, &suite.FileError{File: "stdin", Err: err}
	}
	return suite.Read("stdin", text, l)
}

// pick chooses the steps that run.
func (o *testOptions) pick(suites []*suite.Suite) ([]*suite.Run, error) {
	p := suite.Pick{Tags: o.tags, SkipTags: o.skipTags}
	if o.match != "" {
		var err error
		if p.Match, err = regexp.Compile(o.match); err != nil {
			return nil, usage("--run: %w", err)
		}
	}
	runs := p.Runs(suites)
	if len(runs) == 0 {
		return nil, &usageError{err: errors.New("no step is left by --run, --tag and --skip-tag"), hint: "--list without them shows all steps"}
	}
	return runs, nil
}

// listSteps writes a line for each step.
func listSteps(w io.Writer, runs []*suite.Run) error {
	for _, r := range runs {
		for _, s := range r.Steps {
			tags := ""
			if len(s.Tags) > 0 {
				tags = " (" + strings.Join(s.Tags, ", ") + ")"
			}
			if _, err := fmt.Fprintf(w, "%s:%d: %s/%s%s\n", visible(r.Suite.File), s.Node.Line, visible(r.Title()), visible(s.Name), visible(tags)); err != nil {
				return err
			}
		}
	}
	return nil
}

// run runs the suites. The outcome of the command is that of all steps.
func (o *testOptions) run(ctx, abort context.Context, std streams, runs []*suite.Run, given map[string]string) error {
	p := newPlanner(std, o.settings)
	r := &suiterun.Runner{
		Plan: p.plan, Given: given, Timeout: time.Duration(o.timeout), Parallel: o.parallel, FailFast: o.failFast, Abort: abort,
	}
	if err := r.Prepare(runs); err != nil {
		return err
	}
	report, err := o.reporter(std)
	if err != nil {
		return err
	}
	std.life.drive(true)
	tally, err := r.Run(ctx, runs, report)
	switch {
	case err != nil:
		return err
	case tally.Failed > 0:
		return &failedStepsError{tally.Failed, tally.Total()}
	}
	return nil
}

// reporter opens the file of --junit, which is better refused before anything runs. What it
// has from a run before goes when there is something new to write.
func (o *testOptions) reporter(std streams) (suiterun.Reporter, error) {
	var out suiterun.Reporter
	w := outputWriter{std.out}
	switch {
	case o.tap:
		out = &suitereport.TAP{W: &screen{w: w}}
	case o.json:
		out = &suitereport.JSON{W: jsonWriter{w}}
	default:
		colors := colorMode(o.color).wanted(std.out)
		out = &suitereport.Text{W: w, Color: colors}
	}
	if o.junit == "" {
		return out, nil
	}
	f, err := os.OpenFile(o.junit, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return nil, usage("--junit: %w", err)
	}
	return suitereport.Tee{out, &suitereport.JUnit{Open: func() (io.WriteCloser, error) {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return f, asOutput(f.Truncate(0))
		}
		return f, nil
	}}}, nil
}

// outputWriter is stdout. Where it is closed nobody reads on: the steps run, and the exit
// code is theirs.
type outputWriter struct{ io.Writer }

func (w outputWriter) Write(p []byte) (int, error) {
	if _, err := w.Writer.Write(p); err != nil && !errors.Is(err, syscall.EPIPE) {
		return 0, asOutput(err)
	}
	return len(p), nil
}

// jsonWriter takes JSON, whose strings may hold what a terminal obeys.
type jsonWriter struct{ w io.Writer }

func (w jsonWriter) Write(p []byte) (int, error) {
	_, err := w.w.Write(terminal.EscapeJSON(p))
	return len(p), err
}

// failedStepsError says that steps of suites failed, each of which has been told.
type failedStepsError struct{ Failed, Made int }

func (e *failedStepsError) Error() string {
	return fmt.Sprintf("%d of %d steps failed", e.Failed, e.Made)
}

// Outcome is KindUnmet.
func (*failedStepsError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUnmet} }
