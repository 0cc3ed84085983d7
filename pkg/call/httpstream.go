package call

import (
	"context"
	"io"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/stream"
)

// httpConn is where the requests of gRPC and gRPC-Web are opened: h2conn, or h1conn
// for gRPC-Web over HTTP/1.1.
type httpConn interface {
	at() Target
	// usable reports whether a new stream may be opened; gone, that nothing runs
	// on the connection any more.
	usable() bool
	gone() bool
	// request sends the header of a request, or all of it where end is true. more
	// announces that a message follows at once. errUnusable asks for another
	// connection, and whyUnusable puts what the user should know in its place.
	request(ctx context.Context, fields []hpack.HeaderField, end, more bool, t *stream.Trace) (httpStream, error)
	whyUnusable(err error) error
	close()
}

// httpStream is a request and its answer.
type httpStream interface {
	at() Target
	// write sends head and then body, and ends the request where end is true. Both
	// may be reused afterwards. io.EOF: the peer wants no more, and the answer says
	// why.
	write(head, body []byte, end bool) error
	// waitHeader waits for the header of the answer. Where it ends without one, err
	// says why; io.EOF is an orderly end.
	waitHeader() error
	// answer is the header, after waitHeader. bare: there is no body.
	answer() (header []hpack.HeaderField, bare bool)
	// more appends what has come to cur[off:], as h2stream has it.
	more(cur []byte, off, need int) ([]byte, error)
	// trailer is what came after the body, once more has returned io.EOF.
	trailer() []hpack.HeaderField
	// abort ends the exchange from our side, unless it is over.
	abort(code http2.ErrCode, err error)
}

// whyNotSent is what a sender is told about a stream that ended with err: io.EOF
// where the peer is the reason, and the receiver knows more.
func whyNotSent(err error) error {
	switch err.(type) {
	case nil, *ResetError, *ConnectionLostError, *ProtocolError, *MismatchError, *stream.Status:
		return io.EOF
	}
	return err
}

// peekBody reads the beginning of a body that is not what was asked for, as far as it
// comes within sniffWait: whatever the rest does, the answer is certain. err is io.EOF
// where the body ended, and body is all of it.
func peekBody(st httpStream) (body []byte, err error) {
	defer time.AfterFunc(sniffWait, func() { st.abort(http2.ErrCodeCancel, errAbandoned) }).Stop()
	for len(body) < sniffLimit && err == nil {
		body, err = st.more(body, 0, sniffLimit)
	}
	return body[:min(len(body), sniffLimit)], err
}
