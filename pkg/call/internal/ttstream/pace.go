package ttstream

import "time"

// pace lets messages gather that come one by one. Kitex sends each by itself; who reads as fast wakes
// for each, and writes each out by itself, since nothing says that the next one is near: all that
// costs several times what the messages do. It is for streams of the server, which nobody holds up
// by not reading for a moment.
type pace struct {
	longest  time.Duration // of waits; less than a millisecond is none at all
	messages int           // since the last read of the connection
	bytes    int           // since then
	last     time.Time     // when that was
	quick    int           // reads in a row that were soon and brought little
	gather   time.Duration // how long to wait; 0 is a pace that does not wait
	waited   time.Duration // before the last read
}

const (
	fewMessages = 4
	// soon is the time between messages that are too many.
	soon       = 100 * time.Microsecond
	quickReads = 16
	// gatherTime is how long to wait at first. Go's timers make a millisecond of it in a process that has
	// nothing else to do.
	gatherTime = 200 * time.Microsecond
	// longestGather bounds what a wait grows to while little comes of it. It grows by a quarter of itself: the
	// end of a stream is seen later by at most a fifth of the time that the stream has taken.
	longestGather = 4 * time.Millisecond
	// enough bytes at once are no reason to wait longer, and twice as many are one to wait less, before a peer has
	// to: its first window is 64 KiB.
	enough = 32 << 10
)

// newPace is for a caller who takes a peer for silent after a time; 0 is none.
func newPace(silence time.Duration) pace {
	p := pace{longest: longestGather}
	if silence > 0 {
		p.longest = min(p.longest, silence/8)
	}
	return p
}

// wait is called before a read of the connection. It returns at once, unless messages come faster than
// ten thousand a second, a few at a time.
func (p *pace) wait() {
	if p.longest < time.Millisecond {
		return
	}
	now := time.Now()
	p.judge(now.Sub(p.last))
	p.waited = 0
	if p.gather > 0 {
		time.Sleep(p.gather)
		p.waited = time.Since(now)
		now = now.Add(p.waited)
	}
	p.messages, p.bytes, p.last = 0, 0, now
}

// judge says how long the next wait is, by what came since the last read.
func (p *pace) judge(since time.Duration) {
	switch {
	case p.gather > 0 && time.Duration(p.messages)*soon > since+p.waited:
		p.adapt()
	case p.gather == 0 && p.messages <= fewMessages && since < soon:
		if p.quick++; p.quick >= quickReads {
			p.gather = gatherTime
		}
	default:
		p.gather, p.quick = 0, 0
	}
}

// adapt changes the next wait by what came of the last one.
func (p *pace) adapt() {
	switch {
	case p.bytes < enough:
		p.gather = min(p.gather*5/4, p.longest)
	case p.bytes > 2*enough:
		p.gather = max(p.gather*3/4, gatherTime)
	}
}
