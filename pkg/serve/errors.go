package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/stream"
)

// What a ServerStream refuses.
var (
	// ErrNoPlace says that the protocol carries no metadata there.
	ErrNoPlace = errors.New("the protocol has no place for metadata")
	// ErrLate says that the header has left.
	ErrLate = errors.New("the header has been sent")
	// ErrOneReply says that the protocol carries one reply, which has been sent.
	ErrOneReply = errors.New("the method has but one reply")
)

// ErrNoReply ends a call of Thrift well, and without an answer: what becomes of a method
// that the IDL declares oneway. Apache's clients in Go do not tell it by the type of the
// message, and would take an answer for that of their next call; where a client tells, there
// is none anyway.
var ErrNoReply = errors.New("no reply")

// ErrDrop ends an RPC by closing its connection, without a word: what a server does that
// crashes. It takes with it all other RPCs of the connection.
var ErrDrop = errors.New("the connection is dropped")

// ErrStreams says that a method cannot be called as a client has called it, since it streams
// or does not: protocols in which a client tells have answers of their own for it.
var ErrStreams = errors.New("the method is of another streaming kind")

// ErrSideEffects says that a method must not be asked with a GET
// (stream.Method.NoSideEffects).
var ErrSideEffects = errors.New("the method may have side effects: it must be asked with POST")

// Types of application exceptions
// (apache/thrift:doc/specs/thrift-rpc.md; cloudwego/kitex:pkg/remote/trans_errors.go).
const (
	UnknownMethod  int32 = 1
	MissingResult  int32 = 5
	InternalError  int32 = 6
	ProtocolError  int32 = 7
	UnknownService int32 = 20
)

// ApplicationError is an application exception of Thrift.
type ApplicationError struct {
	Type    int32
	Message string
}

func (e *ApplicationError) Error() string { return e.Message }

// Outcome is KindApplication.
func (e *ApplicationError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindApplication, Code: int64(e.Type), Message: e.Message}
}

// DeclaredError is an exception that the IDL declares for a method. Protocols without
// Thrift's results, and streams, know it by its name only.
type DeclaredError struct {
	Name string // of the type, or of its field in throws
	// Body is the encoded result of the method, with nothing in it but the exception.
	Body []byte
	// JSON has the fields of the exception, where that is known.
	JSON json.RawMessage
}

func (e *DeclaredError) Error() string { return "exception " + e.Name }

// Outcome is KindDeclared.
func (e *DeclaredError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindDeclared, Name: e.Name, Message: e.Error(), Detail: e.JSON}
}

// BizStatusError is a business status of Kitex. Where there is no place for one, in
// framed and buffered Thrift, the client sees an empty result.
type BizStatusError struct {
	Code    int32 // not 0
	Message string
	Extra   map[string]string
}

func (e *BizStatusError) Error() string { return e.Message }

// Outcome is KindBiz.
func (e *BizStatusError) Outcome() stream.Outcome {
	o := stream.Outcome{Kind: stream.KindBiz, Code: int64(e.Code), Message: e.Message}
	if len(e.Extra) > 0 {
		o.Detail = e.extra()
	}
	return o
}

// extra is Extra as JSON.
func (e *BizStatusError) extra() []byte {
	text, _ := json.Marshal(e.Extra) // a map of strings always can be
	return text
}

// UnknownMethodError says that there is no such method: what Find may return, as it may
// return nil.
type UnknownMethodError struct{ Method stream.Method }

func (e *UnknownMethodError) Error() string { return "unknown method " + e.Method.Path() }

// Outcome is that of an application exception: protocols with statuses have one for it.
func (e *UnknownMethodError) Outcome() stream.Outcome {
	return e.exception().Outcome()
}

// exception is what Kitex's servers say.
func (e *UnknownMethodError) exception() *ApplicationError {
	if e.Method.Service == "" {
		return &ApplicationError{UnknownService, "unknown service , method " + e.Method.Name}
	}
	return &ApplicationError{UnknownMethod, fmt.Sprintf("unknown method %s (service %s)", e.Method.Name, e.Method.Service)}
}

// ForeignError says that a client speaks nothing that a Server does. It got no answer.
type ForeignError struct {
	What  string // in words
	First []byte // its first bytes, few
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("the client speaks %s (% x)", e.What, e.First)
}

// Outcome is KindConnection.
func (*ForeignError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindConnection} }

// foreign describes a client by its first bytes.
func foreign(f detect.Form, first []byte) *ForeignError {
	what := "no protocol of this server"
	switch f.Kind {
	case detect.TLS:
		what = "TLS"
	case detect.HTTP1:
		what = "HTTP/1"
	}
	return &ForeignError{what, append([]byte(nil), first...)}
}

// SizeError says that a request is larger than Server.MaxMessage. It was not read.
type SizeError struct{ Size, Limit int64 }

func (e *SizeError) Error() string {
	return fmt.Sprintf("a request of %d bytes, above the limit of %d", e.Size, e.Limit)
}

// Outcome is that of a status.
func (e *SizeError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindConnection, Code: int64(stream.ResourceExhausted)}
}

// gone is why a request does not come when the context of its RPC has ended.
func gone(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return &stream.Status{Code: stream.Canceled, Message: "the client has gone"}
}

// exceptionOf puts an error into the words of Thrift. It is never nil.
func exceptionOf(err error) *ApplicationError {
	if unknown, ok := errors.AsType[*UnknownMethodError](err); ok {
		return unknown.exception()
	}
	if e, ok := errors.AsType[*ApplicationError](err); ok {
		return e
	}
	return &ApplicationError{InternalError, err.Error()}
}
