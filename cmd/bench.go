package cmd

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/bench"
	benchreport "github.com/idlcall/idlcall/pkg/bench/report"
	"github.com/idlcall/idlcall/pkg/bench/rpc"
)

// benchOptions is the command line of "bench".
type benchOptions struct {
	call    callOptions // what one call of the load is
	load    loadFlags
	reports reportFlags
	failIf  []string
}

const benchLong = `Call one method over and over, and measure how long calls take.

With -c, that many callers each wait for their reply before they call again. With --rate,
calls begin when they are due, whatever became of those before: times are corrected, which
is to say counted from when a call was due, so that a server that stalls cannot hide it.
'idlcall help load' says more: stages, streams, requests, what is measured, many machines.

Ctrl-C ends the load, and prints what was measured. The exit code is 0 where calls
were made, though some failed; --fail-if makes it 8.
`

const benchExample = `  idlcall bench demo UnaryEcho -d '{"message": "hi"}' -n 10000
  idlcall bench localhost:50051 Users/Get -d '{"id": 7}' -c 100 --duration 30s
  idlcall bench localhost:50051 Users/Get -d @users.ndjson --rate 5000 --warmup 5s --report html=load.html
  idlcall bench --idl shop.thrift localhost:8888 Shop/Buy -d '{"sku": ""}' --vary '.sku = "s\($n % 1000)"'
  idlcall bench localhost:50051 Users/Get --stages 100:10s,100-2000:1m --fail-if 'p99>50ms' --fail-if 'errors>1%'
  idlcall bench diff before.json after.json`

func newBench(std streams, run func(context.Context, streams, *benchOptions) error) *cobra.Command {
	o := &benchOptions{}
	c := &cobra.Command{
		Use:     "bench TARGET METHOD [flags]",
		Short:   "Measure a method under load",
		Long:    benchLong,
		Example: benchExample,
		Args:    arguments(2, "TARGET", "METHOD"),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.call.target, err = configured(c.Flags(), args[0]); err != nil {
				return err
			}
			o.call.method, o.call.flags = undotted(args[1]), c.Flags()
			o.call.request.dataGiven = c.Flags().Changed("data")
			o.load.given = func(flag string) bool { return c.Flags().Changed(flag) }
			return run(c.Context(), std, o)
		},
	}
	o.bind(c)
	c.AddCommand(newBenchDiff(std), newBenchMerge(std))
	if std.completing {
		o.call.completions(c)
	}
	return c
}

func (o *benchOptions) bind(c *cobra.Command) {
	o.call.dialect.name, o.call.dialect.empty = dialectOwn, emptyNone
	o.call.idl.bind(c)
	o.call.conn.bind(c)
	o.call.conn.bindConnect(c)
	o.call.conn.thrift.bind(c)
	o.call.request.bindBodies(c)
	o.call.request.bindPace(c)
	o.load.bind(c)
	o.reports.bind(c)
	s := c.Flags()
	s.Var(&o.call.request.timeout, "timeout", "time for each call; the server is told")
	s.Var(&o.call.request.expect, "expect", "a call of which `EXPR` (jq) is not true, given the list of its replies, has failed")
	listVar(s, &o.failIf, "fail-if", "", "exit with code 8 if `'FIGURE>BOUND'`, or <: p99>50ms, mean>10ms, errors>1%, unmade>0, rate<1000")
}

// loadFlags say how much load there is, and of what.
type loadFlags struct {
	given func(flag string) bool

	calls       int64
	duration    duration
	concurrency int
	connections int
	rate        float64
	warmup      duration
	stages      string
	startAt     startTime
	vary        expression
	order       string
	seed        uint64
	messages    int
	noDecode    bool
}

// Words of --order.
const (
	orderInTurn = "in-turn"
	orderRandom = "random"
)

const (
	defaultCallers  = 50
	defaultDuration = 10 * time.Second
	// Calls at once with --rate, over shared connections and where each has its own.
	defaultInFlight      = 10_000
	defaultInFlightConns = 500
	maxConnections       = 10_000
)

