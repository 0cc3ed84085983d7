package h2

import (
	"context"
	"io"
	"strconv"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Stream is one request, and its answer. It belongs to its handler; one goroutine of that may
// read while another writes.
type Stream struct {
	// Method, Path, which has the query, and Authority are those of the request.
	Method, Path, Authority string
	// Header is without pseudo-headers; names are in lower case.
	Header []hpack.HeaderField

	c      *Conn
	id     uint32
	ctx    context.Context //nolint:containedctx // of the request
	cancel context.CancelCauseFunc

	// All below is guarded by Conn.mu.
	more       sync.Cond // there is more to read
	in         []byte    // what has come
	taken      int       // of in
	ended      bool      // no more will come
	stopped    bool      // nobody reads any more
	err        error     // why, where the request was given up
	recvWindow int64
	used       int64 // of it, what has been read and not yet granted again
	size       int64 // of the body so far
	promised   int64 // the content-length; below 0 without one

	window int64 // for DATA
	headed bool
	done   bool // END_STREAM has been sent, or RST_STREAM
}

// newStream reads the header of a request; bad says that it is none (RFC 9113 section 8.3.1).
func newStream(c *Conn, f *http2.MetaHeadersFrame) (st *Stream, bad bool) {
	st = &Stream{c: c, id: f.StreamID, recvWindow: streamWindow, window: c.peer.initialWindow, ended: f.StreamEnded(), promised: -1}
	st.more.L = &c.mu
	scheme := ""
	for _, h := range f.PseudoFields() {
		switch h.Name {
		case ":method":
			st.Method = h.Value
		case ":path":
			st.Path = h.Value
		case ":authority":
			st.Authority = h.Value
		case ":scheme":
			scheme = h.Value
		}
	}
	st.Header = f.RegularFields()
	return st, st.Method == "" || st.Path == "" || scheme == "" || !st.regular() || st.ended && st.promised > 0
}

// regular reports whether the fields are those of a request of HTTP/2, and notes the size of
// its body (RFC 9113 section 8.2.2).
func (st *Stream) regular() bool {
	for _, h := range st.Header {
		switch h.Name {
		case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
			return false
		case "te":
			if h.Value != "trailers" {
				return false
			}
		case "content-length":
			n, err := strconv.ParseInt(h.Value, 10, 64)
			if err != nil || n < 0 {
				return false
			}
			st.promised = n
		}
	}
	return true
}

// hasPromised reports whether the body is not larger than the header says, nor smaller when it
// has ended. mu is held.
func (st *Stream) hasPromised() bool {
	return st.promised < 0 || st.size == st.promised || st.size < st.promised && !st.ended
}

// Context ends with the stream, or when the client has given it up.
func (st *Stream) Context() context.Context { return st.ctx }

// receive takes a part of the request. mu is held.
func (st *Stream) receive(b []byte) {
	if st.taken > len(st.in)/2 {
		st.in, st.taken = st.in[:copy(st.in, st.in[st.taken:])], 0
	}
	st.in = append(st.in, b...)
	st.size += int64(len(b))
	st.more.Signal()
}

// finish ends the request. mu is held.
func (st *Stream) finish() {
	st.ended = true
	st.more.Signal()
}

// reset gives the stream up. mu is held.
func (st *Stream) reset(err error) {
	if st.err == nil {
		st.err = err
	}
	st.ended, st.done = true, true
	st.cancel(err)
	st.more.Signal()
	st.c.out.Room.Broadcast()
}

// Read reads from the body; io.EOF is its end. ctx bounds the wait.
func (st *Stream) Read(ctx context.Context, p []byte) (int, error) {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.taken == len(st.in) && !st.ended {
		defer context.AfterFunc(ctx, func() {
			c.mu.Lock()
			st.more.Broadcast()
			c.mu.Unlock()
		})()
	}
	for st.taken == len(st.in) {
		switch {
		case st.err != nil:
			return 0, st.err
		case st.ended, st.stopped:
			return 0, io.EOF
		case ctx.Err() != nil:
			return 0, context.Cause(ctx)
		}
		st.more.Wait()
	}
	n := copy(p, st.in[st.taken:])
	st.taken += n
	st.grant(int64(n))
	return n, nil
}

// Drop ends the connection when what has been written has left.
func (st *Stream) Drop() {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.Closing = true
	c.out.Wake()
}

// Stop ends reading: a Read that waits gets io.EOF.
func (st *Stream) Stop() {
	st.c.mu.Lock()
	defer st.c.mu.Unlock()
	st.stopped = true
	st.more.Broadcast()
}

// grant lets the client send as much as has been read. mu is held.
func (st *Stream) grant(n int64) {
	if st.ended {
		return
	}
	st.used += n
	if st.used >= streamWindow/2 {
		st.recvWindow += st.used
		_ = st.c.fr.WriteWindowUpdate(st.id, uint32(st.used))
		st.used = 0
		st.c.out.Wake()
	}
}

// close ends the stream when its handler has returned: well, or with RST_STREAM where it has
// not ended it. mu is held.
func (st *Stream) close() {
	c := st.c
	switch {
	case !st.done:
		c.writeReset(st.id, http2.ErrCodeInternal)
	case !st.ended: // the client need not send the rest (RFC 9113 section 8.1)
		c.writeReset(st.id, http2.ErrCodeNo)
	}
	st.done, st.ended, st.in, st.taken = true, true, nil, 0
	st.cancel(nil)
	delete(c.streams, st.id)
	c.running--
	c.endIdle()
	c.out.Wake()
}
