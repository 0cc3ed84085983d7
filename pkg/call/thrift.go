package call

import (
	"context"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

const (
	// maxIdle is how many connections are kept: as many as calls ran at once.
	maxIdle = 256
	// lingerTime bounds how long Close waits for peers to read what has no
	// answer (oneway).
	lingerTime = 200 * time.Millisecond
)

// thriftCarrier is the transports that carry a Thrift or Kitex Protobuf call on a
// connection of its own: TTHeader, TTHeaderFramed, Framed, Buffered and Header, and
// TTHeaderStreaming with a stream in place of a call. A connection serves one after
// the other; concurrent ones have several. (Streams could share a connection, but
// without flow control: one slow receiver would stop all.)
type thriftCarrier struct {
	row    *transport
	opts   *Options
	dialer *dialer

	mu      sync.Mutex
	seq     int32 // of the last request
	idle    []*thriftConn
	busy    map[*thriftConn]bool
	ending  []*thriftConn // shut down, to linger
	buffers [][]byte      // for requests
	closed  bool
}

func newThriftCarrier(t *transport, o *Options, d dialer) carrier {
	return &thriftCarrier{row: t, opts: o, dialer: d.speaking(o, PhaseThrift), busy: map[*thriftConn]bool{}}
}

func (c *thriftCarrier) Open(ctx context.Context, rpc *stream.Call) (stream.Stream, error) {
	f, err := formOf(c.row, c.opts, &rpc.Method)
	if err != nil {
		return nil, err
	}
	info, err := c.opts.requestInfo(f, rpc)
	if err != nil {
		return nil, err
	}
	if f.transport == TTHeaderStreaming {
		return c.openStream(ctx, rpc, f, &info)
	}
	return &thriftStream{carrier: c, ctx: ctx, rpc: rpc, form: f, info: info, opened: make(gate)}, nil
}

// nextSeq returns sequence ids, which are those of streams too: 1, 2, ...
func (c *thriftCarrier) nextSeq() int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seq++; c.seq <= 0 {
		c.seq = 1
	}
	return c.seq
}

// takeBuffer returns the buffer of an earlier request, or nil.
func (c *thriftCarrier) takeBuffer() (buffer []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.buffers); n > 0 {
		buffer = c.buffers[n-1]
		c.buffers = c.buffers[:n-1]
	}
	return buffer
}

// freeBuffer takes a request's buffer back.
func (c *thriftCarrier) freeBuffer(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cap(b) <= thriftKeep && len(c.buffers) < maxIdle {
		c.buffers = append(c.buffers, b[:0])
	}
}

// connect returns an idle connection that is still alive, or dials.
func (c *thriftCarrier) connect(ctx context.Context, rpc *stream.Call) (*thriftConn, error) {
	for {
		conn, err := c.takeIdle(rpc.Method.Oneway)
		if err != nil {
			return nil, err
		}
		if conn == nil {
			break
		}
		if conn.alive() {
			return conn, nil
		}
		c.drop(conn)
	}
	conn, err := dialAny(ctx, c.opts.Targets, func(ctx context.Context, t Target) (*thriftConn, error) { return c.dialOne(ctx, t, rpc.Trace) })
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		conn.close()
		return nil, ErrClosed
	}
	c.busy[conn] = true
	return conn, nil
}

// takeIdle returns the connection used last, nil where there is none. After a
// oneway request a connection is good for further ones only: if the server's IDL
// says otherwise, its answer comes unasked.
func (c *thriftCarrier) takeIdle(oneway bool) (*thriftConn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	for n := len(c.idle); n > 0; n = len(c.idle) {
		conn := c.idle[n-1]
		c.idle = c.idle[:n-1]
		if conn.unconfirmed && !oneway {
			conn.shutdown()
			c.ending = append(c.ending, conn)
			continue
		}
		c.busy[conn] = true
		return conn, nil
	}
	return nil, nil
}

// dialOne connects to t.
func (c *thriftCarrier) dialOne(ctx context.Context, t Target, trace *stream.Trace) (*thriftConn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.ConnectTimeout, errConnectTimeout)
	defer cancel()
	nc, raw, err := c.dialer.dial(ctx, t, trace)
	if err != nil {
		return nil, err
	}
	return newThriftConn(nc, raw, t), nil
}

// discard ends a connection that is of no use any more.
func (c *thriftCarrier) discard(conn *thriftConn) {
	c.mu.Lock()
	delete(c.busy, conn)
	c.mu.Unlock()
	conn.discard()
}

// drop ends an idle connection that can take no request. If its peer has answered
// where there is no answer, Close says so.
func (c *thriftCarrier) drop(conn *thriftConn) {
	c.mu.Lock()
	linger := conn.unconfirmed && len(c.ending) < maxIdle
	if linger {
		delete(c.busy, conn)
		conn.shutdown()
		c.ending = append(c.ending, conn)
	}
	c.mu.Unlock()
	if !linger {
		c.discard(conn)
	}
}

// keep takes a connection back after a call that left it usable.
func (c *thriftCarrier) keep(conn *thriftConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, conn)
	switch {
	case c.closed && conn.unconfirmed, len(c.idle) >= maxIdle && conn.unconfirmed:
		conn.shutdown()
		c.ending = append(c.ending, conn)
	case c.closed, len(c.idle) >= maxIdle:
		conn.close()
	default:
		c.idle = append(c.idle, conn)
	}
}

// isClosed reports whether Close has been called.
func (c *thriftCarrier) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// Close ends calls that are under way, and gives peers a moment to read oneway
// requests.
func (c *thriftCarrier) Close() error {
	c.mu.Lock()
	c.closed = true
	busy, idle, ending := c.busy, c.idle, c.ending
	c.busy, c.idle, c.ending = map[*thriftConn]bool{}, nil, nil
	c.mu.Unlock()
	for conn := range busy {
		conn.discard()
	}
	for _, conn := range idle {
		if !conn.unconfirmed {
			conn.close()
			continue
		}
		conn.shutdown()
		ending = append(ending, conn)
	}
	until := time.Now().Add(lingerTime)
	for _, conn := range ending {
		if said := conn.linger(until); len(said) > 0 {
			conn.oneway.Warning("the peer answered a call that has no answer (oneway)")
		}
	}
	return nil
}
