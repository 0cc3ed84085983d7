package h2

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/outbox"
)

// writeLoop writes what has gathered in the buffer until the connection ends.
func (c *Conn) writeLoop() {
	defer close(c.writerDone)
	err := c.out.Run(func() bool { return c.Err != nil }, func(buf []byte) error {
		c.traceWrites(buf)
		_, err := c.nc.Write(buf)
		return err
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		c.writeFailed(err)
	case c.drained && c.Err == nil:
		c.nc.Close()
	}
}

// writeFailed leaves a short while for the reader, who may find out why: the
// peer often says so before it closes.
func (c *Conn) writeFailed(err error) {
	c.writeErr = err
	_ = c.nc.SetReadDeadline(time.Now().Add(CloseTimeout))
}

// open allots a stream and puts its HEADERS into the buffer. It waits while the
// peer's limit of concurrent streams is reached. The writer is not woken when
// more is about to follow.
func (c *Conn) open(ctx context.Context, st *Stream, fields []hpack.HeaderField, end, more bool) error {
	size := uint64(0)
	for _, f := range fields {
		size += uint64(f.Size())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	if err := c.waitSlot(ctx); err != nil {
		return err
	}
	if size > c.peer.maxHeaderList {
		c.slots.Signal() // the slot is another's
		return &call.MetadataError{Name: "(all)", Reason: fmt.Sprintf(
			"%d bytes with the request headers, the peer accepts %d", size, c.peer.maxHeaderList)}
	}
	st.c, st.id, st.window, st.sentEnd = c, c.nextID, c.peer.initialWindow, end
	st.recvWindow = StreamWindow
	if c.turn.lone++; len(c.streams) > 0 {
		c.turn.lone = 0
	}
	c.nextID += 2
	c.streams[st.id] = st
	c.listen(st)
	c.writeHeaderBlock(st.id, c.encode(fields), end)
	if !more {
		c.out.Wake()
	}
	return nil
}

// waitSlot returns when a stream may be opened. errUnusable asks for another
// connection.
func (c *Conn) waitSlot(ctx context.Context) error {
	if c.usableLocked() && uint64(len(c.streams)) < uint64(c.peer.maxStreams) {
		return nil
	}
	wake := func() {
		c.mu.Lock()
		c.slots.Broadcast()
		c.mu.Unlock()
	}
	c.turn.openers++
	defer func() { c.turn.openers-- }()
	defer context.AfterFunc(ctx, wake)()
	patience := time.AfterFunc(c.timeout, wake)
	defer patience.Stop()
	for start := time.Now(); ; {
		switch {
		case !c.usableLocked():
			c.slots.Broadcast()
			if c.Err != nil && !c.peer.seen {
				return c.Err
			}
			return web.ErrUnusable
		case c.peer.seen && c.peer.maxStreams == 0 && time.Since(start) >= c.timeout:
			return &call.RefusedError{Err: &call.NoStreamsError{After: c.timeout}}
		case ctx.Err() != nil:
			c.slots.Signal() // it may have been meant for us
			return context.Cause(ctx)
		case uint64(len(c.streams)) < uint64(c.peer.maxStreams):
			return nil
		}
		if !c.peer.seen { // the first request may be what starts the connection
			c.out.Wake()
		}
		c.recall()
		c.slots.Wait()
	}
}

// WhyUnusable puts what the user should know in the place of errUnusable.
func (c *Conn) WhyUnusable(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !errors.Is(err, web.ErrUnusable):
		return err
	case c.goAway != nil:
		return &call.RefusedError{Err: c.goAway}
	case c.Err != nil:
		return c.Err
	}
	return err
}

// writeHeaderBlock splits a header block into HEADERS and CONTINUATION.
func (c *Conn) writeHeaderBlock(id uint32, block []byte, end bool) {
	first := block[:min(len(block), c.peer.maxFrame)]
	block = block[len(first):]
	_ = c.fr.WriteHeaders(http2.HeadersFrameParam{
		StreamID: id, BlockFragment: first, EndStream: end, EndHeaders: len(block) == 0,
	})
	for len(block) > 0 {
		part := block[:min(len(block), c.peer.maxFrame)]
		block = block[len(part):]
		_ = c.fr.WriteContinuation(id, len(block) == 0, part)
	}
}

// write puts head and then body into DATA frames, and END_STREAM on the last
// where end is true. It waits for flow control and for room in the buffer. Both
// slices may be reused afterwards.
func (c *Conn) write(st *Stream, head, body []byte, end bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if st.gone || st.sentEnd {
			return st.sendError()
		}
		n := int64(len(head) + len(body))
		quota := c.quota(st, n)
		if len(c.out.Buf) >= outbox.WriteHigh || quota == 0 && n > 0 {
			c.out.Wake()
			c.recall()
			c.out.Waiters++
			c.out.Room.Wait()
			c.out.Waiters--
			continue
		}
		h := head[:min(int64(len(head)), quota)]
		b := body[:quota-int64(len(h))]
		head, body = head[len(h):], body[len(b):]
		last := end && len(head)+len(body) == 0
		c.appendData(st, h, b, last)
		if len(head)+len(body) == 0 {
			st.sentEnd = last
			c.leave(last)
			return nil
		}
	}
}

