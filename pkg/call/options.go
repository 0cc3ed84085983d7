package call

import (
	"context"
	"net"
	"time"
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
	// HTTP2 has GRPCWeb and Connect speak HTTP/2 only, without TLS too ("prior knowledge").
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
	// Confirm waits for the peer's HTTP/2 SETTINGS before a request is sent, so that nothing
	// was executed where they do not come. It costs a round trip.
	Confirm bool
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

// TLSOptions say how to secure connections. The zero value leaves it to the
// target's scheme, and trusts the system's roots.
type TLSOptions struct {
	// Enabled asks for TLS whatever the scheme says.
	Enabled bool
	// Insecure accepts any certificate for any name.
	Insecure bool
	// CACert is a PEM file of the roots to trust in place of the system's.
	CACert string
	// Cert and Key are PEM files of the client certificate, given together.
	Cert, Key string
	// ServerName is what the certificate must be valid for, and SNI. By
	// default it is the host of Options.Authority or of the target.
	ServerName string
}
