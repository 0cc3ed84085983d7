package h2

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
)

const frameHeaderLen = 9 // RFC 9113 section 4.1

// readLoop reads frames until the connection ends. Receivers are woken when the
// bytes at hand are used up, not for every frame.
func (c *Conn) readLoop() {
	defer close(c.ReaderDone)
	growStack(len(c.target.Text))
	err := c.readFirst()
	for err == nil {
		if !c.frameBuffered() {
			c.wakePending()
			if err = c.stepBack(); err != nil {
				break
			}
		}
		err = c.readNext()
	}
	c.wakePending()
	c.Fail(err)
}

// growStack takes at once what the reader needs of the stack, as startup.GrowStack does; it is less, since
// there may be many readers.
//
//go:noinline
func growStack(n int) byte {
	var room [6 << 10]byte
	room[n%len(room)] = 1
	return room[len(room)/2]
}

// readNext reads and handles one frame, which the Framer does where it is not an ordinary
// one, or somebody listens.
func (c *Conn) readNext() error {
	c.unknown = c.unknown[:0]
	if !c.traced.Load() {
		if done, err := c.readPlain(); done {
			return err
		}
	}
	f, err := c.fr.ReadFrame()
	if err != nil {
		c.known = blocks{}
		return c.readError(err)
	}
	c.traceFrame(false, f)
	if h, ok := f.(*http2.MetaHeadersFrame); ok {
		c.learn(h)
	}
	return c.handle(f)
}

// learn remembers a header block that readPlain has not known. Of any other it is not
// known whether it changed the dynamic table.
func (c *Conn) learn(f *http2.MetaHeadersFrame) {
	if len(c.unknown) == 0 || f.Truncated {
		c.known = blocks{}
		return
	}
	c.known.keep(bytes.Clone(c.unknown), f.Fields)
}

// frameBuffered reports whether the next frame can be read without waiting.
func (c *Conn) frameBuffered() bool {
	n := c.br.Buffered()
	if n < frameHeaderLen {
		return false
	}
	head, _ := c.br.Peek(3)
	return n >= frameHeaderLen+(int(head[0])<<16|int(head[1])<<8|int(head[2]))
}

func (c *Conn) wakePending() {
	if c.pending != nil {
		c.pending.wake()
		c.pending = nil
	}
}

// notify remembers to wake st.
func (c *Conn) notify(st *Stream) {
	if c.pending != st {
		c.wakePending()
		c.pending = st
	}
}

// readError turns an error of the Framer into the connection's, or handles it
// when it concerns one stream only.
func (c *Conn) readError(err error) error {
	var se http2.StreamError
	var ce http2.ConnectionError
	switch {
	case errors.As(err, &se):
		saw := "malformed frame on the stream"
		if detail := c.fr.ErrorDetail(); detail != nil {
			saw = detail.Error()
		}
		c.resetStream(se.StreamID, se.Code, &call.ProtocolError{Target: c.target.Text, Saw: saw})
		return nil
	case errors.As(err, &ce), errors.Is(err, http2.ErrFrameTooLarge):
		saw := fmt.Sprintf("a frame that HTTP/2 does not allow (%s)", http2.ErrCode(ce))
		if detail := c.fr.ErrorDetail(); detail != nil {
			saw = detail.Error()
		} else if ce == 0 {
			saw = fmt.Sprintf("a frame of more than %d bytes", DefaultMaxFrame)
		}
		return c.violation(http2.ErrCode(ce), saw)
	}
	return c.lost(err)
}

// violation tells the peer that it broke the protocol and returns the error for
// the streams.
func (c *Conn) violation(code http2.ErrCode, saw string) error {
	if code == http2.ErrCodeNo {
		code = http2.ErrCodeFrameSize
	}
	c.mu.Lock()
	c.out.Closing = true
	_ = c.fr.WriteGoAway(0, code, nil)
	c.out.Wake()
	c.mu.Unlock()
	_ = c.nc.SetWriteDeadline(time.Now().Add(CloseTimeout))
	<-c.writerDone
	return &call.ProtocolError{Target: c.target.Text, Saw: saw}
}

