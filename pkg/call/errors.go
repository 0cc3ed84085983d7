package call

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/net/http2"

	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/stream"
)

// ErrClosed is returned by calls on a Client that has been closed, and by the
// streams that were open when it was.
var ErrClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string { return "the client is closed" }

// Outcome is KindInterrupted: the caller has ended it.
func (closedError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindInterrupted} }

// TargetError says why a target cannot be used.
type TargetError struct {
	Text   string // as given
	Reason string
}

func (e *TargetError) Error() string { return fmt.Sprintf("target %q: %s", e.Text, e.Reason) }

// Option is the name of one of the Options, or of what a Call has, for people.
type Option string

// The names of those that only some transports have a place for.
const (
	OptionHTTPVersion Option = "HTTP version"
	OptionCompression Option = "compression"
	OptionDestination Option = "destination service"
	OptionIntInfo     Option = "integer key"
	OptionMultiplex   Option = "multiplexed service"
	OptionKeepalive   Option = "keepalive"
	OptionAuthority   Option = "authority"
	OptionProtocol    Option = "protocol"
	OptionPathPackage Option = "path package"
	OptionHTTPMethod  Option = "HTTP method"
)

// OptionError says which of the Options cannot be used and why.
type OptionError struct {
	Option Option
	Value  string
	Err    error
}

func (e *OptionError) Error() string { return fmt.Sprintf("%s %q: %v", e.Option, e.Value, e.Err) }
func (e *OptionError) Unwrap() error { return e.Err }

// NoPlaceError is the cause of an OptionError about what a transport has no place
// for.
type NoPlaceError struct{ Transport Transport }

func (e *NoPlaceError) Error() string {
	return fmt.Sprintf("transport %s has no place for it", e.Transport)
}

// ErrNowhere matches an OptionError about what no transport of the method takes.
var ErrNowhere = errors.New("no transport takes it")

// NowhereError is the reason of such an OptionError.
type NowhereError string

func (n NowhereError) Error() string { return string(n) }

// Is makes the error match ErrNowhere.
func (NowhereError) Is(target error) bool { return target == ErrNowhere }

// ErrThriftOnly is the reason where a Protobuf method is given what Thrift has.
const ErrThriftOnly = NowhereError("it is Thrift's, and the method is Protobuf's")

// MetadataError says why an entry cannot be sent as a header.
type MetadataError struct {
	Name   string
	Reason string
	// NoPlace is true where the transport carries nothing beside a message.
	NoPlace bool
}

func (e *MetadataError) Error() string { return fmt.Sprintf("metadata %q: %s", e.Name, e.Reason) }

// UnsupportedError is returned by Open for a method that the transport cannot
// carry; nothing has been dialled.
type UnsupportedError struct {
	Transport Transport
	Type      stream.Type
	Thrift    bool // the method is Thrift's
	Reason    string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("transport %s cannot carry a %s method: %s", e.Transport, e.Type, e.Reason)
}

// Phase is the step of connecting that went wrong.
type Phase string

// The phases, in order.
const (
	PhaseResolve Phase = "resolve"
	PhaseDial    Phase = "dial"
	PhaseProxy   Phase = "proxy"
	PhaseTLS     Phase = "tls"
	PhaseHTTP2   Phase = "http2"
	PhaseHTTP    Phase = "http" // HTTP/1, or what ALPN settled on
	// PhaseThrift is the first request on a connection, PhaseStream the first
	// stream.
	PhaseThrift Phase = "thrift"
	PhaseStream Phase = "stream"
)

// doing says what the phase does to a target.
func (p Phase) doing() string {
	switch p {
	case PhaseResolve:
		return "resolve"
	case PhaseProxy:
		return "connect through the proxy to"
	case PhaseTLS:
		return "TLS handshake with"
	case PhaseHTTP2:
		return "start HTTP/2 with"
	case PhaseHTTP:
		return "send HTTP to"
	case PhaseThrift, PhaseStream:
		return "call"
	}
	return "connect to"
}

