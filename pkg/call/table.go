package call

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// transport is a row of the table of transports: all that tells one from another
// outside its own code.
type transport struct {
	name Transport
	// answer is what its answers are called in errors.
	answer string
	// has is what of Options and of a Call it has a place for.
	features feature
	// protocols are those of Thrift that it carries, a bit each.
	protocols uint8
	// open makes what carries its calls. It does no I/O.
	open func(*transport, *Options, dialer) carrier
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
)

func (t *transport) has(f feature) bool { return t.features&f != 0 }

func (t *transport) carries(p stream.Protocol) bool { return t.protocols&(1<<p) != 0 }

const (
	onlyBinary       = 1 << stream.Binary
	binaryAndCompact = onlyBinary | 1<<stream.Compact
	everyProtocol    = binaryAndCompact | 1<<stream.JSON

	overHTTP2 = chosenHTTP2 | compression | destination | keepalivePings | authorityName | metainfoInHeader
)

// transports is the table, in the order of the documentation.
var transports = [...]transport{
	{GRPC, "gRPC", overHTTP2, onlyBinary, newGRPCCarrier},
	{GRPCWeb, "gRPC-Web", overHTTP2, onlyBinary, newGRPCCarrier},
	{TTHeader, "TTHeader", destination | intInfo | multiplexing, binaryAndCompact, newThriftCarrier},
	{TTHeaderFramed, "TTHeader", destination | intInfo | multiplexing, binaryAndCompact, newThriftCarrier},
	{Framed, "framed Thrift", multiplexing, everyProtocol, newThriftCarrier},
	{Buffered, "unframed Thrift", multiplexing, everyProtocol, newThriftCarrier},
	{TTHeaderStreaming, "TTHeader streaming", destination | intInfo, onlyBinary, newThriftCarrier},
	{HTTP, "Thrift over HTTP", destination | multiplexing | authorityName | metainfoInHeader, everyProtocol, newThriftHTTPCarrier},
	{Header, "THeader", multiplexing, binaryAndCompact, newThriftCarrier},
}

// row finds a transport in the table.
func row(name Transport) *transport {
	for i := range transports {
		if transports[i].name == name {
			return &transports[i]
		}
	}
	return &transport{name: name} // of a caller that does not know the constants
}

// fit refuses what the transport of a call has no place for.
func (o *Options) fit(t *transport, rpc *stream.Call) error {
	place := func(f feature) bool { return t.has(f) }
	refuse := func(option, value string) error { return &OptionError{option, value, &NoPlaceError{t.name}} }
	if chosen := o.chosen(&rpc.Method); o.PathPackage != "" && chosen != GRPC {
		return &OptionError{"path package", o.PathPackage, &NoPlaceError{chosen}}
	}
	if err := checkEncoding(rpc.Compress); err != nil {
		return err
	}
	switch {
	case o.HTTP2 && !place(chosenHTTP2):
		return refuse("HTTP version", "2")
	case rpc.Compress != "" && rpc.Compress != encodingIdentity && !place(compression):
		return refuse("compression", rpc.Compress)
	case o.ToService != "" && !place(destination):
		return refuse("destination service", o.ToService)
	case len(o.IntInfo) > 0 && !place(intInfo):
		return refuse("integer key", fmt.Sprint(slices.Min(slices.Collect(maps.Keys(o.IntInfo)))))
	case o.Multiplex != "" && !place(multiplexing):
		return refuse("multiplexed service", o.Multiplex)
	case t.name == TTHeaderStreaming && o.IntInfo[ttheader.IntFrameType] != "":
		return &OptionError{"integer key", strconv.Itoa(ttheader.IntFrameType), nowhere("it is the type of a stream's frames")}
	case o.Keepalive > 0 && !place(keepalivePings):
		return refuse("keepalive", o.Keepalive.String())
	case o.Authority != "" && !place(authorityName) && !o.secured():
		return refuse("authority", o.Authority)
	}
	return t.fitProtocol(&rpc.Method)
}

// fitProtocol refuses a protocol that the transport does not carry.
func (t *transport) fitProtocol(m *stream.Method) error {
	refuse := func(why error) error { return &OptionError{"protocol", m.Protocol.String(), why} }
	switch {
	case t.carries(m.Protocol):
		return nil
	case !m.IsThrift() && !t.carries(stream.Compact):
		return refuse(errThriftOnly)
	case !t.carries(stream.Compact):
		return refuse(nowhere(fmt.Sprintf("transport %s carries the binary one only", t.name)))
	}
	return refuse(fmt.Errorf("transport %s cannot carry it", t.name))
}
