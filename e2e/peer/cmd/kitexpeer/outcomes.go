package main

import (
	"context"
	"sync"
	"time"
)

// outcomes remembers how calls ended, by their ids.
type outcomes struct {
	mu    sync.Mutex
	calls map[string]*ending
}

// ending is the end of a call; text is there once done is closed.
type ending struct {
	once sync.Once
	done chan struct{}
	text string
}

func newOutcomes() *outcomes { return &outcomes{calls: map[string]*ending{}} }

func (o *outcomes) ending(id string) *ending {
	o.mu.Lock()
	defer o.mu.Unlock()
	e, ok := o.calls[id]
	if !ok {
		e = &ending{done: make(chan struct{})}
		o.calls[id] = e
	}
	return e
}

// note records the end of a call; of several with an id the first is kept.
func (o *outcomes) note(id, outcome string) {
	if id == "" {
		return
	}
	e := o.ending(id)
	e.once.Do(func() {
		e.text = outcome
		close(e.done)
	})
}

// Outcome waits until the call has ended.
func (o *outcomes) Outcome(ctx context.Context, id string) (string, error) {
	e := o.ending(id)
	select {
	case <-e.done:
		return e.text, nil
	case <-time.After(5 * time.Second):
		return "still open", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
