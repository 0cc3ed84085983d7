package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/bench/histogram"
	"github.com/idlcall/idlcall/pkg/terminal"
)

func writeText(w io.Writer, r *bench.Result) error {
	times, err := r.Times(nil)
	if err != nil {
		return err
	}
	stages, err := stagesOf(r)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(headline(r) + "\n\n")
	totals(&b, r)
	b.WriteByte('\n')
	if columns := columnsOf(r, times); len(columns) > 0 {
		table(&b, columns)
		b.WriteByte('\n')
		plot(&b, columns[len(columns)-1])
	}
	stageTable(&b, stages)
	failures(&b, r)
	self(&b, r, &times.Latency)
	_, err = io.WriteString(w, b.String())
	return err
}

// headline says what was called, and with which load, in lines of no more than textWidth where names
// are not longer.
func headline(r *bench.Result) string {
	var loads []string
	for _, s := range r.Plan.Stages {
		loads = append(loads, load(s))
	}
	if len(loads) > 3 {
		loads = append(loads[:2], fmt.Sprintf("%d more stages", len(loads)-2))
	}
	var rest []string
	if r.Connections > 0 {
		rest = append(rest, "over "+plural(int64(r.Connections), "connection"))
	}
	if r.Processes > 1 {
		rest = append(rest, fmt.Sprintf("of %d processes", r.Processes))
	}
	if r.Plan.Warmup > 0 {
		rest = append(rest, fmt.Sprintf("after %v of warm-up", r.Plan.Warmup))
	}
	lines, line := []string{oneLine(fmt.Sprintf("%s %s %s at %s", r.Transport, r.Kind, r.Method, r.Target))}, ""
	for i, part := range append(loads, rest...) {
		switch {
		case i == 0:
		case i < len(loads):
			part = ", then " + part
		default:
			part = ", " + part
		}
		if len(line)+len(part) > textWidth {
			lines = append(lines, line+",")
			line, part = "", strings.TrimPrefix(part, ", ")
		}
		line += part
	}
	return strings.Join(append(lines, line), "\n")
}

// textWidth is how many cells a line may have.
const textWidth = 79

