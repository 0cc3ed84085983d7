package bench

import (
	"context"
	"sync"
	"time"
)

// stages leads from one stage to the next. When it returns no further call begins.
func (r *running) stages() {
	r.origin, r.alarm = time.Now(), newAlarm()
	defer r.alarm.close()
	stop := r.watch()
	defer stop()
	defer close(r.due.work)
	defer r.finish("time")
	defer func() { r.loadEnd = r.now() }()
	all := r.all()
	warm := len(all) - len(r.Stages)
	end := time.Duration(0)
	for i, s := range all {
		begin := end
		if i == 0 || r.Stages[0].For == 0 {
			begin = r.now()
		}
		end = begin + s.For
		r.stage.Store(int32(i - warm))
		if i == warm {
			r.measured.Store(int64(begin))
			r.self = watchSelf(r.coarse)
		}
		if i > 0 {
			r.windows.cut(begin, i-warm)
		}
		if s.Rate {
			r.due.lead(s, begin)
		} else {
			r.closed.lead(s, begin)
		}
		if r.over.Load() {
			break
		}
	}
	if r.self == nil {
		r.self = watchSelf(r.coarse)
	}
}

// watch collects counts, and tells of them.
func (r *running) watch() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(firstWindow)
		defer tick.Stop()
		before := time.Duration(0)
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			now := r.now()
			snapshot := r.windows.tick(now)
			snapshot.Elapsed = now - time.Duration(r.measured.Load())
			snapshot.Stage = int(r.stage.Load())
			snapshot.Under, snapshot.Tick = r.under.Load(), now-before
			before = now
			if snapshot.Stage < 0 {
				snapshot.Elapsed = now - r.Warmup
			}
			if r.Watch != nil {
				r.Watch(snapshot)
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}

// alarmTime is how long before its end a sleep is left to an alarm.
const alarmTime = 2 * time.Millisecond

// sleep waits until a time from origin, and reports false where the load is over before.
func (r *running) sleep(until time.Duration) bool {
	d := until - r.now()
	if !r.coarse && d > 0 && d <= alarmTime {
		r.alarm.sleep(d)
		return !r.over.Load()
	}
	if !r.coarse {
		d -= alarmTime
	}
	if d <= 0 {
		return !r.over.Load()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return r.coarse || r.sleep(until)
	case <-r.done:
		return false
	}
}

// idleCallers are callers that make no call. They are kept for the next stage, with what they
// have prepared.
type idleCallers struct {
	make func(i int) (*caller, error)

	mu   sync.Mutex
	list []*caller
	made int
}

// take returns the one that was busy last, or a new one.
func (c *idleCallers) take() (*caller, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.list); n > 0 {
		last := c.list[n-1]
		c.list = c.list[:n-1]
		return last, nil
	}
	c.made++
	return c.make(c.made - 1)
}

func (c *idleCallers) put(idle *caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, idle)
}
