package lock

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// TestTake: whoever waits for the lock waits no longer than its context lasts.
func TestTake(t *testing.T) {
	t.Parallel()
	l, why := New(), errors.New("enough")
	if err := l.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if err := l.Take(ctx); err != why {
				t.Error(err)
			}
		})
	}
	cancel(why)
	group.Wait()
	l.Free()
	if err := l.Take(ctx); err != why {
		t.Errorf("a context that has ended took the lock: %v", err)
	}
	if err := l.Take(t.Context()); err != nil {
		t.Error(err)
	}
}
