package h2

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/outbox"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Sizes of our side of a connection, in bytes.
const (
	// StreamWindow is how much of one RPC may be waiting for its receiver.
	StreamWindow = 1 << 20
	// ConnWindow is how much may be on its way on all streams together. It
	// is given back when the bytes arrive, so that one slow receiver does
	// not stop the others.
	ConnWindow = 16 << 20
	// controlHigh is how much may wait there when the peer makes us answer
	// (pings, settings) without reading the answers.
	controlHigh = 4 << 20
	ReadBuffer  = 32 << 10
)

// Defaults that hold until the peer's SETTINGS (RFC 9113 section 6.5.2), and a
// cautious one for MAX_CONCURRENT_STREAMS, which the RFC leaves unlimited.
const (
	DefaultWindow    = 65535
	DefaultMaxFrame  = 16384
	initialStreamMax = 100
)

// Conn is one HTTP/2 connection: a goroutine that reads frames and one that
// writes what senders have put into a buffer. Senders never wait for a system
// call, only for flow control and for room in the buffer, and a burst of small
// messages leaves in one write. Where there is one call at a time, its caller does the work of
// both.
//
// Locks: mu before a stream's own.
type Conn struct {
	target call.Target
	opts   *call.Options
	nc     net.Conn
	sniff  *dial.SniffConn
	try    *dial.TryWriter // nil where writing without a wait is not possible
	look   *dial.Looker    // nil where looking is not
	eager  *dial.Eager     // nil over TLS
	// trace is that of the RPC which the connection was made for, traces those of
	// streams where somebody listens to frames, under mu; traced: there are any.
	trace  *stream.Trace
	traces map[uint32]*stream.Trace
	traced atomic.Bool

	br *bufio.Reader
	fr *http2.Framer // its writing half appends to out, under mu

	mu    sync.Mutex
	out   outbox.Box // frames to be written; for its room, senders wait for windows too
	slots sync.Cond  // openers wait for MAX_CONCURRENT_STREAMS

	tail       int    // offset in out's buffer of a DATA frame that may grow, or -1
	tailStream uint32 // whose it is

	hbuf bytes.Buffer
	henc *hpack.Encoder
	sent block // the one before, where it can be repeated

	// Of the reader: header blocks that repeat, and the one that the Framer is reading.
	known   blocks
	unknown []byte

	streams map[uint32]*Stream
	nextID  uint32
	window  int64 // what the peer lets us send on the connection

	peer   peerSettings
	turn   turn
	Ready  chan struct{} // closed when the peer's SETTINGS have come
	goAway *call.GoAwayError
	Err    error // why the connection is over
	// writeErr is what ended the writer; the reader may know better why.
	writeErr error
	// drained: the writer closes the connection when it has written all, since the
	// peer's GOAWAY leaves nothing to do with it.
	drained bool

	recvWindow int64 // reader only: what the peer may still send on the connection
	last       *Stream
	pending    *Stream

	timeout   time.Duration // of connecting
	handshake *time.Timer
	alive     keepalive

	ReaderDone, writerDone chan struct{}
}

// peerSettings are the peer's, as far as they concern a client.
type peerSettings struct {
	seen          bool
	initialWindow int64
	maxFrame      int
	maxStreams    uint32
	maxHeaderList uint64
}

// appender is the io.Writer that the Framer writes to: the connection's buffer.
// The caller of the Framer holds mu.
type appender struct{ c *Conn }

func (a appender) Write(p []byte) (int, error) {
	a.c.out.Buf = append(a.c.out.Buf, p...)
	a.c.tail = -1
	return len(p), nil
}

// New starts HTTP/2 on nc. Nothing is sent before the first frame of the
// first stream unless flush is called. If the peer's SETTINGS have not come by
// the end of wait, the connection fails with a ConnectError that names timeout.
func New(nc net.Conn, sniff *dial.SniffConn, t call.Target, o *call.Options, wait time.Duration, trace *stream.Trace) *Conn {
	c := &Conn{
		target: t, opts: o, nc: nc, sniff: sniff, trace: trace, traces: map[uint32]*stream.Trace{}, timeout: o.ConnectTimeout,
		br:      bufio.NewReaderSize(nc, ReadBuffer),
		tail:    -1,
		streams: make(map[uint32]*Stream),
		nextID:  1,
		window:  DefaultWindow,
		peer: peerSettings{
			initialWindow: DefaultWindow, maxFrame: DefaultMaxFrame,
			maxStreams: initialStreamMax, maxHeaderList: 1 << 32,
		},
		recvWindow: ConnWindow,
		turn:       turn{back: make(chan struct{}, 1)},
		Ready:      make(chan struct{}),
		ReaderDone: make(chan struct{}),
		writerDone: make(chan struct{}),
	}
	c.traced.Store(trace != nil && trace.Frame != nil)
	c.look = sniff.Looker()
	if nc == net.Conn(sniff) {
		c.try = sniff.TryWriter()
		c.eager = sniff.Eager()
	}
	c.out.Init(&c.mu)
	c.out.Taken = func() { c.tail = -1 }
	c.slots.L = &c.mu
	c.henc = hpack.NewEncoder(&c.hbuf)
	c.fr = http2.NewFramer(appender{c}, c.br)
	c.fr.SetReuseFrames()
	c.fr.SetMaxReadFrameSize(DefaultMaxFrame)
	c.fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.fr.MaxHeaderListSize = web.MaxHeaderList

	c.mu.Lock()
	c.begin()
	c.handshake = time.AfterFunc(wait, func() {
		c.Fail(&call.ConnectError{Target: t.Text, Phase: call.PhaseHTTP2, Timeout: o.ConnectTimeout})
	})
	c.alive.start(c, o.Keepalive)
	c.mu.Unlock()
	go c.readLoop()
	go c.writeLoop()
	return c
}

