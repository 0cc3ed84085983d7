package bench

import (
	"math"
	"sync/atomic"
	"time"
)

// rampStep is how often the number of callers follows a ramp.
const rampStep = 20 * time.Millisecond

// callers are those of all stages without a rate: one that is in a call when a stage ends is one of
// the next.
type callers struct {
	*running
	want  atomic.Int64
	alive []atomic.Bool
}

// lead has callers call until the stage is over.
func (k *callers) lead(s Stage, begin time.Duration) {
	defer k.want.Store(0)
	if s.From == s.To {
		if k.set(int(s.From)) {
			k.await(s, begin)
		}
		return
	}
	for end := begin + s.For; ; {
		now := min(max(k.now(), begin), end)
		share := float64(now-begin) / float64(s.For)
		if !k.set(int(math.Round(s.From+(s.To-s.From)*share))) || now == end || !k.sleep(min(now+rampStep, end)) {
			return
		}
	}
}

// await waits for the end of a stage, or of the load.
func (r *running) await(s Stage, begin time.Duration) {
	if s.For == 0 {
		<-r.done
		return
	}
	r.sleep(begin + s.For)
}

// set has so many of them call. It reports false where one cannot be made, which ends the
// load.
func (k *callers) set(want int) bool {
	k.want.Store(int64(want))
	for i := range want {
		if !k.alive[i].CompareAndSwap(false, true) {
			continue
		}
		c, err := k.idle.take()
		if err != nil {
			k.fail(err)
			return false
		}
		k.calls.Go(func() { k.run(i, c) })
	}
	return true
}

// run calls as long as caller i is wanted.
func (k *callers) run(i int, c *caller) {
	defer k.idle.put(c)
	defer k.alive[i].Store(false)
	for int64(i) < k.want.Load() {
		t, ok := k.ticket(-1)
		if !ok {
			return
		}
		k.make(c, t)
	}
}
