package bench

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// noisy is a Result of five seconds, in windows whose typical times differ by chance, and by as much
// as busy says.
func noisy(seed uint64, typical time.Duration, busy float64) *Result {
	random := rand.New(rand.NewPCG(seed, 7))
	r := &Result{Method: "m", Processes: 1, Plan: Plan{Stages: []Stage{{From: 1, To: 1}}}, Elapsed: 5 * time.Second}
	for i := range 20 {
		h := &histogram.H{}
		level := float64(typical) * math.Exp(busy*random.NormFloat64())
		n := int64(500 + 40*random.NormFloat64())
		for range n {
			h.Record(time.Duration(level * math.Exp(0.3*random.NormFloat64())))
		}
		r.Windows = append(r.Windows, Window{Start: time.Duration(i) * firstWindow, Length: firstWindow, Tally: Tally{Calls: n}, Latency: h.Pack()})
		r.Calls += n
	}
	return r
}

func verdicts(t *testing.T, a, b *Result) map[string]string {
	t.Helper()
	list, err := Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, d := range list {
		found[d.Name] = d.Verdict()
	}
	return found
}

// TestCompare also counts how often 95 % confidence is wrong about loads that are alike.
func TestCompare(t *testing.T) {
	t.Parallel()
	slower := verdicts(t, noisy(3, time.Millisecond, 0.05), noisy(4, 1100*time.Microsecond, 0.05))
	if slower["p50"] != "worse" || slower["mean"] != "worse" || slower["rate"] != "no sure difference" {
		t.Errorf("a load that is a tenth slower: %v", slower)
	}
	if faster := verdicts(t, noisy(1, time.Millisecond, 0.05), noisy(2, 900*time.Microsecond, 0.05)); faster["p90"] != "better" {
		t.Errorf("a load that is a tenth faster: %v", faster)
	}
	wrong, of := map[string]int{}, 60
	for i := range of {
		for name, verdict := range verdicts(t, noisy(uint64(10+2*i), time.Millisecond, 0.1), noisy(uint64(11+2*i), time.Millisecond, 0.1)) {
			if verdict != "no sure difference" {
				wrong[name]++
			}
		}
	}
	// 5 % of 60 are 3; more than 10 would be, by chance, once in some ten thousand times.
	for _, name := range []string{"rate", "mean", "p50", "p90", "p99"} {
		if wrong[name] > 10 {
			t.Errorf("%s: %d of %d comparisons of like loads find a difference", name, wrong[name], of)
		}
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	none, one := Estimate{0, 0, 0}, Estimate{0.1, 0.05, 0.15}
	for name, c := range map[string]struct {
		d    Difference
		want string
	}{
		"fewer calls":     {difference("rate", Estimate{100, 99, 101}, Estimate{90, 89, 91}), "worse"},
		"more calls":      {difference("rate", Estimate{100, 99, 101}, Estimate{110, 109, 111}), "better"},
		"errors at last":  {difference("errors", none, one), "worse"},
		"errors no more":  {difference("errors", one, none), "better"},
		"never an error":  {difference("errors", none, none), "no sure difference"},
		"below nothing":   {difference("p50", Estimate{1, 0.1, 3}, Estimate{0.1, 0, 3}), "no sure difference"},
		"bounds too wide": {difference("p99", Estimate{1, 0.5, 1.5}, Estimate{1.2, 0.7, 1.9}), "no sure difference"},
	} {
		if got := c.d.Verdict(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if c.d.Change.Low < -1 {
			t.Errorf("%s: a change of %v", name, c.d.Change)
		}
	}
}

// TestMerge has one load of three callers and, with the same times, three loads of one.
func TestMerge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := func(from, to int) Load {
			return Load{
				Plan: Plan{Stages: []Stage{{From: float64(to - from), To: float64(to - from), For: 10 * time.Second}}}, Drain: time.Minute,
				Caller: func(i int) (Call, error) {
					random := rand.New(rand.NewPCG(uint64(from+i), 1))
					return func(ctx context.Context, _ int64, m *Meter) error {
						m.Sent(1)
						return pause(ctx, time.Duration(random.ExpFloat64()*float64(5*time.Millisecond)))
					}, nil
				},
			}
		}
		whole := run(t, one(0, 3))
		whole.Method = "m"
		var parts []*Result
		for i := range 3 {
			r := run(t, one(i, i+1))
			r.Method = "m"
			r.Start = whole.Start // as if at once
			parts = append(parts, r)
		}
		sum, err := Merge(parts)
		if err != nil {
			t.Fatal(err)
		}
		if err := sum.Check(); err != nil {
			t.Error(err)
		}
		a, err := whole.Times(nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := sum.Times(nil)
		if err != nil {
			t.Fatal(err)
		}
		if whole.Tally != sum.Tally || !slices.Equal(a.Latency.Bars(), b.Latency.Bars()) || sum.Processes != 3 {
			t.Errorf("%+v of %d processes, want %+v", sum.Tally, sum.Processes, whole.Tally)
		}
		if want := "[c3:10s]"; len(sum.Plan.Stages) != 1 || sum.Plan.Stages[0].String() != want[1:len(want)-1] {
			t.Errorf("the load is %v, want %s", sum.Plan.Stages, want)
		}
		if sum.Rate() < whole.Rate()*0.999 || sum.Rate() > whole.Rate()*1.001 {
			t.Errorf("%v calls a second, want %v", sum.Rate(), whole.Rate())
		}
		later := *parts[1]
		later.Start = later.Start.Add(time.Hour)
		if after, err := Merge([]*Result{parts[0], &later}); err != nil || after.Elapsed != 20*time.Second || after.Plan.Stages[0].From != 1 {
			t.Errorf("two loads, one after the other: %+v, %v", after, err)
		}
		for name, change := range map[string]func(*Result){
			"interrupted": func(r *Result) { r.Ended = "interrupted" },
			"busy":        func(r *Result) { r.Self.CPU, r.Self.CPUs, r.Self.Elapsed = 2*time.Second, 2, time.Second },
		} {
			other := *parts[2]
			change(&other)
			both, err := Merge([]*Result{parts[0], &other})
			if err != nil || name == "interrupted" && both.Ended != name || name == "busy" && both.Self.Doubt(time.Hour) != UsedUp {
				t.Errorf("%s: %+v, %v", name, both, err)
			}
		}
		parts[0].Plan.Stages = append(parts[0].Plan.Stages, Stage{From: 1, To: 1, For: time.Second})
		if _, err := Merge(parts); err == nil {
			t.Error("results of two loads add up")
		}
		parts[0].Plan.Stages = parts[0].Plan.Stages[:1]
		parts[1].Method = "other"
		if _, err := Merge(parts); err == nil {
			t.Error("results of two methods add up")
		}
	})
}

