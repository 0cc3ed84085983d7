package h2

import (
	"bufio"
	"context"
	"errors"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// readLoop reads frames until the connection ends.
func (c *Conn) readLoop(in *bufio.Reader) error {
	for greeted := false; ; greeted = true {
		f, err := c.fr.ReadFrame()
		if err != nil {
			if err = c.broken(err); err != nil {
				return err
			}
			continue
		}
		if !greeted { // the first frame is SETTINGS (RFC 9113 section 3.4)
			if f.Header().Type != http2.FrameSettings {
				return c.refuse(http2.ErrCodeProtocol)
			}
			_ = c.nc.SetReadDeadline(time.Time{})
		}
		if err := c.handle(f); err != nil {
			return err
		}
		if in.Buffered() == 0 {
			c.wake()
		}
	}
}

// wake has acknowledgements leave, which wait for more to read.
func (c *Conn) wake() {
	c.mu.Lock()
	if len(c.out.Buf) > 0 {
		c.out.Wake()
	}
	c.mu.Unlock()
}

// broken deals with an error of the Framer; nil where it concerns but one stream.
func (c *Conn) broken(err error) error {
	var stream http2.StreamError
	var conn http2.ConnectionError
	switch {
	case errors.As(err, &stream):
		c.mu.Lock()
		defer c.mu.Unlock()
		c.last = max(c.last, stream.StreamID)
		c.writeReset(stream.StreamID, stream.Code)
		if st := c.streams[stream.StreamID]; st != nil {
			st.reset(err)
		}
		return nil
	case errors.As(err, &conn):
		return c.refuse(http2.ErrCode(conn))
	case errors.Is(err, http2.ErrFrameTooLarge):
		return c.refuse(http2.ErrCodeFrameSize)
	}
	return gone(err)
}

func (c *Conn) handle(f http2.Frame) error {
	switch f := f.(type) {
	case *http2.DataFrame:
		return c.data(f)
	case *http2.MetaHeadersFrame:
		return c.headers(f)
	case *http2.SettingsFrame:
		return c.settings(f)
	case *http2.WindowUpdateFrame:
		return c.windowUpdate(f)
	case *http2.PingFrame:
		if f.IsAck() {
			return nil
		}
		return c.queue(func() { _ = c.fr.WritePing(true, f.Data) })
	case *http2.RSTStreamFrame:
		return c.rst(f)
	case *http2.PriorityFrame:
		if f.StreamDep == f.StreamID {
			return c.refuse(http2.ErrCodeProtocol)
		}
	case *http2.PushPromiseFrame:
		return c.refuse(http2.ErrCodeProtocol)
	}
	return nil // GOAWAY and unknown types
}

// queue appends an answer to a frame. A client that sends such without reading the answers
// is sent away.
func (c *Conn) queue(write func()) error {
	c.mu.Lock()
	tooMuch := len(c.out.Buf) > maxQueued
	if !tooMuch {
		write()
	}
	c.mu.Unlock()
	if tooMuch {
		return c.refuse(http2.ErrCodeEnhanceYourCalm)
	}
	return nil
}

// headers begins a stream, or ends a request with a trailer, of which nothing is used.
func (c *Conn) headers(f *http2.MetaHeadersFrame) error {
	id := f.StreamID
	c.mu.Lock()
	switch st := c.streams[id]; {
	case st != nil && !st.ended && f.StreamEnded():
		st.finish()
		c.mu.Unlock()
		return nil
	case st != nil:
		c.mu.Unlock()
		return c.refuse(http2.ErrCodeProtocol)
	case id%2 == 0 || id <= c.last:
		c.mu.Unlock()
		return c.refuse(http2.ErrCodeProtocol)
	}
	c.last = id
	st, bad := newStream(c, f)
	switch {
	case bad || f.Priority.StreamDep == id:
		c.writeReset(id, http2.ErrCodeProtocol)
	case c.draining:
		c.writeReset(id, http2.ErrCodeRefusedStream)
	case c.running >= c.MaxStreams:
		c.writeReset(id, http2.ErrCodeRefusedStream)
	case f.Truncated: // RFC 6585 section 5
		c.block(id, []hpack.HeaderField{{Name: ":status", Value: "431"}}, true)
		if !f.StreamEnded() {
			c.writeReset(id, http2.ErrCodeNo)
		}
	default:
		c.begin(st)
	}
	queued := len(c.out.Buf)
	c.mu.Unlock()
	if queued > maxQueued {
		return c.refuse(http2.ErrCodeEnhanceYourCalm)
	}
	return nil
}

// begin starts the handler of a request. mu is held.
func (c *Conn) begin(st *Stream) {
	st.ctx, st.cancel = context.WithCancelCause(c.ctx)
	c.streams[st.id] = st
	c.running++
	if n := len(c.parked) - 1; n >= 0 {
		c.parked[n] <- st
		c.parked = c.parked[:n]
		return
	}
	c.handlers.Go(func() { c.work(st) })
}

// work handles one request after the other, while there are others on the connection: a
// goroutine that has grown its stack once need not do so for each.
func (c *Conn) work(st *Stream) {
	next := make(chan *Stream, 1)
	for st != nil {
		c.Handle(st)
		if !c.finish(st, next) {
			return
		}
		st = <-next
	}
}

// finish ends a stream whose handler has returned. It reports whether the worker is to wait
// for another one, or for nil, on next.
func (c *Conn) finish(st *Stream, next chan *Stream) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	st.close()
	if c.running == 0 || c.over {
		c.release()
		return false
	}
	c.parked = append(c.parked, next)
	return true
}

