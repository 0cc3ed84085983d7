package main

import (
	"context"
	"sync"
	"time"
)

// outcomes remembers how calls ended, by their ids.
type outcomes struct {
	mu    sync.Mutex
	slots map[string]chan string
}

func newOutcomes() *outcomes { return &outcomes{slots: map[string]chan string{}} }

func (o *outcomes) slot(id string) chan string {
	o.mu.Lock()
	defer o.mu.Unlock()
	slot, ok := o.slots[id]
	if !ok {
		slot = make(chan string, 1)
		o.slots[id] = slot
	}
	return slot
}

// note records the end of a call; of several with an id the first is kept.
func (o *outcomes) note(id, outcome string) {
	if id == "" {
		return
	}
	select {
	case o.slot(id) <- outcome:
	default:
	}
}

// Outcome waits until the call has ended.
func (o *outcomes) Outcome(ctx context.Context, id string) (string, error) {
	select {
	case outcome := <-o.slot(id):
		return outcome, nil
	case <-time.After(5 * time.Second):
		return "still open", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
