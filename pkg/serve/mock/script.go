package mock

import (
	"sync/atomic"
	"time"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// Script is a file of rules.
type Script struct {
	File  string
	Rules []*Rule
}

// Rule says how a method is answered.
type Rule struct {
	Node *yamldoc.Node // where it stands
	Name string        // "rule 3", or what the file calls it
	// Method is "Service/Method", "Service/*", "Method" or "*".
	Method yamldoc.Value
	When   *Expr // nil always fits
	// Times is how often the rule fits; 0 is always.
	Times int64
	// Probability with which it fits, above 0, at most 1.
	Probability float64
	Header      stream.Metadata
	Trailer     stream.Metadata
	// Initial is the state at the beginning of an RPC, as JSON.
	Initial []byte
	// Each are answers to each request of a client that streams: the first that fits
	// counts. Where there are none, Answer waits for the last request, but for bidi
	// streaming.
	Each []*Turn
	// Answer is given once.
	Answer

	used atomic.Int64
}

// Turn is an answer to one request of several.
type Turn struct {
	Node *yamldoc.Node
	When *Expr // nil always fits
	Answer
}

// Answer is what is done, in the order of its fields.
type Answer struct {
	Delay, Jitter time.Duration
	// State is what the state becomes; nil leaves it as it is.
	State *Expr
	// Replies are messages as JSON, Compute makes such of an RPC: one for each output.
	Replies []Value
	Compute *Expr
	// Default answers as without a rule: it says nothing of replies.
	Default bool
	// Repeat is how often the replies are sent; below 0 until the client goes.
	Repeat int
	// Interval is the time between two replies.
	Interval time.Duration
	End      *Ending // nil is well, or where others follow, not yet
}

// Value is a message as JSON, and where the file has it.
type Value struct {
	JSON []byte
	Node *yamldoc.Node
}

// Expr is an expression and where it stands.
type Expr struct {
	*jq.Expr

	Node *yamldoc.Node
}

// Ending is how an RPC ends that does not end well.
type Ending struct {
	Node *yamldoc.Node
	Kind Kind
	// Code is a number, of a declared exception its type.
	Code    int64
	Type    string
	Message string
	// Details are messages in google.protobuf.Any, as JSON; of an exception its fields.
	Details []Value
	Extra   map[string]string // of a business status
}

// Kind is a way to end.
type Kind uint8

// The kinds.
const (
	Status      Kind = iota // of gRPC
	Exception               // declared
	Application             // exception
	Biz                     // business status
	Drop                    // of the connection
)
