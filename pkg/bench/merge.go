package bench

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// Merge is what several processes have measured of one method, as if one had: counts and times add
// up exactly, and windows are those of the same time by the clocks of the machines. Processes that
// were at it one after the other add up, too; rates are then of the time that there was one. Results
// of unlike methods or loads are refused.
func Merge(results []*Result) (*Result, error) {
	if len(results) == 0 {
		return nil, errors.New("there are no results")
	}
	first := results[0]
	for _, r := range results[1:] {
		if err := alike(first, r); err != nil {
			return nil, err
		}
	}
	if len(results) == 1 {
		return first, nil
	}
	sum := &Result{
		Target: targets(results), Method: first.Method, Kind: first.Kind, Transport: first.Transport, Start: first.Start, Ended: first.Ended,
	}
	kinds := map[failureID]*Failure{}
	for _, r := range results {
		if r.Start.Before(sum.Start) {
			sum.Start = r.Start
		}
	}
	for _, r := range results {
		sum.addTotals(r)
		for _, f := range r.Failures {
			f.First += r.Start.Sub(sum.Start)
			addFailure(kinds, f)
		}
	}
	for _, k := range kinds {
		sum.Failures = append(sum.Failures, *k)
	}
	sortFailures(sum.Failures)
	atOnce := atOnce(results)
	for _, r := range results {
		sum.Elapsed += r.Elapsed / time.Duration(atOnce)
	}
	sum.Plan = mergePlans(results, atOnce)
	if err := sum.mergeWindows(results, atOnce); err != nil {
		return nil, err
	}
	return sum, nil
}

// alike refuses results that make no sense as one.
func alike(a, b *Result) error {
	for _, x := range []struct{ what, a, b string }{
		{"methods", a.Method, b.Method}, {"transports", a.Transport, b.Transport}, {"loads", shape(&a.Plan), shape(&b.Plan)},
	} {
		if x.a != x.b {
			return fmt.Errorf("results of different %s, %s and %s", x.what, x.a, x.b)
		}
	}
	return nil
}

// shape is the stages of a load, but for how much of it there is.
func shape(p *Plan) string {
	var parts []string
	for _, s := range p.Stages {
		text := "callers"
		if s.Rate {
			text = "calls/s"
		}
		if s.For > 0 {
			text += " for " + s.For.String()
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", then ")
}

// targets are those of all results, each once.
func targets(results []*Result) string {
	var list []string
	for _, r := range results {
		if !slices.Contains(list, r.Target) {
			list = append(list, r.Target)
		}
	}
	const shown = 3
	if len(list) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:shown], ","), len(list)-shown)
	}
	return strings.Join(list, ",")
}

// atOnce is how many of the loads there were at a time, on the whole: the sum of their times over the
// time that there was any of them.
func atOnce(results []*Result) int {
	sorted := slices.SortedFunc(slices.Values(results), func(a, b *Result) int { return a.Start.Compare(b.Start) })
	sum, any, end := time.Duration(0), time.Duration(0), sorted[0].Start
	for _, r := range sorted {
		sum += r.Elapsed
		if r.Start.After(end) {
			end = r.Start
		}
		if e := r.Start.Add(r.Elapsed); e.After(end) {
			any += e.Sub(end)
			end = e
		}
	}
	if any <= 0 {
		return 1
	}
	return max(int(math.Round(float64(sum)/float64(any))), 1)
}

// addTotals adds what is a number. Of what one process says of itself, the worst counts.
func (r *Result) addTotals(other *Result) {
	r.Add(other.Tally)
	r.Connections += other.Connections
	r.Processes += other.Processes
	r.Cut += other.Cut
	r.Unmade += other.Unmade
	r.Waited += other.Waited
	if other.Ended == "interrupted" {
		r.Ended = other.Ended
	}
	r.Self.Most = max(r.Self.Most, other.Self.Used(), other.Self.Most)
	r.Self.CPU += other.Self.CPU
	r.Self.CPUs += other.Self.CPUs
	r.Self.Busy = max(r.Self.Busy, other.Self.Busy)
	r.Self.Lag = max(r.Self.Lag, other.Self.Lag)
	r.Self.Queue = max(r.Self.Queue, other.Self.Queue)
	r.Self.Elapsed = max(r.Self.Elapsed, other.Self.Elapsed)
}

func addFailure(kinds map[failureID]*Failure, f Failure) {
	id := failureID{f.Kind, f.Name, f.Code}
	known := kinds[id]
	if known == nil {
		kinds[id] = &f
		return
	}
	known.Count += f.Count
	if f.First < known.First {
		known.First, known.Example = f.First, f.Example
	}
}

// mergePlans adds up the loads, of as many as there were at once.
func mergePlans(results []*Result, atOnce int) Plan {
	plan := results[0].Plan
	plan.Stages = slices.Clone(plan.Stages)
	for _, r := range results[1:] {
		plan.Calls += r.Plan.Calls
		plan.InFlight += r.Plan.InFlight
		for i, s := range r.Plan.Stages {
			plan.Stages[i].From += s.From
			plan.Stages[i].To += s.To
		}
	}
	part := float64(atOnce) / float64(len(results))
	for i := range plan.Stages {
		plan.Stages[i].From *= part
		plan.Stages[i].To *= part
	}
	return plan
}

// mergeWindows puts windows of the same time together. The length of each is what it has of the time
// of the processes, over how many of them there were at once.
func (r *Result) mergeWindows(results []*Result, atOnce int) error {
	width := firstWindow
	for _, one := range results {
		for _, w := range one.Windows {
			width = max(width, w.Length)
		}
	}
	type sum struct {
		Window
		times [4]histogram.H
	}
	bins := map[[2]int64]*sum{}
	for _, one := range results {
		shift := one.Start.Sub(r.Start)
		for i := range one.Windows {
			w := &one.Windows[i]
			start := w.Start + shift
			at := [2]int64{int64((start + w.Length/2) / width), int64(w.Stage)}
			bin := bins[at]
			if bin == nil {
				bin = &sum{Window: Window{Start: start, Stage: w.Stage}}
				bins[at] = bin
			}
			bin.Start = min(bin.Start, start)
			bin.Length += w.Length / time.Duration(atOnce)
			bin.Add(w.Tally)
			for i, packed := range w.packed() {
				h, err := packed.Unpack()
				if err != nil {
					return err
				}
				bin.times[i].Add(h)
			}
		}
	}
	for _, bin := range bins {
		for i, to := range bin.packed() {
			*to = bin.times[i].Pack()
		}
		r.Windows = append(r.Windows, bin.Window)
	}
	slices.SortFunc(r.Windows, func(a, b Window) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Stage, b.Stage))
	})
	return nil
}
