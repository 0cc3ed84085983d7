package serve

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/grow"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// exchange is an RPC over HTTP: what all protocols there have in common.
type exchange struct {
	carrier

	asked *asked
	conn  *conn
	limit int64

	ctx    context.Context //nolint:containedctx // the context of the RPC
	method stream.Method
	via    string              // Peer.Transport
	given  *incoming           // of the header, once it is asked for
	fields []hpack.HeaderField // of the answer's header
	usual  [4]hpack.HeaderField
	headed bool
	in     io.Reader // the body
	have   []byte    // of in, what has come
	taken  int       // of have, what is no longer wanted
	frame  []byte

	held   int64                // of the connection's room, for the request that is read
	expand *compress.Expander   // nil where the client compresses nothing
	comp   *compress.Compressor // nil where answers are not compressed
}

func (x *exchange) Method() stream.Method { return x.method }

func (x *exchange) Peer() Peer { return x.conn.peer(x.via) }

// Header and Metainfo are read when they are asked for: few handlers do.
func (x *exchange) Header() stream.Metadata { return x.incoming().header }

func (x *exchange) Metainfo() (transient, persistent stream.Metadata) {
	in := x.incoming()
	return in.transient, in.persistent
}

func (x *exchange) incoming() *incoming {
	if x.given == nil {
		in := ofHTTP(x.asked.fields)
		x.given = &in
	}
	return x.given
}

// set gives a field of the answer a value.
func (x *exchange) set(name, value string) {
	for i := range x.fields {
		if x.fields[i].Name == name {
			x.fields[i].Value = value
			return
		}
	}
	x.fields = append(x.fields, hpack.HeaderField{Name: name, Value: value})
}

// begin sends the header of an answer.
func (x *exchange) begin(status int, end, now bool) error {
	x.headed = true
	return x.head(status, x.fields, end, now)
}

// plain answers with a status and a text, as HTTP has it.
func (x *exchange) plain(status int, text string) {
	x.set("content-type", "text/plain; charset=utf-8")
	x.set("content-length", strconv.Itoa(len(text)+1))
	if x.begin(status, false, false) == nil {
		_ = x.write(x.asked.ctx, []byte(text+"\n"), true)
	}
}

// named sets the method by the path of a request.
func (x *exchange) named(typ stream.Type, lang stream.Lang) {
	path := strings.TrimPrefix(x.asked.path, "/")
	slash := max(strings.LastIndexByte(path, '/'), 0)
	x.method = stream.Method{Service: path[:slash], Name: strings.TrimPrefix(path[slash:], "/"), Type: typ, Lang: lang}
}

// deadline makes the context of the RPC, with the client's deadline where it has set one.
func (x *exchange) deadline(value string, parse func(string) (time.Duration, error)) (context.CancelFunc, error) {
	var cancel context.CancelFunc
	if value == "" {
		x.ctx = x.asked.ctx
		return func() {}, nil
	}
	d, err := parse(value)
	if err != nil {
		x.ctx = x.asked.ctx
		return func() {}, &stream.Status{Code: stream.InvalidArgument, Message: err.Error()}
	}
	x.ctx, cancel = context.WithTimeout(x.asked.ctx, d)
	return cancel, nil
}

// body is that of the request, for as long as the RPC lasts.
func (x *exchange) body() io.Reader { return bodyOf{x.ctx, x.carrier} }

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
	if err := x.hold(int64(size)); err != nil {
		return nil, err
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
	var err error
	if x.fields, err = appendHTTP(x.fields, "", md); err != nil {
		return err
	}
	return x.begin(http.StatusOK, false, true)
}

// send sends a part of the body of an answer, which it begins.
func (x *exchange) send(b []byte, end bool) error {
	if !x.headed {
		if err := x.begin(http.StatusOK, false, false); err != nil {
			return err
		}
	}
	return x.write(x.ctx, b, end)
}

// small requests need no room of the connection's.
const small = 64 << 10

// hold waits for room for a request of a size, all of it at once, so that of several large ones
// at a time on a connection none waits for ever.
func (x *exchange) hold(size int64) error {
	x.conn.room.release(x.held)
	x.held = 0
	if size <= small {
		return nil
	}
	if err := x.conn.room.acquire(x.ctx, size); err != nil {
		return gone(x.ctx)
	}
	x.held = size
	return nil
}

// close ends what the request holds.
func (x *exchange) close() {
	x.conn.room.release(x.held)
	x.expand.Close()
	x.done()
}
