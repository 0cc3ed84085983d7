package bench

import (
	"math"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// Estimate is a figure, and the bounds between which it lies with 95 % confidence.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// sample is a Result as windows, each of which is taken for one observation: calls within one have
// much in common, so that their number says little about how sure a figure is.
type sample struct {
	windows []Window
	times   []histogram.Sparse // one for each window: corrected ones where there are
	means   []float64          // of times, in seconds
	all     histogram.H
}

func newSample(r *Result) (*sample, error) {
	s := &sample{windows: r.Windows, times: make([]histogram.Sparse, len(r.Windows)), means: make([]float64, len(r.Windows))}
	for i, w := range r.Windows {
		packed := w.Latency
		if r.Plan.IsOpen() && w.Corrected != "" {
			packed = w.Corrected
		}
		h, err := packed.Unpack()
		if err != nil {
			return nil, err
		}
		s.times[i], s.means[i] = h.Sparse(), h.Mean().Seconds()
		s.all.Add(h)
	}
	return s, nil
}

// ratio estimates Σy/Σx over windows, with the variance that windows show (Cochran, Sampling
// Techniques, chapter 6: the ratio estimator). atLeast is a variance below which it cannot be.
func ratio(y, x []float64, atLeast float64) Estimate {
	sumY, sumX, k := 0.0, 0.0, 0
	for i := range x {
		sumY, sumX = sumY+y[i], sumX+x[i]
		if x[i] > 0 {
			k++
		}
	}
	if sumX == 0 {
		return Estimate{}
	}
	value, variance := sumY/sumX, 0.0
	if k > 1 {
		for i := range x {
			variance += (y[i] - value*x[i]) * (y[i] - value*x[i])
		}
		variance *= float64(k) / float64(k-1) / (sumX * sumX)
	}
	half := student(k-1) * math.Sqrt(max(variance, atLeast))
	return Estimate{value, value - half, value + half}
}

// rate is of calls a second. Calls that come by chance alone vary by their own number.
func (s *sample) rate() Estimate {
	var calls, seconds []float64
	sumCalls, sumSeconds := 0.0, 0.0
	for _, w := range s.windows {
		calls, seconds = append(calls, float64(w.Calls)), append(seconds, w.Length.Seconds())
		sumCalls, sumSeconds = sumCalls+float64(w.Calls), sumSeconds+w.Length.Seconds()
	}
	atLeast := 0.0
	if len(calls) < 2 && sumSeconds > 0 {
		atLeast = sumCalls / (sumSeconds * sumSeconds)
	}
	e := ratio(calls, seconds, atLeast)
	e.Low = max(e.Low, 0)
	return e
}

// failed is the share of calls that failed.
func (s *sample) failed() Estimate {
	var failed, all []float64
	n, f := 0.0, 0.0
	for _, w := range s.windows {
		failed, all = append(failed, float64(w.Failed)), append(all, float64(w.Calls+w.Failed))
		n, f = n+float64(w.Calls+w.Failed), f+float64(w.Failed)
	}
	e := ratio(failed, all, f/max(n, 1)*(1-f/max(n, 1))/max(n, 1))
	return Estimate{e.Value, max(e.Low, 0), min(e.High, 1)}
}

// mean is in seconds.
func (s *sample) mean() Estimate {
	var sums, counts []float64
	for i := range s.times {
		n := float64(s.times[i].Count())
		sums, counts = append(sums, n*s.means[i]), append(counts, n)
	}
	n := max(float64(s.all.Count()), 1)
	deviation := s.all.Deviation().Seconds()
	e := ratio(sums, counts, deviation*deviation/n)
	e.Low = max(e.Low, 0)
	return e
}

// percentile is in seconds: how sure the share of times below it is, turned into times (Woodruff,
// Confidence Intervals for Medians and Other Position Measures, 1952).
func (s *sample) percentile(p float64) Estimate {
	if s.all.Count() == 0 {
		return Estimate{}
	}
	at := s.all.Percentile(p)
	var below, counts []float64
	for i := range s.times {
		n := float64(s.times[i].Count())
		below, counts = append(below, n*s.times[i].Below(at)), append(counts, n)
	}
	share := p / 100
	e := ratio(below, counts, share*(1-share)/float64(s.all.Count()))
	half := (e.High - e.Low) / 2
	bound := func(share float64) float64 {
		return s.all.Percentile(min(max(share*100, 0), 100)).Seconds()
	}
	return Estimate{at.Seconds(), bound(share - half), bound(share + half)}
}

// student is the 97.5th percentile of Student's t: exact for few degrees of freedom, then its
// expansion in 1/ν (Abramowitz and Stegun, 26.7.5), which is right to three digits there.
func student(degrees int) float64 {
	few := [...]float64{1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571}
	if degrees < 1 {
		return z
	}
	if degrees < len(few) {
		return few[degrees]
	}
	v := float64(degrees)
	z3, z5, z7 := z*z*z, math.Pow(z, 5), math.Pow(z, 7)
	return z + (z3+z)/(4*v) + (5*z5+16*z3+3*z)/(96*v*v) + (3*z7+19*z5+17*z3-15*z)/(384*v*v*v)
}

// z is the 97.5th percentile of the normal distribution.
const z = 1.959964