func (f *loadFlags) bind(c *cobra.Command) {
	f.order, f.vary.names = orderInTurn, rpc.Variables[:]
	s := c.Flags()
	s.Int64VarP(&f.calls, "calls", "n", 0, "make `N` calls")
	s.Var(&f.duration, "duration", "go on for so long (default: 10s, where neither -n nor --stages is given)")
	s.IntVarP(&f.concurrency, "concurrency", "c", 0, "`N` callers, each of which waits for its reply (default: 50); with --rate, how many calls may be under way (default: as many as it takes, up to 10000)")
	s.IntVar(&f.connections, "connections", 0, "spread calls over `N` connections (default: one for each target); Thrift's own transports have one for each call under way")
	s.Float64Var(&f.rate, "rate", 0, "begin `N` calls a second, evenly, whatever became of those before")
	s.Var(&f.warmup, "warmup", "begin with so long a time of which nothing is counted")
	s.StringVar(&f.stages, "stages", "", "loads one after the other, as `LOAD:DURATION,...`: 100:10s are calls a second, 100-500:1m a ramp, c50:30s callers")
	s.Var(&f.startAt, "start-at", "begin at `TIME`: 15:04:05, 2006-01-02T15:04:05Z, +30s or @UNIX-SECONDS")
	s.Var(&f.vary, "vary", "make each request of its document with `EXPR` (jq), which has $n, the number of the call, $i, that of the message in a stream, $caller, $random from 0 to 1, and $uuid")
	s.Var(choice{&f.order, []string{orderInTurn, orderRandom}}, "order", "how requests are taken where -d has several documents")
	s.Uint64Var(&f.seed, "seed", 0, "`N` that decides what --order random, $random and nothing else come to")
	s.IntVar(&f.messages, "messages", 0, "send `N` messages in each call of a client or bidi streaming method (default: each document once)")
	s.BoolVar(&f.noDecode, "no-decode", false, "count replies without a look at their fields")
}

// plan is the load of the flags, which check has passed.
func (f *loadFlags) plan(shares bool) (bench.Plan, error) {
	p := bench.Plan{Warmup: time.Duration(f.warmup), Calls: f.calls}
	lasts := time.Duration(f.duration)
	if lasts == 0 && f.calls == 0 {
		lasts = defaultDuration
	}
	switch {
	case f.stages != "":
		var err error
		if p.Stages, err = bench.ParseStages(f.stages); err != nil {
			return p, usage("--stages: %w", err)
		}
		if f.given("concurrency") && !p.IsOpen() {
			return p, usage("--stages has the callers: -c contradicts it")
		}
	case f.rate > 0:
		p.Stages = []bench.Stage{{Rate: true, From: f.rate, To: f.rate, For: lasts}}
	default:
		callers := defaultCallers
		if f.concurrency > 0 {
			callers = f.concurrency
		}
		if f.calls > 0 {
			callers = int(min(int64(callers), f.calls))
		}
		p.Stages = []bench.Stage{{From: float64(callers), To: float64(callers), For: lasts}}
	}
	if p.IsOpen() {
		p.InFlight = defaultInFlight
		if !shares {
			p.InFlight = defaultInFlightConns
		}
		if f.concurrency > 0 {
			p.InFlight = f.concurrency
		}
	}
	return p, nil
}

// check refuses numbers out of bounds, and flags that contradict each other.
func (f *loadFlags) check() error {
	switch {
	case f.calls < 0 || f.given("calls") && f.calls == 0:
		return usage("-n %d: want a number above 0", f.calls)
	case f.given("concurrency") && (f.concurrency < 1 || f.concurrency > bench.MaxCallers):
		return usage("-c %d: want a number from 1 to %d", f.concurrency, bench.MaxCallers)
	case f.given("connections") && (f.connections < 1 || f.connections > maxConnections):
		return usage("--connections %d: want a number from 1 to %d", f.connections, maxConnections)
	case f.given("rate") && !(f.rate >= bench.MinRate && f.rate <= bench.MaxRate):
		return usage("--rate %v: want calls a second, from %v to %d", f.rate, bench.MinRate, bench.MaxRate)
	case f.given("duration") && f.duration == 0:
		return usage("--duration 0: want a time above 0")
	case f.given("messages") && f.messages < 1:
		return usage("--messages %d: want a number above 0", f.messages)
	case f.stages != "" && f.given("rate"):
		return usage("--stages has the loads: --rate contradicts it")
	case f.stages != "" && f.given("duration"):
		return usage("--stages has the durations: --duration contradicts it")
	case f.noDecode && f.given("expect"):
		return usage("--no-decode contradicts --expect, which asks about fields")
	}
	return nil
}