// hear notes that the peer is alive.
func (c *Conn) hear() {
	if c.alive.interval > 0 {
		c.mu.Lock()
		c.alive.heard = true
		c.mu.Unlock()
	}
}

func (c *Conn) handle(f http2.Frame) error {
	c.hear()
	switch f := f.(type) {
	case *http2.DataFrame:
		return c.handleData(f.StreamID, f.Data(), int64(f.Length), f.StreamEnded())
	case *http2.MetaHeadersFrame:
		if f.Truncated {
			return c.handleTruncated(f.StreamID)
		}
		return c.handleHeaders(f.StreamID, f.Fields, f.StreamEnded())
	case *http2.SettingsFrame:
		return c.handleSettings(f)
	case *http2.WindowUpdateFrame:
		return c.handleWindowUpdate(f.StreamID, f.Increment)
	case *http2.PingFrame:
		if f.IsAck() {
			return nil
		}
		return c.handlePing(f.Data)
	case *http2.RSTStreamFrame:
		return c.handleReset(f)
	case *http2.GoAwayFrame:
		c.handleGoAway(f)
	case *http2.PushPromiseFrame:
		return c.violation(http2.ErrCodeProtocol, "PUSH_PROMISE although push is off")
	}
	return nil // PRIORITY and unknown types: RFC 9113 sections 5.3.2 and 5.5
}

// find returns the stream of a frame, or nil where it is over. A stream that
// was never opened is an error (RFC 9113 section 5.1).
func (c *Conn) find(id uint32) (*Stream, error) {
	if c.last != nil && c.last.id == id {
		return c.last, nil
	}
	c.mu.Lock()
	st, opened := c.streams[id], id%2 == 1 && id < c.nextID
	c.mu.Unlock()
	if !opened {
		return nil, c.violation(http2.ErrCodeProtocol, fmt.Sprintf("frame on stream %d, which was not opened", id))
	}
	if st != nil {
		c.last = st
	}
	return st, nil
}

// handleData takes the payload of a DATA frame, which had n bytes with its padding.
func (c *Conn) handleData(id uint32, payload []byte, n int64, end bool) error {
	if c.recvWindow -= n; c.recvWindow < 0 {
		return c.violation(http2.ErrCodeFlowControl, "more data than the connection's flow-control window")
	}
	if c.recvWindow < ConnWindow*3/4 {
		c.mu.Lock()
		_ = c.fr.WriteWindowUpdate(0, uint32(ConnWindow-c.recvWindow))
		c.out.Wake()
		c.mu.Unlock()
		c.recvWindow = ConnWindow
	}
	st, err := c.find(id)
	if st == nil {
		return err
	}
	if saw := st.data(payload, n); saw != "" {
		code := http2.ErrCodeProtocol
		if saw == sawOverrun {
			code = http2.ErrCodeFlowControl
		}
		c.resetStream(st.id, code, &call.ProtocolError{Target: c.target.Text, Saw: saw})
		return nil
	}
	if end {
		c.finish(st, nil)
	}
	c.notify(st)
	return nil
}

func (c *Conn) handleTruncated(id uint32) error {
	st, err := c.find(id)
	if st == nil {
		return err
	}
	c.resetStream(st.id, http2.ErrCodeCancel, &call.ProtocolError{
		Target: c.target.Text, Saw: fmt.Sprintf("metadata of more than %d bytes", web.MaxHeaderList),
	})
	return nil
}

// handleHeaders takes a header block; nobody changes its fields.
func (c *Conn) handleHeaders(id uint32, fields []hpack.HeaderField, end bool) error {
	st, err := c.find(id)
	if st == nil {
		return err
	}
	if saw := st.headers(fields, end); saw != "" {
		c.resetStream(st.id, http2.ErrCodeProtocol, &call.ProtocolError{Target: c.target.Text, Saw: saw})
		return nil
	}
	if end {
		c.finish(st, nil)
	}
	c.notify(st)
	return nil
}