// load is a stage in words.
func load(s bench.Stage) string {
	unit := map[bool]string{true: " calls/s", false: " at once"}[s.Rate]
	text := number(s.From)
	if s.From != s.To {
		text += " to " + number(s.To)
	}
	if text += unit; s.For > 0 {
		text += fmt.Sprintf(" for %v", s.For)
	}
	return text
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// totals are the numbers of the whole.
func totals(b *strings.Builder, r *bench.Result) {
	row := func(name string, n int64, rest string) { fmt.Fprintf(b, "  %-9s %11d  %s\n", name, n, rest) }
	row("calls", r.Calls, perSecond(r.Rate())+" in "+bench.ShowTime(r.Elapsed)+ended(r))
	if r.Failed > 0 {
		row("failed", r.Failed, percent(r.ErrorShare()))
	}
	if r.Cut > 0 {
		row("cut", r.Cut, "under way at the end")
	}
	if r.Unmade > 0 {
		row("unmade", r.Unmade, "due, and not begun by the end: not in the times")
	}
	if r.Waited > 0 {
		row("waited", r.Waited, "began late, with "+plural(int64(r.Plan.InFlight), "call")+" under way")
	}
	streams := r.Kind != "unary" && r.Kind != "oneway"
	for _, t := range []struct {
		name string
		bench.Traffic
	}{{"sent", r.Sent}, {"received", r.Received}} {
		size := bench.ShowBytes(float64(t.Bytes)) + ", " + bench.ShowBytes(float64(t.Bytes)/max(r.Elapsed.Seconds(), 1e-9)) + "/s"
		if streams {
			size = perSecond(float64(t.Messages)/max(r.Elapsed.Seconds(), 1e-9)) + ", " + size
		}
		row(t.name, t.Messages, size)
	}
}

func ended(r *bench.Result) string {
	if r.Ended == "interrupted" {
		return ", interrupted"
	}
	return ""
}

func perSecond(rate float64) string {
	digits := 0
	if rate < 1000 {
		digits = 1
	}
	return decimals(rate, digits) + "/s"
}

// column is a histogram with what it is about.
type column struct {
	name string
	h    *histogram.H
}

// columnsOf are those that there is something in. Corrected times count, so they come last, and messages
// of streams after them.
func columnsOf(r *bench.Result, t *bench.Times) []column {
	var list []column
	call := "a call"
	if t.Corrected.Count() > 0 {
		call = "measured"
	}
	for _, c := range []column{{call, &t.Latency}, {"corrected", &t.Corrected}, {"a message", &t.Messages}, {"failed", &t.Failed}} {
		if c.h.Count() > 0 && (c.name != "failed" || r.Calls == 0) {
			list = append(list, c)
		}
	}
	return list
}

// table has a row for each figure.
func table(b *strings.Builder, columns []column) {
	line := func(name string, value func(*histogram.H) string) {
		fmt.Fprintf(b, "  %-9s", name)
		for _, c := range columns {
			fmt.Fprintf(b, " %11s", value(c.h))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(b, "  %-9s", "time")
	for _, c := range columns {
		fmt.Fprintf(b, " %11s", c.name)
	}
	b.WriteByte('\n')
	of := func(value func(*histogram.H) time.Duration) func(*histogram.H) string {
		return func(h *histogram.H) string { return bench.ShowTime(value(h)) }
	}
	line("mean", of((*histogram.H).Mean))
	line("min", of((*histogram.H).Min))
	for _, p := range bench.Percentiles {
		line(percentileName(p), func(h *histogram.H) string {
			if float64(h.Count())*(100-p) < 100-1e-6 {
				return "-" // there are too few times to tell it from the longest
			}
			return bench.ShowTime(h.Percentile(p))
		})
	}
	line("max", of((*histogram.H).Max))
}

// stageTable has a row for each stage.
func stageTable(b *strings.Builder, stages []stage) {
	if len(stages) == 0 {
		return
	}
	width := len("stage")
	for _, s := range stages {
		width = max(width, len(s.stage.String()))
	}
	fmt.Fprintf(b, "  %-*s %11s %8s %9s %9s %9s\n", width, "stage", "calls/s", "failed", "p50", "p99", "max")
	for _, s := range stages {
		h := s.times.Due()
		show := func(d time.Duration) string {
			if h.Count() == 0 {
				return "-"
			}
			return bench.ShowTime(d)
		}
		fmt.Fprintf(b, "  %-*s %11s %8d %9s %9s %9s\n", width, s.stage, decimals(s.rate(), 1), s.Failed,
			show(h.Percentile(50)), show(h.Percentile(99)), show(h.Max()))
	}
	b.WriteByte('\n')
}

// failures are the errors by kind.
func failures(b *strings.Builder, r *bench.Result) {
	if len(r.Failures) == 0 {
		return
	}
	b.WriteString("  failed calls\n")
	for _, f := range r.Failures {
		fmt.Fprintf(b, "  %11d  %s, first after %s:\n               %s\n", f.Count, oneLine(f.Label()), bench.ShowTime(f.First), oneLine(f.Example))
	}
	b.WriteByte('\n')
}

// oneLine is a text of a peer, on a line, without what a terminal obeys.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if terminal.Obeys(r) || r == '\u2028' || r == '\u2029' {
			return utf8.RuneError
		}
		return r
	}, strings.Join(strings.Fields(text), " "))
}

// self is what the load cost, and whether that was too much.
func self(b *strings.Builder, r *bench.Result, h *histogram.H) {
	s := &r.Self
	each := ""
	if n := r.Calls + r.Failed; n > 0 {
		each = fmt.Sprintf(", %s a call", bench.ShowTime(s.CPU/time.Duration(n)))
	}
	fmt.Fprintf(b, "  idlcall itself: %s of %s%s; late by %s", decimals(s.Used()*float64(s.CPUs), 2), plural(int64(s.CPUs), "CPU"), each, bench.ShowTime(s.Late()))
	if s.Busy > 0 {
		fmt.Fprintf(b, "\n  the machine: busy to %s", percent(s.Busy))
	}
	b.WriteByte('\n')
	if text := doubt(r, h); text != "" {
		b.WriteString("  " + text + "\n")
	}
}

// doubt says where figures are not the server's; "" where there is no reason to think so.
func doubt(r *bench.Result, h *histogram.H) string {
	switch r.Self.Doubt(h.Percentile(50)) {
	case bench.UsedUp:
		return "idlcall was the bottleneck: it used up its CPUs. The server may do more."
	case bench.TooLate:
		return "idlcall was a bottleneck: it waited for a CPU, as part of the times above."
	}
	return ""
}
