package thrift

import (
	"context"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/gate"
	"github.com/idlcall/idlcall/pkg/stream"
)

const (
	// maxIdle is how many connections are kept: as many as calls ran at once.
	maxIdle = 256
	// lingerTime bounds how long Close waits for peers to read what has no
	// answer (oneway).
	lingerTime = 200 * time.Millisecond
)

// Carrier is the transports that carry a Thrift or Kitex Protobuf call on a
// connection of its own: TTHeader, TTHeaderFramed, Framed, Buffered and Header. A
// connection serves one after the other; concurrent ones have several.
type Carrier struct {
	answer string // what one is called
	Opts   *call.Options
	dialer *dial.Dialer

	mu      sync.Mutex
	seq     int32 // of the last request
	Idle    []*Conn
	busy    map[*Conn]bool
	ending  []*Conn  // shut down, to linger
	buffers [][]byte // for requests
	closed  bool
}

// New makes one of the transports that have a connection for a call.
func New(o *call.Options, d dial.Dialer, answer string) call.Carrier {
	return NewCarrier(o, d, answer)
}

// NewCarrier is for transports that do something else on the connections.
func NewCarrier(o *call.Options, d dial.Dialer, answer string) *Carrier {
	return &Carrier{answer: answer, Opts: o, dialer: d.Speaking(o, call.PhaseThrift), busy: map[*Conn]bool{}}
}

// Open prepares a call; its first Send connects.
func (c *Carrier) Open(ctx context.Context, rpc *stream.Call) (stream.Stream, error) {
	f, info, err := c.Ask(rpc)
	if err != nil {
		return nil, err
	}
	return &unary{carrier: c, ctx: ctx, rpc: rpc, form: f, info: info, opened: make(gate.Gate)}, nil
}

// Ask is the form of a call and what travels beside it.
func (c *Carrier) Ask(rpc *stream.Call) (Form, Info, error) {
	f, err := FormOf(c.answer, c.Opts, &rpc.Method)
	if err != nil {
		return f, Info{}, err
	}
	info, err := requestInfo(c.Opts, f, rpc)
	return f, info, err
}

// NextSeq returns sequence ids, which are those of streams too: 1, 2, ...
func (c *Carrier) NextSeq() int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seq++; c.seq <= 0 {
		c.seq = 1
	}
	return c.seq
}

// takeBuffer returns the buffer of an earlier request, or nil.
func (c *Carrier) takeBuffer() (buffer []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.buffers); n > 0 {
		buffer = c.buffers[n-1]
		c.buffers = c.buffers[:n-1]
	}
	return buffer
}

// freeBuffer takes a request's buffer back.
func (c *Carrier) freeBuffer(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cap(b) <= keepBuffer && len(c.buffers) < maxIdle {
		c.buffers = append(c.buffers, b[:0])
	}
}

// Connect returns an idle connection that is still alive, or dials.
func (c *Carrier) Connect(ctx context.Context, rpc *stream.Call) (*Conn, error) {
	for {
		conn, err := c.takeIdle(rpc.Method.Oneway)
		if err != nil {
			return nil, err
		}
		if conn == nil {
			break
		}
		if conn.Alive() {
			return conn, nil
		}
		c.drop(conn)
	}
	return c.dialFirst(ctx, rpc)
}

// dialFirst dials the first target that there is.
func (c *Carrier) dialFirst(ctx context.Context, rpc *stream.Call) (*Conn, error) {
	conn, err := dial.Any(ctx, c.Opts.Targets, func(ctx context.Context, t call.Target) (*Conn, error) { return c.dialOne(ctx, t, rpc.Trace) })
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		conn.close()
		return nil, call.ErrClosed
	}
	c.busy[conn] = true
	return conn, nil
}

// Preconnect has n idle connections, at most as many as are kept.
func (c *Carrier) Preconnect(ctx context.Context, rpc *stream.Call, n int) (atOnce int, err error) {
	c.mu.Lock()
	n = min(n, maxIdle) - len(c.Idle)
	c.mu.Unlock()
	var made []*Conn
	defer func() {
		for _, conn := range made {
			c.Keep(conn)
		}
	}()
	for range n {
		conn, err := c.dialFirst(ctx, rpc)
		if err != nil {
			return 0, err
		}
		made = append(made, conn)
	}
	return 0, nil
}

// takeIdle returns the connection used last, nil where there is none. After a
// oneway request a connection is good for further ones only: if the server's IDL
// says otherwise, its answer comes unasked.
func (c *Carrier) takeIdle(oneway bool) (*Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, call.ErrClosed
	}
	for n := len(c.Idle); n > 0; n = len(c.Idle) {
		conn := c.Idle[n-1]
		c.Idle = c.Idle[:n-1]
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
func (c *Carrier) dialOne(ctx context.Context, t call.Target, trace *stream.Trace) (*Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Opts.ConnectTimeout, dial.ErrConnectTimeout)
	defer cancel()
	nc, raw, err := c.dialer.Dial(ctx, t, trace)
	if err != nil {
		return nil, err
	}
	return NewConn(nc, raw, t), nil
}

// Discard ends a connection that is of no use any more.
func (c *Carrier) Discard(conn *Conn) {
	c.mu.Lock()
	delete(c.busy, conn)
	c.mu.Unlock()
	conn.discard()
}

// drop ends an idle connection that can take no request. If its peer has answered
// where there is no answer, Close says so.
func (c *Carrier) drop(conn *Conn) {
	c.mu.Lock()
	linger := conn.unconfirmed && len(c.ending) < maxIdle
	if linger {
		delete(c.busy, conn)
		conn.shutdown()
		c.ending = append(c.ending, conn)
	}
	c.mu.Unlock()
	if !linger {
		c.Discard(conn)
	}
}

// Keep takes a connection back after a call that left it usable.
func (c *Carrier) Keep(conn *Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, conn)
	switch {
	case c.closed && conn.unconfirmed, len(c.Idle) >= maxIdle && conn.unconfirmed:
		conn.shutdown()
		c.ending = append(c.ending, conn)
	case c.closed, len(c.Idle) >= maxIdle:
		conn.close()
	default:
		c.Idle = append(c.Idle, conn)
	}
}

// IsClosed reports whether Close has been called.
func (c *Carrier) IsClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// Close ends calls that are under way, and gives peers a moment to read oneway
// requests.
func (c *Carrier) Close() error {
	c.mu.Lock()
	c.closed = true
	busy, idle, ending := c.busy, c.Idle, c.ending
	c.busy, c.Idle, c.ending = map[*Conn]bool{}, nil, nil
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
