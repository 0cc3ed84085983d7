package call

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

	"github.com/idlcall/idlcall/pkg/stream"
)

// Sizes of our side of a connection, in bytes.
const (
	// streamWindow is how much of one RPC may be waiting for its receiver.
	streamWindow = 1 << 20
	// connWindow is how much may be on its way on all streams together. It
	// is given back when the bytes arrive, so that one slow receiver does
	// not stop the others.
	connWindow = 16 << 20
	// maxHeaderList bounds the metadata of one answer (names, values and 32
	// for each entry, RFC 9113 section 6.5.2).
	maxHeaderList = 1 << 20
	// writeHigh is how much may wait for the writer before senders wait.
	writeHigh = 64 << 10
	// controlHigh is how much may wait there when the peer makes us answer
	// (pings, settings) without reading the answers.
	controlHigh = 4 << 20
	readBuffer  = 32 << 10
)

// Defaults that hold until the peer's SETTINGS (RFC 9113 section 6.5.2), and a
// cautious one for MAX_CONCURRENT_STREAMS, which the RFC leaves unlimited.
const (
	defaultWindow    = 65535
	defaultMaxFrame  = 16384
	initialStreamMax = 100
)

// h2conn is one HTTP/2 connection: a goroutine that reads frames and one that
// writes what senders have put into a buffer. Senders never wait for a system
// call, only for flow control and for room in the buffer, and a burst of small
// messages leaves in one write.
//
// Locks: mu before a stream's own.
type h2conn struct {
	target Target
	opts   *Options
	nc     net.Conn
	sniff  *sniffConn
	// trace is that of the RPC which the connection was made for, traces those of
	// streams where somebody listens to frames, under mu; traced: there are any.
	trace  *stream.Trace
	traces map[uint32]*stream.Trace
	traced atomic.Bool

	br *bufio.Reader
	fr *http2.Framer // its writing half appends to wbuf, under mu

	mu      sync.Mutex
	work    sync.Cond // the writer waits for bytes
	space   sync.Cond // senders wait for windows and for room in wbuf
	slots   sync.Cond // openers wait for MAX_CONCURRENT_STREAMS
	waiters int       // of space

	wbuf, spare []byte
	writing     bool   // the writer is awake
	tail        int    // offset in wbuf of a DATA frame that may grow, or -1
	tailStream  uint32 // whose it is

	hbuf bytes.Buffer
	henc *hpack.Encoder

	streams map[uint32]*h2stream
	nextID  uint32
	window  int64 // what the peer lets us send on the connection

	peer   peerSettings
	ready  chan struct{} // closed when the peer's SETTINGS have come
	goAway *GoAwayError
	err    error // why the connection is over
	// writeErr is what ended the writer; the reader may know better why.
	writeErr error
	// closing: the writer ends when wbuf is empty. drained: and closes the
	// connection, since the peer's GOAWAY leaves nothing to do with it.
	closing, drained bool

	recvWindow int64 // reader only: what the peer may still send on the connection
	last       *h2stream
	pending    *h2stream

	timeout   time.Duration // of connecting
	handshake *time.Timer
	alive     keepalive

	readerDone, writerDone chan struct{}
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
type appender struct{ c *h2conn }

func (a appender) Write(p []byte) (int, error) {
	a.c.wbuf = append(a.c.wbuf, p...)
	a.c.tail = -1
	return len(p), nil
}

// newH2Conn starts HTTP/2 on nc. Nothing is sent before the first frame of the
// first stream unless flush is called. If the peer's SETTINGS have not come by
// the end of wait, the connection fails with a ConnectError that names timeout.
func newH2Conn(nc net.Conn, sniff *sniffConn, t Target, o *Options, wait time.Duration, trace *stream.Trace) *h2conn {
	c := &h2conn{
		target: t, opts: o, nc: nc, sniff: sniff, trace: trace, traces: map[uint32]*stream.Trace{}, timeout: o.ConnectTimeout,
		br:      bufio.NewReaderSize(nc, readBuffer),
		tail:    -1,
		streams: make(map[uint32]*h2stream),
		nextID:  1,
		window:  defaultWindow,
		peer: peerSettings{
			initialWindow: defaultWindow, maxFrame: defaultMaxFrame,
			maxStreams: initialStreamMax, maxHeaderList: 1 << 32,
		},
		recvWindow: connWindow,
		ready:      make(chan struct{}),
		readerDone: make(chan struct{}),
		writerDone: make(chan struct{}),
	}
	c.traced.Store(trace != nil && trace.Frame != nil)
	c.work.L, c.space.L, c.slots.L = &c.mu, &c.mu, &c.mu
	c.henc = hpack.NewEncoder(&c.hbuf)
	c.fr = http2.NewFramer(appender{c}, c.br)
	c.fr.SetReuseFrames()
	c.fr.SetMaxReadFrameSize(defaultMaxFrame)
	c.fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.fr.MaxHeaderListSize = maxHeaderList

	c.mu.Lock()
	c.begin()
	c.handshake = time.AfterFunc(wait, func() {
		c.fail(&ConnectError{Target: t.Text, Phase: PhaseHTTP2, Timeout: o.ConnectTimeout})
	})
	c.alive.start(c, o.Keepalive)
	c.mu.Unlock()
	go c.readLoop()
	go c.writeLoop()
	return c
}

// begin puts the client's preface into the buffer (RFC 9113 section 3.4). The
// writes of a Framer on an appender cannot fail.
func (c *h2conn) begin() {
	c.wbuf = append(c.wbuf, http2.ClientPreface...)
	_ = c.fr.WriteSettings(
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: streamWindow},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: maxHeaderList},
	)
	_ = c.fr.WriteWindowUpdate(0, connWindow-defaultWindow)
}

