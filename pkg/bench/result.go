package bench

import (
	"time"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// Result is what a load came to. Windows have all of it: the rest of the numbers are their
// sums.
type Result struct {
	// Target, Method, Kind and Transport say what was called.
	Target    string `json:"target"`
	Method    string `json:"method"`
	Kind      string `json:"kind"`
	Transport string `json:"transport"`
	// Connections are those that calls were spread over; 0 where each call at a time has
	// its own.
	Connections int  `json:"connections,omitzero"`
	Plan        Plan `json:"plan"`
	// Processes is of how many this is the sum.
	Processes int `json:"processes"`

	Start time.Time `json:"start"`
	// Elapsed is from Start to the end of the load, or of its last call.
	Elapsed time.Duration `json:"elapsed"`
	// Ended says why the load ended: calls, time, or interrupted.
	Ended string `json:"ended"`
	Tally
	// Cut are calls that the end of the load ended, which need not have ended by themselves, and
	// Unmade those that were due and not begun by then. Neither counts anywhere else.
	Cut    int64 `json:"cut,omitzero"`
	Unmade int64 `json:"unmade,omitzero"`
	// Waited are calls that were due and began late since InFlight others were under way.
	Waited   int64     `json:"waited,omitzero"`
	Failures []Failure `json:"failures,omitempty"`
	// First is the error of the first call that failed.
	First   error    `json:"-"`
	Self    Self     `json:"self"`
	Windows []Window `json:"windows"`
}

// Times are the times of one kind that a part of a Result has.
type Times struct{ Latency, Corrected, Messages, Failed histogram.H }

// Due are the times that count: from when calls were due where there was such a time, otherwise
// from when they began.
func (t *Times) Due() *histogram.H {
	if t.Corrected.Count() > 0 {
		return &t.Corrected
	}
	return &t.Latency
}

// add adds those of a window.
func (t *Times) add(w *Window) error {
	to := [...]*histogram.H{&t.Latency, &t.Corrected, &t.Messages, &t.Failed}
	for i, packed := range w.packed() {
		h, err := packed.Unpack()
		if err != nil {
			return err
		}
		to[i].Add(h)
	}
	return nil
}

// Times are those of the window.
func (w *Window) Times() (*Times, error) {
	t := &Times{}
	return t, t.add(w)
}

// Times adds up the windows that are wanted, all of them where want is nil.
func (r *Result) Times(want func(*Window) bool) (*Times, error) {
	t := &Times{}
	for i := range r.Windows {
		if w := &r.Windows[i]; want == nil || want(w) {
			if err := t.add(w); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

// Rate is how many calls ended well in a second.
func (r *Result) Rate() float64 { return PerSecond(r.Calls, r.Elapsed) }

// PerSecond is a rate; 0 where there is no time.
func PerSecond(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// ErrorShare is the share of calls that failed, from 0 to 1.
func (r *Result) ErrorShare() float64 {
	if r.Calls+r.Failed == 0 {
		return 0
	}
	return float64(r.Failed) / float64(r.Calls+r.Failed)
}

// Percentiles are those that reports show.
var Percentiles = [...]float64{50, 75, 90, 95, 99, 99.9, 99.99}
