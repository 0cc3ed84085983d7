package cmd

import (
	"errors"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// grpcJSON is the code that a gRPC library would have ended a call with, for an error
// that is no status of the peer's.
type grpcJSON struct {
	Code uint32 `json:"code"`
	Name string `json:"name"`
}

// grpcOf is nil where the RPC went over no transport of gRPC, or a status came.
func grpcOf(err error) *grpcJSON {
	rpc, ok := errors.AsType[*session.CallError](err)
	if !ok || !isGRPC(rpc.Transport) {
		return nil
	}
	switch o := stream.OutcomeOf(err); o.Kind {
	case stream.KindDeadline, stream.KindConnection:
		return &grpcJSON{uint32(o.Code), o.Name}
	}
	return nil
}
