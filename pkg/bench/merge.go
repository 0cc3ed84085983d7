package bench

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// Merge is what several processes have measured of one method, as if one had: counts and times add
// up exactly, and windows are those of the same time by the clocks of the machines.
func Merge(results []*Result) (*Result, error) {
	if len(results) == 0 {
		return nil, errors.New("there are no results")
	}
	first := results[0]
	sum := &Result{
		Target: first.Target, Method: first.Method, Kind: first.Kind, Transport: first.Transport,
		Plan: first.Plan, Start: first.Start, Ended: first.Ended,
	}
	end := first.Start
	kinds := map[failureID]*Failure{}
	for _, r := range results {
		if r.Method != sum.Method {
			return nil, fmt.Errorf("results of different methods, %s and %s", sum.Method, r.Method)
		}
		if r.Start.Before(sum.Start) {
			sum.Start = r.Start
		}
		if e := r.Start.Add(r.Elapsed); e.After(end) {
			end = e
		}
	}
	sum.Elapsed = end.Sub(sum.Start)
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
	sum.Plan = mergePlans(results)
	return sum, sum.mergeWindows(results)
}

// addTotals adds what is a number. Of what one process says of itself, the worst counts.
func (r *Result) addTotals(other *Result) {
	r.Add(other.Tally)
	r.Connections += other.Connections
	r.Processes += other.Processes
	r.Cut += other.Cut
	r.Unmade += other.Unmade
	r.Waited += other.Waited
	if other.Ended != r.Ended {
		r.Ended = "differently"
	}
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

// mergePlans adds up the loads of equal stages. Where stages differ, those of the first stand.
func mergePlans(results []*Result) Plan {
	plan := results[0].Plan
	plan.Stages = slices.Clone(plan.Stages)
	for _, r := range results[1:] {
		plan.Calls += r.Plan.Calls
		plan.InFlight += r.Plan.InFlight
		for i := range min(len(plan.Stages), len(r.Plan.Stages)) {
			if s := r.Plan.Stages[i]; s.Rate == plan.Stages[i].Rate {
				plan.Stages[i].From += s.From
				plan.Stages[i].To += s.To
			}
		}
	}
	return plan
}

// mergeWindows puts windows of the same time together. All have the length of the longest.
func (r *Result) mergeWindows(results []*Result) error {
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
		for _, w := range one.Windows {
			w.Start += shift
			at := [2]int64{int64((w.Start + w.Length/2) / width), int64(w.Stage)}
			bin := bins[at]
			if bin == nil {
				bin = &sum{Window: Window{Start: w.Start, Stage: w.Stage}}
				bins[at] = bin
			}
			end := max(bin.Start+bin.Length, w.Start+w.Length)
			bin.Start = min(bin.Start, w.Start)
			bin.Length = end - bin.Start
			bin.Add(w.Tally)
			for i, packed := range []histogram.Packed{w.Latency, w.Corrected, w.Messages, w.FailedLatency} {
				h, err := packed.Unpack()
				if err != nil {
					return err
				}
				bin.times[i].Add(h)
			}
		}
	}
	for _, bin := range bins {
		for i, to := range []*histogram.Packed{&bin.Latency, &bin.Corrected, &bin.Messages, &bin.FailedLatency} {
			*to = bin.times[i].Pack()
		}
		r.Windows = append(r.Windows, bin.Window)
	}
	slices.SortFunc(r.Windows, func(a, b Window) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Stage, b.Stage))
	})
	return nil
}

// Check refuses a Result that no Run has made.
func (r *Result) Check() error {
	switch {
	case r.Method == "" || len(r.Plan.Stages) == 0:
		return errors.New("not the result of a load")
	case r.Elapsed < 0 || r.Elapsed > maxElapsed || r.Calls < 0 || r.Failed < 0 || r.Processes < 1:
		return errors.New("a result with numbers out of bounds")
	case len(r.Windows) > maxRead:
		return fmt.Errorf("a result with more than %d windows", maxRead)
	}
	sum := Tally{}
	for _, w := range r.Windows {
		if w.Length < 0 || w.Length > maxElapsed || w.Calls < 0 || w.Failed < 0 || w.Stage < 0 || w.Stage >= len(r.Plan.Stages) {
			return errors.New("a window with numbers out of bounds")
		}
		sum.Add(w.Tally)
	}
	if sum != r.Tally {
		return errors.New("the windows do not add up to the whole")
	}
	return nil
}

// Bounds of what is read.
const (
	maxElapsed = 10 * 365 * 24 * time.Hour
	maxRead    = 100_000
)
