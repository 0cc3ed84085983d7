package bench

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// run makes a load in time that passes only while all wait.
func run(t *testing.T, l Load) *Result {
	t.Helper()
	l.coarse = true
	r, err := Run(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// all callers make the same call.
func all(call Call) func(int) (Call, error) {
	return func(int) (Call, error) { return call, nil }
}

func takes(d time.Duration) Call {
	return func(ctx context.Context, _ int64, _ *Meter) error { return pause(ctx, d) }
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// stalling answers at once, but not for the first second of every ten.
func stalling(start time.Time) Call {
	return func(ctx context.Context, _ int64, _ *Meter) error {
		if in := time.Since(start) % (10 * time.Second); in < time.Second {
			return pause(ctx, time.Second-in)
		}
		return nil
	}
}

// TestStall holds percentiles against those that intended starts have by hand: a tenth of all
// calls wait, evenly from 0 to 1 s, so 1 in 100 waits for 900 ms or more.
func TestStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plan := Plan{Stages: []Stage{{Rate: true, From: 1000, To: 1000, For: 20 * time.Second}}, InFlight: 10_000}
		r := run(t, Load{Plan: plan, Caller: all(stalling(time.Now())), Drain: time.Second})
		times, err := r.Times(nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Calls != 20_000 || times.Corrected.Count() != 20_000 || r.Waited != 0 || r.Unmade != 0 {
			t.Errorf("%d calls, %d waited, %d unmade", r.Calls, r.Waited, r.Unmade)
		}
		for p, want := range map[float64]time.Duration{85: 0, 95: 500 * time.Millisecond, 99: 900 * time.Millisecond, 99.9: 990 * time.Millisecond} {
			if got := times.Corrected.Percentile(p); (got - want).Abs() > 3*time.Millisecond {
				t.Errorf("p%v is %v, want %v", p, got, want)
			}
		}
	})
}

// TestStallBehindLimit has one caller: calls that should have begun during the stall begin
// late, which the measured times hide and the corrected ones do not.
func TestStallBehindLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plan := Plan{Stages: []Stage{{Rate: true, From: 1000, To: 1000, For: 20 * time.Second}}, InFlight: 1}
		r := run(t, Load{Plan: plan, Caller: all(stalling(time.Now())), Drain: time.Second})
		times, err := r.Times(nil)
		if err != nil {
			t.Fatal(err)
		}
		measured, corrected := times.Latency.Percentile(99), times.Corrected.Percentile(99)
		if measured > time.Millisecond || (corrected-900*time.Millisecond).Abs() > 3*time.Millisecond || r.Calls != 20_000 {
			t.Errorf("p99 of %d calls is %v, from intended starts %v", r.Calls, measured, corrected)
		}
		if r.Waited < 1990 || r.Waited > 2000 {
			t.Errorf("%d calls waited for the one caller", r.Waited)
		}
	})
}

func TestClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		call := func(ctx context.Context, n int64, m *Meter) error {
			m.Sent(10)
			m.Received(20)
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			return pause(ctx, 10*time.Millisecond)
		}
		r := run(t, Load{Plan: Plan{Stages: []Stage{{From: 5, To: 5}}, Calls: 1003}, Caller: all(call), Drain: time.Second})
		if r.Calls != 1003 || r.Ended != "calls" || most.Load() != 5 {
			t.Errorf("%d calls, %d at once, ended by %s", r.Calls, most.Load(), r.Ended)
		}
		if want := 2010 * time.Millisecond; r.Elapsed != want {
			t.Errorf("it took %v, want %v", r.Elapsed, want)
		}
		if r.Sent != (Traffic{1003, 10030}) || r.Received != (Traffic{1003, 20060}) {
			t.Errorf("sent %v, received %v", r.Sent, r.Received)
		}
		holds(t, r)
	})
}

// holds checks that the windows are the whole.
func holds(t *testing.T, r *Result) {
	t.Helper()
	sum, end := Tally{}, time.Duration(0)
	for _, w := range r.Windows {
		sum.Add(w.Tally)
		if w.Start < end-time.Millisecond {
			t.Errorf("a window begins at %v, before the end of that before it at %v", w.Start, end)
		}
		end = w.Start + w.Length
	}
	if sum != r.Tally {
		t.Errorf("the windows have %+v, the whole %+v", sum, r.Tally)
	}
	times, err := r.Times(nil)
	if err != nil || times.Latency.Count() != r.Calls || times.Failed.Count() != r.Failed {
		t.Errorf("there are %d times of %d calls, %v", times.Latency.Count(), r.Calls, err)
	}
}

