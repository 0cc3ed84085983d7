package call

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

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
	Code     int32
	Message  string // may be empty
	Path     string // the hops that the cancellation came through, the first first: "a,b"
	Messages int    // received before
}

// Codes of RST (cloudwego/kitex:pkg/remote/trans/ttstream/exception.go).
const (
	resetIllegalFrame  = 12004
	resetCanceled      = 12007
	resetRecvTimeout   = 12014
	resetStreamTimeout = 12015
	// resetWithout stands for no code (apache's type "reset").
	resetWithout = 13
)

var resetNames = map[int32]string{
	12002: "unexpected header", 12003: "illegal business status", 12004: "illegal frame",
	12005: "illegal operation", 12006: "the transport is closing", 12007: "canceled by the user",
	12008: "canceled by the user with a cause", 12009: "canceled by downstream", 12010: "canceled by upstream",
	12011: "canceled internally", 12012: "the handler returned", 12013: "the connection was closed",
	12014: "receive timeout", 12015: "stream timeout",
}

func (e *StreamResetError) Error() string {
	text := fmt.Sprintf("%s reset the stream after %s", e.Target, count(e.Messages))
	if e.Code != resetWithout {
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

// resetPayload tells the peer why we end a stream.
func resetPayload(method string, id int32, cause error) []byte {
	code, text := resetReason(cause)
	env := thriftwire.Envelope{Name: method, Type: thriftwire.Exception, Seq: id}
	return thriftwire.Append(nil, thriftwire.Binary, env, thriftwire.AppendException(nil, code, text))
}

func resetReason(cause error) (code int32, text string) {
	var timeout *stream.TimeoutError
	var violation *ProtocolError
	switch {
	case errors.As(cause, &timeout):
		return resetRecvTimeout, "client timeout: " + timeout.Error()
	case errors.Is(cause, context.DeadlineExceeded):
		return resetStreamTimeout, "stream timeout"
	case errors.As(cause, &violation):
		return resetIllegalFrame, violation.Saw
	}
	return resetCanceled, "user canceled"
}