// release ends the workers that wait. mu is held.
func (c *Conn) release() {
	for _, next := range c.parked {
		next <- nil
	}
	c.parked = nil
}

// data hands on a part of a request.
func (c *Conn) data(f *http2.DataFrame) error {
	size := int64(f.Header().Length)
	c.mu.Lock()
	if c.recvWindow -= size; c.recvWindow < 0 {
		c.mu.Unlock()
		return c.refuse(http2.ErrCodeFlowControl)
	}
	// What a stream holds is bounded by its own window: one that nobody reads stops no other.
	c.giveBack(size)
	st := c.streams[f.StreamID]
	switch {
	case st == nil && f.StreamID > c.last:
		c.mu.Unlock()
		return c.refuse(http2.ErrCodeProtocol)
	case st == nil: // over here, and not yet there
		c.writeReset(f.StreamID, http2.ErrCodeStreamClosed)
	case st.ended:
		c.writeReset(st.id, http2.ErrCodeStreamClosed)
		st.reset(http2.StreamError{StreamID: st.id, Code: http2.ErrCodeStreamClosed})
	case size > st.recvWindow:
		c.writeReset(st.id, http2.ErrCodeFlowControl)
		st.reset(http2.StreamError{StreamID: st.id, Code: http2.ErrCodeFlowControl})
	default:
		st.recvWindow -= size
		st.used += size - int64(len(f.Data())) // the padding
		st.receive(f.Data())
		if f.StreamEnded() {
			st.finish()
		}
		if !st.hasPromised() {
			c.writeReset(st.id, http2.ErrCodeProtocol)
			st.reset(http2.StreamError{StreamID: st.id, Code: http2.ErrCodeProtocol})
		}
	}
	c.mu.Unlock()
	return nil
}

// giveBack grants the client what it has used of the connection's window, when it is much.
// mu is held.
func (c *Conn) giveBack(n int64) {
	c.recvWindow += n
	c.toGrant += n
	if c.toGrant >= connWindow/2 {
		_ = c.fr.WriteWindowUpdate(0, uint32(c.toGrant))
		c.toGrant = 0
		c.out.Wake()
	}
}

func (c *Conn) settings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	var bad http2.ErrCode
	err := c.queue(func() {
		_ = f.ForeachSetting(func(s http2.Setting) error {
			if err := s.Valid(); err != nil {
				bad = http2.ErrCodeProtocol
			}
			c.set(s)
			return nil
		})
		_ = c.fr.WriteSettingsAck()
		c.out.Room.Broadcast() // windows may have grown
	})
	if bad != 0 {
		return c.refuse(bad)
	}
	return err
}

// set takes one setting of the client. mu is held.
func (c *Conn) set(s http2.Setting) {
	switch s.ID {
	case http2.SettingInitialWindowSize:
		delta := int64(s.Val) - c.peer.initialWindow
		c.peer.initialWindow = int64(s.Val)
		for _, st := range c.streams {
			st.window += delta
		}
	case http2.SettingMaxFrameSize:
		c.peer.maxFrame = int(min(s.Val, 1<<20))
	case http2.SettingHeaderTableSize:
		c.henc.SetMaxDynamicTableSize(min(s.Val, 4096))
	}
}

func (c *Conn) windowUpdate(f *http2.WindowUpdateFrame) error {
	const most = 1<<31 - 1 // RFC 9113 section 6.9.1
	c.mu.Lock()
	if f.StreamID == 0 {
		c.window += int64(f.Increment)
	} else if f.StreamID > c.last {
		c.mu.Unlock()
		return c.refuse(http2.ErrCodeProtocol)
	} else if st := c.streams[f.StreamID]; st != nil {
		st.window += int64(f.Increment)
		if st.window > most {
			c.writeReset(st.id, http2.ErrCodeFlowControl)
			st.reset(http2.StreamError{StreamID: st.id, Code: http2.ErrCodeFlowControl})
		}
	}
	if c.out.Waiters > 0 {
		c.out.Room.Broadcast()
	}
	tooLarge := c.window > most
	c.mu.Unlock()
	if tooLarge {
		return c.refuse(http2.ErrCodeFlowControl)
	}
	return nil
}

// rst ends a stream that the client gives up.
func (c *Conn) rst(f *http2.RSTStreamFrame) error {
	c.mu.Lock()
	isKnown := f.StreamID <= c.last
	if st := c.streams[f.StreamID]; st != nil {
		st.reset(http2.StreamError{StreamID: st.id, Code: f.ErrCode})
	}
	c.mu.Unlock()
	if !isKnown {
		return c.refuse(http2.ErrCodeProtocol)
	}
	return nil
}
