package dial

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Eager waits for an answer that is likely to come within microseconds, as from a server on
// the same machine, by looking for it again and again. To sleep and be woken takes longer
// than many a handler, and where a CPU is free no less of it. It does so for one waiting
// receiver of the process only, never on a single CPU, and ever more rarely where answers
// take longer, or others want the CPU.
//
// An Eager belongs to one connection, whose receivers use it one at a time.
type Eager struct {
	look   *Looker // nil where it does not look
	misses int     // looks in vain, less those that found an answer
	skip   int     // waits that do not look
}

const (
	// eagerFor is how long it looks, at most.
	eagerFor = 200 * time.Microsecond
	// rarest: where answers take longer, every 64th wait finds out whether they still do.
	rarest = 6
)

// waiting is how many receivers of the process wait.
var waiting atomic.Int32

// Eager is for a connection of which all bytes are read as they come: what TLS has decrypted
// already, it would not see.
func (c *SniffConn) Eager() *Eager {
	e := &Eager{}
	if runtime.GOMAXPROCS(0) > 1 {
		e.look = c.Looker()
	}
	return e
}

// Wait returns when bytes may have come, soon in any case. Done has to follow, when they have.
func (e *Eager) Wait() {
	if waiting.Add(1) > 1 || e.look == nil {
		return
	}
	if e.skip > 0 {
		e.skip--
		return
	}
	for start := time.Now(); waiting.Load() == 1; {
		quiet := e.look.Quiet()
		switch late := time.Since(start) > eagerFor; {
		case late: // where it is there, this thread had to wait for its CPU
			e.misses = min(e.misses+1, rarest)
		case quiet:
			yield()
			continue
		default:
			e.misses = max(e.misses-1, 0)
		}
		e.skip = 1<<e.misses - 1
		return
	}
}

// Done ends what Wait began.
func (e *Eager) Done() { waiting.Add(-1) }
