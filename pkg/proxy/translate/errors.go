package translate

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Refused is a call that cannot be carried to the server.
type Refused struct { //nolint:errname // as Status
	Method string
	Reason string
}

func (e *Refused) Error() string {
	return fmt.Sprintf("%s cannot be carried to the server: %s", e.Method, e.Reason)
}

// Outcome is that of a status.
func (e *Refused) Outcome() stream.Outcome { return e.status().Outcome() }

func (e *Refused) status() *stream.Status {
	return &stream.Status{Code: stream.Unimplemented, Message: e.Error()}
}

// LostFieldsError says that a body has fields that the IDL does not have, which would be
// lost in another encoding.
type LostFieldsError struct{ Fields int }

func (e *LostFieldsError) Error() string {
	return fmt.Sprintf("%d fields that the IDL does not have would be lost in the other encoding", e.Fields)
}

// Outcome is that of a status.
func (e *LostFieldsError) Outcome() stream.Outcome {
	return (&stream.Status{Code: stream.Internal, Message: e.Error()}).Outcome()
}

// isUnknown reports whether it is the IDL that does not have a method.
func isUnknown(err error) bool {
	missing, ok := errors.AsType[*idl.NotFoundError](err)
	return ok && (missing.Kind == "method" || missing.Kind == "service")
}

// told is how a call ended, in the words of package serve, which has a place for all of them on
// the client's transport; only that of a business status it would leave out.
func told(err error, transport string) error {
	err = ended(err)
	if biz, ok := err.(*serve.BizStatusError); ok {
		switch transport {
		case "framed", "buffered", "header", "http":
			return &serve.ApplicationError{Type: serve.InternalError, Message: fmt.Sprintf("business status %d: %s", biz.Code, biz.Message)}
		}
	}
	return err
}

// ended is how a call ended, in the words of package serve.
func ended(err error) error {
	switch err.(type) {
	case nil, *serve.UnknownMethodError, *serve.ApplicationError, *serve.BizStatusError:
		return err
	}
	if err == serve.ErrNoReply {
		return err
	}
	if status, ok := errors.AsType[*stream.Status](err); ok {
		return status
	}
	if e, ok := errors.AsType[*call.ApplicationError](err); ok {
		return &serve.ApplicationError{Type: e.Type, Message: e.Message}
	}
	if e, ok := errors.AsType[*call.BizStatusError](err); ok {
		biz := &serve.BizStatusError{Code: e.Code, Message: e.Message}
		_ = json.Unmarshal(e.Extra, &biz.Extra) // which is one, or nothing
		return biz
	}
	if e, ok := errors.AsType[*Refused](err); ok {
		return e.status()
	}
	switch o := stream.OutcomeOf(err); o.Kind {
	case stream.KindInterrupted:
		return &stream.Status{Code: stream.Canceled, Message: err.Error()}
	case stream.KindDeadline:
		return &stream.Status{Code: stream.DeadlineExceeded, Message: err.Error()}
	case stream.KindConnection:
		code := stream.Unavailable
		if o.Code != 0 {
			code = stream.Code(o.Code)
		}
		return &stream.Status{Code: code, Message: err.Error()}
	case stream.KindUsage:
		return &stream.Status{Code: stream.Unimplemented, Message: "the call cannot be carried to the server: " + err.Error()}
	}
	return &stream.Status{Code: stream.Internal, Message: err.Error()}
}