// largestDirect is how many bytes a sender writes itself.
const largestDirect = 16 << 10

// leave has what is in the buffer written. Behind a whole request there is nothing to gather
// for where no other stream is open: then the sender writes itself, as much as the kernel
// takes at once, and spares the way over another goroutine. The caller holds mu, which is
// given up for a moment.
func (c *Conn) leave(whole bool) {
	if !whole || c.try == nil || len(c.streams) > 1 || len(c.out.Buf) > largestDirect || c.traced.Load() {
		c.out.Wake()
		return
	}
	buf := c.out.Borrow()
	if buf == nil {
		c.out.Wake()
		return
	}
	c.mu.Unlock()
	n := c.try.Write(buf)
	c.mu.Lock()
	c.out.Return(buf, n)
}

// quota is how many of n bytes may leave now, never negative: a peer may take back
// window that is in use (RFC 9113 section 6.9.2). No bytes need no window, so that
// END_STREAM can always leave. The caller holds mu.
func (c *Conn) quota(st *Stream, n int64) int64 {
	return max(0, min(n, st.window, c.window, int64(c.peer.maxFrame)))
}

// appendData appends one DATA frame, or lengthens the last one where it is of
// the same stream: peers spend more on a frame than on its bytes.
func (c *Conn) appendData(st *Stream, head, body []byte, end bool) {
	n := len(head) + len(body)
	st.window -= int64(n)
	c.window -= int64(n)
	grow := 0
	if c.tail >= 0 && c.tailStream == st.id {
		grow = len(c.out.Buf) - c.tail - frameHeaderLen
	}
	if grow == 0 || grow+n > c.peer.maxFrame {
		grow = 0
		c.tail, c.tailStream = len(c.out.Buf), st.id
		c.out.Buf = append(c.out.Buf, 0, 0, 0, byte(http2.FrameData), 0)
		c.out.Buf = binary.BigEndian.AppendUint32(c.out.Buf, st.id)
	}
	c.out.Buf = append(append(c.out.Buf, head...), body...)
	n += grow
	frame := c.out.Buf[c.tail:]
	frame[0], frame[1], frame[2] = byte(n>>16), byte(n>>8), byte(n)
	if end {
		frame[4] = byte(http2.FlagDataEndStream)
		c.tail = -1
	}
}

// credit gives the peer n more bytes of a stream's window.
func (c *Conn) credit(st *Stream, n int64) {
	c.mu.Lock()
	if !st.gone {
		_ = c.fr.WriteWindowUpdate(st.id, uint32(n))
		c.out.Wake()
	}
	c.mu.Unlock()
}

// abort ends a stream from our side; the peer sees RST_STREAM. What the peer
// has ended already stays as it ended. Nothing is sent on the stream after it, nor after
// anybody has seen its end.
func (c *Conn) abort(st *Stream, code http2.ErrCode, err error) {
	c.mu.Lock()
	first := st.endQuiet(err) // else whoever ended it drops it
	if first {
		c.cutShort(st)
		st.sentEnd = false // RST_STREAM even where we had nothing more to send
		c.dropLocked(st, code)
	}
	c.mu.Unlock()
	if first {
		st.wake()
	}
}

// drop forgets a stream, and resets it where our side is still open.
func (c *Conn) drop(st *Stream, code http2.ErrCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropLocked(st, code)
}

// dropLocked is drop where the caller holds mu.
func (c *Conn) dropLocked(st *Stream, code http2.ErrCode) {
	if st.gone {
		return
	}
	st.gone = true
	delete(c.streams, st.id)
	if !st.sentEnd && !st.left {
		_ = c.fr.WriteRSTStream(st.id, code)
		c.out.Wake()
	}
	if c.out.Waiters > 0 {
		c.out.Room.Broadcast()
	}
	c.slots.Signal()
	c.leaveIfDrained()
}

// leaveIfDrained closes a connection on which a GOAWAY and the end of the last
// stream leave nothing to do; the caller holds mu.
func (c *Conn) leaveIfDrained() {
	if c.goAway != nil && len(c.streams) == 0 {
		c.out.Closing, c.drained = true, true
		c.out.Work.Broadcast()
	}
}

// AtOnce is how many streams the peer takes at once, as far as it has said; 0 is any number.
func (c *Conn) AtOnce() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.peer.seen || c.peer.maxStreams > math.MaxInt32 {
		return 0
	}
	return int(c.peer.maxStreams)
}
