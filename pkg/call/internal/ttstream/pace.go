package ttstream

import "time"

// pace lets messages gather that come one by one. Kitex sends each by itself; who reads as fast wakes
// for each, and writes each out by itself, since nothing says that the next one is near: all that
// costs several times what the messages do. It is for streams of the server, which nobody holds up
// by not reading for a moment.
type pace struct {
	messages int           // since the last read of the connection
	bytes    int           // since then
	last     time.Time     // when that was
	quick    int           // reads in a row that were soon and brought little
	paused   bool          // before the last one
	gather   time.Duration // how long
}

const (
	fewMessages = 4
	soon        = 100 * time.Microsecond
	quickReads  = 16
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

// wait is called before a read of the connection. It returns at once, unless messages come faster than
// ten thousand a second, a few at a time.
func (p *pace) wait() {
	now := time.Now()
	few := p.messages <= fewMessages
	switch {
	case p.paused && !few: // it was worth it
		p.adapt()
	case !p.paused && few && now.Sub(p.last) < soon:
		p.quick++
		p.gather = gatherTime
	default:
		p.quick = 0
	}
	if p.paused = p.quick >= quickReads; p.paused {
		time.Sleep(p.gather)
		now = time.Now()
	}
	p.messages, p.bytes, p.last = 0, 0, now
}

// adapt changes the next wait by what came of the last one.
func (p *pace) adapt() {
	switch {
	case p.bytes < enough:
		p.gather = min(p.gather*5/4, longestGather)
	case p.bytes > 2*enough:
		p.gather = max(p.gather*3/4, gatherTime)
	}
}
