package kitexjson

import "github.com/idlcall/idlcall/pkg/stream"

// SourceError is a method, IDL or a protocol for which Kitex's JSON generic call has no place.
type SourceError struct{ Reason string }

func (e *SourceError) Error() string { return e.Reason }

// Outcome is KindUsage.
func (*SourceError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// IDLError is IDL that dynamicgo does not read. Kitex falls back to another mapping there.
type IDLError struct{ Err error }

func (e *IDLError) Error() string { return "dynamicgo does not read the IDL: " + e.Err.Error() }
func (e *IDLError) Unwrap() error { return e.Err }

// Outcome is KindIDL.
func (*IDLError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindIDL} }

// ReplyError is a reply of which Kitex's JSON generic call makes no JSON.
type ReplyError struct {
	Method string // "Service.Method"
	Reason string
}

func (e *ReplyError) Error() string { return e.Method + ": " + e.Reason }

// Outcome is KindConnection, as that of a *format.DecodeError.
func (*ReplyError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindConnection, Code: int64(stream.Internal)}
}
