package cmd

import (
	"context"
	"errors"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/stream"
)

// rpcError is what went wrong with an RPC, and what carried it.
type rpcError struct {
	err       error
	transport call.Transport
}

func (e *rpcError) Error() string { return e.err.Error() }
func (e *rpcError) Unwrap() error { return e.err }

// over notes the transport in the error of an RPC.
func over(t call.Transport, err error) error {
	if err == nil {
		return nil
	}
	return &rpcError{err, t}
}

// grpcJSON is the code that a gRPC library would have ended a call with, for an error
// that is no status of the peer's.
type grpcJSON struct {
	Code uint32 `json:"code"`
	Name string `json:"name"`
}

// grpcOf is nil where the RPC went over no transport of gRPC, or a status came.
func grpcOf(err error) *grpcJSON {
	rpc, ok := errors.AsType[*rpcError](err)
	if !ok || !isGRPC(rpc.transport) || is[*stream.Status](err) {
		return nil
	}
	if code := grpcCode(rpc.err); code != stream.OK {
		return &grpcJSON{uint32(code), code.String()}
	}
	return nil
}

// Codes of gRPC doc/statuscodes.md that only clients' own errors need here.
const codeResourceExhausted stream.Code = 8

// grpcCode is the code for an error, after gRPC doc/http-grpc-status-mapping.md,
// doc/PROTOCOL-HTTP2.md ("Errors") and the last table of doc/statuscodes.md;
// stream.OK where they say nothing.
func grpcCode(err error) stream.Code {
	var mismatch *call.MismatchError
	var reset *call.ResetError
	switch {
	case errors.Is(err, errInterrupted): // by the user
		return stream.OK
	case errors.As(err, &mismatch) && mismatch.Codec != "":
		return stream.Internal
	case errors.As(err, &mismatch) && mismatch.Code != stream.OK:
		return mismatch.Code
	case errors.As(err, &reset):
		return reset.Code()
	case is[*call.MessageSizeError](err):
		return codeResourceExhausted
	case is[*stream.CardinalityError](err):
		return stream.Unimplemented
	case is[*call.ProtocolError](err), is[*format.DecodeError](err):
		return stream.Internal
	case is[*stream.TimeoutError](err), errors.Is(err, context.DeadlineExceeded), timedOut(err):
		return stream.DeadlineExceeded
	case isConnection(err):
		return stream.Unavailable
	}
	return stream.OK
}