// flush wakes the writer.
func (c *h2conn) flush() {
	c.mu.Lock()
	c.kick()
	c.mu.Unlock()
}

func (c *h2conn) at() Target { return c.target }

func (c *h2conn) gone() bool {
	select {
	case <-c.readerDone:
		return true
	default:
		return false
	}
}

// request opens a stream.
func (c *h2conn) request(ctx context.Context, fields []hpack.HeaderField, end, more bool, t *stream.Trace) (httpStream, error) {
	st := newH2Stream(t)
	if err := c.open(ctx, st, fields, end, more); err != nil {
		return nil, err
	}
	t.SendHeader(func() stream.Metadata { return rawMetadata(fields) })
	return st, nil
}

// usable reports whether a new stream may be opened.
func (c *h2conn) usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.usableLocked()
}

func (c *h2conn) usableLocked() bool {
	return c.err == nil && c.goAway == nil && !c.closing && c.nextID < 1<<31
}

// fail ends the connection and every stream on it. The first error stays.
func (c *h2conn) fail(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = err
	c.handshake.Stop()
	c.alive.stop()
	streams := c.streams
	c.streams = map[uint32]*h2stream{}
	for _, st := range streams {
		st.gone = true
	}
	c.work.Broadcast()
	c.space.Broadcast()
	c.slots.Broadcast()
	c.mu.Unlock()
	for _, st := range streams {
		st.end(err)
	}
	if err == ErrClosed {
		c.nc.Close()
		return
	}
	c.sniff.Close() // without TLS's close_notify, for which Close would wait
}

// lost makes the error of a connection that a read or write error ended.
func (c *h2conn) lost(err error) error {
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
	return &ConnectionLostError{Target: c.target.Text, Err: err}
}

// closeTimeout bounds how long Close waits for what is still to be written.
const closeTimeout = 200 * time.Millisecond

// close ends the connection in an orderly way: what is in the buffer and a
// GOAWAY are written, then the streams that are left end with ErrClosed.
func (c *h2conn) close() {
	c.mu.Lock()
	if c.err == nil && !c.closing {
		c.closing = true
		_ = c.fr.WriteGoAway(0, http2.ErrCodeNo, nil)
		c.work.Broadcast()
		c.slots.Broadcast()
	}
	c.mu.Unlock()
	_ = c.nc.SetWriteDeadline(time.Now().Add(closeTimeout))
	<-c.writerDone
	c.fail(ErrClosed)
	<-c.readerDone
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

func (k *keepalive) start(c *h2conn, interval time.Duration) {
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
func (c *h2conn) keepAlive() {
	c.mu.Lock()
	k := &c.alive
	switch {
	case c.err != nil || c.closing:
	case k.heard:
		k.heard, k.pinged = false, false
		k.timer.Reset(k.interval)
	case k.pinged:
		c.mu.Unlock()
		c.fail(&ConnectionLostError{Target: c.target.Text, Err: &KeepaliveError{After: k.due()}})
		return
	default:
		k.pinged = true
		_ = c.fr.WritePing(false, [8]byte{'k', 'e', 'e', 'p'})
		c.kick()
		k.timer.Reset(k.due())
	}
	c.mu.Unlock()
}
