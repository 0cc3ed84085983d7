// Package lock has a lock that is waited for no longer than a context lasts: whoever has
// it may be asking a server.
package lock

import "context"

// Lock is free when it is made by New.
type Lock chan struct{}

// New makes a Lock.
func New() Lock { return make(Lock, 1) }

// Take waits for the lock, or returns the cause of the context that has ended.
func (l Lock) Take(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Free gives it back.
func (l Lock) Free() { <-l }