// ConnectError means that no connection came about, so that no request can have
// been served; PhaseHTTP, PhaseThrift and PhaseStream are exceptions where Dropped
// is true.
type ConnectError struct {
	Target string // as the user wrote it
	Phase  Phase
	// Timeout is the connect timeout where it passed before the peer
	// answered, otherwise zero.
	Timeout time.Duration
	// Dropped is true where the peer accepted the connection and then closed
	// or reset it before it said anything in this phase: in PhaseTLS it does
	// probably not speak TLS, in PhaseHTTP2 it may want TLS. In PhaseThrift, as
	// in PhaseStream and PhaseHTTP, the request had been sent: Kitex servers close
	// the connection without a word when they do not understand it, but one that
	// served it may have died of it. A certificate or handshake that went wrong is never
	// Dropped.
	Dropped bool
	// Secured is true where a TLS handshake had succeeded (PhaseHTTP2, and
	// PhaseTLS where the peer refused our certificate after it).
	Secured bool
	// Alert is the TLS alert with which the peer ended the handshake (RFC 8446
	// section 6), zero where there was none.
	Alert tls.AlertError
	// CertAsked is true where the peer asked for a client certificate.
	CertAsked bool
	// Err is the cause: a *net.OpError, *net.DNSError, x509 error, io.EOF, ...
	// nil after a timeout.
	Err error
}

// WantsClientCert reports whether the peer probably refused us for the lack of a
// client certificate, or for the one it got: it asked for one, and ended the
// handshake with an alert that can mean this. In TLS 1.3 it answers after the
// handshake, and the alert may be lost when it closes the connection.
func (e *ConnectError) WantsClientCert() bool {
	switch e.Alert {
	case 40, 42, 43, 44, 45, 46, 48, 49, 116: // handshake_failure, *certificate*, unknown_ca, access_denied
		return e.CertAsked
	}
	return e.CertAsked && e.Secured && e.Dropped
}

func (e *ConnectError) Error() string {
	if e.Timeout > 0 {
		return fmt.Sprintf("%s %s: no answer within %v", e.Phase.doing(), e.Target, e.Timeout)
	}
	text := fmt.Sprintf("%s %s: %s", e.Phase.doing(), e.Target, reason(e.Err))
	if e.Dropped {
		text += " before answering"
	}
	return text
}

func (e *ConnectError) Unwrap() error { return e.Err }