func (c *Conn) handleSettings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	saw := ""
	if code, bad := f.ForeachSetting(func(s http2.Setting) error {
		saw = fmt.Sprintf("setting %v is out of range", s)
		return s.Valid()
	}).(http2.ConnectionError); bad { // nothing of the frame counts
		return c.violation(http2.ErrCode(code), saw)
	}
	saw = ""
	c.mu.Lock()
	_ = f.ForeachSetting(func(s http2.Setting) error {
		if !c.apply(s) && saw == "" {
			saw = fmt.Sprintf("setting %v overflows a window", s)
		}
		return nil
	})
	if !c.peer.seen {
		c.peer.seen = true
		c.handshake.Stop()
		c.sniff.Stop()
		if c.peer.maxStreams == initialStreamMax {
			c.peer.maxStreams = c.statedMax(f)
		}
		close(c.Ready)
	}
	_ = c.fr.WriteSettingsAck()
	tooMuch := len(c.out.Buf) > controlHigh
	c.answered()
	c.out.Room.Broadcast()
	c.slots.Broadcast()
	c.mu.Unlock()
	switch {
	case saw != "":
		return c.violation(http2.ErrCodeFlowControl, saw)
	case tooMuch:
		return c.violation(http2.ErrCodeEnhanceYourCalm, "too many SETTINGS frames")
	}
	return nil
}

// statedMax is MAX_CONCURRENT_STREAMS of the first SETTINGS; where the peer
// states none there is no limit (RFC 9113 section 6.5.2).
func (c *Conn) statedMax(f *http2.SettingsFrame) uint32 {
	if v, ok := f.Value(http2.SettingMaxConcurrentStreams); ok {
		return v
	}
	return 1<<32 - 1
}

// apply takes over one setting; false means that a window grew too large (RFC 9113
// section 6.9.2). The caller holds mu.
func (c *Conn) apply(s http2.Setting) bool {
	switch s.ID {
	case http2.SettingInitialWindowSize:
		delta := int64(s.Val) - c.peer.initialWindow
		c.peer.initialWindow = int64(s.Val)
		for _, st := range c.streams {
			if st.window += delta; st.window > maxWindow {
				return false
			}
		}
	case http2.SettingMaxFrameSize:
		c.peer.maxFrame = int(s.Val)
	case http2.SettingMaxConcurrentStreams:
		c.peer.maxStreams = s.Val
	case http2.SettingMaxHeaderListSize:
		c.peer.maxHeaderList = uint64(s.Val)
	case http2.SettingHeaderTableSize:
		c.resizeTable(min(s.Val, MaxHeaderTable))
	}
	return true
}

// resizeTable has the next header block begin with the updates that RFC 7541 section
// 4.2 asks for: the smallest size since the last block, then the size that counts
// now. The table is emptied, so that the smallest size is 0: of two
// updates in a row, x/net/http2/hpack takes the second only where nothing is left in
// the table, and a table that grows twice between two blocks makes two. The caller holds mu.
func (c *Conn) resizeTable(size uint32) {
	c.sent = block{}
	if size == c.henc.MaxDynamicTableSize() {
		return
	}
	c.henc.SetMaxDynamicTableSize(0)
	c.henc.SetMaxDynamicTableSizeLimit(size)
	c.henc.SetMaxDynamicTableSize(size)
}

// MaxHeaderTable is the largest dynamic table that we compress with, in bytes; it
// is also the size to begin with (RFC 9113 section 6.5.2).
const MaxHeaderTable = 4096

const maxWindow = 1<<31 - 1 // RFC 9113 section 6.9.1

func (c *Conn) handleWindowUpdate(id, increment uint32) error {
	if id == 0 {
		c.mu.Lock()
		c.window += int64(increment)
		overflow := c.window > maxWindow
		if c.out.Waiters > 0 {
			c.out.Room.Broadcast()
		}
		c.mu.Unlock()
		if overflow {
			return c.violation(http2.ErrCodeFlowControl, "WINDOW_UPDATE beyond the largest window")
		}
		return nil
	}
	st, err := c.find(id)
	if st == nil {
		return err
	}
	c.mu.Lock()
	st.window += int64(increment)
	overflow := st.window > maxWindow
	if c.out.Waiters > 0 {
		c.out.Room.Broadcast()
	}
	c.mu.Unlock()
	if overflow {
		c.resetStream(st.id, http2.ErrCodeFlowControl, &call.ProtocolError{
			Target: c.target.Text, Saw: "WINDOW_UPDATE beyond the largest window",
		})
	}
	return nil
}

