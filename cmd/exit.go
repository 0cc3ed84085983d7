package cmd

import (
	"context"
	"errors"
	"syscall"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Exit codes. Scripts rely on them: they must not change.
const (
	exitOK          = 0
	exitUnexpected  = 1
	exitUsage       = 2
	exitIDL         = 3
	exitData        = 4
	exitConnection  = 5
	exitDeadline    = 6
	exitUnmet       = 8
	exitStatus      = 64 // + gRPC status code
	exitStatusMax   = 95
	exitApplication = 96 // + type of the Thrift application exception, at most 15
	exitException   = 112
	exitBizStatus   = 113
	exitInterrupted = 130
)

const exitTable = `Exit codes:
  0       success
  1       unexpected failure
  2       usage
  3       IDL: not found, does not parse, no such symbol, ambiguous name
  4       request data
  5       connection refused or lost, or the peer broke the protocol
  6       our own deadline passed without an answer
  8       an expectation was not met
  64+n    gRPC status n from the peer (69 NOT_FOUND, 78 UNAVAILABLE, ...; at most 95)
  96+n    Thrift application exception of type n (97 unknown method, ...; at most 111)
  112     exception that the IDL declares
  113     Kitex business status error
  130     interrupted
`

// usageError is a mistake on the command line.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Outcome is KindUsage.
func (*usageError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// dataError is request data that cannot be had, as a file that is not there.
type dataError struct{ err error }

func (e *dataError) Error() string { return e.err.Error() }
func (e *dataError) Unwrap() error { return e.err }

// Outcome is KindData.
func (*dataError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindData} }

// deadlineError is the cause of a context that --timeout ended.
type deadlineError struct{ after string }

func (e *deadlineError) Error() string { return "no answer within " + e.after }

// Is makes the error count as a deadline.
func (e *deadlineError) Is(target error) bool { return target == context.DeadlineExceeded }

// Outcome is KindDeadline.
func (*deadlineError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindDeadline} }

// exitCode makes the process's exit code of an outcome.
func exitCode(err error) int {
	if isOutput(err) && errors.Is(err, syscall.EPIPE) {
		return exitOK
	}
	switch o := stream.OutcomeOf(err); o.Kind {
	case stream.KindOK:
		return exitOK
	case stream.KindInterrupted:
		return exitInterrupted
	case stream.KindUsage:
		return exitUsage
	case stream.KindData:
		return exitData
	case stream.KindUnmet:
		return exitUnmet
	case stream.KindApplication:
		return exitApplication + applicationOffset(o.Code)
	case stream.KindDeclared:
		return exitException
	case stream.KindBiz:
		return exitBizStatus
	case stream.KindStatus:
		return min(exitStatus+int(min(o.Code, 1000)), exitStatusMax)
	case stream.KindIDL:
		return exitIDL
	case stream.KindDeadline:
		return exitDeadline
	case stream.KindConnection:
		return exitConnection
	}
	return exitUnexpected
}

// applicationOffset keeps the code of an application exception below the next range.
// A type below zero is one that a user made up, like those above 15.
func applicationOffset(kind int64) int {
	if kind < 0 || kind > 15 {
		return 15
	}
	return int(kind)
}

// outputError is a failure to write replies.
type outputError struct{ err error }

func (e *outputError) Error() string { return "write output: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

func isOutput(err error) bool { return is[*outputError](err) }

// isConnection reports whether no connection came about, or one was lost or broken.
func isConnection(err error) bool {
	kind := stream.OutcomeOf(err).Kind
	return kind == stream.KindConnection || kind == stream.KindDeadline
}

func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}
