package histogram

import (
	"math"
	"slices"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// Max is the longest time that is told from others: what took longer counts as this.
	Max = time.Hour
	// Digits are kept of each time.
	Digits = 3
)

// H counts times. The zero value is empty, and takes memory with the first time.
type H struct{ counts *hdr.Histogram }

// Record counts a time; one below a nanosecond is one.
func (h *H) Record(d time.Duration) { h.add(d, 1) }

func (h *H) add(d time.Duration, times int64) {
	h.make()
	_ = h.counts.RecordValues(int64(min(max(d, 1), Max)), times) // fails outside of the bounds only
}

func (h *H) make() {
	if h.counts == nil {
		h.counts = hdr.New(1, int64(Max), Digits)
	}
}

// Add adds all times of another.
func (h *H) Add(other *H) {
	if other.Count() > 0 {
		h.make()
		h.counts.Merge(other.counts)
	}
}

// Reset forgets all times, and keeps the memory.
func (h *H) Reset() {
	if h.Count() > 0 {
		h.counts.Reset()
	}
}

// Count is how many times there are.
func (h *H) Count() int64 {
	if h.counts == nil {
		return 0
	}
	return h.counts.TotalCount()
}

// Min is the shortest time; 0 where there is none, as all that follow are.
func (h *H) Min() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.counts.Min())
}

// Max is the longest time.
func (h *H) Max() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.counts.Max())
}

// Mean is the arithmetic mean.
func (h *H) Mean() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.counts.Mean())
}

// Deviation is the standard deviation.
func (h *H) Deviation() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.counts.StdDev())
}

// Percentile is the least time that p percent of all times do not exceed, as far as three digits
// tell, as HdrHistogram has it: hdrhistogram-go takes the nearest rank, which may have fewer below.
func (h *H) Percentile(p float64) time.Duration {
	if h.Count() == 0 {
		return 0
	}
	// A percentage that is a little too large as a float asks for no rank more.
	share := min(max(math.Nextafter(p, 0), 0), 100) / 100
	rank, sum := max(int64(math.Ceil(share*float64(h.Count()))), 1), int64(0)
	for i, n := range h.counts.Export().Counts {
		if sum += n; n > 0 && sum >= rank {
			_, to := bounds(i)
			return to
		}
	}
	return h.Max()
}

// Bar is how many times lie between two, both included.
type Bar struct {
	From, To time.Duration
	Count    int64
}

// Bars are the times in order, without the bars that have none.
func (h *H) Bars() []Bar {
	if h.Count() == 0 {
		return nil
	}
	var bars []Bar
	for i, n := range h.counts.Export().Counts {
		if n > 0 {
			from, to := bounds(i)
			bars = append(bars, Bar{from, to, n})
		}
	}
	return slices.Clip(bars)
}

// halfBucket is how many counts there are for each doubling of time: the least power of two that
// keeps Digits.
const halfBucket = 1024

// bounds are those of the times of a count. The first two halves of a bucket have the width of one
// nanosecond, and each that follows twice that of the one before.
func bounds(index int) (from, to time.Duration) {
	doubled := max(index/halfBucket-1, 0)
	from = time.Duration(index-doubled*halfBucket) << doubled
	return from, from + 1<<doubled - 1
}

// Sparse is what an H has counted, in the memory of its bars.
type Sparse []Bar

// Sparse returns a copy.
func (h *H) Sparse() Sparse { return h.Bars() }

// Add returns both together. The bars of all histograms are the same.
func (s Sparse) Add(other Sparse) Sparse {
	sum := make(Sparse, 0, len(s)+len(other))
	for len(s) > 0 && len(other) > 0 {
		switch a, b := s[0], other[0]; {
		case a.From < b.From:
			sum, s = append(sum, a), s[1:]
		case a.From > b.From:
			sum, other = append(sum, b), other[1:]
		default:
			a.Count += b.Count
			sum, s, other = append(sum, a), s[1:], other[1:]
		}
	}
	return append(append(sum, s...), other...)
}

// Count is how many times there are.
func (s Sparse) Count() int64 {
	n := int64(0)
	for _, b := range s {
		n += b.Count
	}
	return n
}

// Below is the share of times that are no more than d, as far as three digits tell, from 0 to 1.
func (s Sparse) Below(d time.Duration) float64 {
	below := int64(0)
	for _, b := range s {
		if b.From > d {
			break
		}
		below += b.Count
	}
	return float64(below) / float64(max(s.Count(), 1))
}

// Pack is that of an H.
func (s Sparse) Pack() Packed {
	h := H{}
	for _, b := range s {
		h.add(b.To, b.Count)
	}
	return h.Pack()
}
