package client

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/connect"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/grpc"
	"github.com/idlcall/idlcall/pkg/call/internal/thrift"
	"github.com/idlcall/idlcall/pkg/call/internal/ttstream"
	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// transport is a row of the table of transports: all that tells one from another
// outside its own code.
type transport struct {
	name call.Transport
	// answer is what its answers are called in errors.
	answer string
	// has is what of Options and of a Call it has a place for.
	features feature
	// protocols are those of Thrift that it carries, a bit each.
	protocols uint8
	// open makes what carries its calls. It does no I/O.
	open func(o *call.Options, d dial.Dialer, answer string) call.Carrier
}

// feature is something that a transport may have a place for.
type feature uint16

const (
	chosenHTTP2      feature = 1 << iota // Options.HTTP2
	compression                          // Call.Compress
	destination                          // Options.ToService
	intInfo                              // Options.IntInfo
	multiplexing                         // Options.Multiplex
	keepalivePings                       // Options.Keepalive
	authorityName                        // Options.Authority, without TLS too
	metainfoInHeader                     // Call.Transient and Persistent, as header fields
	getRequests                          // Call.Get
	sharedConnection                     // many calls on one, over HTTP/2 at least
)

func (t *transport) has(f feature) bool { return t.features&f != 0 }

func (t *transport) carries(p stream.Protocol) bool { return t.protocols&(1<<p) != 0 }

const (
	onlyBinary       = 1 << stream.Binary
	binaryAndCompact = onlyBinary | 1<<stream.Compact
	everyProtocol    = binaryAndCompact | 1<<stream.JSON

	overHTTP2 = chosenHTTP2 | compression | destination | keepalivePings | authorityName | metainfoInHeader | sharedConnection
)

// transports is the table, in the order of the documentation.
var transports = [...]transport{
	{call.GRPC, "gRPC", overHTTP2, onlyBinary, grpc.New},
	{call.GRPCWeb, "gRPC-Web", overHTTP2, onlyBinary, grpc.New},
	{call.Connect, "Connect", overHTTP2 | getRequests, onlyBinary | 1<<stream.JSON, connect.New},
	{call.TTHeader, "TTHeader", destination | intInfo | multiplexing, binaryAndCompact, thrift.New},
	{call.TTHeaderFramed, "TTHeader", destination | intInfo | multiplexing, binaryAndCompact, thrift.New},
	{call.Framed, "framed Thrift", multiplexing, everyProtocol, thrift.New},
	{call.Buffered, "unframed Thrift", multiplexing, everyProtocol, thrift.New},
	{call.TTHeaderStreaming, "TTHeader streaming", destination | intInfo, onlyBinary, ttstream.New},
	{call.HTTP, "Thrift over HTTP", destination | multiplexing | authorityName | metainfoInHeader, everyProtocol, thrift.NewHTTP},
	{call.Header, "THeader", multiplexing, binaryAndCompact, thrift.New},
}

// row finds a transport in the table.
func row(name call.Transport) *transport {
	for i := range transports {
		if transports[i].name == name {
			return &transports[i]
		}
	}
	return &transport{name: name} // of a caller that does not know the constants
}

// fit refuses what the transport of a call has no place for.
func fit(o *call.Options, t *transport, rpc *stream.Call) error {
	place := func(f feature) bool { return t.has(f) }
	refuse := func(option call.Option, value string) error {
		return &call.OptionError{Option: option, Value: value, Err: &call.NoPlaceError{Transport: t.name}}
	}
	if chosen := chosen(o, &rpc.Method); o.PathPackage != "" && chosen != call.GRPC {
		return &call.OptionError{Option: call.OptionPathPackage, Value: o.PathPackage, Err: &call.NoPlaceError{Transport: chosen}}
	}
	switch {
	case !compress.Known(rpc.Compress):
		return &call.OptionError{Option: call.OptionCompression, Value: rpc.Compress, Err: errors.New("want gzip, zstd or identity")}
	case o.HTTP2 && !place(chosenHTTP2):
		return refuse(call.OptionHTTPVersion, "2")
	case rpc.Compress != "" && rpc.Compress != compress.EncodingIdentity && !place(compression):
		return refuse(call.OptionCompression, rpc.Compress)
	case rpc.Get && !place(getRequests):
		return refuse(call.OptionHTTPMethod, "GET")
	case o.ToService != "" && !place(destination):
		return refuse(call.OptionDestination, o.ToService)
	case len(o.IntInfo) > 0 && !place(intInfo):
		return refuse(call.OptionIntInfo, fmt.Sprint(slices.Min(slices.Collect(maps.Keys(o.IntInfo)))))
	case o.Multiplex != "" && !place(multiplexing):
		return refuse(call.OptionMultiplex, o.Multiplex)
	case t.name == call.TTHeaderStreaming && o.IntInfo[ttheader.IntFrameType] != "":
		return &call.OptionError{Option: call.OptionIntInfo, Value: strconv.Itoa(ttheader.IntFrameType), Err: call.NowhereError("it is the type of a stream's frames")}
	case o.Keepalive > 0 && !place(keepalivePings):
		return refuse(call.OptionKeepalive, o.Keepalive.String())
	case o.Authority != "" && !place(authorityName) && !secured(o):
		return refuse(call.OptionAuthority, o.Authority)
	}
	return t.fitProtocol(&rpc.Method)
}

// fitProtocol refuses a protocol that the transport does not carry.
func (t *transport) fitProtocol(m *stream.Method) error {
	refuse := func(why error) error {
		return &call.OptionError{Option: call.OptionProtocol, Value: m.Protocol.String(), Err: why}
	}
	switch {
	case t.carries(m.Protocol):
		return nil
	case !m.IsThrift() && !t.carries(stream.Compact):
		return refuse(call.ErrThriftOnly)
	case !t.carries(stream.Compact):
		return refuse(call.NowhereError(fmt.Sprintf("transport %s carries the binary one only", t.name)))
	}
	return refuse(fmt.Errorf("transport %s cannot carry it", t.name))
}