func TestThresholds(t *testing.T) {
	t.Parallel()
	r := noisy(1, time.Millisecond, 0)
	r.Failed, r.Unmade, r.Windows[0].Failed = 300, 1000, 300
	for text, want := range map[string]bool{
		"p50>900us": true, "p50>1.2ms": false, "p99.9 > 1s": false, "p99.99<1s": true, "max>=1ms": true, "min < 1ns": false, "mean>0.5ms": true,
		"errors>2%": true, "errors>4%": false, "errors>299": true, "errors>=300": true, "errors>300": false, "unmade>8%": true, "unmade>0": true,
		"rate<1": false, "rate<100000": true, "calls<=12000": true,
	} {
		threshold, err := ParseThreshold(text)
		if err != nil {
			t.Error(err)
			continue
		}
		crossed, err := Check(r, []*Threshold{threshold})
		if err != nil || len(crossed) == 1 != want {
			t.Errorf("%s: %v, %v", text, crossed, err)
		}
	}
	for _, text := range []string{"", "p99", "p>1ms", "p0>1ms", "p101>1ms", "p99>5", "p99>-1s", "foo>1", "rate>5%", "errors>x", "errors>1e", "p99=5ms", ">"} {
		if threshold, err := ParseThreshold(text); err == nil {
			t.Errorf("%q is %+v", text, threshold)
		}
	}
	none := &Result{Method: "m", Plan: r.Plan, Tally: Tally{Failed: 3}}
	threshold, _ := ParseThreshold("p99>50ms")
	if crossed, err := Check(none, []*Threshold{threshold}); err != nil || len(crossed) != 1 {
		t.Errorf("without a call that went well p99 is fine: %v, %v", crossed, err)
	}
}

func TestStudent(t *testing.T) {
	t.Parallel()
	for degrees, want := range map[int]float64{1: 12.706, 5: 2.571, 6: 2.447, 10: 2.228, 30: 2.042, 120: 1.980} {
		if got := student(degrees); math.Abs(got-want) > 0.002 {
			t.Errorf("with %d degrees of freedom %v, want %v", degrees, got, want)
		}
	}
}

func TestShowTime(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0ns", 999: "999ns", 1000: "1.00µs", 9996: "10.0µs", 99_960: "100µs", 999_400: "999µs", 999_600: "1.00ms", 12_345_678: "12.3ms",
		999_600 * time.Microsecond: "1.00s", 75 * time.Second: "75.0s", time.Hour: "3600s",
	} {
		if got := ShowTime(d); got != want {
			t.Errorf("%d ns is %s, want %s", d, got, want)
		}
	}
}