// reportFlags say what is printed, and where.
type reportFlags struct {
	forms []string
	out   string
}

func (f *reportFlags) bind(c *cobra.Command) {
	s := c.Flags()
	listVar(s, &f.forms, "report", "", "`FORM[=FILE]` of the report: text, json, csv, html or hdr (repeatable); with FILE, text is printed, too")
	s.StringVarP(&f.out, "out", "o", "", "write the report to `FILE`; - is stdout")
}

// benchReport is a form with the file it goes to; "" is stdout.
type benchReport struct {
	form benchreport.Form
	file string
}

// parse reads the flags. What has no file goes to -o, or to stdout, where there is text otherwise.
func (f *reportFlags) parse() ([]benchReport, error) {
	var list []benchReport
	printed := false
	for _, text := range f.forms {
		name, file, hasFile := strings.Cut(text, "=")
		form, err := benchreport.ParseForm(name)
		if err != nil {
			return nil, usage("--report %w", err)
		}
		if !hasFile && f.out != "-" {
			file = f.out
		}
		if file == "" || file == "-" {
			if printed {
				return nil, usage("--report: two reports for stdout (give FORM=FILE)")
			}
			file, printed = "", true
		}
		list = append(list, benchReport{form, file})
	}
	if !printed {
		file := ""
		if len(list) == 0 && f.out != "-" {
			file = f.out
		}
		list = append(list, benchReport{benchreport.Text, file})
	}
	return list, checkReports(list)
}

// checkReports keeps a load from being made whose report could not be written.
func checkReports(list []benchReport) error {
	for i, r := range list {
		if r.file == "" {
			continue
		}
		switch folder := filepath.Dir(r.file); {
		case !isFolder(folder):
			return usage("report to %s: there is no folder %s", r.file, folder)
		case isFolder(r.file):
			return usage("report to %s: that is a folder", r.file)
		}
		for _, other := range list[:i] {
			if other.file != "" && isSame(other.file, r.file) {
				return usage("two reports to %s", r.file)
			}
		}
	}
	return nil
}

// write writes all reports. The first error counts, but the others are written, too.
func writeReports(std streams, list []benchReport, r *bench.Result) error {
	var first error
	for _, one := range list {
		out := outletTo(std, one.file)
		err := asOutput(benchreport.Write(out, one.form, r))
		if closed := out.close(err == nil); err == nil {
			err = closed
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// thresholds reads --fail-if.
func (o *benchOptions) thresholds() ([]*bench.Threshold, error) {
	var list []*bench.Threshold
	for _, text := range o.failIf {
		t, err := bench.ParseThreshold(text)
		if err != nil {
			return nil, usage("--fail-if %w", err)
		}
		list = append(list, t)
	}
	return list, nil
}

// startTime is a flag value: a time of day, a time, or one from now.
type startTime struct {
	text string
	at   time.Time
}

func (s *startTime) String() string { return s.text }
func (s *startTime) Type() string   { return "time" }

func (s *startTime) Set(text string) error {
	at, err := parseStart(text, time.Now())
	if err != nil {
		return err
	}
	s.text, s.at = text, at
	return nil
}

var errStart = errors.New("want a time like 15:04:05, 2006-01-02T15:04:05Z, +30s or @1700000000")

// parseStart reads a time. One of day is the next of that.
func parseStart(text string, now time.Time) (time.Time, error) {
	if after, ok := strings.CutPrefix(text, "+"); ok {
		var d duration
		if d.Set(after) != nil {
			return now, errStart
		}
		return now.Add(time.Duration(d)), nil
	}
	if unix, ok := strings.CutPrefix(text, "@"); ok {
		seconds, err := strconv.ParseFloat(unix, 64)
		if err != nil || !(seconds > 0 && seconds < 1e11) {
			return now, errStart
		}
		whole := int64(seconds)
		return time.Unix(whole, int64((seconds-float64(whole))*1e9)), nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	for _, form := range []string{time.TimeOnly, "15:04"} {
		of, err := time.ParseInLocation(form, text, now.Location())
		if err != nil {
			continue
		}
		at := time.Date(now.Year(), now.Month(), now.Day(), of.Hour(), of.Minute(), of.Second(), 0, now.Location())
		if at.Before(now) {
			at = at.AddDate(0, 0, 1)
		}
		return at, nil
	}
	return now, errStart
}
