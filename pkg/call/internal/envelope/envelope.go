// Package envelope sends and receives messages that have five bytes before them, flags and
// a length: those of gRPC (doc/PROTOCOL-HTTP2.md), of gRPC-Web, and of streams of Connect.
// writer.go sends, envelope.go takes the messages of an answer out of its body. Lengths are
// checked before memory is taken for them, and what is compressed is expanded to no more
// than the largest message.
package envelope

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Reader reads the messages of one answer.
type Reader struct {
	Opts  *call.Options
	Trace *stream.Trace
	// Last is the flag of the message that is the trailer, 0 where that is not part
	// of the body.
	Last byte
	// EncodingHeader is the name of the header field that has Encoding.
	EncodingHeader string

	// Of the answer, set before the first Next.
	Target   string
	Encoding string // of its messages; may be empty

	Received int  // messages
	Framed   bool // a message or a trailer has come

	cur    []byte
	off    int
	need   int
	expand *compress.Expander
}

// Violation is the error of a peer that broke the rules.
func (r *Reader) Violation(format string, args ...any) error {
	return &call.ProtocolError{Target: r.Target, Saw: fmt.Sprintf(format, args...)}
}

// Next returns the next message, expanded, valid until the following call. last says that
// it is the trailer. At the end of the body it returns io.EOF; Left then tells whether that
// was in the middle of a message.
func (r *Reader) Next(st web.Stream) (message []byte, last bool, err error) {
	for {
		have := r.cur[r.off:]
		r.need = grpcwire.PrefixLen
		if len(have) >= r.need {
			flags, n := grpcwire.ParsePrefix(have)
			if err := r.check(flags, n); err != nil {
				return nil, false, err
			}
			if r.need += int(n); len(have) >= r.need {
				r.off, r.Framed = r.off+r.need, true
				return r.take(flags, have[grpcwire.PrefixLen:r.need])
			}
		}
		r.cur, err = st.More(r.cur, r.off, r.need)
		r.off = 0
		if err != nil {
			return nil, false, err
		}
	}
}

// take expands a message that has come whole.
func (r *Reader) take(flags byte, body []byte) (message []byte, last bool, err error) {
	wire := len(body) + grpcwire.PrefixLen
	if r.isLast(flags) {
		body, err = r.inflate(flags, body, &compress.Expander{Encoding: r.Encoding, Limit: web.MaxHeaderList})
		if _, tooLarge := err.(*call.MessageSizeError); tooLarge {
			err = r.Violation("metadata of more than %d bytes", web.MaxHeaderList)
		}
		return body, true, err
	}
	if r.expand == nil && flags&grpcwire.FlagCompressed != 0 {
		r.expand = &compress.Expander{Encoding: r.Encoding, Limit: r.Opts.MaxMessageSize}
	}
	if body, err = r.inflate(flags, body, r.expand); err != nil {
		return nil, false, err
	}
	r.Received++
	r.Trace.Receive(len(body), wire)
	return body, false, nil
}

// check judges a prefix before anything is allocated for its body.
func (r *Reader) check(flags byte, n uint32) error {
	limit := r.Opts.MaxMessageSize
	if r.isLast(flags) {
		flags &^= r.Last
		limit = min(limit, web.MaxHeaderList)
	}
	switch {
	case flags&^grpcwire.FlagCompressed != 0:
		return r.Violation("message with unknown flags 0x%02x", flags)
	case int64(n) > int64(limit):
		return &call.MessageSizeError{Size: int64(n), Limit: limit}
	case flags == 0:
		return nil
	case r.Encoding == "":
		return r.Violation("compressed message without %s", r.EncodingHeader)
	case r.Encoding == compress.EncodingIdentity:
		return r.Violation("compressed message although %s is identity", r.EncodingHeader)
	case r.Encoding != compress.EncodingGzip && r.Encoding != compress.EncodingZstd:
		return r.Violation("message compressed with %.40q, which was not offered", r.Encoding)
	}
	return nil
}

// inflate decompresses what the flags say is compressed.
func (r *Reader) inflate(flags byte, body []byte, by *compress.Expander) ([]byte, error) {
	if flags&grpcwire.FlagCompressed == 0 {
		return body, nil
	}
	body, err := by.Expand(body)
	if large, ok := err.(*compress.LimitError); ok {
		return nil, &call.MessageSizeError{Limit: large.Limit}
	}
	if err != nil {
		return nil, r.Violation("message that does not decompress with %s: %v", r.Encoding, err)
	}
	return body, nil
}

func (r *Reader) isLast(flags byte) bool { return r.Last != 0 && flags&r.Last != 0 }

// Left is how many bytes have come behind the last message, and how many the message
// that they begin has, the prefix included.
func (r *Reader) Left() (have, need int) { return len(r.cur) - r.off, r.need }

// Ready reports whether Next has a message at hand.
func (r *Reader) Ready() bool {
	have := r.cur[r.off:]
	if len(have) < grpcwire.PrefixLen {
		return false
	}
	_, n := grpcwire.ParsePrefix(have)
	return len(have)-grpcwire.PrefixLen >= int(n)
}

// Waited adds to the error of a deadline what had come until then.
func (r *Reader) Waited(err error) error {
	have := r.cur[r.off:]
	if r.Received == 0 && len(have) == 0 {
		return err
	}
	e := &call.WaitError{Messages: r.Received, Have: len(have), Err: err}
	if len(have) >= grpcwire.PrefixLen {
		_, n := grpcwire.ParsePrefix(have)
		e.Want = grpcwire.PrefixLen + int64(n)
	}
	return e
}

// Close frees the decoders.
func (r *Reader) Close() { r.expand.Close() }
