package bench

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Call makes one RPC, the n-th of the load from 0, and tells m of its messages. It ends soon
// after ctx.
type Call func(ctx context.Context, n int64, m *Meter) error

// Load is a Plan with what it calls.
type Load struct {
	Plan
	// Caller makes the Call of one caller, which makes one call at a time.
	Caller func(caller int) (Call, error)
	// Drain is how long calls may last beyond the end of the load. What lasts longer is cut; it
	// has failed, unless it is Endless: a stream need not end.
	Drain   time.Duration
	Endless bool
	// Hopeless, if set, reports whether the error of a first call is one that all others
	// would have.
	Hopeless func(error) bool
	coarse   bool // no alarms, which a test's clock knows nothing of

	// Watch, if set, is told four times a second how the load is getting on.
	Watch func(Snapshot)
}

// Snapshot is how a load is getting on.
type Snapshot struct {
	Elapsed time.Duration // from the start, below 0 while it warms up
	Stage   int
	Total   Tally
	Last    Tally         // of the last tick
	Tick    time.Duration // how long it was
	P50     time.Duration // of the last tick, as P99
	P99     time.Duration
	Under   int64 // calls under way
}

// errOver is why calls are cut.
var errOver error = overError{}

// unfinishedError is that of a call that did not end, though the load had.
type unfinishedError struct{ after time.Duration }

func (e *unfinishedError) Error() string {
	return fmt.Sprintf("not over %v after the end of the load", e.after)
}

// Outcome is KindDeadline.
func (*unfinishedError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindDeadline} }

type overError struct{}

func (overError) Error() string { return "the load is over" }

// Outcome is KindInterrupted.
func (overError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindInterrupted} }

// Run makes the load. ctx ends it early: what was measured until then is the Result. There is
// no Result where no caller can be made, or the first call is hopeless, whose error that is.
func Run(ctx context.Context, l Load) (*Result, error) {
	r := newRunning(ctx, l)
	defer r.cancel(nil)
	r.stages()
	r.drain(ctx)
	return r.result()
}

// running is a load under way.
type running struct {
	Load
	ctx    context.Context //nolint:containedctx // of the calls
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when no further call is to begin
	over   atomic.Bool   // that it is
	broken atomic.Bool   // calls under way are not at fault if they are cut
	once   sync.Once
	ended  string // why; with done

	origin   time.Time // of all durations below
	alarm    alarm     // of the conductor
	measured atomic.Int64
	stage    atomic.Int32 // index of Plan.Stages, -1 while it warms up
	windows  *windows
	failures failures
	self     *selfWatch

	warming atomic.Int64 // calls of the warm-up that have begun
	counted atomic.Int64 // and of those after it
	well    atomic.Bool  // one has ended well
	under   atomic.Int64
	last    atomic.Int64 // when the last counted call ended that was not cut
	isOpen  bool         // calls of some stage are due
	cut     atomic.Int64
	waited  atomic.Int64
	unmade  int64         // of the conductor, as loadEnd
	loadEnd time.Duration // when its last stage ended

	calls  sync.WaitGroup
	idle   idleCallers
	closed *callers
	due    *dispatcher

	mu    sync.Mutex
	fatal error
}

func newRunning(ctx context.Context, l Load) *running {
	r := &running{Load: l, done: make(chan struct{}), isOpen: l.IsOpen()}
	r.ctx, r.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	all := make([]*shard, 2*runtime.GOMAXPROCS(0)) // two callers seldom meet
	for i := range all {
		all[i] = newShard()
	}
	r.windows = newWindows(all)
	r.closed = &callers{running: r, alive: make([]atomic.Bool, l.Callers())}
	r.due = &dispatcher{running: r, work: make(chan ticket)}
	r.windows.open.stage = -(len(r.all()) - len(r.Stages))
	r.idle.make = func(i int) (*caller, error) {
		call, err := l.Caller(i)
		return &caller{call: call, shard: all[i%len(all)]}, err
	}
	context.AfterFunc(ctx, func() { r.finish("interrupted") })
	return r
}

