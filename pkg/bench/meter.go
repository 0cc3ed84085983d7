package bench

import "time"

// Meter is told of the messages of a call while it is made. It may be used by several
// goroutines.
type Meter struct{ shard *shard } // nil while nothing is counted

// Sent takes note of a request of so many bytes.
func (m *Meter) Sent(bytes int) {
	if m.shard == nil {
		return
	}
	m.shard.mu.Lock()
	m.shard.now.Sent.add(bytes)
	m.shard.mu.Unlock()
}

// Received takes note of a reply of so many bytes.
func (m *Meter) Received(bytes int) {
	if m.shard == nil {
		return
	}
	m.shard.mu.Lock()
	m.shard.now.Received.add(bytes)
	m.shard.mu.Unlock()
}

// Message takes note of how long one message of a stream took.
func (m *Meter) Message(took time.Duration) {
	if m.shard == nil {
		return
	}
	m.shard.mu.Lock()
	m.shard.now.messages.Record(took)
	m.shard.mu.Unlock()
}
