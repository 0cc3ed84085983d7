package bench

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// Self is what the load cost the process that made it.
type Self struct {
	// CPU is the time of user and system, and CPUs how many may be used at once.
	CPU  time.Duration `json:"cpu"`
	CPUs int           `json:"cpus"`
	// Busy is the share of all CPUs of the machine that were busy with anything, from 0 to
	// 1; 0 where nobody can tell.
	Busy float64 `json:"busy,omitzero"`
	// Lag is how late one was who slept for 5 ms, and Queue how long a goroutine that could run
	// waited for a CPU, behind all others: the 99th percentiles. runtime/metrics has a histogram of
	// the latter, too, and would be paid for by every start of every command.
	Lag   time.Duration `json:"lag"`
	Queue time.Duration `json:"queue"`
	// Elapsed is the time of these figures.
	Elapsed time.Duration `json:"elapsed"`
	// Most is the share of its CPUs, from 0 to 1, that the one of several processes has used that
	// has used most.
	Most float64 `json:"most,omitzero"`
}

// Used is the share of the CPUs that may be used, from 0 to 1.
func (s *Self) Used() float64 {
	if s.Elapsed <= 0 || s.CPUs == 0 {
		return 0
	}
	return s.CPU.Seconds() / (s.Elapsed.Seconds() * float64(s.CPUs))
}

// Doubt is why figures are rather those of who made the load than of the server.
type Doubt uint8

// The doubts.
const (
	NoDoubt Doubt = iota
	// UsedUp: the load used up the CPUs that it may use, so the server may do more.
	UsedUp
	// TooLate: the load came to a CPU so late that its times are too long.
	TooLate
)

// Limits of what is taken for a load that is limited by who makes it: a share of CPUs; the least
// lateness, and the part of a typical time, that spoil times.
const (
	usedUp   = 0.85
	lateness = 5 * time.Millisecond
	latePart = 4
)

// Doubt says what there is to doubt. typical is a typical time of a call.
func (s *Self) Doubt(typical time.Duration) Doubt {
	switch {
	case max(s.Used(), s.Most) >= usedUp:
		return UsedUp
	case s.Late() > max(lateness, typical/latePart):
		return TooLate
	}
	return NoDoubt
}

// Late is by how much 99 of 100 goroutines were no more than late.
func (s *Self) Late() time.Duration { return max(s.Lag, s.Queue) }

// probeEvery is how often the lag is measured.
const probeEvery = 5 * time.Millisecond

// selfWatch watches the process.
type selfWatch struct {
	start  time.Time
	cpu    time.Duration
	ticks  machineTicks
	cancel context.CancelFunc
	wg     sync.WaitGroup
	lag    histogram.H
	queue  histogram.H
}

func watchSelf(coarse bool) *selfWatch {
	ctx, cancel := context.WithCancel(context.Background())
	w := &selfWatch{start: time.Now(), cpu: cpuTime(), ticks: readMachine(), cancel: cancel}
	if !coarse {
		w.wg.Go(func() { w.probe(ctx) })
	}
	return w
}

// probe measures how late an alarm is, and how long one waits who lets others go first.
func (w *selfWatch) probe(ctx context.Context) {
	a := newAlarm()
	defer a.close()
	for ctx.Err() == nil {
		due := time.Now().Add(probeEvery)
		a.sleep(probeEvery)
		woken := time.Now()
		w.lag.Record(woken.Sub(due))
		runtime.Gosched()
		w.queue.Record(time.Since(woken))
	}
}

func (w *selfWatch) stop() Self {
	w.cancel()
	w.wg.Wait()
	return Self{
		CPU: cpuTime() - w.cpu, CPUs: runtime.GOMAXPROCS(0), Busy: w.ticks.busySince(readMachine()),
		Lag: w.lag.Percentile(99), Queue: w.queue.Percentile(99), Elapsed: time.Since(w.start),
	}
}

// busySince is the share of CPUs that were busy until now, from 0 to 1.
func (t machineTicks) busySince(now machineTicks) float64 {
	all := now.all - t.all
	if t.all == 0 || now.all <= t.all {
		return 0
	}
	return 1 - float64(now.idle-t.idle)/float64(all)
}