func TestStages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stages, err := ParseStages("100:10s, 100-300:10s, c2:5s, c2-12:10s")
		if err != nil {
			t.Fatal(err)
		}
		r := run(t, Load{Plan: Plan{Stages: stages, Warmup: 2 * time.Second, InFlight: 100}, Caller: all(takes(10 * time.Millisecond)), Drain: time.Second})
		calls := make([]int64, len(stages))
		for _, w := range r.Windows {
			calls[w.Stage] += w.Calls
		}
		for i, want := range []int64{1000, 2000, 1000, 7000} {
			if math.Abs(float64(calls[i]-want)) > float64(want)/50 {
				t.Errorf("stage %v has %d calls, want %d", stages[i], calls[i], want)
			}
		}
		if r.Ended != "time" || (r.Elapsed-35*time.Second).Abs() > 20*time.Millisecond {
			t.Errorf("it took %v, ended by %s", r.Elapsed, r.Ended)
		}
		holds(t, r)
	})
}

// TestInterruptedDrain is interrupted after the end of the load: calls that are cut then have not failed.
func TestInterruptedDrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		r, err := Run(ctx, Load{coarse: true, Plan: Plan{Stages: []Stage{{From: 2, To: 2, For: time.Second}}}, Caller: all(takes(time.Hour)), Drain: 5 * time.Second})
		if err != nil || r.Failed != 0 || r.Cut != 2 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// TestStagesShareCallers has calls that are longer than stages: there are never more than a stage has.
func TestStagesShareCallers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"c1:500ms,c1:500ms,c1:500ms,c1:500ms", "10:600ms,10:600ms,10:600ms"} {
		synctest.Test(t, func(t *testing.T) {
			stages, err := ParseStages(text)
			if err != nil {
				t.Fatal(err)
			}
			var now, most atomic.Int64
			run(t, Load{Plan: Plan{Stages: stages, InFlight: 1}, Drain: 10 * time.Second, Caller: all(func(ctx context.Context, _ int64, _ *Meter) error {
				most.Store(max(most.Load(), now.Add(1)))
				defer now.Add(-1)
				return pause(ctx, 2500*time.Millisecond)
			})})
			if most.Load() != 1 {
				t.Errorf("%s: %d calls at once", text, most.Load())
			}
		})
	}
}

// TestManyStages has more stages than windows are kept: a long one after them has windows all the same.
func TestManyStages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var stages []Stage
		for range 200 {
			stages = append(stages, Stage{From: 1, To: 1, For: 20 * time.Millisecond})
		}
		stages = append(stages, Stage{From: 1, To: 1, For: 20 * time.Second})
		r := run(t, Load{Plan: Plan{Stages: stages}, Drain: time.Second, Caller: all(takes(10 * time.Millisecond))})
		last := 0
		for _, w := range r.Windows {
			if w.Stage == 200 {
				last++
			}
		}
		if last < 20 || len(r.Windows) > 600 {
			t.Errorf("%d windows, %d of them of 20 s", len(r.Windows), last)
		}
		holds(t, r)
	})
}

// TestMixed has callers beside calls that are due: thresholds look at all of them.
func TestMixed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stages, err := ParseStages("10:500ms,c20:1s")
		if err != nil {
			t.Fatal(err)
		}
		r := run(t, Load{Plan: Plan{Stages: stages, InFlight: 5}, Drain: time.Second, Caller: all(func(ctx context.Context, n int64, _ *Meter) error {
			if n < 5 {
				return nil
			}
			return pause(ctx, 100*time.Millisecond)
		})})
		over, err := ParseThreshold("max>50ms")
		if err != nil {
			t.Fatal(err)
		}
		crossed, err := Check(r, []*Threshold{over})
		if err != nil || len(crossed) != 1 {
			t.Errorf("%v, %v", crossed, err)
		}
	})
}

