package call

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/call/internal/fault"
)

// WaitError means that our deadline passed before the answer was complete, and says
// how much of it had come.
type WaitError struct {
	// First is true where nothing had been answered on a connection of Thrift
	// before: the peer may wait as well, for the rest of what it takes for a longer
	// request.
	First    bool
	Messages int   // whole messages of a stream that came
	Have     int   // bytes of the next that came
	Want     int64 // all of its bytes; zero where that is not known
	Err      error // the cause of the context
}

func (e *WaitError) Error() string {
	var came []string
	if e.Messages > 0 {
		came = append(came, fault.Count(e.Messages))
	}
	if e.Have > 0 {
		bytes := fmt.Sprintf("%d bytes", e.Have)
		if e.Want > 0 {
			bytes += fmt.Sprintf(" of %d", e.Want)
		}
		came = append(came, bytes)
	}
	if came == nil {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v: the answer stopped after %s", e.Err, strings.Join(came, " and "))
}

func (e *WaitError) Unwrap() error { return e.Err }

// ApplicationError is a TApplicationException or Kitex's Protobuf form of it: the
// peer was reached, but the call went wrong before or inside the method
// (apache/thrift:doc/specs/thrift-rpc.md).
type ApplicationError struct {
	Type    int32
	Message string // as the peer sent it; may be empty
}

// TypeName is the name of the type, empty where it has none.
func (e *ApplicationError) TypeName() string { return applicationTypes[e.Type] }

func (e *ApplicationError) Error() string {
	text := fmt.Sprintf("application exception %d", e.Type)
	if name := e.TypeName(); name != "" {
		text += " (" + name + ")"
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// applicationTypes are the names of types, as Apache has them; 20 and 21 are
// Kitex's own (cloudwego/kitex:pkg/remote/trans_errors.go).
var applicationTypes = map[int32]string{
	0: "unknown", 1: "unknown method", 2: "invalid message type", 3: "wrong method name",
	4: "bad sequence id", 5: "missing result", 6: "internal error", 7: "protocol error",
	8: "invalid transform", 9: "invalid protocol", 10: "unsupported client type",
	11: "validation failed", 13: "reset", 20: "unknown service", 21: "no service name",
}

// BizStatusError is Kitex's business status: the method ran and said no.
type BizStatusError struct {
	Code    int32
	Message string
	// Extra is a JSON object of strings as the peer sent it, nil where there
	// is none; where it is something else, ExtraRaw is what came.
	Extra    json.RawMessage
	ExtraRaw string
}

func (e *BizStatusError) Error() string {
	text := fmt.Sprintf("business status %d", e.Code)
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// detail is the extra as JSON.
func (e *BizStatusError) detail() json.RawMessage {
	if e.ExtraRaw == "" {
		return e.Extra
	}
	text, _ := json.Marshal(e.ExtraRaw)
	return text
}

// SilentError means that our time was up before a single frame of a TTHeader stream
// had come. So it is where the server does not have the method.
type SilentError struct {
	Method string // "Service/Method", as the server was asked
	// First is true where the connection has carried no stream before, which tells
	// of a server that knows the service.
	First bool
	Err   error // what ended the wait
}

func (e *SilentError) Error() string {
	return fmt.Sprintf("%v: not one frame came for %s", e.Err, e.Method)
}

func (e *SilentError) Unwrap() error { return e.Err }

// StreamResetError means that the peer, or a hop between, ended a TTHeader stream
// with RST.
type StreamResetError struct {
	Target   string
	Code     int32  // NoResetCode where it sent none
	Message  string // may be empty
	Path     string // the hops that the cancellation came through, the first first: "a,b"
	Messages int    // received before
}

// NoResetCode stands for a RST without a code (Apache's type "reset").
const NoResetCode = 13

func (e *StreamResetError) Error() string {
	text := fmt.Sprintf("%s reset the stream after %s", e.Target, fault.Count(e.Messages))
	if e.Code != NoResetCode {
		text += fmt.Sprintf(": code %d", e.Code)
		if name := resetNames[e.Code]; name != "" {
			text += " (" + name + ")"
		}
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Path != "" {
		text += ", canceled by way of " + strings.ReplaceAll(e.Path, ",", ", ")
	}
	return text
}

var resetNames = map[int32]string{
	12002: "unexpected header", 12003: "illegal business status", 12004: "illegal frame",
	12005: "illegal operation", 12006: "the transport is closing", 12007: "canceled by the user",
	12008: "canceled by the user with a cause", 12009: "canceled by downstream", 12010: "canceled by upstream",
	12011: "canceled internally", 12012: "the handler returned", 12013: "the connection was closed",
	12014: "receive timeout", 12015: "stream timeout",
}