// handlePing answers a PING.
func (c *Conn) handlePing(data [8]byte) error {
	c.mu.Lock()
	_ = c.fr.WritePing(true, data)
	tooMuch := len(c.out.Buf) > controlHigh
	c.answered()
	c.mu.Unlock()
	if tooMuch {
		return c.violation(http2.ErrCodeEnhanceYourCalm, "too many PING frames")
	}
	return nil
}

func (c *Conn) handleReset(f *http2.RSTStreamFrame) error {
	st, err := c.find(f.StreamID)
	if st == nil {
		return err
	}
	err = &call.ResetError{Target: c.target.Text, HTTP2Code: uint32(f.ErrCode)}
	if f.ErrCode == http2.ErrCodeRefusedStream {
		err = &call.RefusedError{Err: err}
	}
	c.mu.Lock()
	st.left = true // no RST_STREAM in answer to one (RFC 9113 section 5.4.2)
	c.mu.Unlock()
	c.finish(st, err)
	c.notify(st)
	return nil
}

func (c *Conn) handleGoAway(f *http2.GoAwayFrame) {
	debug := f.DebugData()
	goAway := &call.GoAwayError{
		HTTP2Code: uint32(f.ErrCode),
		Debug:     string(debug[:min(len(debug), foreign.SniffLimit)]),
	}
	c.mu.Lock()
	c.goAway = goAway
	var refused []*Stream
	for id, st := range c.streams {
		if id > f.LastStreamID { // RFC 9113 section 6.8
			st.left = true
			refused = append(refused, st)
		}
	}
	c.slots.Broadcast()
	c.leaveIfDrained()
	c.mu.Unlock()
	for _, st := range refused {
		c.finish(st, &call.RefusedError{Err: goAway})
		st.wake()
	}
}

// finish ends a stream as the peer wants it: err nil is END_STREAM. Where we
// had more to send, RST_STREAM tells the peer that it will not come
// (RFC 9113 section 8.1).
func (c *Conn) finish(st *Stream, err error) {
	st.endQuiet(err)
	c.drop(st, http2.ErrCodeNo)
}

// resetStream ends a stream for what the peer did on it.
func (c *Conn) resetStream(id uint32, code http2.ErrCode, err error) {
	c.mu.Lock()
	st := c.streams[id]
	c.mu.Unlock()
	if st == nil {
		return
	}
	c.abort(st, code, err)
}

// noStart describes a connection that ended before it began. An alert on the
// first read is a TLS failure (a refused client certificate in TLS 1.3).
func (c *Conn) noStart(err error) *call.ConnectError {
	e := &call.ConnectError{Target: c.target.Text, Phase: call.PhaseHTTP2, Err: err, Alert: fault.PeerAlert(err)}
	_, e.Secured = c.nc.(dial.ALPNConn)
	e.CertAsked = c.sniff.CertAsked.Load()
	if e.Alert != 0 {
		e.Phase = call.PhaseTLS
	}
	return e
}

// traceFrame reports a frame to the RPC whose it is, or to the one that the connection
// was made for.
func (c *Conn) traceFrame(out bool, f http2.Frame) {
	if !c.traced.Load() {
		return
	}
	c.mu.Lock()
	t, found := c.traces[f.Header().StreamID]
	c.mu.Unlock()
	if !found {
		t = c.trace
	}
	t.SeeFrame(out, func() string { return frameText(f) })
}

// listen notes the Trace of a stream, which may outlast it: frames of a stream that is
// over are still on their way. The caller holds mu.
func (c *Conn) listen(st *Stream) {
	if st.trace == nil || st.trace.Frame == nil {
		return
	}
	if len(c.traces) > 2*len(c.streams)+tracesKept {
		for id := range c.traces {
			if c.streams[id] == nil {
				delete(c.traces, id)
			}
		}
	}
	c.traces[st.id] = st.trace
	c.traced.Store(true)
}

// tracesKept is how many streams may be over whose frames are still reported to them.
const tracesKept = 256
