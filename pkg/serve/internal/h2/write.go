package h2

import (
	"context"
	"encoding/binary"
	"io"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/outbox"
)

// writeReset appends RST_STREAM. mu is held.
func (c *Conn) writeReset(id uint32, code http2.ErrCode) {
	_ = c.fr.WriteRSTStream(id, code)
	c.out.Wake()
}

// WriteHeader begins the answer, or with end is all of it. Names are in lower case. now says
// that nothing follows at once.
func (st *Stream) WriteHeader(fields []hpack.HeaderField, end, now bool) error {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.done {
		return st.why()
	}
	st.headed, st.done = true, end
	c.block(st.id, fields, end)
	if now || end {
		c.out.Wake()
	}
	return nil
}

// block appends a header block, in as many frames as it takes. mu is held.
func (c *Conn) block(id uint32, fields []hpack.HeaderField, end bool) {
	c.hbuf.Reset()
	for _, f := range fields {
		_ = c.henc.WriteField(f)
	}
	block := c.hbuf.Bytes()
	first := block[:min(len(block), c.peer.maxFrame)]
	block = block[len(first):]
	_ = c.fr.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: first, EndStream: end, EndHeaders: len(block) == 0})
	for len(block) > 0 {
		part := block[:min(len(block), c.peer.maxFrame)]
		block = block[len(part):]
		_ = c.fr.WriteContinuation(id, len(block) == 0, part)
	}
}

// Write sends a part of the body at once; with end it is the last. ctx bounds the wait for
// the client to make room.
func (st *Stream) Write(ctx context.Context, b []byte, end bool) error {
	c := st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.blocked(int64(len(b))) {
		defer context.AfterFunc(ctx, func() {
			c.mu.Lock()
			c.out.Room.Broadcast()
			c.mu.Unlock()
		})()
	}
	for {
		if st.done {
			return st.why()
		}
		if st.blocked(int64(len(b))) {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			c.out.Wake()
			c.out.Waiters++
			c.out.Room.Wait()
			c.out.Waiters--
			continue
		}
		part := b[:st.quota(int64(len(b)))]
		b = b[len(part):]
		st.append(part, end && len(b) == 0)
		if len(b) == 0 {
			st.done = end
			c.out.Wake()
			return nil
		}
	}
}

// blocked reports whether nothing of n bytes may leave now.
func (st *Stream) blocked(n int64) bool {
	return len(st.c.out.Buf) >= outbox.WriteHigh || n > 0 && st.quota(n) == 0
}

// quota is how many of n bytes may leave now: a client may take back window that is in use
// (RFC 9113 section 6.9.2).
func (st *Stream) quota(n int64) int64 {
	return max(0, min(n, st.window, st.c.window, int64(st.c.peer.maxFrame)))
}

// append appends a DATA frame. mu is held.
func (st *Stream) append(b []byte, end bool) {
	st.window -= int64(len(b))
	st.c.window -= int64(len(b))
	flags := byte(0)
	if end {
		flags = byte(http2.FlagDataEndStream)
	}
	n := len(b)
	buf := append(st.c.out.Buf, byte(n>>16), byte(n>>8), byte(n), byte(http2.FrameData), flags)
	buf = binary.BigEndian.AppendUint32(buf, st.id)
	st.c.out.Buf = append(buf, b...)
}

// why is the error of a write to a stream that takes none.
func (st *Stream) why() error {
	if st.err != nil {
		return st.err
	}
	return io.ErrClosedPipe
}
