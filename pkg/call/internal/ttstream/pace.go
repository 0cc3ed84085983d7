package ttstream

import "time"

// pace lets messages gather that come one by one. Kitex sends each by itself; who reads as fast wakes
// for each, and writes each out by itself, since nothing says that the next one is near: all that
// costs several times what the messages do. It is for streams of the server, which nobody holds up
// by not reading for a moment.
type pace struct {
	messages int       // since the last read of the connection
	last     time.Time // when that was
	quick    int       // reads in a row that were soon and brought little
	paused   bool      // before the last one
}

const (
	fewMessages = 4
	soon        = 100 * time.Microsecond
	quickReads  = 16
	// gatherTime is how long to wait. Go's timers make a millisecond of it in a process that has
	// nothing else to do.
	gatherTime = 200 * time.Microsecond
)

// wait is called before a read of the connection. It returns at once, unless messages come faster than
// ten thousand a second, a few at a time.
func (p *pace) wait() {
	now := time.Now()
	few := p.messages <= fewMessages
	switch {
	case p.paused && !few: // it was worth it
	case !p.paused && few && now.Sub(p.last) < soon:
		p.quick++
	default:
		p.quick = 0
	}
	if p.paused = p.quick >= quickReads; p.paused {
		time.Sleep(gatherTime)
		now = time.Now()
	}
	p.messages, p.last = 0, now
}
