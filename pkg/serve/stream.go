package serve

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Handler answers one RPC. Its error is how the RPC ends: nil is well, a *stream.Status, an
// *ApplicationError, a *DeclaredError or a *BizStatusError is told to the client as what it
// is, as far as the protocol has words for it, and any other as an unknown failure. ctx ends
// when the client has gone or has given the RPC up, when its deadline passes, or when the
// server ends. A call of Thrift, during which nothing is read, does not see a client go.
//
// A panic is taken for an error.
type Handler func(ctx context.Context, s ServerStream) error

// ServerStream is one RPC as its Handler sees it, and not to be used when that has
// returned. One goroutine may receive while another sends.
type ServerStream interface {
	// Method is the method as the client named it, with what the wire tells. Service may
	// be empty, or lack its package. Type is stream.Unary where the protocol carries one
	// message each way, else stream.Bidi, since which side streams is not told. Streaming
	// is set for TTHeader streaming, NoSideEffects where the client asks with a GET. Bodies
	// of Protobuf are ProtoJSON where Protocol is JSON.
	Method() stream.Method
	// Peer is who asks.
	Peer() Peer
	// Header is the metadata of the client, without what belongs to the protocol. Names
	// that came over HTTP are in lower case and sorted.
	Header() stream.Metadata
	// Metainfo is that of Kitex: for this hop only, and for every hop after it.
	Metainfo() (transient, persistent stream.Metadata)
	// Recv returns the next encoded request, valid until the next Recv, and io.EOF after
	// the last. When ctx has ended it fails.
	Recv() ([]byte, error)
	// Stop ends receiving: Recv fails from now on, one that waits, too.
	Stop()
	// SendHeader sends metadata before the first reply; it leaves at once where the
	// protocol can. Without it, a header without metadata goes out with the first reply.
	// ErrLate says that one has left, ErrNoPlace that the protocol has none.
	SendHeader(md stream.Metadata) error
	// Send writes one encoded reply, which may be reused afterwards.
	Send(body []byte) error
	// SetTrailer adds to the metadata behind the replies; ErrNoPlace as in SendHeader.
	SetTrailer(md stream.Metadata) error
}

// RecvOnly returns the one request of a method whose client side does not stream. None or
// several are a *stream.Status (connectrpc/conformance: "Unexpected Requests").
func RecvOnly(s ServerStream) ([]byte, error) {
	first, err := s.Recv()
	if err == io.EOF {
		return nil, &stream.Status{Code: stream.Unimplemented, Message: "the method takes one request, but there is none"}
	}
	if err != nil {
		return nil, err
	}
	if s.Method().Type == stream.Unary {
		return first, nil
	}
	first = bytes.Clone(first)
	switch _, err := s.Recv(); err {
	case io.EOF:
		return first, nil
	case nil:
		return nil, &stream.Status{Code: stream.Unimplemented, Message: "the method takes one request, but there are more"}
	default:
		return nil, err
	}
}

// Peer is the client of an RPC.
type Peer struct {
	Addr net.Addr
	// Transport is the name of what carries the RPC, as package call has them.
	Transport string
	TLS       bool
}

// run finds the handler of an RPC and calls it.
func (s *Server) run(ctx context.Context, st ServerStream) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in the handler: %v", p)
		}
	}()
	m := st.Method()
	handle, err := s.Find(&m)
	switch {
	case err != nil:
		return err
	case handle == nil:
		return &UnknownMethodError{m}
	}
	return handle(ctx, st)
}
