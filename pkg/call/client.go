// Package call drives RPCs: it connects to a target and opens streams on the
// transport that carries them. New does no I/O; the first request that is ready
// to leave connects.
//
// gRPC runs on an HTTP/2 client connection of this package's own (h2conn), made
// of x/net/http2's Framer and hpack: it sees every frame, so that an error can
// say what the peer did. The Thrift transports carry one call at a time on a
// connection (thriftstream); a client keeps its connections for the next calls.
package call

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Defaults of Options.
const (
	DefaultConnectTimeout = 5 * time.Second
	DefaultMaxMessageSize = 64 << 20
	DefaultUserAgent      = "idlcall"
)

// Options configure a Client.
type Options struct {
	// Targets are tried in order until one connects. At least one.
	Targets []Target
	// Transport, where empty, is that of the first target's scheme. Where that
	// says nothing, it is GRPC for Protobuf methods, and for Thrift's TTHeader, or
	// HTTP where the scheme is http or https. Of Thrift methods, those that stream
	// go over TTHeaderStreaming where it is TTHeader; those that do not, over
	// TTHeader where it is TTHeaderStreaming or GRPC.
	Transport Transport
	TLS       TLSOptions
	// HTTP2 has GRPCWeb speak HTTP/2 only, without TLS too ("prior knowledge").
	// Otherwise it speaks HTTP/1.1, and HTTP/2 where TLS settles on it. GRPC always
	// speaks HTTP/2.
	HTTP2 bool
	// Authority replaces the target's in :authority and for the name that
	// the certificate must have.
	Authority string
	// UserAgent defaults to DefaultUserAgent.
	UserAgent string
	// Proxy is "" for the environment, "none", or a URL: http, https, socks5,
	// socks5h. The password may be part of it. HTTPS_PROXY and NO_PROXY count
	// for every TCP target, with TLS or not, as with grpc-go; loopback targets
	// are never proxied from the environment. An https proxy is verified
	// against TLS.CACert where that is set.
	Proxy string
	// ConnectTimeout covers names, dialling, proxy, TLS and the peer's HTTP/2
	// SETTINGS. Zero is DefaultConnectTimeout.
	ConnectTimeout time.Duration
	// SilentLimit bounds the wait for the first frame of an answer over
	// TTHeaderStreaming, from the half-close, where the context has no deadline:
	// Kitex servers say nothing at all about a method that they do not have. Zero
	// is no bound.
	SilentLimit time.Duration
	// Keepalive is the silence after which a PING asks whether the peer is
	// there. It has to answer within the same time again, but within 1 s at the
	// least and 20 s at the most. Zero is never. Only HTTP/2 has it.
	Keepalive time.Duration
	// MaxMessageSize bounds received messages, in bytes, compressed and
	// decompressed. Zero is DefaultMaxMessageSize.
	MaxMessageSize int
	// Multiplex is the name before the method's ("name:method") that tells a
	// server with Apache's TMultiplexedProtocol which service is meant; empty
	// for all other servers.
	Multiplex string
	// ToService is the destination's name where it is registered (TTHeader's
	// integer key 6, over HTTP the header destination-service).
	ToService string
	// PathPackage goes before the service of a Thrift method in the path of
	// HTTP/2: "/PathPackage.Service/Method". Kitex servers ignore it.
	PathPackage string
	// IntInfo are further integer keys of TTHeader; they replace our own.
	IntInfo map[uint16]string
	// Dial replaces dialling, for servers inside the process.
	Dial func(ctx context.Context) (net.Conn, error)
}

// validate fills in defaults.
func (o *Options) validate() error {
	if len(o.Targets) == 0 {
		return errors.New("no target")
	}
	for _, t := range o.Targets {
		o.Transport = cmp.Or(o.Transport, t.Transport)
	}
	if o.Transport != "" && row(o.Transport).open == nil {
		return new(Transport).UnmarshalText([]byte(o.Transport))
	}
	o.ConnectTimeout = cmp.Or(o.ConnectTimeout, DefaultConnectTimeout)
	o.MaxMessageSize = cmp.Or(o.MaxMessageSize, DefaultMaxMessageSize)
	o.UserAgent = cmp.Or(o.UserAgent, DefaultUserAgent)
	if o.MaxMessageSize < 0 || o.MaxMessageSize > 1<<31-1-grpcPrefixRoom {
		return errors.New("the largest message size must be between 1 byte and 2 GiB")
	}
	if why := badValue(o.UserAgent); why != "" {
		return &OptionError{"user agent", o.UserAgent, errors.New(why)}
	}
	if why := badValue(o.Authority); why != "" {
		return &OptionError{"authority", o.Authority, errors.New(why)}
	}
	return nil
}

// secured reports whether any target uses TLS.
func (o *Options) secured() bool {
	return o.TLS.Enabled || slices.ContainsFunc(o.Targets, func(t Target) bool { return t.TLS })
}

// grpcPrefixRoom keeps sums of a size and a prefix inside an int32.
const grpcPrefixRoom = 16

func (o *Options) authority(t Target) string { return cmp.Or(o.Authority, t.Authority, "localhost") }

// Client calls methods of one server. It is safe for concurrent use; all streams
// share a connection where the transport can.
type Client struct {
	opts   Options
	dialer dialer

	mu       sync.Mutex
	keys     oddKeys
	carriers map[Transport]carrier // by what route chose
	closed   bool
}

// New validates the options and reads the TLS files. It does not connect. What
// concerns the transport, which depends on the method, is left to Prepare and Open.
func New(o Options) (*Client, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	d, err := newDialer(&o)
	if err != nil {
		return nil, err
	}
	return &Client{opts: o, dialer: d, carriers: map[Transport]carrier{}}, nil
}

// Prepare refuses what the transport of a call has no place for, as Open does; it
// neither connects nor needs a request.
func (c *Client) Prepare(rpc stream.Call) error {
	_, err := c.carrier(&rpc)
	return err
}

// Transport is what carries a method.
func (c *Client) Transport(m *stream.Method) Transport { return c.opts.route(m) }

// carrier returns what carries a call, made on first use.
func (c *Client) carrier(rpc *stream.Call) (carrier, error) {
	t := row(c.opts.route(&rpc.Method))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	if err := c.opts.fit(t, rpc); err != nil {
		return nil, err
	}
	if t.has(metainfoInHeader) {
		c.keys.warn(rpc)
	}
	if made := c.carriers[t.name]; made != nil {
		return made, nil
	}
	opts := c.opts
	opts.Transport = t.name
	made := t.open(t, &opts, c.dialer)
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
