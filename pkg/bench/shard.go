package bench

import (
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// Traffic is messages and the bytes of their bodies.
type Traffic struct {
	Messages int64 `json:"messages"`
	Bytes    int64 `json:"bytes"`
}

func (t *Traffic) add(bytes int) {
	t.Messages++
	t.Bytes += int64(bytes)
}

// Add adds what another is.
func (t *Traffic) Add(other Traffic) {
	t.Messages += other.Messages
	t.Bytes += other.Bytes
}

// Tally is what a time had of calls and messages, as far as numbers go.
type Tally struct {
	// Calls have ended well, Failed have not.
	Calls    int64   `json:"calls"`
	Failed   int64   `json:"failed"`
	Sent     Traffic `json:"sent"`
	Received Traffic `json:"received"`
}

// Add adds what another has.
func (t *Tally) Add(other Tally) {
	t.Calls += other.Calls
	t.Failed += other.Failed
	t.Sent.Add(other.Sent)
	t.Received.Add(other.Received)
}

// counts are a Tally with the times.
type counts struct {
	Tally
	latency, corrected, messages, failed histogram.H
}

// histograms are latency, corrected, messages and failed.
func (c *counts) histograms() [4]*histogram.H {
	return [...]*histogram.H{&c.latency, &c.corrected, &c.messages, &c.failed}
}

func (c *counts) add(other *counts) {
	c.Add(other.Tally)
	from := other.histograms()
	for i, h := range c.histograms() {
		h.Add(from[i])
	}
}

func (c *counts) reset() {
	c.Tally = Tally{}
	for _, h := range c.histograms() {
		h.Reset()
	}
}

// shard has the counts of some of the callers.
type shard struct {
	mu    sync.Mutex
	now   *counts
	spare *counts // of the collector
}

func newShard() *shard { return &shard{now: &counts{}, spare: &counts{}} }

// ended takes note of a call. due is when it should have begun, below 0 where
// nothing says so.
func (s *shard) ended(due, began, now time.Duration, failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if failed {
		s.now.Failed++
		s.now.failed.Record(now - began)
		return
	}
	s.now.Calls++
	s.now.latency.Record(now - began)
	if due >= 0 {
		s.now.corrected.Record(now - due)
	}
}

// take moves what there is to sum.
func (s *shard) take(sum *counts) {
	s.mu.Lock()
	s.now, s.spare = s.spare, s.now
	s.mu.Unlock()
	sum.add(s.spare)
	s.spare.reset()
}
