package bench

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Threshold is a condition that a Result must not meet: "p99>50ms", "errors>1%", "rate<1000".
type Threshold struct {
	text   string
	figure string  // rate, calls, errors, unmade, min, mean, max, or p
	p      float64 // of p
	form   form
	op     string
	bound  float64 // calls a second, calls, a share, or seconds
}

// form is what a figure is measured in.
type form uint8

const (
	inCalls form = iota
	inShare
	inTime
)

// String is the text that was parsed.
func (t *Threshold) String() string { return t.text }

// ParseThreshold reads "FIGURE OP BOUND". Figures are rate, calls, errors, unmade, min, mean, max
// and p with a percentile; OP is <, <=, > or >=. Bounds of times are durations; those of errors and
// unmade are a number or, with %, a share of all calls.
func ParseThreshold(text string) (*Threshold, error) {
	at := strings.IndexAny(text, "<>")
	if at < 0 {
		return nil, fmt.Errorf("%q: want a condition like p99>50ms, errors>1%% or rate<1000", text)
	}
	t := &Threshold{text: text, figure: strings.TrimSpace(text[:at]), op: text[at : at+1]}
	rest := text[at+1:]
	if after, ok := strings.CutPrefix(rest, "="); ok {
		t.op, rest = t.op+"=", after
	}
	return t, cmp.Or(t.parseFigure(), t.parseBound(strings.TrimSpace(rest)))
}

func (t *Threshold) parseFigure() error {
	switch t.figure {
	case "rate", "calls", "errors", "unmade":
		return nil
	case "min", "mean", "max":
		t.form = inTime
		return nil
	}
	if number, ok := strings.CutPrefix(t.figure, "p"); ok {
		p, err := strconv.ParseFloat(number, 64)
		if err == nil && p > 0 && p <= 100 {
			t.figure, t.p, t.form = "p", p, inTime
			return nil
		}
	}
	return fmt.Errorf("%q: there is no figure %q: want rate, calls, errors, unmade, min, mean, max, or a percentile like p99.9", t.text, t.figure)
}

func (t *Threshold) parseBound(text string) error {
	if t.form == inTime {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return fmt.Errorf("%q: want a time like 50ms, not %q", t.text, text)
		}
		t.bound = d.Seconds()
		return nil
	}
	number, isShare := strings.CutSuffix(text, "%")
	bound, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(bound >= 0 && bound <= 1e18) || isShare && t.figure != "errors" && t.figure != "unmade" {
		return fmt.Errorf("%q: want a number, not %q", t.text, text)
	}
	if t.bound = bound; isShare {
		t.form, t.bound = inShare, bound/100
	}
	return nil
}

// Crossed is a Threshold that a Result has met.
type Crossed struct {
	Threshold *Threshold
	// Value is what it is, as people read it.
	Value string
}

// Check returns the thresholds that a Result meets. Times are from intended starts where there are
// any, and of calls that went well.
func Check(r *Result, thresholds []*Threshold) ([]Crossed, error) {
	times, err := r.Times(nil)
	if err != nil {
		return nil, err
	}
	h := times.Due()
	var crossed []Crossed
	for _, t := range thresholds {
		if value := t.value(r, h); t.holds(value) {
			crossed = append(crossed, Crossed{t, t.show(value)})
		}
	}
	return crossed, nil
}

// value is the figure of a Result. Of times where there are none, it is one that is too long: no
// call went well.
func (t *Threshold) value(r *Result, h *histogram.H) float64 {
	if t.form == inTime && h.Count() == 0 {
		return histogram.Max.Seconds()
	}
	count := func(n, of int64) float64 {
		if t.form == inShare {
			return float64(n) / max(float64(of), 1)
		}
		return float64(n)
	}
	switch t.figure {
	case "rate":
		return r.Rate()
	case "calls":
		return float64(r.Calls)
	case "errors":
		return count(r.Failed, r.Calls+r.Failed)
	case "unmade":
		return count(r.Unmade, r.Calls+r.Failed+r.Unmade)
	case "min":
		return h.Min().Seconds()
	case "mean":
		return h.Mean().Seconds()
	case "max":
		return h.Max().Seconds()
	}
	return h.Percentile(t.p).Seconds()
}

func (t *Threshold) holds(value float64) bool {
	switch t.op {
	case "<":
		return value < t.bound
	case "<=":
		return value <= t.bound
	case ">":
		return value > t.bound
	}
	return value >= t.bound
}

func (t *Threshold) show(value float64) string {
	switch t.form {
	case inTime:
		return ShowTime(time.Duration(value * float64(time.Second)))
	case inShare:
		return strconv.FormatFloat(value*100, 'g', 3, 64) + " %"
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}

// ThresholdError says which thresholds were crossed.
type ThresholdError struct{ Crossed []Crossed }

func (e *ThresholdError) Error() string {
	var texts []string
	for _, c := range e.Crossed {
		texts = append(texts, fmt.Sprintf("%s (it is %s)", c.Threshold, c.Value))
	}
	return "the load met " + strings.Join(texts, ", and ")
}

// Outcome is KindUnmet.
func (*ThresholdError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUnmet} }
