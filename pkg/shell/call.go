package shell

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Call is one RPC that was made in the shell.
type Call struct {
	RPC       stream.Call
	Transport call.Transport
	Messages  []Message
	// Cut says that it had more messages than are kept.
	Cut  bool
	Took time.Duration
	Err  error
	// Timeout is that of the whole call, 0 where it has none.
	Timeout time.Duration
	// Values are flags in which a suite with the call has to be like it.
	Values Settings
	// Unsaved is why no suite can have it; empty where one can.
	Unsaved string

	mu    sync.Mutex // of the messages while the call lasts
	size  int        // bytes of them
	ended bool
}

// Message is one of a Call, or, without JSON, the end of those that we send.
type Message struct {
	Sent bool // by us
	JSON json.RawMessage
}

// What a Call keeps of its messages, and a shell of its calls: a suite with more is one that
// nobody reads.
const (
	maxKept      = 1000
	maxKeptBytes = 1 << 20
	maxCalls     = 1000
)

// Keep adds a copy of a message, unless the call has ended. It may be called by any number of
// goroutines.
func (c *Call) Keep(sent bool, message json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.size += len(message)
	if c.Cut || len(c.Messages) >= maxKept || c.size > maxKeptBytes {
		c.Cut, c.Messages = true, nil
		return
	}
	c.Messages = append(c.Messages, Message{sent, slices.Clone(message)})
}

// Skip says why no suite can have the call, unless it has ended. It may be called by any goroutine.
func (c *Call) Skip(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.Unsaved = why
	}
}

// end takes note of how it ended.
func (c *Call) end(err error, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Took, c.Err, c.ended = took, err, true
}
