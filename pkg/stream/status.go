package stream

import (
	"fmt"
	"strconv"
)

// Code is a gRPC status code. Servers may send numbers that have no name.
type Code uint32

// The codes that the code base itself speaks of; gRPC doc/statuscodes.md has
// the meaning of all.
const (
	OK                Code = 0
	Canceled          Code = 1
	Unknown           Code = 2
	InvalidArgument   Code = 3
	DeadlineExceeded  Code = 4
	NotFound          Code = 5
	PermissionDenied  Code = 7
	ResourceExhausted Code = 8
	Unimplemented     Code = 12
	Internal          Code = 13
	Unavailable       Code = 14
	Unauthenticated   Code = 16
)

var codeNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
	"ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
	"ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
	"UNAUTHENTICATED",
}

// String is the name in gRPC's own spelling, or the number where it has none.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return strconv.FormatUint(uint64(c), 10)
}

// Status is the error with which a peer ended an RPC: it was reached, it
// understood, and it said no.
type Status struct {
	Code    Code
	Message string
	// Details is an encoded google.rpc.Status as the peer sent it in
	// grpc-status-details-bin; nil where it sent none.
	Details []byte
	// Asked is the path of the request where Code is Unimplemented, whose usual
	// cause is a path that the peer does not have; else empty.
	Asked string
}

func (s *Status) Error() string {
	text := fmt.Sprintf("status %d", uint32(s.Code))
	if int(s.Code) < len(codeNames) {
		text += " " + s.Code.String()
	}
	if s.Message != "" {
		text += ": " + s.Message
	}
	if s.Asked != "" {
		text += " (asked for " + s.Asked + ")"
	}
	return text
}
