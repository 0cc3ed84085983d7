package call

import "time"

// gatherer lets what comes in quick succession add up before the next read. Kitex
// writes each message of a stream by itself: to wake up for every one costs the
// peer more than to send it, and us more than to decode it.
type gatherer struct {
	start time.Time // of the present run of reads
	reads int       // in it
	run   int       // how many it takes, at which rate, before gathering begins
	on    bool
}

const (
	// gatherPause is how long to wait; timers may make a millisecond of it.
	gatherPause = 100 * time.Microsecond
	// gatherGap is the average time between reads that counts as quick succession.
	gatherGap = 40 * time.Microsecond
	gatherRun = 64
	// gatherWorth is the number of bytes that a pause must have brought in to be worth
	// another.
	gatherWorth = 512
)

// before is called before a read that will wait, with the number of bytes that the
// last one brought in.
func (g *gatherer) before(got int) {
	if g.on {
		if got >= gatherWorth {
			time.Sleep(gatherPause)
			return
		}
		g.on = false
		g.run *= 2 // an exchange that waits for us, perhaps
		g.reads = 0
	}
	if g.reads == 0 {
		g.start = time.Now()
		g.run = max(g.run, gatherRun)
	}
	if g.reads++; g.reads < g.run {
		return
	}
	g.reads = 0
	if time.Since(g.start) < time.Duration(g.run)*gatherGap {
		g.on = true
		time.Sleep(gatherPause)
	}
}
