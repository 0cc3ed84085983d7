package session

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestRetryRun: which errors are tried again, how many times, and after how long.
func TestRetryRun(t *testing.T) {
	t.Parallel()
	refused := &call.ConnectError{Target: "t", Phase: call.PhaseDial, Err: errors.New("connection refused")}
	dropped := &call.ConnectError{Target: "t", Phase: call.PhaseThrift, Dropped: true, Err: io.EOF}
	for _, test := range []struct {
		name  string
		retry Retry
		errs  []error // of the attempts; then nil
		tries int
		took  time.Duration
		want  error
	}{
		{"no retry", Retry{}, []error{refused}, 1, 0, refused},
		{"well", Retry{Attempts: 3}, nil, 1, 0, nil},
		{"comes up", Retry{Attempts: 3, Delay: time.Second}, []error{refused, refused}, 3, 2 * time.Second, nil},
		{"gives up", Retry{Attempts: 1, Delay: time.Second}, []error{refused, refused, refused}, 2, time.Second, refused},
		{"certificate", Retry{Attempts: 3, Wait: time.Hour}, []error{&call.ConnectError{Phase: call.PhaseTLS, Err: errors.New("x509")}}, 1, 0, io.ErrClosedPipe},
		{"TLS dropped", Retry{Attempts: 3, Delay: 1}, []error{&call.ConnectError{Phase: call.PhaseTLS, Dropped: true, Err: io.EOF}}, 2, 1, nil},
		{"served perhaps", Retry{Attempts: 3, Wait: time.Hour}, []error{dropped}, 1, 0, dropped},
		{"lost", Retry{Attempts: 3}, []error{&call.ConnectionLostError{Err: io.EOF}}, 1, 0, io.EOF},
		{"refused stream", Retry{Attempts: 3, Delay: 1}, []error{&call.RefusedError{Err: &call.ResetError{}}}, 2, 1, nil},
		{"unavailable", Retry{Attempts: 3, Delay: 1}, []error{&stream.Status{Code: stream.Unavailable}}, 2, 1, nil},
		{"unavailable is no wait", Retry{Wait: time.Hour}, []error{&stream.Status{Code: stream.Unavailable}}, 1, 0, io.ErrClosedPipe},
		{"not found", Retry{Attempts: 3}, []error{&stream.Status{Code: stream.NotFound}}, 1, 0, io.ErrClosedPipe},
		{"wait", Retry{Wait: 3 * time.Second}, []error{refused, refused, refused, refused}, 5, 1500 * time.Millisecond, nil},
		{"wait ends", Retry{Wait: time.Second}, []error{refused, refused, refused, refused, refused, refused}, 5, time.Second, refused},
		{"wait, then attempts", Retry{Wait: 300 * time.Millisecond, Attempts: 1, Delay: time.Second}, []error{refused, refused, refused, refused, refused}, 4, 1300 * time.Millisecond, refused},
	} {
		synctest.Test(t, func(t *testing.T) {
			start, tries := time.Now(), 0
			err := test.retry.run(t.Context(), nil, func() error {
				tries++
				if tries > len(test.errs) {
					return nil
				}
				return test.errs[tries-1]
			}, nil)
			switch {
			case tries != test.tries, time.Since(start) != test.took:
				t.Errorf("%s: %d attempts in %v, want %d in %v", test.name, tries, time.Since(start), test.tries, test.took)
			case test.want == nil && err != nil, test.want != nil && err == nil,
				test.want != io.ErrClosedPipe && !errors.Is(err, test.want):
				t.Errorf("%s: %v, want %v", test.name, err, test.want)
			}
		})
	}
}

// TestRetryDelays: they double, and end somewhere; the context ends them.
func TestRetryDelays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var delays []time.Duration
		trace := &stream.Trace{Retried: func(_ int, _ error, delay time.Duration) { delays = append(delays, delay) }}
		down := &stream.Status{Code: stream.Unavailable}
		_ = Retry{Attempts: 9}.run(t.Context(), trace, func() error { return down }, nil)
		for i, delay := range delays {
			most := min(firstDelay<<i, maxDelay)
			if delay > most || delay < most*4/5 {
				t.Errorf("delay %d: %v, want up to %v", i, delay, most)
			}
		}
		if len(delays) != 9 {
			t.Errorf("%d delays", len(delays))
		}
		late := errors.New("late")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, late)
		defer cancel()
		err := Retry{Attempts: 1, Delay: time.Hour}.run(ctx, nil, func() error { return down }, nil)
		if err != late {
			t.Error(err)
		}
	})
}
