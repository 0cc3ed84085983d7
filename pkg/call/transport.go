package call

import (
	"context"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Transport names how bodies travel. The zero value leaves the choice to the
// target's scheme.
type Transport string

// The transports.
const (
	GRPC              Transport = "grpc"
	GRPCWeb           Transport = "grpc-web"
	Connect           Transport = "connect"
	TTHeader          Transport = "ttheader"
	TTHeaderFramed    Transport = "ttheader-framed"
	TTHeaderStreaming Transport = "ttheader-streaming"
	Framed            Transport = "framed"
	Buffered          Transport = "buffered"
	HTTP              Transport = "http"
	Header            Transport = "header"
)

// Transports lists all names in the order of the documentation.
func Transports() []Transport {
	return []Transport{GRPC, GRPCWeb, Connect, TTHeader, TTHeaderFramed, Framed, Buffered, TTHeaderStreaming, HTTP, Header}
}

// HasStatus reports whether RPCs end with a status of gRPC, which Connect shares.
func (t Transport) HasStatus() bool { return t == GRPC || t == GRPCWeb || t == Connect }

// String is the name.
func (t Transport) String() string { return string(t) }

// MarshalText returns the name.
func (t Transport) MarshalText() ([]byte, error) { return []byte(t), nil }

// UnmarshalText accepts one of Transports, or nothing for the zero value.
func (t *Transport) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = ""
		return nil
	}
	var names []string
	for _, known := range Transports() {
		if string(known) == string(text) {
			*t = known
			return nil
		}
		names = append(names, string(known))
	}
	return fmt.Errorf("unknown transport %q, want one of %s", text, strings.Join(names, ", "))
}

// Carrier is the implementation of a transport, for one server.
type Carrier interface {
	// Open may leave the dial to the first Send when the client sends
	// exactly one message, so that bad input never touches the network;
	// client and bidi streams send headers at once.
	Open(ctx context.Context, rpc *stream.Call) (stream.Stream, error)
	// Preconnect connects ahead of calls: once where they share a connection, otherwise
	// so that n of them find one. It may do nothing where a connection cannot wait. atOnce
	// is how many calls the peer takes at once on a connection that they share, 0 any
	// number.
	Preconnect(ctx context.Context, rpc *stream.Call, n int) (atOnce int, err error)
	Close() error
}