// begin puts the client's preface into the buffer (RFC 9113 section 3.4). The
// writes of a Framer on an appender cannot fail.
func (c *Conn) begin() {
	c.out.Buf = append(c.out.Buf, http2.ClientPreface...)
	_ = c.fr.WriteSettings(
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: StreamWindow},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: web.MaxHeaderList},
	)
	_ = c.fr.WriteWindowUpdate(0, ConnWindow-DefaultWindow)
}

// Flush wakes the writer.
func (c *Conn) Flush() {
	c.mu.Lock()
	c.out.Wake()
	c.mu.Unlock()
}

// At is where the connection leads.
func (c *Conn) At() call.Target { return c.target }

// Gone reports whether the connection has ended.
func (c *Conn) Gone() bool {
	select {
	case <-c.ReaderDone:
		return true
	default:
		return false
	}
}

// Request opens a stream.
func (c *Conn) Request(ctx context.Context, fields []hpack.HeaderField, end, more bool, t *stream.Trace) (web.Stream, error) {
	st := newStream(t)
	if err := c.open(ctx, st, fields, end, more); err != nil {
		return nil, err
	}
	t.SendHeader(func() stream.Metadata { return web.RawMetadata(fields) })
	return st, nil
}

// Usable reports whether a new stream may be opened.
func (c *Conn) Usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.usableLocked()
}

func (c *Conn) usableLocked() bool {
	return c.Err == nil && c.goAway == nil && !c.out.Closing && c.nextID < 1<<31
}

// Fail ends the connection and every stream on it. The first error stays.
func (c *Conn) Fail(err error) {
	c.mu.Lock()
	if c.Err != nil {
		c.mu.Unlock()
		return
	}
	c.Err = err
	c.handshake.Stop()
	c.alive.stop()
	streams := c.streams
	c.streams = map[uint32]*Stream{}
	for _, st := range streams {
		st.gone = true
	}
	c.out.Work.Broadcast()
	c.out.Room.Broadcast()
	c.slots.Broadcast()
	c.recall()
	c.mu.Unlock()
	for _, st := range streams {
		st.end(err)
	}
	if err == call.ErrClosed {
		c.nc.Close()
		return
	}
	c.sniff.Close() // without TLS's close_notify, for which Close would wait
}

// lost makes the error of a connection that a read or write error ended.
func (c *Conn) lost(err error) error {
	c.mu.Lock()
	seen, goAway := c.peer.seen, c.goAway
	if c.writeErr != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = c.writeErr
	}
	c.mu.Unlock()
	switch {
	case goAway != nil:
		err = goAway
	case !seen:
		return c.noStart(err)
	}
	return &call.ConnectionLostError{Target: c.target.Text, Err: err}
}

// CloseTimeout bounds how long Close waits for what is still to be written.
const CloseTimeout = 200 * time.Millisecond

// Close ends the connection in an orderly way: what is in the buffer and a
// GOAWAY are written, then the streams that are left end with ErrClosed.
func (c *Conn) Close() {
	c.mu.Lock()
	if c.Err == nil && !c.out.Closing {
		c.out.Closing = true
		_ = c.fr.WriteGoAway(0, http2.ErrCodeNo, nil)
		c.out.Work.Broadcast()
		c.slots.Broadcast()
	}
	c.mu.Unlock()
	_ = c.nc.SetWriteDeadline(time.Now().Add(CloseTimeout))
	<-c.writerDone
	c.Fail(call.ErrClosed)
	<-c.ReaderDone
}

// keepalive sends a PING when nothing has been received for a while, and fails
// the connection when nothing comes back (gRPC doc/keepalive.md).
type keepalive struct {
	interval time.Duration
	timer    *time.Timer
	heard    bool // since the timer was set
	pinged   bool
}

// due is how long a peer may take to answer a PING: as long as it may be silent, but
// at least a second, since networks stall, and at most gRPC's default of 20 s.
func (k *keepalive) due() time.Duration {
	return min(max(k.interval, time.Second), 20*time.Second)
}

func (k *keepalive) start(c *Conn, interval time.Duration) {
	if interval > 0 {
		k.interval = interval
		k.timer = time.AfterFunc(interval, func() { c.keepAlive() })
	}
}

func (k *keepalive) stop() {
	if k.timer != nil {
		k.timer.Stop()
	}
}

// keepAlive runs when the timer fires.
func (c *Conn) keepAlive() {
	c.mu.Lock()
	k := &c.alive
	switch {
	case c.Err != nil || c.out.Closing:
	case k.heard:
		k.heard, k.pinged = false, false
		k.timer.Reset(k.interval)
	case k.pinged:
		c.mu.Unlock()
		c.Fail(&call.ConnectionLostError{Target: c.target.Text, Err: &call.KeepaliveError{After: k.due()}})
		return
	default:
		k.pinged = true
		_ = c.fr.WritePing(false, [8]byte{'k', 'e', 'e', 'p'})
		c.out.Wake()
		k.timer.Reset(k.due())
	}
	c.mu.Unlock()
}