// TestWarmNumbers begins to count from 0 after the warm-up.
func TestWarmNumbers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var numbers []int64
		r := run(t, Load{Plan: Plan{Warmup: time.Second, Stages: []Stage{{Rate: true, From: 10, To: 10}}, Calls: 3, InFlight: 1}, Drain: time.Second, Caller: all(func(_ context.Context, n int64, _ *Meter) error {
			numbers = append(numbers, n)
			return nil
		})})
		if len(numbers) != 13 || numbers[9] != 9 || numbers[10] != 0 || numbers[12] != 2 {
			t.Errorf("the calls have the numbers %v", numbers)
		}
		if r.Elapsed != 300*time.Millisecond { // three calls of ten a second
			t.Errorf("three calls took %v", r.Elapsed)
		}
	})
}

// TestLongLoad has more windows than are kept.
func TestLongLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := run(t, Load{Plan: Plan{Stages: []Stage{{From: 1, To: 1, For: time.Minute}}}, Caller: all(takes(100 * time.Millisecond)), Drain: time.Second})
		if n := len(r.Windows); n < maxWindows/2-5 || n > maxWindows+1 {
			t.Errorf("there are %d windows", n)
		}
		if r.Calls < 600 || r.Calls > 601 {
			t.Errorf("%d calls", r.Calls)
		}
		holds(t, r)
	})
}

// TestSlowServer cannot keep up: what was due and not made is told.
func TestSlowServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := run(t, Load{
			Plan:   Plan{Stages: []Stage{{Rate: true, From: 100, To: 100, For: 10 * time.Second}}, InFlight: 10},
			Caller: all(takes(200 * time.Millisecond)), Drain: time.Second,
		})
		if r.Calls+r.Cut+r.Unmade != 1000 || r.Unmade < 485 || r.Unmade > 500 {
			t.Errorf("%d calls, %d cut, %d unmade", r.Calls, r.Cut, r.Unmade)
		}
		holds(t, r)
	})
}

func TestEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		r, err := Run(ctx, Load{coarse: true, Plan: Plan{Stages: []Stage{{From: 3, To: 3, For: time.Minute}}}, Caller: all(takes(time.Second + time.Millisecond)), Drain: time.Second})
		if err != nil || r.Ended != "interrupted" || r.Calls != 6 || r.Cut != 3 || r.Failed != 0 {
			t.Errorf("%+v, %v", r, err)
		}
		r = run(t, Load{Plan: Plan{Stages: []Stage{{From: 2, To: 2, For: time.Second}}}, Caller: all(takes(time.Hour)), Drain: 2 * time.Second})
		if r.Failed != 2 || r.Cut != 0 || r.Elapsed != time.Second || r.Failures[0].Kind != "deadline" || r.Failures[0].Example != "not over 2s after the end of the load" {
			t.Errorf("%d cut after %v, %+v", r.Cut, r.Elapsed, r.Failures)
		}
		r = run(t, Load{Plan: Plan{Stages: []Stage{{From: 2, To: 2, For: time.Second}}}, Caller: all(takes(time.Hour)), Drain: 2 * time.Second, Endless: true})
		if r.Failed != 0 || r.Cut != 2 || r.Elapsed != 3*time.Second {
			t.Errorf("%d cut after %v", r.Cut, r.Elapsed)
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gone := &stream.Status{Code: stream.NotFound, Message: "no 7"}
		call := func(ctx context.Context, n int64, _ *Meter) error {
			_ = pause(ctx, time.Millisecond)
			switch {
			case n%10 == 7:
				return gone
			case n%100 == 3:
				return context.DeadlineExceeded
			}
			return nil
		}
		r := run(t, Load{Plan: Plan{Stages: []Stage{{From: 1, To: 1}}, Calls: 1000}, Caller: all(call), Drain: time.Second})
		if len(r.Failures) != 2 || r.Failed != 110 || r.First == nil {
			t.Fatalf("%+v", r.Failures)
		}
		f := r.Failures[0]
		if f.Label() != "NOT_FOUND" || f.Count != 100 || f.Example != gone.Error() || f.First != 8*time.Millisecond {
			t.Errorf("%+v", f)
		}
		if f := r.Failures[1]; f.Label() != "deadline" || f.Count != 10 {
			t.Errorf("%+v", f)
		}
		holds(t, r)

		refused := errors.New("refused")
		_, err := Run(t.Context(), Load{
			coarse: true, Plan: Plan{Stages: []Stage{{From: 9, To: 9, For: time.Hour}}}, Hopeless: func(error) bool { return true },
			Caller: all(func(context.Context, int64, *Meter) error { return refused }),
		})
		if err != refused {
			t.Errorf("a hopeless load ends with %v", err)
		}
		_, err = Run(t.Context(), Load{coarse: true, Plan: Plan{Stages: []Stage{{From: 9, To: 9, For: time.Hour}}}, Caller: func(i int) (Call, error) {
			return takes(time.Second), map[bool]error{true: refused}[i == 4]
		}})
		if err != refused {
			t.Errorf("without callers it ends with %v", err)
		}
	})
}

