package h1

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/gate"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/grow"
	"github.com/idlcall/idlcall/pkg/stream"
)

const (
	// readBuffer is how many bytes of an answer are read at once.
	readBuffer = 32 << 10
	// keepBuffer is the capacity above which the buffer of a request is not reused.
	keepBuffer = 1 << 20
)

// exchange is one exchange over HTTP/1.1. A request of one message goes out whole; one
// of several in chunks, as they are written. Servers read all of a request before they
// answer, save for those that refuse it.
type exchange struct {
	conn   *Conn
	trace  *stream.Trace
	ctx    context.Context
	cancel context.CancelCauseFunc
	forget func() bool // the end of the connection
	fields []hpack.HeaderField

	body *io.PipeWriter // of a request of several messages
	buf  []byte

	once   sync.Once
	opened gate.Gate // until res or err is set
	res    *http.Response
	err    error
}

// HalfDuplex is true: servers read a request of HTTP/1.1 before they answer.
func (st *exchange) HalfDuplex() bool { return true }

func (st *exchange) At() call.Target { return st.conn.target }

// begin starts a request of several messages.
func (st *exchange) begin() {
	r, w := io.Pipe()
	st.body = w
	go st.exchange(r, func() {})
}

// send makes the whole request; it returns when that has left, or is not going to.
func (st *exchange) send(body []byte) error {
	written := make(chan struct{})
	go st.exchange(bytes.NewReader(body), sync.OnceFunc(func() { close(written) }))
	select {
	case <-written:
		return nil // the receiver learns what came of it
	case <-st.opened:
		return st.err
	}
}

// Write of a request of several messages makes one chunk of head and body.
func (st *exchange) Write(head, body []byte, end bool) error {
	framed := append(append(st.buf[:0], head...), body...)
	if st.body == nil {
		return st.send(framed)
	}
	if cap(framed) <= keepBuffer {
		st.buf = framed
	}
	if len(framed) > 0 {
		if _, err := st.body.Write(framed); err != nil {
			return web.WhyNotSent(context.Cause(st.ctx))
		}
	}
	if end {
		_ = st.body.Close()
	}
	return nil
}

// exchange makes the request and waits for the header of the answer.
func (st *exchange) exchange(body io.Reader, written func()) {
	res, err := st.roundTrip(body, written)
	late := true
	st.once.Do(func() {
		late = false
		st.res, st.err = res, err
		st.opened.Open()
	})
	if late && res != nil { // abort came first
		_ = res.Body.Close()
	}
}

func (st *exchange) roundTrip(body io.Reader, written func()) (*http.Response, error) {
	c := st.conn
	var conn net.Conn
	moments := Moments{Conn: func(info httptrace.GotConnInfo) { conn = info.Conn }, Written: written, Sent: func() {}}
	line := web.RawMetadata([]hpack.HeaderField{st.fields[0], st.fields[2]}) // method and path
	traced := moments.Watch(st.ctx, st.trace, line)
	req, err := NewRequest(traced, st.fields[0].Value, st.fields[1].Value, c.target, st.fields[2].Value, body)
	if err != nil {
		return nil, err
	}
	req.Host = st.fields[3].Value
	for _, f := range st.fields[4:] {
		req.Header.Add(f.Name, f.Value)
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		err = Explain(st.ctx, c.closed, c.target, conn, err)
		if _, ok := errors.AsType[*call.ConnectError](err); ok {
			c.fail()
		}
		return nil, err
	}
	return res, nil
}

func (st *exchange) WaitHeader() error {
	if err := st.opened.Pass(st.ctx); err != nil {
		return err
	}
	return st.err
}

func (st *exchange) Answer() (header []hpack.HeaderField, bare bool) {
	return Fields(st.res), st.res.ContentLength == 0
}

// Fields are the header of a response in the form of HTTP/2, sorted by name.
func Fields(res *http.Response) []hpack.HeaderField {
	status := hpack.HeaderField{Name: ":status", Value: res.Status[:min(3, len(res.Status))]}
	return append([]hpack.HeaderField{status}, headerFields(res.Header)...)
}

func headerFields(h http.Header) []hpack.HeaderField {
	var fields []hpack.HeaderField
	for name, values := range h {
		for _, v := range values {
			fields = append(fields, hpack.HeaderField{Name: strings.ToLower(name), Value: v})
		}
	}
	slices.SortStableFunc(fields, func(a, b hpack.HeaderField) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// More reads into memory that grows with what really comes.
func (st *exchange) More(cur []byte, off, need int) ([]byte, error) {
	cur = cur[:copy(cur, cur[off:])]
	if cap(cur)-len(cur) < readBuffer/2 {
		cur = grow.For(cur, need, readBuffer)
	}
	n, err := st.res.Body.Read(cur[len(cur):cap(cur)])
	if n > 0 {
		return cur[:len(cur)+n], nil // the error comes again
	}
	return cur, st.broken(err)
}

// broken explains a body that cannot be read on.
func (st *exchange) broken(err error) error {
	switch {
	case err == nil, err == io.EOF:
		return err
	case st.ctx.Err() != nil:
		return context.Cause(st.ctx)
	case st.conn.closed.Err() != nil:
		return call.ErrClosed
	case err == io.ErrUnexpectedEOF: // net/http's word for a connection that ends before the body does
		err = io.EOF
	}
	return &call.ConnectionLostError{Target: st.conn.target.Text, Err: err}
}

func (st *exchange) Trailer() []hpack.HeaderField { return headerFields(st.res.Trailer) }

// Abort leaves the connection to the next exchange where the answer was read to its
// end.
func (st *exchange) Abort(_ http2.ErrCode, err error) {
	if st.forget() {
		st.conn.left()
	}
	st.cancel(err)
	if st.body != nil {
		_ = st.body.CloseWithError(fault.ErrAbandoned)
	}
	st.once.Do(func() {
		st.err = err
		st.opened.Open()
	})
	if st.res != nil {
		_ = st.res.Body.Close()
	}
}