// reason is the text of a network error without the operation and addresses,
// which the caller has said already.
func reason(err error) string {
	var sys *os.SyscallError
	var op *net.OpError
	var dns *net.DNSError
	var via *ProxyError
	var cut *CutError
	switch {
	case errors.As(err, &via):
		return via.Error()
	case errors.As(err, &cut):
		return cut.Error()
	case fault.PeerClosed(err):
		return fault.ErrPeerClosed.Error()
	case errors.As(err, &dns):
		return dns.Err
	case errors.As(err, &sys):
		return sys.Err.Error()
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}

// TargetsError holds the error of each target when none could be reached.
type TargetsError struct{ Errs []error }

func (e *TargetsError) Error() string {
	texts := make([]string, len(e.Errs))
	for i, err := range e.Errs {
		texts[i] = err.Error()
	}
	return "no target could be reached: " + strings.Join(texts, "; ")
}

// Unwrap returns all errors for errors.Is and errors.As.
func (e *TargetsError) Unwrap() []error { return e.Errs }

// ConnectionLostError means that an established connection ended before the RPC
// did. The peer may or may not have acted on the request.
type ConnectionLostError struct {
	Target string
	// Messages is the number of messages received before.
	Messages int
	// Err is the cause: a read or write error, a *GoAwayError, ...
	Err error
}

func (e *ConnectionLostError) Error() string {
	return fmt.Sprintf("connection to %s lost after %s: %s", e.Target, fault.Count(e.Messages), reason(e.Err))
}

func (e *ConnectionLostError) Unwrap() error { return e.Err }

// CutError is the cause of a ConnectionLostError where the peer closed the
// connection inside a message.
type CutError struct {
	Have int   // bytes of it that came
	Want int64 // all of its bytes; zero where that is not known
	Err  error
}

func (e *CutError) Error() string {
	text := fmt.Sprintf("%v %d bytes into its answer", fault.ErrPeerClosed, e.Have)
	if e.Want > 0 {
		text += fmt.Sprintf(" of %d", e.Want)
	}
	return text
}

func (e *CutError) Unwrap() error { return e.Err }

// ResetError means that the peer ended the stream with RST_STREAM.
type ResetError struct {
	Target    string
	HTTP2Code uint32 // RFC 9113 section 7
	Messages  int    // received before
}

func (e *ResetError) Error() string {
	reason := http2.ErrCode(e.HTTP2Code).String()
	if e.HTTP2Code == kitexShutdown {
		reason = "it shuts down (Kitex's code 1000)"
	}
	return fmt.Sprintf("%s reset the stream after %s: %s", e.Target, fault.Count(e.Messages), reason)
}

// kitexShutdown is the code with which Kitex servers that shut down reset streams
// (cloudwego/kitex:pkg/remote/trans/nphttp2/grpc/http2_server.go).
const kitexShutdown = 1000

// Code is the gRPC status that stands for the HTTP/2 error code
// (gRPC doc/PROTOCOL-HTTP2.md, "Errors").
func (e *ResetError) Code() stream.Code {
	switch http2.ErrCode(e.HTTP2Code) {
	case http2.ErrCodeRefusedStream, kitexShutdown:
		return stream.Unavailable
	case http2.ErrCodeCancel:
		return stream.Canceled
	case http2.ErrCodeEnhanceYourCalm:
		return stream.ResourceExhausted
	case http2.ErrCodeInadequateSecurity:
		return stream.PermissionDenied
	}
	return stream.Internal
}

// GoAwayError is a peer's GOAWAY.
type GoAwayError struct {
	HTTP2Code uint32
	// Debug is the text the peer added, at most 512 bytes.
	Debug string
}

func (e *GoAwayError) Error() string {
	text := "the peer sent GOAWAY " + http2.ErrCode(e.HTTP2Code).String()
	if e.Debug != "" {
		text += fmt.Sprintf(" %q", e.Debug)
	}
	return text
}

// KeepaliveError means that the peer did not answer a keepalive PING in time.
type KeepaliveError struct{ After time.Duration }

func (e *KeepaliveError) Error() string {
	return fmt.Sprintf("no answer to a keepalive ping within %v", e.After)
}

// RefusedError means that the peer did not act on the request, so that repeating
// it is safe (RFC 9113 section 8.7). Err is a *ResetError, *GoAwayError or
// *NoStreamsError.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return "the peer refused the request: " + e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

// NotServed reports whether the peer has certainly not acted on a request that ended with
// err, so that repeating it is safe.
func NotServed(err error) bool {
	if connect, ok := errors.AsType[*ConnectError](err); ok {
		return !connect.Dropped || connect.Phase != PhaseHTTP && connect.Phase != PhaseThrift && connect.Phase != PhaseStream
	}
	_, refused := errors.AsType[*RefusedError](err)
	return refused
}

// NoStreamsError means that the peer allowed no streams at all
// (MAX_CONCURRENT_STREAMS 0) for as long as connecting may take.
type NoStreamsError struct{ After time.Duration }

func (e *NoStreamsError) Error() string {
	return fmt.Sprintf("the peer allowed no request for %v (MAX_CONCURRENT_STREAMS 0)", e.After)
}

// ProtocolError means that the peer spoke the protocol but broke its rules.
type ProtocolError struct {
	Target string
	Saw    string
}

func (e *ProtocolError) Error() string {
	return fmt.Sprintf("%s broke the protocol: %s", e.Target, e.Saw)
}

// MessageSizeError means that a received message is larger than
// Options.MaxMessageSize. It was not read.
type MessageSizeError struct {
	// Size is what the peer announced; zero where a compressed message
	// turned out to be larger than the limit, by an unknown amount.
	Size  int64
	Limit int
}

func (e *MessageSizeError) Error() string {
	if e.Size == 0 {
		return fmt.Sprintf("received message exceeds the limit of %d bytes when decompressed", e.Limit)
	}
	return fmt.Sprintf("received message of %d bytes exceeds the limit of %d", e.Size, e.Limit)
}

// ProxyError says of an error which proxy it was.
type ProxyError struct {
	Proxy string // host, and port where the URL has one
	Err   error
}

func (e *ProxyError) Error() string { return "proxy " + e.Proxy + ": " + reason(e.Err) }
func (e *ProxyError) Unwrap() error { return e.Err }

// ProxyStatusError is a proxy's refusal of CONNECT.
type ProxyStatusError struct {
	Status string // "407 Proxy Authentication Required"
	Code   int
}

func (e *ProxyStatusError) Error() string { return "CONNECT answered with status " + e.Status }
