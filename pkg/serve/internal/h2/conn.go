package h2

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/outbox"
)

// Windows that are granted to clients, in bytes.
const (
	connWindow   = 1 << 20
	streamWindow = 256 << 10
	// initialWindow is both before anybody has said otherwise (RFC 9113 section 6.9.2).
	initialWindow = 64<<10 - 1
)

const (
	// maxFrame is the size of frames that is accepted, which is the least there is.
	maxFrame = 16 << 10
	// maxQueued bounds what waits to be written for frames that answer frames.
	maxQueued = 1 << 20
	// farewell is how long a last GOAWAY may take.
	farewell = 500 * time.Millisecond
)

// Config says how a connection is served.
type Config struct {
	// Handle answers a request. The stream ends with it.
	Handle func(*Stream)
	// MaxStreams bounds handlers at one time, MaxHeader the header of a request in bytes.
	MaxStreams, MaxHeader int
	// Greeting is the time that a client has to send its settings.
	Greeting time.Duration
}

// Conn is a connection of a client.
type Conn struct {
	Config

	ctx  context.Context //nolint:containedctx // of all requests
	nc   net.Conn
	fr   *http2.Framer // reads from nc, and writes to out
	mu   sync.Mutex    // guards all below
	out  outbox.Box
	over bool // nothing more is read or written

	henc *hpack.Encoder
	hbuf bytes.Buffer

	streams  map[uint32]*Stream
	last     uint32         // the highest id that a client has used
	running  int            // handlers
	parked   []chan *Stream // workers that wait for a request
	draining bool           // no stream may begin any more

	window     int64 // for DATA to the client
	recvWindow int64 // for DATA of the client
	toGrant    int64 // of it, what has been used and not yet granted again
	peer       settings

	handlers sync.WaitGroup
}

// settings are the client's.
type settings struct {
	initialWindow int64
	maxFrame      int
}

// Serve answers the requests of a client whose preface is next in in. It returns when all
// handlers have ended: io.EOF where the client has gone, or was asked to. nc is closed then.
func Serve(ctx context.Context, nc net.Conn, in *bufio.Reader, config Config, started func(*Conn)) error {
	ctx, cancel := context.WithCancel(ctx)
	c := &Conn{
		Config: config, ctx: ctx, nc: nc, streams: map[uint32]*Stream{}, window: initialWindow, recvWindow: connWindow,
		peer: settings{initialWindow, maxFrame},
	}
	c.out.Init(&c.mu)
	c.fr = http2.NewFramer((*appender)(&c.out), in)
	c.fr.SetMaxReadFrameSize(maxFrame)
	c.fr.SetReuseFrames()
	c.fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.fr.MaxHeaderListSize = uint32(config.MaxHeader)
	c.henc = hpack.NewEncoder(&c.hbuf)
	if _, err := in.Discard(len(http2.ClientPreface)); err != nil {
		cancel()
		return err
	}
	var writer sync.WaitGroup
	writer.Go(c.writeLoop)
	c.greet()
	if started != nil {
		started(c)
	}
	_ = nc.SetReadDeadline(time.Now().Add(config.Greeting))
	err := c.readLoop(in)
	c.end()
	cancel()
	c.handlers.Wait()
	writer.Wait()
	return err
}

// appender is the outbox as a writer, for who holds its lock.
type appender outbox.Box

func (a *appender) Write(p []byte) (int, error) {
	a.Buf = append(a.Buf, p...)
	return len(p), nil
}

// greet sends the settings.
func (c *Conn) greet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.fr.WriteSettings(
		http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: uint32(c.MaxStreams)},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: streamWindow},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: uint32(c.MaxHeader)},
	)
	_ = c.fr.WriteWindowUpdate(0, connWindow-initialWindow)
	c.out.Wake()
}

// Drain lets no more streams begin, and ends the connection after those that there are.
func (c *Conn) Drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining || c.over {
		return
	}
	c.draining = true
	_ = c.fr.WriteGoAway(c.last, http2.ErrCodeNo, nil)
	c.endIdle()
	c.out.Wake()
}

// endIdle ends the connection where it is to, after the last stream. mu is held.
func (c *Conn) endIdle() {
	if c.draining && c.running == 0 {
		c.out.Closing = true // the writer closes the connection when all has left
		c.out.Wake()
	}
}

// writeLoop writes what gathers in the outbox.
func (c *Conn) writeLoop() {
	err := c.out.Run(func() bool { return c.over }, func(b []byte) error {
		_, err := c.nc.Write(b)
		return err
	})
	_ = err // the reader sees that the connection is gone
	_ = c.nc.Close()
}

// end wakes all who wait: nothing more comes.
func (c *Conn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.out.Closing {
		c.over = true
	}
	for _, st := range c.streams {
		st.reset(errGone)
	}
	c.release()
	c.out.Work.Broadcast()
	c.out.Room.Broadcast()
	c.out.Wake()
}

// errGone is why a stream ends with its connection.
var errGone = errors.New("the connection has ended")

// refuse ends the connection of a client that breaks the rules.
func (c *Conn) refuse(code http2.ErrCode) error {
	c.mu.Lock()
	_ = c.fr.WriteGoAway(c.last, code, nil)
	c.out.Closing = true
	c.out.Wake()
	c.mu.Unlock()
	_ = c.nc.SetWriteDeadline(time.Now().Add(farewell))
	return http2.ConnectionError(code)
}

// gone is the error of a connection that cannot be read.
func gone(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return io.EOF
	}
	return err
}
