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
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
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
	// says nothing, it is GRPC, and with Thrift TTHeader, or HTTP where the scheme
	// is http or https. Of Thrift methods, those that stream go over
	// TTHeaderStreaming where it is TTHeader; those that do not, over TTHeader
	// where it is TTHeaderStreaming or GRPC.
	Transport Transport
	// Thrift says that the methods are Thrift's.
	Thrift bool
	TLS    TLSOptions
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
	// Compress is the encoding of requests: "", "identity", "gzip", "zstd". The
	// last two are for gRPC only.
	Compress string
	// Protocol is how Thrift messages are encoded; bodies come and go in it.
	Protocol stream.Protocol
	// Multiplex is the name before the method's ("name:method") that tells a
	// server with Apache's TMultiplexedProtocol which service is meant; empty
	// for all other servers.
	Multiplex string
	// Transient and Persistent are Kitex metainfo: key-values for the next hop
	// only, and for every hop after it. A transport that cannot carry them
	// refuses them with a MetadataError. Over HTTP (gRPC, too) they are headers,
	// which lose the difference between upper and lower case, - and _ in keys.
	Transient, Persistent stream.Metadata
	// ToService is the destination's name where it is registered (TTHeader's
	// integer key 6, over HTTP the header destination-service).
	ToService string
	// PathPackage goes before the service of a Thrift method in the path of
	// HTTP/2: "/PathPackage.Service/Method". Kitex servers ignore it.
	PathPackage string
	// IntInfo are further integer keys of TTHeader; they replace our own.
	IntInfo map[uint16]string
	Trace   *stream.Trace
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
	o.Transport = cmp.Or(o.Transport, o.defaultTransport())
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
	if o.PathPackage != "" && o.Transport != GRPC {
		return &OptionError{"path package", o.PathPackage, &NoPlaceError{o.Transport}}
	}
	switch o.Compress {
	case "", encodingIdentity, encodingGzip, encodingZstd:
		return nil
	}
	return &OptionError{"compression", o.Compress, errors.New("want gzip, zstd or identity")}
}

// defaultTransport is what New chooses where nothing else says.
func (o *Options) defaultTransport() Transport {
	switch {
	case !o.Thrift:
		return GRPC
	case o.Targets[0].HTTP:
		return HTTP
	}
	return TTHeader
}

// fit refuses options that the transport has no place for.
func (o *Options) fit() error {
	t := o.Transport
	overHTTP, overTTHeader := t == GRPC || t == GRPCWeb || t == HTTP, t == TTHeader || t == TTHeaderFramed || t == TTHeaderStreaming
	noPlace := &NoPlaceError{t}
	switch {
	case o.HTTP2 && t != GRPC && t != GRPCWeb:
		return &OptionError{"HTTP version", "2", noPlace}
	case o.Compress != "" && o.Compress != encodingIdentity && t != GRPC && t != GRPCWeb:
		return &OptionError{"compression", o.Compress, noPlace}
	case o.ToService != "" && !overHTTP && !overTTHeader:
		return &OptionError{"destination service", o.ToService, noPlace}
	case len(o.IntInfo) > 0 && !overTTHeader:
		return &OptionError{"integer key", fmt.Sprint(slices.Min(slices.Collect(maps.Keys(o.IntInfo)))), noPlace}
	case o.Multiplex != "" && (t == GRPC || t == GRPCWeb || t == TTHeaderStreaming):
		return &OptionError{"multiplexed service", o.Multiplex, noPlace}
	case o.Protocol != stream.Binary && !o.Thrift && (t == GRPC || t == GRPCWeb):
		return &OptionError{"protocol", o.Protocol.String(), errThriftOnly}
	case o.Protocol != stream.Binary && (t == GRPC || t == GRPCWeb || t == TTHeaderStreaming):
		return &OptionError{"protocol", o.Protocol.String(), nowhere(fmt.Sprintf("transport %s carries the binary one only", t))}
	case t == TTHeaderStreaming && o.IntInfo[ttheader.IntFrameType] != "":
		return &OptionError{"integer key", strconv.Itoa(ttheader.IntFrameType), nowhere("it is the type of a stream's frames")}
	case o.Keepalive > 0 && t != GRPC && t != GRPCWeb:
		return &OptionError{"keepalive", o.Keepalive.String(), noPlace}
	case o.Authority != "" && !overHTTP && !o.secured():
		return &OptionError{"authority", o.Authority, noPlace}
	case o.Protocol == stream.JSON && (overTTHeader || t == Header):
		return &OptionError{"protocol", o.Protocol.String(), fmt.Errorf("transport %s cannot carry it", t)}
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
	opts Options

	mu       sync.Mutex
	carriers map[Transport]carrier // by what route chose
	closed   bool
}

// New validates the options and reads the TLS files. It does not connect. Where the
// transport depends on the method, what concerns it is left to Prepare and Open.
func New(o Options) (*Client, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	c := &Client{opts: o, carriers: map[Transport]carrier{}}
	if o.variesByMethod() {
		return c, nil
	}
	_, err := c.carrier(o.Transport)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Prepare refuses options that the transport of a method has no place for, as Open
// does; it neither connects nor needs a request.
func (c *Client) Prepare(m *stream.Method) error {
	_, err := c.carrier(c.opts.route(m))
	return err
}

// Transport is what carries a method.
func (c *Client) Transport(m *stream.Method) Transport { return c.opts.route(m) }

// carrier returns the implementation of a transport, made on first use.
func (c *Client) carrier(t Transport) (carrier, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	if made := c.carriers[t]; made != nil {
		return made, nil
	}
	opts := c.opts
	opts.Transport = t
	made, err := newCarrier(&opts)
	if err != nil {
		return nil, err
	}
	c.carriers[t] = made
	return made, nil
}

func newCarrier(o *Options) (carrier, error) {
	if err := o.fit(); err != nil {
		return nil, err
	}
	switch o.Transport {
	case GRPC, GRPCWeb, HTTP:
		o.warnOfKeys()
	}
	switch o.Transport {
	case GRPC, GRPCWeb:
		return newGRPCCarrier(o)
	case HTTP:
		return newThriftHTTPCarrier(o)
	}
	return newThriftCarrier(o)
}

// Open starts an RPC. Where the client sends exactly one message, nothing
// touches the network before the first Send; otherwise Open connects and sends
// the header. ctx covers the RPC to its end: when it is done the peer sees a
// cancellation, and Send and Recv return its cause. Its deadline is sent along
// where the transport can. Nothing else bounds how long a connected peer may
// take, save for Options.SilentLimit: one that never answers is waited for until
// ctx is done.
func (c *Client) Open(ctx context.Context, rpc stream.Call) (stream.Stream, error) {
	over, err := c.carrier(c.opts.route(&rpc.Method))
	if err != nil {
		return nil, err
	}
	return over.Open(ctx, &rpc.Method, rpc.Header)
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
