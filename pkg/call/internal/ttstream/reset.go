package ttstream

import (
	"context"
	"errors"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Codes of RST (cloudwego/kitex:pkg/remote/trans/ttstream/exception.go).
const (
	resetIllegalFrame  = 12004
	resetCanceled      = 12007
	resetRecvTimeout   = 12014
	resetStreamTimeout = 12015
)

// resetPayload tells the peer why we end a stream.
func resetPayload(method string, id int32, cause error) []byte {
	code, text := resetReason(cause)
	env := thriftwire.Envelope{Name: method, Type: thriftwire.Exception, Seq: id}
	return thriftwire.Append(nil, thriftwire.Binary, env, thriftwire.AppendException(nil, thriftwire.Binary, code, text))
}

func resetReason(cause error) (code int32, text string) {
	var timeout *stream.TimeoutError
	var violation *call.ProtocolError
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
