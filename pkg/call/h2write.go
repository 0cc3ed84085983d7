package call

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// writeLoop writes what has gathered in the buffer until the connection ends.
func (c *h2conn) writeLoop() {
	defer close(c.writerDone)
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for c.err == nil && !c.closing && (!c.writing || len(c.wbuf) == 0) {
			c.writing = false
			c.work.Wait()
		}
		if c.err != nil {
			return
		}
		if len(c.wbuf) == 0 { // closing
			if c.drained {
				c.nc.Close()
			}
			return
		}
		if len(c.wbuf) < smallBatch && !c.closing { // a sender in full swing may add more
			c.mu.Unlock()
			runtime.Gosched()
			c.mu.Lock()
		}
		buf := c.wbuf
		c.wbuf, c.spare, c.tail = c.spare[:0], nil, -1
		if c.waiters > 0 {
			c.space.Broadcast()
		}
		c.mu.Unlock()
		c.traceWrites(buf)
		_, err := c.nc.Write(buf)
		c.mu.Lock()
		if cap(buf) <= keepBuffer {
			c.spare = buf
		}
		if err != nil {
			c.writeFailed(err)
			return
		}
	}
}

const (
	// smallBatch is below which the writer yields once before it writes.
	smallBatch = 1 << 10
	// keepBuffer is the capacity above which a write buffer is not reused.
	keepBuffer = 1 << 20
)

// writeFailed leaves a short while for the reader, who may find out why: the
// peer often says so before it closes.
func (c *h2conn) writeFailed(err error) {
	c.writeErr = err
	_ = c.nc.SetReadDeadline(time.Now().Add(closeTimeout))
}

// kick wakes the writer; the caller holds mu.
func (c *h2conn) kick() {
	if !c.writing {
		c.writing = true
		c.work.Signal()
	}
}

// open allots a stream and puts its HEADERS into the buffer. It waits while the
// peer's limit of concurrent streams is reached. The writer is not woken when
// more is about to follow.
func (c *h2conn) open(ctx context.Context, st *h2stream, fields []hpack.HeaderField, end, more bool) error {
	size := uint64(0)
	for _, f := range fields {
		size += uint64(f.Size())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.waitSlot(ctx); err != nil {
		return err
	}
	if size > c.peer.maxHeaderList {
		c.slots.Signal() // the slot is another's
		return &MetadataError{Name: "(all)", Reason: fmt.Sprintf(
			"%d bytes with the request headers, the peer accepts %d", size, c.peer.maxHeaderList)}
	}
	st.c, st.id, st.window, st.sentEnd = c, c.nextID, c.peer.initialWindow, end
	st.recvWindow = streamWindow
	c.nextID += 2
	c.streams[st.id] = st
	c.listen(st)
	c.hbuf.Reset()
	for _, f := range fields {
		_ = c.henc.WriteField(f)
	}
	c.writeHeaderBlock(st.id, c.hbuf.Bytes(), end)
	if !more {
		c.kick()
	}
	return nil
}

// waitSlot returns when a stream may be opened. errUnusable asks for another
// connection.
func (c *h2conn) waitSlot(ctx context.Context) error {
	if c.usableLocked() && uint64(len(c.streams)) < uint64(c.peer.maxStreams) {
		return nil
	}
	wake := func() {
		c.mu.Lock()
		c.slots.Broadcast()
		c.mu.Unlock()
	}
	defer context.AfterFunc(ctx, wake)()
	patience := time.AfterFunc(c.timeout, wake)
	defer patience.Stop()
	for start := time.Now(); ; {
		switch {
		case !c.usableLocked():
			c.slots.Broadcast()
			if c.err != nil && !c.peer.seen {
				return c.err
			}
			return errUnusable
		case c.peer.seen && c.peer.maxStreams == 0 && time.Since(start) >= c.timeout:
			return &RefusedError{Err: &NoStreamsError{After: c.timeout}}
		case ctx.Err() != nil:
			c.slots.Signal() // it may have been meant for us
			return context.Cause(ctx)
		case uint64(len(c.streams)) < uint64(c.peer.maxStreams):
			return nil
		}
		if !c.peer.seen { // the first request may be what starts the connection
			c.kick()
		}
		c.slots.Wait()
	}
}

// whyUnusable puts what the user should know in the place of errUnusable.
func (c *h2conn) whyUnusable(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !errors.Is(err, errUnusable):
		return err
	case c.goAway != nil:
		return &RefusedError{Err: c.goAway}
	case c.err != nil:
		return c.err
	}
	return err
}

