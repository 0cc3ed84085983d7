package bench

import (
	"math"
	"time"
)

// schedule has the times at which the calls of a stage are to begin, from its own begin.
type schedule struct {
	stage Stage
	made  int64
}

// maxSchedule is in seconds: some thirty years.
const maxSchedule = 1e9

// next is when the next call is due, or false at the end of the stage.
//
// With a rate that goes from a to b in T seconds, a·t + (b−a)·t²/2T calls have begun by t:
// call k is due where that is k.
func (s *schedule) next() (time.Duration, bool) {
	k, a, b := float64(s.made), s.stage.From, s.stage.To
	t := k / a
	if a != b {
		slope := (b - a) / s.stage.For.Seconds()
		under := a*a + 2*slope*k
		if under < 0 {
			return 0, false // a rate that falls makes no more than that
		}
		// Not (√under − a)/slope, which loses digits where the slope is small.
		t = 2 * k / (a + math.Sqrt(under))
	}
	if k == 0 {
		t = 0
	}
	if s.stage.For > 0 && t >= s.stage.For.Seconds() || !(t <= maxSchedule) {
		return 0, false
	}
	s.made++
	return time.Duration(t * float64(time.Second)), true
}