// now is the time from origin.
func (r *running) now() time.Duration { return time.Since(r.origin) }

// finish has no further call begin.
func (r *running) finish(why string) {
	r.once.Do(func() {
		r.ended = why
		r.over.Store(true)
		close(r.done)
	})
}

// fail ends the load with an error.
func (r *running) fail(err error) {
	r.mu.Lock()
	if r.fatal == nil {
		r.fatal = err
	}
	r.mu.Unlock()
	r.broken.Store(true)
	r.finish("hopeless")
	r.cancel(errOver)
}

// ticket is leave to make a call.
type ticket struct {
	number  int64         // from 0, and again after the warm-up
	due     time.Duration // from origin; below 0 where nothing says when
	counted bool
}

// ticket returns leave for one more call, if there may be one.
func (r *running) ticket(due time.Duration) (ticket, bool) {
	if r.over.Load() {
		return ticket{}, false
	}
	t := ticket{due: due, counted: r.stage.Load() >= 0}
	if !t.counted {
		t.number = r.warming.Add(1) - 1
		return t, true
	}
	t.number = r.counted.Add(1) - 1
	if r.Calls > 0 && t.number >= r.Calls {
		r.finish("calls")
		return ticket{}, false
	}
	return t, true
}

// caller makes calls, one at a time.
type caller struct {
	call  Call
	shard *shard
}

// make makes a call, and takes note of it.
func (r *running) make(c *caller, t ticket) {
	m := Meter{}
	if t.counted {
		m.shard = c.shard
	}
	r.under.Add(1)
	began := r.now()
	err := c.call(r.ctx, t.number, &m)
	now := r.now()
	r.under.Add(-1)
	switch {
	case err != nil && r.ctx.Err() != nil && (r.Endless || r.broken.Load()):
		if t.counted {
			r.cut.Add(1)
		}
		return
	case err != nil && r.ctx.Err() != nil:
		err = &unfinishedError{r.Drain}
	case err == nil:
		if !r.well.Load() {
			r.well.Store(true)
		}
	case !r.well.Load() && r.Hopeless != nil && r.Hopeless(err):
		r.fail(err)
		return
	}
	if !t.counted {
		return
	}
	if r.isOpen && t.due < 0 {
		t.due = began // of a caller, beside calls that are due
	}
	c.shard.ended(t.due, began, now, err != nil)
	if err != nil {
		r.failures.note(err, now-time.Duration(r.measured.Load()))
	}
	for last := r.last.Load(); int64(now) > last && !r.last.CompareAndSwap(last, int64(now)); last = r.last.Load() {
	}
}

// drain waits for the calls under way, and cuts those that last.
func (r *running) drain(ctx context.Context) {
	all := make(chan struct{})
	go func() {
		r.calls.Wait()
		close(all)
	}()
	enough := time.NewTimer(r.Drain)
	defer enough.Stop()
	select {
	case <-all:
	case <-ctx.Done():
		r.broken.Store(true)
	case <-enough.C:
	}
	r.cancel(errOver)
	<-all
}

// result adds up.
func (r *running) result() (*Result, error) {
	self := r.self.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fatal != nil {
		return nil, r.fatal
	}
	start := time.Duration(r.measured.Load())
	end := max(r.loadEnd, start)
	switch {
	case r.ended == "calls":
		end = max(end, time.Duration(r.last.Load()))
	case r.cut.Load() > 0 && r.Endless:
		end = r.now() // their messages count until now
	}
	r.windows.cut(r.now(), int(r.stage.Load()))
	return &Result{
		Plan: r.Plan, Processes: 1, Start: r.origin.Add(start), Elapsed: end - start, Ended: r.ended,
		Tally: r.windows.total, Cut: r.cut.Load(), Unmade: r.unmade, Waited: r.waited.Load(), Failures: r.failures.list(), First: r.failures.first,
		Self: self, Windows: r.windows.pack(start, end),
	}, nil
}
