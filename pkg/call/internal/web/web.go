package web

import (
	"context"
	"errors"
	"io"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Conn is where requests are opened: h2.Conn, or h1.Conn for HTTP/1.1.
type Conn interface {
	At() call.Target
	// Usable reports whether a new stream may be opened; Gone, that nothing runs
	// on the connection any more.
	Usable() bool
	Gone() bool
	// Request sends the header of a request, or all of it where end is true. more
	// announces that a message follows at once. ErrUnusable asks for another
	// connection, and WhyUnusable puts what the user should know in its place.
	Request(ctx context.Context, fields []hpack.HeaderField, end, more bool, t *stream.Trace) (Stream, error)
	WhyUnusable(err error) error
	Close()
}

// Stream is a request and its answer.
type Stream interface {
	At() call.Target
	// HalfDuplex reports whether the answer may come only when the request has left
	// whole.
	HalfDuplex() bool
	// Write sends head and then body, and ends the request where end is true. Both
	// may be reused afterwards. io.EOF: the peer wants no more, and the answer says
	// why.
	Write(head, body []byte, end bool) error
	// WaitHeader waits for the header of the answer. Where it ends without one, err
	// says why; io.EOF is an orderly end.
	WaitHeader() error
	// Answer is the header, after WaitHeader. bare: there is no body.
	Answer() (header []hpack.HeaderField, bare bool)
	// More appends what has come to cur[off:], as h2.Stream has it.
	More(cur []byte, off, need int) ([]byte, error)
	// Trailer is what came after the body, once More has returned io.EOF.
	Trailer() []hpack.HeaderField
	// Abort ends the exchange from our side, unless it is over.
	Abort(code http2.ErrCode, err error)
}

// WhyNotSent is what a sender is told about a stream that ended with err: io.EOF
// where the peer is the reason, and the receiver knows more.
func WhyNotSent(err error) error {
	switch err.(type) {
	case nil, *call.ResetError, *call.ConnectionLostError, *call.ProtocolError, *call.MismatchError, *stream.Status:
		return io.EOF
	}
	return err
}

// Peek reads the beginning of a body that is not what was asked for, as foreign.Sniff has
// it.
func Peek(st Stream) (body []byte, err error) {
	more := func(body []byte) ([]byte, error) { return st.More(body, 0, foreign.SniffLimit) }
	return foreign.Sniff(nil, more, func() { st.Abort(http2.ErrCodeCancel, fault.ErrAbandoned) })
}

// ErrUnusable asks for another connection.
var ErrUnusable = errors.New("the connection takes no more streams")

// MaxHeaderList bounds the metadata of one answer, in bytes: names, values and 32
// for each entry (RFC 9113 section 6.5.2).
const MaxHeaderList = 1 << 20
