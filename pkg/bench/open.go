package bench

import "time"

// open has calls begin when they are due until the stage is over. A call that is due while
// InFlight others are under way begins when one of them ends. patience is how long that may
// go on beyond the end of the stage.
func (r *running) open(s Stage, begin, patience time.Duration) {
	d := &dispatcher{running: r, work: make(chan ticket)}
	defer close(d.work)
	if s.For > 0 {
		t := time.NewTimer(begin + s.For + patience - r.now())
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
		if due > r.now() && !r.sleep(due) {
			return
		}
		t, ok := r.ticket(due)
		if !ok {
			return
		}
		if !d.give(t) {
			d.countUnmade(&plan, t, begin)
			return
		}
		if r.Calls > 0 && r.counted.Load() == r.Calls {
			r.finish("calls")
			return
		}
	}
	r.await(s, begin)
}

// dispatcher gives tickets to idle callers.
type dispatcher struct {
	*running
	work    chan ticket
	enough  <-chan time.Time // nil: never
	callers int
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
	if t.counted && d.now()-t.due > lateStart {
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
	d.make(c, t)
	for t := range d.work {
		d.make(c, t)
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
