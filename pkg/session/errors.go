package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// CallError is what went wrong with an RPC, and what carried it.
type CallError struct {
	Transport call.Transport
	Err       error
}

func (e *CallError) Error() string { return e.Err.Error() }
func (e *CallError) Unwrap() error { return e.Err }

// Outcome is that of Err.
func (e *CallError) Outcome() stream.Outcome { return stream.Outcome{} }

// IDLError is what went wrong while IDL was read.
type IDLError struct{ Err error }

func (e *IDLError) Error() string { return e.Err.Error() }
func (e *IDLError) Unwrap() error { return e.Err }

// Outcome is KindIDL.
func (*IDLError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindIDL} }

// TypeError means that Call was asked for a method that streams.
type TypeError struct {
	Method string // "pkg.Service/Method"
	Type   stream.Type
}

func (e *TypeError) Error() string {
	return fmt.Sprintf("%s is a %s method, not a unary one", e.Method, e.Type)
}

// Outcome is KindUsage.
func (*TypeError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// UsageError is a question that a Session has no means to answer.
type UsageError struct{ Reason string }

func (e *UsageError) Error() string { return e.Reason }

// Outcome is KindUsage.
func (*UsageError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// errNoTarget is for calls of a Session of IDL alone.
var errNoTarget = &UsageError{"the session has no target"}

// Looking says what was looked up in a schema when a server's reflection failed, and
// classifies errors that have no kind. Errors of the IDL itself say it already.
func Looking(ctx context.Context, what string, err error) error {
	kind := stream.OutcomeOf(err).Kind
	status, isStatus := errors.AsType[*stream.Status](err)
	bad, isMetadata := errors.AsType[*call.MetadataError](err)
	switch {
	case ctx.Err() != nil && !isStatus:
		return context.Cause(ctx)
	case is[*idl.NotFoundError](err), is[*idl.AmbiguousError](err), is[*idl.ParseError](err):
		return err
	case isMetadata: // it concerns every request
		return bad
	case kind == stream.KindConnection, kind == stream.KindDeadline:
		return &CallError{call.GRPC, err}
	case is[*call.UnsupportedError](err):
		return err
	case isStatus && status != nil:
		return fmt.Errorf("look up %s by reflection: %w", what, err)
	}
	return &IDLError{fmt.Errorf("look up %s: %w", what, err)}
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
