package decode

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// StoppedError is the end of a call that could not be followed to its own.
type StoppedError struct{ Reason string }

func (e *StoppedError) Error() string { return "decoding stopped: " + e.Reason }

// Outcome is KindUnexpected: how the call ended is not known.
func (*StoppedError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUnexpected} }

// ResetError is the end of a call whose connection a side has reset.
type ResetError struct {
	From proxy.Side
	Err  error
}

func (e *ResetError) Error() string {
	return fmt.Sprintf("the %s ended the connection: %v", e.From, e.Err)
}

func (e *ResetError) Unwrap() error { return e.Err }

// Outcome is KindConnection.
func (*ResetError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindConnection, Code: int64(stream.Unavailable)}
}

// LostError is the end of a call whose connection was closed before it was over.
type LostError struct{ Err error }

func (e *LostError) Error() string {
	return fmt.Sprintf("the connection ended before the call: %v", e.Err)
}

func (e *LostError) Unwrap() error { return e.Err }

// Outcome is KindConnection.
func (*LostError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindConnection, Code: int64(stream.Unavailable)}
}

// CanceledError is the end of a call that a side gave up: RST_STREAM of HTTP/2, or RST of TTHeader
// Streaming.
type CanceledError struct {
	From proxy.Side
	// Code is HTTP/2's, or that of TTHeader Streaming; Text is its name, or what was said.
	Code int64
	Text string
}

func (e *CanceledError) Error() string {
	return fmt.Sprintf("the %s reset the stream: %s", e.From, e.Text)
}

// Outcome is KindInterrupted where it was the client's wish, else KindConnection.
func (e *CanceledError) Outcome() stream.Outcome {
	if e.From == proxy.Client {
		return stream.Outcome{Kind: stream.KindInterrupted}
	}
	return stream.Outcome{Kind: stream.KindConnection, Code: int64(stream.Internal)}
}

// AnswerError is an answer in HTTP that is none of a call's.
type AnswerError struct {
	Status      int
	ContentType string
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("answered with HTTP status %d and content type %q", e.Status, e.ContentType)
}

// Outcome is KindConnection.
func (*AnswerError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindConnection, Code: int64(stream.Unknown)}
}

// EndError is an answer that ends without saying how the call ended.
type EndError struct{ Missing string }

func (e *EndError) Error() string { return "the answer ended without " + e.Missing }

// Outcome is KindConnection.
func (*EndError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindConnection, Code: int64(stream.Internal)}
}

// LanguageError says that a method of Protobuf was called in Thrift, or the reverse.
type LanguageError struct{ Method string }

func (e *LanguageError) Error() string {
	return fmt.Sprintf("the IDL of %s is of another language than the call", e.Method)
}

// Outcome is KindIDL.
func (*LanguageError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindIDL} }
