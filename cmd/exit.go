package cmd

import (
	"context"
	"errors"
	"syscall"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
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

// dataError is request data that cannot be had, as a file that is not there.
type dataError struct{ err error }

func (e *dataError) Error() string { return e.err.Error() }
func (e *dataError) Unwrap() error { return e.err }

// deadlineError is the cause of a context that --timeout ended.
type deadlineError struct{ after string }

func (e *deadlineError) Error() string { return "no answer within " + e.after }

// Is makes the error count as a deadline.
func (e *deadlineError) Is(target error) bool { return target == context.DeadlineExceeded }

// exitCode is the one place where an error becomes the process's exit code.
func exitCode(err error) int {
	var status *stream.Status
	var application *call.ApplicationError
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE) && isOutput(err):
		return exitOK
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case is[*usageError](err), is[*call.TargetError](err), is[*call.OptionError](err),
		is[*call.MetadataError](err), is[*call.UnsupportedError](err), is[*format.BaseError](err), is[*idl.NoDescriptorSetError](err):
		return exitUsage
	case is[*format.InputError](err), is[*stream.ExtraInputError](err), is[*dataError](err),
		is[*format.ReadError](err), is[*format.RawError](err):
		return exitData
	case errors.As(err, &application):
		return exitApplication + applicationOffset(application.Type)
	case is[*format.Exception](err):
		return exitException
	case is[*call.BizStatusError](err):
		return exitBizStatus
	case errors.As(err, &status):
		return min(exitStatus+int(min(status.Code, 1000)), exitStatusMax)
	case is[*idl.NotFoundError](err), is[*idl.AmbiguousError](err), is[*idl.ParseError](err), is[*idlError](err),
		is[*idl.BrokenError](err), is[*idl.DescriptorError](err), is[*idl.NameError](err), is[*idl.ExistsError](err):
		return exitIDL
	case is[*stream.TimeoutError](err), errors.Is(err, context.DeadlineExceeded), timedOut(err):
		return exitDeadline
	case isConnection(err):
		return exitConnection
	}
	return exitUnexpected
}

// applicationOffset keeps the code of an application exception below the next range.
// A type below zero is one that a user made up, like those above 15.
func applicationOffset(kind int32) int {
	if kind < 0 || kind > 15 {
		return 15
	}
	return int(kind)
}

// idlError wraps what went wrong while IDL was read.
type idlError struct{ err error }

func (e *idlError) Error() string { return e.err.Error() }
func (e *idlError) Unwrap() error { return e.err }

// outputError is a failure to write replies.
type outputError struct{ err error }

func (e *outputError) Error() string { return "write output: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

func isOutput(err error) bool { return is[*outputError](err) }

// timedOut reports whether connecting took too long.
func timedOut(err error) bool {
	var connect *call.ConnectError
	return errors.As(err, &connect) && connect.Timeout > 0
}

func isConnection(err error) bool {
	return is[*call.ConnectError](err) || is[*call.TargetsError](err) || is[*call.MismatchError](err) ||
		is[*call.ConnectionLostError](err) || is[*call.ResetError](err) || is[*call.StreamResetError](err) || is[*call.RefusedError](err) ||
		is[*call.GoAwayError](err) || is[*call.ProtocolError](err) || is[*call.MessageSizeError](err) ||
		is[*stream.CardinalityError](err) || is[*format.DecodeError](err) || is[*format.NoResultError](err)
}

func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}
