package serve

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/grow"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// exchange is an RPC over HTTP: what all protocols there have in common.
type exchange struct {
	incoming

	conn    *conn
	limit   int64
	out     http.ResponseWriter
	req     *http.Request
	control *http.ResponseController

	ctx    context.Context //nolint:containedctx // the context of the RPC
	method stream.Method
	via    string // Peer.Transport
	headed bool
	in     io.Reader // the body
	have   []byte    // of in, what has come
	taken  int       // of have, what is no longer wanted
	frame  []byte

	expand *compress.Expander   // nil where the client compresses nothing
	comp   *compress.Compressor // nil where answers are not compressed
}

func (x *exchange) Method() stream.Method { return x.method }

func (x *exchange) Peer() Peer { return x.conn.peer(x.via) }

// named sets the method by the path of a request.
func (x *exchange) named(typ stream.Type, lang stream.Lang) {
	path := strings.TrimPrefix(x.req.URL.Path, "/")
	slash := max(strings.LastIndexByte(path, '/'), 0)
	x.method = stream.Method{Service: path[:slash], Name: strings.TrimPrefix(path[slash:], "/"), Type: typ, Lang: lang}
}

// overdue is how long a client that has set a deadline may leave an answer where it is.
const overdue = time.Second

// deadline makes the context of the RPC, with the client's deadline where it has set one.
func (x *exchange) deadline(value string, parse func(string) (time.Duration, error)) (context.CancelFunc, error) {
	var cancel context.CancelFunc
	if value == "" {
		x.ctx, cancel = context.WithCancel(x.req.Context())
		return cancel, nil
	}
	d, err := parse(value)
	if err != nil {
		return func() {}, &stream.Status{Code: stream.InvalidArgument, Message: err.Error()}
	}
	x.ctx, cancel = context.WithTimeout(x.req.Context(), d)
	if at, _ := x.ctx.Deadline(); d < time.Hour { // the body and the connection know no context
		_ = x.control.SetReadDeadline(at)
		_ = x.control.SetWriteDeadline(at.Add(overdue))
	}
	return cancel, nil
}

// codings prepares for what the client compresses in, and answers in the same where it takes
// that. It returns the coding of the answers, empty for none.
func (x *exchange) codings(encoding, accepted string) (string, error) {
	if encoding == "" || encoding == compress.EncodingIdentity {
		return "", nil
	}
	if !compress.Known(encoding) {
		return "", &stream.Status{Code: stream.Unimplemented, Message: "unknown compression " + strconv.Quote(encoding) + ": supported encodings are gzip, zstd"}
	}
	x.expand = &compress.Expander{Encoding: encoding, Limit: int(x.limit)}
	if accepted != "" && !listed(accepted, encoding) {
		return "", nil
	}
	var err error
	x.comp, err = compress.New(encoding)
	return encoding, err
}

// listed reports whether a list with commas has a name.
func listed(list, name string) bool {
	for part := range strings.SplitSeq(list, ",") {
		part, _, _ = strings.Cut(part, ";")
		if strings.TrimSpace(part) == name {
			return true
		}
	}
	return false
}

// failed is the error of a read as the handler is to see it.
func (x *exchange) failed(err error) error {
	if err != nil && err != io.EOF && x.ctx.Err() != nil {
		return gone(x.ctx)
	}
	return err
}

// fill reads until n bytes wait. What is announced takes memory only as it comes.
func (x *exchange) fill(n int) error {
	if x.taken > 0 {
		x.have = x.have[:copy(x.have, x.have[x.taken:])]
		x.taken = 0
	}
	for len(x.have) < n {
		x.have = grow.For(x.have, n, 512)
		got, err := x.in.Read(x.have[len(x.have):cap(x.have)])
		x.have = x.have[:len(x.have)+got]
		if err != nil && len(x.have) < n {
			return err
		}
	}
	return nil
}

// envelope reads a message behind its prefix (gRPC doc/PROTOCOL-HTTP2.md; Connect's is the
// same). It is valid until the next.
func (x *exchange) envelope() ([]byte, error) {
	if err := x.fill(grpcwire.PrefixLen); err != nil {
		if err == io.EOF && len(x.have) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return nil, cut(err)
	}
	flags, size := grpcwire.ParsePrefix(x.have)
	switch {
	case flags&^grpcwire.FlagCompressed != 0:
		return nil, &stream.Status{Code: stream.Internal, Message: "message with unknown flags " + strconv.Itoa(int(flags))}
	case flags&grpcwire.FlagCompressed != 0 && x.expand == nil:
		return nil, &stream.Status{Code: stream.Internal, Message: "compressed message without an encoding in the header"}
	case int64(size) > x.limit:
		return nil, &stream.Status{Code: stream.ResourceExhausted, Message: "request of " + strconv.FormatUint(uint64(size), 10) + " bytes"}
	}
	if err := x.fill(grpcwire.PrefixLen + int(size)); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, cut(err)
	}
	x.taken = grpcwire.PrefixLen + int(size)
	body := x.have[grpcwire.PrefixLen:x.taken]
	if flags&grpcwire.FlagCompressed != 0 {
		return x.expanded(body)
	}
	return body, nil
}

// expanded is a message without its compression.
func (x *exchange) expanded(body []byte) ([]byte, error) {
	body, err := x.expand.Expand(body)
	if _, large := err.(*compress.LimitError); large {
		return nil, &stream.Status{Code: stream.ResourceExhausted, Message: err.Error()}
	}
	if err != nil {
		return nil, &stream.Status{Code: stream.InvalidArgument, Message: "a message that does not decompress: " + err.Error()}
	}
	return body, nil
}

// cut is the status of a request that ends too early.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &stream.Status{Code: stream.Internal, Message: "the request ends inside a message"}
	}
	return err
}

// enclose puts a message behind its prefix, compressed where answers are.
func (x *exchange) enclose(body []byte) error {
	body, flags, err := x.comp.Message(body)
	if err != nil {
		return err
	}
	x.frame = grpcwire.AppendPrefix(x.frame[:0], flags, uint32(len(body)))
	x.frame = append(x.frame, body...)
	return nil
}

func (x *exchange) SendHeader(md stream.Metadata) error {
	if x.headed {
		return ErrLate
	}
	if err := appendHTTP(x.out.Header(), "", md); err != nil {
		return err
	}
	x.headed = true
	x.out.WriteHeader(http.StatusOK)
	return x.control.Flush()
}

// write sends a part of the answer at once.
func (x *exchange) write(b []byte) error {
	x.headed = true
	if _, err := x.out.Write(b); err != nil {
		return err
	}
	return x.control.Flush()
}

// duplex lets the handler answer before it has the whole request, where that is HTTP/1.
func (x *exchange) duplex() {
	if x.req.ProtoMajor == 1 {
		_ = x.control.EnableFullDuplex()
	}
}

// close ends what the RPC holds. A client of HTTP/1 that has its answer may use the
// connection again at once, so that the rest of its request has to be out of the way.
func (x *exchange) close() {
	x.expand.Close()
	if x.req.ProtoMajor == 1 && x.req.Body != nil {
		_ = x.control.SetReadDeadline(time.Now().Add(overdue))
		_, _ = io.CopyN(io.Discard, x.req.Body, maxRest)
	}
}

// maxRest is how much of a request may be left over, in bytes, for its connection to be used
// again.
const maxRest = 256 << 10
