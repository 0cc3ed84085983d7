package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Retry says when an RPC that failed is made again: where no connection came about, where
// the peer refused the request (REFUSED_STREAM, or GOAWAY before it), or where its status is
// UNAVAILABLE, with which a server says that it did not act. One of which a reply came, or
// whose client side had begun to stream, is not made again.
type Retry struct {
	// Attempts is how many times it may be made again.
	Attempts int
	// Delay is the time before that. 0 stands for 200 ms, and twice as much each time,
	// up to 10 s, less a fifth at the most, by chance.
	Delay time.Duration
	// Wait is how long connecting may be tried again; those attempts do not count.
	Wait time.Duration
}

const (
	firstDelay = 200 * time.Millisecond
	maxDelay   = 10 * time.Second
	// maxWaitDelay is how late a server is noticed that has come up.
	maxWaitDelay = time.Second
)

// RetryError is the last error of several attempts.
type RetryError struct {
	Attempts int
	Took     time.Duration
	Err      error
}

func (e *RetryError) Error() string {
	unit := 100 * time.Millisecond
	if e.Took < time.Second {
		unit = time.Millisecond
	}
	return fmt.Sprintf("%v (%d attempts in %v)", e.Err, e.Attempts, e.Took.Round(unit))
}

func (e *RetryError) Unwrap() error { return e.Err }

// Outcome is that of Err.
func (*RetryError) Outcome() stream.Outcome { return stream.Outcome{} }

// run tries until there is no error, or none after which another attempt makes sense.
// again, if set, says whether there can be one at all.
func (r Retry) run(ctx context.Context, t *stream.Trace, try func() error, again func() bool) error {
	if r == (Retry{}) {
		return try()
	}
	start, counted := time.Now(), 0
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || ctx.Err() != nil || again != nil && !again() {
			return err
		}
		var delay time.Duration
		switch {
		case isDown(err) && time.Since(start) < r.Wait:
			delay = min(backoff(attempt-counted, firstDelay/2, maxWaitDelay), r.Wait-time.Since(start))
		case counted < r.Attempts && (isDown(err) || isRefused(err)):
			counted++
			delay = r.delay(counted)
		case attempt > 1:
			return &RetryError{attempt, time.Since(start), err}
		default:
			return err
		}
		t.Retry(attempt, err, delay)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(delay):
		}
	}
}

func (r Retry) delay(n int) time.Duration {
	if r.Delay > 0 {
		return r.Delay
	}
	d := backoff(n, firstDelay, maxDelay)
	return d - rand.N(d/5)
}

// backoff doubles a delay with each attempt, from 1.
func backoff(attempt int, first, most time.Duration) time.Duration {
	for ; attempt > 1 && first < most; attempt-- {
		first *= 2
	}
	return min(first, most)
}

// isDown reports whether a server is not there, or not yet: nothing that is wrong with
// certificates or protocols.
func isDown(err error) bool {
	e, ok := errors.AsType[*call.ConnectError](err)
	if !ok || !call.NotServed(err) {
		return false
	}
	return e.Dropped || e.Timeout > 0 || e.Phase == call.PhaseResolve || e.Phase == call.PhaseDial || e.Phase == call.PhaseProxy
}

// isRefused reports whether the peer said that it did not act on a request.
func isRefused(err error) bool {
	return is[*call.RefusedError](err) || isUnavailable(err)
}

func isUnavailable(err error) bool {
	o := stream.OutcomeOf(err)
	return o.Kind == stream.KindStatus && o.Code == int64(stream.Unavailable)
}

// replay is an input that can be read again, as long as it has one document at most.
type replay struct {
	next  stream.Next
	fixed bool // the input has but one document, which is kept
	kept  []read
	at    int
	used  bool // an input that is not fixed has been read from
}

type read struct {
	body []byte
	err  error
}

// Next is the Next of an attempt.
func (r *replay) Next() ([]byte, error) {
	if !r.fixed {
		r.used = true
		return r.next()
	}
	if r.at == len(r.kept) {
		body, err := r.next()
		r.kept = append(r.kept, read{bytes.Clone(body), err})
	}
	r.at++
	return r.kept[r.at-1].body, r.kept[r.at-1].err
}