// writeHeaderBlock splits a header block into HEADERS and CONTINUATION.
func (c *h2conn) writeHeaderBlock(id uint32, block []byte, end bool) {
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
func (c *h2conn) write(st *h2stream, head, body []byte, end bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if st.gone || st.sentEnd {
			return st.sendError()
		}
		n := int64(len(head) + len(body))
		quota := c.quota(st, n)
		if len(c.wbuf) >= writeHigh || quota == 0 && n > 0 {
			c.kick()
			c.waiters++
			c.space.Wait()
			c.waiters--
			continue
		}
		h := head[:min(int64(len(head)), quota)]
		b := body[:quota-int64(len(h))]
		head, body = head[len(h):], body[len(b):]
		last := end && len(head)+len(body) == 0
		c.appendData(st, h, b, last)
		if len(head)+len(body) == 0 {
			st.sentEnd = last
			c.kick()
			return nil
		}
	}
}

// quota is how many of n bytes may leave now, never negative: a peer may take back
// window that is in use (RFC 9113 section 6.9.2). No bytes need no window, so that
// END_STREAM can always leave. The caller holds mu.
func (c *h2conn) quota(st *h2stream, n int64) int64 {
	return max(0, min(n, st.window, c.window, int64(c.peer.maxFrame)))
}

// appendData appends one DATA frame, or lengthens the last one where it is of
// the same stream: peers spend more on a frame than on its bytes.
func (c *h2conn) appendData(st *h2stream, head, body []byte, end bool) {
	n := len(head) + len(body)
	st.window -= int64(n)
	c.window -= int64(n)
	grow := 0
	if c.tail >= 0 && c.tailStream == st.id {
		grow = len(c.wbuf) - c.tail - frameHeaderLen
	}
	if grow == 0 || grow+n > c.peer.maxFrame {
		grow = 0
		c.tail, c.tailStream = len(c.wbuf), st.id
		c.wbuf = append(c.wbuf, 0, 0, 0, byte(http2.FrameData), 0)
		c.wbuf = binary.BigEndian.AppendUint32(c.wbuf, st.id)
	}
	c.wbuf = append(append(c.wbuf, head...), body...)
	n += grow
	frame := c.wbuf[c.tail:]
	frame[0], frame[1], frame[2] = byte(n>>16), byte(n>>8), byte(n)
	if end {
		frame[4] = byte(http2.FlagDataEndStream)
		c.tail = -1
	}
}

// credit gives the peer n more bytes of a stream's window.
func (c *h2conn) credit(st *h2stream, n int64) {
	c.mu.Lock()
	if !st.gone {
		_ = c.fr.WriteWindowUpdate(st.id, uint32(n))
		c.kick()
	}
	c.mu.Unlock()
}

// abort ends a stream from our side; the peer sees RST_STREAM. What the peer
// has ended already stays as it ended.
func (c *h2conn) abort(st *h2stream, code http2.ErrCode, err error) {
	if !st.end(err) {
		return // whoever ended it drops it
	}
	c.mu.Lock()
	st.sentEnd = false // RST_STREAM even where we had nothing more to send
	c.mu.Unlock()
	c.drop(st, code)
}

// drop forgets a stream, and resets it where our side is still open.
func (c *h2conn) drop(st *h2stream, code http2.ErrCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.gone {
		return
	}
	st.gone = true
	delete(c.streams, st.id)
	if !st.sentEnd {
		_ = c.fr.WriteRSTStream(st.id, code)
		c.kick()
	}
	if c.waiters > 0 {
		c.space.Broadcast()
	}
	c.slots.Signal()
	c.leaveIfDrained()
}

// leaveIfDrained closes a connection on which a GOAWAY and the end of the last
// stream leave nothing to do; the caller holds mu.
func (c *h2conn) leaveIfDrained() {
	if c.goAway != nil && len(c.streams) == 0 {
		c.closing, c.drained = true, true
		c.work.Broadcast()
	}
}
