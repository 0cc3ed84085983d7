package cmd

import (
	"errors"

	"github.com/idlcall/idlcall/pkg/call"
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
	if !ok || !isGRPC(rpc.transport) {
		return nil
	}
	switch o := stream.OutcomeOf(err); o.Kind {
	case stream.KindDeadline, stream.KindConnection:
		return &grpcJSON{uint32(o.Code), o.Name}
	}
	return nil
}
