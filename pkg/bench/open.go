package bench

import (
	"sync/atomic"
	"time"
)

// dispatcher gives tickets to idle callers, in all stages with a rate: a call that is under way when
// a stage ends counts for the next.
type dispatcher struct {
	*running
	work    chan ticket
	enough  <-chan time.Time // the end of the stage; nil: never
	callers int              // made; they live until work is closed
	busy    atomic.Int64     // of them
	full    atomic.Int64     // until when all were busy, from origin
}

// lead has calls begin when they are due until the stage is over. A call that is due while InFlight
// others are under way begins when one of them ends, or is unmade at the end.
func (d *dispatcher) lead(s Stage, begin time.Duration) {
	if d.enough = nil; s.For > 0 {
		t := time.NewTimer(begin + s.For - d.now())
		defer t.Stop()
		d.enough = t.C
	}
	plan := schedule{stage: s}
	for {
		offset, ok := plan.next()
		if !ok {
			break
		}
		due := begin + offset
		if d.Calls > 0 && d.counted.Load() == d.Calls {
			d.sleep(due) // the load lasts as long as its calls would
			d.finish("calls")
			return
		}
		if due > d.now() && !d.sleep(due) {
			return
		}
		t, ok := d.ticket(due)
		if !ok {
			return
		}
		if !d.give(t) {
			d.countUnmade(&plan, t, begin)
			return
		}
	}
	d.await(s, begin)
}

// lateStart is how late a call must begin to have waited for a caller.
const lateStart = time.Millisecond

// give gives a ticket to an idle caller, to a new one, or to the first that is idle again. It
// reports false where the stage was over before.
func (d *dispatcher) give(t ticket) bool {
	if d.callers < d.InFlight {
		return d.giveNow(t)
	}
	select {
	case d.work <- t:
	case <-d.done:
		return false
	case <-d.enough:
		return false
	}
	if t.counted && time.Duration(d.full.Load()) > t.due && d.now()-t.due > lateStart {
		d.waited.Add(1)
	}
	return true
}

// giveNow makes a new caller where none is idle.
func (d *dispatcher) giveNow(t ticket) bool {
	select {
	case d.work <- t:
		return true
	default:
	}
	c, err := d.idle.take()
	if err != nil {
		d.fail(err)
		return false
	}
	d.callers++
	d.calls.Go(func() { d.run(c, t) })
	return true
}

func (d *dispatcher) run(c *caller, t ticket) {
	defer d.idle.put(c)
	d.one(c, t)
	for t := range d.work {
		d.one(c, t)
	}
}

func (d *dispatcher) one(c *caller, t ticket) {
	d.busy.Add(1)
	d.make(c, t)
	if d.busy.Add(-1) == int64(d.InFlight)-1 {
		d.full.Store(int64(d.now()))
	}
}

// countUnmade counts the calls that were due by now, and were not made: that of t, and those
// after it.
func (d *dispatcher) countUnmade(plan *schedule, t ticket, begin time.Duration) {
	if !t.counted {
		return
	}
	d.unmade++
	for now := d.now(); ; d.unmade++ {
		if offset, ok := plan.next(); !ok || begin+offset > now {
			return
		}
	}
}