// TestAlarm has a load begin its calls in time, by a real clock, as far as the machine lets it.
func TestAlarm(t *testing.T) {
	t.Parallel()
	plan := Plan{Stages: []Stage{{Rate: true, From: 500, To: 500, For: time.Second}}, InFlight: 100}
	r, err := Run(t.Context(), Load{Plan: plan, Caller: all(func(context.Context, int64, *Meter) error { return nil }), Drain: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	times, err := r.Times(nil)
	if err != nil || r.Calls != 500 || r.Self.Lag == 0 {
		t.Errorf("%d calls, %+v, %v", r.Calls, r.Self, err)
	}
	t.Logf("of %d calls half began by %v, 99 of 100 by %v; lag %v", r.Calls, times.Corrected.Percentile(50), times.Corrected.Percentile(99), r.Self.Lag)
}

// TestManyAtOnce is for the race detector.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	numbers := map[int64]bool{}
	r := run(t, Load{
		Plan: Plan{Stages: []Stage{{From: 20, To: 20}}, Calls: 5000}, Drain: time.Second,
		Caller: all(func(_ context.Context, n int64, m *Meter) error {
			mu.Lock()
			defer mu.Unlock()
			numbers[n] = true
			m.Message(time.Microsecond)
			return nil
		}),
	})
	times, err := r.Times(nil)
	if err != nil || r.Calls != 5000 || len(numbers) != 5000 || times.Messages.Count() != 5000 {
		t.Errorf("%d calls, %d numbers, %d messages, %v", r.Calls, len(numbers), times.Messages.Count(), err)
	}
}

func TestParseStages(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"100:10s":             "100/s:10s",
		"1.5/s:1m , c3-9:10s": "1.5/s:1m0s c3-9:10s",
		"0-10:1s":             "0-10/s:1s",
		"":                    "error", "100": "error", "0:1s": "error", "x:1s": "error", "1:-1s": "error", "c1.5:1s": "error",
		"1-:1s": "error", "100000000:1s": "error", "c1000000:1s": "error", "NaN:1s": "error", "1:1s,": "error",
	} {
		stages, err := ParseStages(text)
		got := ""
		for _, s := range stages {
			if got != "" {
				got += " "
			}
			got += s.String()
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q is %s (%v), want %s", text, got, err, want)
		}
	}
}

// TestSchedule holds the starts of ramps against the integral of the rate.
func TestSchedule(t *testing.T) {
	t.Parallel()
	for _, s := range []Stage{
		{Rate: true, From: 100, To: 100, For: 3 * time.Second}, {Rate: true, From: 0, To: 200, For: 10 * time.Second},
		{Rate: true, From: 200, To: 0, For: 10 * time.Second}, {Rate: true, From: 100, To: 100.001, For: time.Hour / 60},
	} {
		plan, made, last := schedule{stage: s}, 0, time.Duration(-1)
		for {
			at, ok := plan.next()
			if !ok {
				break
			}
			x := at.Seconds()
			if begun := s.From*x + (s.To-s.From)*x*x/(2*s.For.Seconds()); math.Abs(begun-float64(made)) > 1e-3 {
				t.Fatalf("%v: call %d is due at %v, when %v should have begun", s, made, at, begun)
			}
			if at < last {
				t.Fatalf("%v: call %d is due before the one before it", s, made)
			}
			made, last = made+1, at
		}
		if want := (s.From + s.To) / 2 * s.For.Seconds(); math.Abs(float64(made)-want) > 1.5 {
			t.Errorf("%v makes %d calls, want %v", s, made, want)
		}
	}
}
