package bench

import (
	"fmt"
	"math"
	"strconv"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// Difference is one figure of two results.
type Difference struct {
	// Name is that of a Threshold: rate, errors, mean, p50, ...
	Name string `json:"name"`
	// A and B are the figures: calls a second, shares, or seconds.
	A Estimate `json:"a"`
	B Estimate `json:"b"`
	// Change is B over A, less 1, and the bounds between which it lies with 95 % confidence.
	// It has no sense where A is 0.
	Change Estimate `json:"change"`
}

// Verdict says what the difference is: better, worse, or none that is sure.
func (d *Difference) Verdict() string {
	low, high := d.Change.Low, d.Change.High
	if d.A.Value == 0 {
		low, high = d.B.Low-d.A.High, d.B.High-d.A.Low
	}
	if d.Name == "rate" {
		low, high = -high, -low // more is better
	}
	switch {
	case low > 0:
		return "worse"
	case high < 0:
		return "better"
	}
	return "no sure difference"
}

// Compare holds B against A.
func Compare(a, b *Result) ([]Difference, error) {
	before, err := newSample(a)
	if err != nil {
		return nil, fmt.Errorf("the first: %w", err)
	}
	after, err := newSample(b)
	if err != nil {
		return nil, fmt.Errorf("the second: %w", err)
	}
	list := []Difference{
		difference("rate", before.rate(), after.rate()),
		difference("errors", before.failed(), after.failed()),
	}
	if before.all.Count() == 0 || after.all.Count() == 0 {
		return list, nil
	}
	list = append(list, difference("mean", before.mean(), after.mean()))
	for _, p := range Percentiles {
		if !tells(&before.all, p) || !tells(&after.all, p) {
			continue
		}
		name := "p" + strconv.FormatFloat(p, 'f', -1, 64)
		list = append(list, difference(name, before.percentile(p), after.percentile(p)))
	}
	return list, nil
}

// tells reports whether there are enough times above a percentile for bounds around it.
func tells(h *histogram.H, p float64) bool { return float64(h.Count())*(100-p) >= 100*leastAbove }

// leastAbove is how many times there have to be above a percentile.
const leastAbove = 10

// difference has the bounds of a difference of two figures whose own bounds are known, which need
// not lie evenly around them (Zou and Donner, Construction of confidence limits about effect
// measures, 2008).
func difference(name string, a, b Estimate) Difference {
	d := Difference{Name: name, A: a, B: b}
	if a.Value == 0 {
		return d
	}
	change := b.Value - a.Value
	down := math.Hypot(b.Value-b.Low, a.High-a.Value)
	up := math.Hypot(b.High-b.Value, a.Value-a.Low)
	d.Change = Estimate{change / a.Value, max((change-down)/a.Value, -1), (change + up) / a.Value}
	return d
}
