package client

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/kitex"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/stream"
)

// validate fills in defaults.
func validate(o *call.Options) error {
	if len(o.Targets) == 0 {
		return &call.TargetError{Reason: "no target"}
	}
	for _, t := range o.Targets {
		o.Transport = cmp.Or(o.Transport, t.Transport)
	}
	if o.Transport != "" && row(o.Transport).open == nil {
		return &call.OptionError{Option: "transport", Value: o.Transport.String(), Err: new(call.Transport).UnmarshalText([]byte(o.Transport))}
	}
	o.ConnectTimeout = cmp.Or(o.ConnectTimeout, call.DefaultConnectTimeout)
	o.MaxMessageSize = cmp.Or(o.MaxMessageSize, call.DefaultMaxMessageSize)
	o.UserAgent = cmp.Or(o.UserAgent, call.DefaultUserAgent)
	if o.MaxMessageSize < 0 || o.MaxMessageSize > 1<<31-1-grpcPrefixRoom {
		return &call.OptionError{
			Option: "largest message", Value: strconv.Itoa(o.MaxMessageSize), Err: errors.New("want between 1 byte and 2 GiB"),
		}
	}
	if why := web.BadValue(o.UserAgent); why != "" {
		return &call.OptionError{Option: "user agent", Value: o.UserAgent, Err: errors.New(why)}
	}
	if why := web.BadValue(o.Authority); why != "" {
		return &call.OptionError{Option: call.OptionAuthority, Value: o.Authority, Err: errors.New(why)}
	}
	return nil
}

// secured reports whether any target uses TLS.
func secured(o *call.Options) bool {
	return o.TLS.Enabled || slices.ContainsFunc(o.Targets, func(t call.Target) bool { return t.TLS })
}

// grpcPrefixRoom keeps sums of a size and a prefix inside an int32.
const grpcPrefixRoom = 16

// Client calls methods of one server. It is safe for concurrent use; all streams
// share a connection where the transport can.
type Client struct {
	opts   call.Options
	dialer dial.Dialer

	mu       sync.Mutex
	keys     kitex.OddKeys
	carriers map[call.Transport]call.Carrier // by what route chose
	closed   bool
}

// New validates the options and reads the TLS files. It does not connect. What
// concerns the transport, which depends on the method, is left to Prepare and Open.
func New(o call.Options) (*Client, error) {
	if err := validate(&o); err != nil {
		return nil, err
	}
	d, err := dial.New(&o)
	if err != nil {
		return nil, err
	}
	return &Client{opts: o, dialer: d, carriers: map[call.Transport]call.Carrier{}}, nil
}

// Prepare refuses what the transport of a call has no place for, as Open does; it
// neither connects nor needs a request.
func (c *Client) Prepare(rpc stream.Call) error {
	_, err := c.carrier(&rpc)
	return err
}

// Transport is what carries a method.
func (c *Client) Transport(m *stream.Method) call.Transport { return route(&c.opts, m) }

// carrier returns what carries a call, made on first use.
func (c *Client) carrier(rpc *stream.Call) (call.Carrier, error) {
	t := row(route(&c.opts, &rpc.Method))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, call.ErrClosed
	}
	if err := fit(&c.opts, t, rpc); err != nil {
		return nil, err
	}
	if t.has(metainfoInHeader) {
		c.keys.Warn(rpc)
	}
	if made := c.carriers[t.name]; made != nil {
		return made, nil
	}
	opts := c.opts
	opts.Transport = t.name
	made := t.open(&opts, c.dialer, t.answer)
	c.carriers[t.name] = made
	return made, nil
}

// Open starts an RPC. Where the client sends exactly one message, nothing
// touches the network before the first Send; otherwise Open connects and sends
// the header. ctx covers the RPC to its end: when it is done the peer sees a
// cancellation, and Send and Recv return its cause. Its deadline is sent along
// where the transport can. Nothing else bounds how long a connected peer may
// take, save for Options.SilentLimit: one that never answers is waited for until
// ctx is done.
func (c *Client) Open(ctx context.Context, rpc stream.Call) (stream.Stream, error) {
	over, err := c.carrier(&rpc)
	if err != nil {
		return nil, err
	}
	return over.Open(ctx, &rpc)
}

// Preconnect connects ahead of calls like rpc: once where they share a connection, and otherwise n
// times, for as many calls at once. atOnce is how many the peer takes at once on a connection that they
// share; 0 is any number. Others wait until there is room.
func (c *Client) Preconnect(ctx context.Context, rpc stream.Call, n int) (atOnce int, err error) {
	over, err := c.carrier(&rpc)
	if err != nil {
		return 0, err
	}
	return over.Preconnect(ctx, &rpc, n)
}

// Shares reports whether calls of a method share a connection: where they do not, each call at a
// time has its own.
func (c *Client) Shares(m *stream.Method) bool { return row(c.Transport(m)).has(sharedConnection) }

// Close ends all streams and connections. It is safe to repeat.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	carriers := c.carriers
	c.carriers = nil
	c.mu.Unlock()
	for _, over := range carriers {
		_ = over.Close()
	}
	return nil
}

// Dial connects to the first of the targets that there is, for who speaks for himself on the
// connection. protos are the ALPN protocols that are offered where it has TLS.
func (c *Client) Dial(ctx context.Context, protos ...string) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.ConnectTimeout, dial.ErrConnectTimeout)
	defer cancel()
	d := c.dialer.Speaking(&c.opts, call.PhaseDial, protos...)
	return dial.Any(ctx, c.opts.Targets, func(ctx context.Context, t call.Target) (net.Conn, error) {
		conn, raw, err := d.Dial(ctx, t, nil)
		if err != nil {
			return nil, err
		}
		if conn == net.Conn(raw) {
			return raw.Conn, nil // which can half-close, and be copied by the kernel
		}
		return conn, nil
	})
}
