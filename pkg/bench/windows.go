package bench

import (
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// Window is what a part of the load had. A call belongs to the one in which it ended.
type Window struct {
	// Start is from the start of the Result.
	Start  time.Duration `json:"start"`
	Length time.Duration `json:"length"`
	Stage  int           `json:"stage"` // index of Plan.Stages
	Tally
	// Latency has the times of calls that went well, from begin to end; Corrected those from
	// when they were due, where they were; Messages those of single messages of streams, and
	// FailedLatency those of calls that failed.
	Latency       histogram.Packed `json:"latency,omitzero"`
	Corrected     histogram.Packed `json:"corrected,omitzero"`
	Messages      histogram.Packed `json:"messages,omitzero"`
	FailedLatency histogram.Packed `json:"failedLatency,omitzero"`
}

// packed are the histograms, in the order of counts.histograms.
func (w *Window) packed() [4]*histogram.Packed {
	return [...]*histogram.Packed{&w.Latency, &w.Corrected, &w.Messages, &w.FailedLatency}
}

const (
	// firstWindow is how long a window is to begin with, and a tick of the collector always.
	firstWindow = 250 * time.Millisecond
	// maxWindows is how many of one length there may be: then two become one.
	maxWindows = 120
)

// window is one that has ended.
type window struct {
	start, length time.Duration
	stage         int
	Tally
	times [4]histogram.Sparse // as counts.histograms
}

// openWindow is the one that counts go to.
type openWindow struct {
	start  time.Duration
	stage  int
	counts counts
}

// windows are the counts of a load as time goes by.
type windows struct {
	shards []*shard

	mu     sync.Mutex
	closed []window
	limit  int // of closed, before two become one
	width  time.Duration
	open   openWindow
	total  Tally
	last   counts // of the last tick
}

func newWindows(shards []*shard) *windows {
	return &windows{shards: shards, limit: maxWindows, width: firstWindow}
}

// tick takes what the shards have, and ends the open window when it has its length. It
// returns the counts of a Snapshot.
func (w *windows) tick(now time.Duration) Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.collect()
	if now-w.open.start >= w.width {
		w.end(now, w.open.stage)
	}
	h := &w.last.latency
	if w.last.messages.Count() > 0 {
		h = &w.last.messages
	}
	return Snapshot{Total: w.total, Last: w.last.Tally, P50: h.Percentile(50), P99: h.Percentile(99)}
}

// cut ends the open window, and begins one of a stage.
func (w *windows) cut(now time.Duration, stage int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.collect()
	w.end(now, stage)
}

func (w *windows) collect() {
	w.last.reset()
	for _, s := range w.shards {
		s.take(&w.last)
	}
	w.open.counts.add(&w.last)
	w.total.Add(w.last.Tally)
}

// end ends the open window; the caller holds mu.
func (w *windows) end(now time.Duration, stage int) {
	now = max(now, w.open.start)
	if now > w.open.start || w.open.counts.Tally != (Tally{}) {
		w.closed = append(w.closed, w.open.compact(now))
	}
	w.open.start, w.open.stage = now, stage
	w.open.counts.reset()
	if len(w.closed) > w.limit {
		w.double()
	}
}

// compact is a copy that takes no more memory than what there is.
func (w *openWindow) compact(now time.Duration) window {
	c := window{start: w.start, length: now - w.start, stage: w.stage, Tally: w.counts.Tally}
	for i, h := range w.counts.histograms() {
		c.times[i] = h.Sparse()
	}
	return c
}

// pack returns the windows from start on, of which the last has no end after that of the load.
func (w *windows) pack(start, end time.Duration) []Window {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []Window
	for _, c := range w.closed {
		if c.stage < 0 {
			continue // the warm-up, of which nothing was counted
		}
		p := Window{Start: max(c.start-start, 0), Length: min(c.length, max(end-c.start, 0)), Stage: c.stage, Tally: c.Tally}
		for i, to := range p.packed() {
			*to = c.times[i].Pack()
		}
		list = append(list, p)
	}
	return list
}

// double makes one window of each two of a stage. Where stages are so short that there is little to
// put together, there may be more of them.
func (w *windows) double() {
	had := len(w.closed)
	w.width *= 2
	var kept []window
	for _, next := range w.closed {
		n := len(kept) - 1
		if n < 0 || kept[n].stage != next.stage || kept[n].length+next.length > w.width+firstWindow/2 {
			kept = append(kept, next)
			continue
		}
		kept[n].length += next.length
		kept[n].Add(next.Tally)
		for i, more := range next.times {
			kept[n].times[i] = kept[n].times[i].Add(more)
		}
	}
	if w.closed = kept; len(kept) > had*3/4 {
		w.limit = max(w.limit, len(kept)*2)
		w.width /= 2
	}
}
