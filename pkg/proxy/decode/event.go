package decode

import (
	"time"

	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Event is something that happened. Details is one of the types below, and says what.
type Event struct {
	// Conn is the number of the connection, Call that of the call, both from 1; 0 where it
	// belongs to no call.
	Conn, Call int64
	At         time.Time
	// Since is the time since the call began, or the connection where it is no call's.
	Since   time.Duration
	Details any
}

// What Details may be.
type (
	// Open begins a connection.
	Open struct{ proxy.Conn }
	// Close ends one.
	Close struct{ proxy.Closed }
	// Start begins a call. Type is stream.Unary where it is not known.
	Start struct {
		Method    stream.Method
		Known     bool // by IDL, so that Method is complete
		Transport string
	}
	// Header is metadata before the messages of a side.
	Header struct {
		From     proxy.Side
		Metadata stream.Metadata
	}
	// Message is one message. The bytes are valid during the call.
	Message struct {
		From proxy.Side
		N    int // from 1
		// Size and Wire are in bytes, after and before it was expanded and taken out of
		// its frame.
		Size, Wire int
		JSON       []byte
		// Body is there where JSON is not: the beginning of it, as far as it is kept, and
		// Reason says why it is not decoded.
		Body   []byte
		Reason string
	}
	// HalfClose says that the client has no more messages.
	HalfClose struct{}
	// Trailer is metadata behind the messages of a side.
	Trailer struct {
		From     proxy.Side
		Metadata stream.Metadata
	}
	// Finish ends a call. Err is how, nil where it went well.
	Finish struct {
		Err            error
		Sent, Received Tally
	}
	// Undecoded says that bytes are not understood, or were not seen. With Stopped, nothing
	// more of the connection is decoded.
	Undecoded struct {
		From    proxy.Side
		Reason  string
		First   []byte // of the bytes in question; valid during the call
		Bytes   int64  // how many they are; 0 where that is not known
		Stopped bool
	}
)

// Tally counts messages.
type Tally struct{ Messages, Bytes, Wire int }
