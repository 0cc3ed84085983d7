package mock

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Entry is an RPC for the log, when it has ended.
type Entry struct {
	Time      time.Time
	Peer      string
	Transport string
	TLS       bool
	Method    string // as the IDL has it, or as the client named it where there is none
	Rule      string // "" without one
	Header    stream.Metadata
	// Requests and Replies are messages as JSON: the first ones, as many as the log keeps.
	Requests, Replies []json.RawMessage
	Received, Sent    int // all of them
	Outcome           stream.Outcome
	Took              time.Duration
}

// The most that an Entry keeps of the messages of an RPC, in each direction.
const (
	keptMessages = 100
	keptBytes    = 64 << 10
)

// keep adds a message, where there is room.
func keep(list []json.RawMessage, used *int, text []byte) []json.RawMessage {
	if len(list) >= keptMessages || *used+len(text) > keptBytes {
		return list
	}
	*used += len(text)
	return append(list, bytes.Clone(text))
}
