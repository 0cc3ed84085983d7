package translate

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Translator makes the calls of clients over the transport of a Session. It may be used by any
// number of goroutines.
type Translator struct {
	// Session has the server, and its IDL. Without IDL, methods of Protobuf go from gRPC and
	// gRPC-Web to these, and calls of Thrift that do not stream wherever these go.
	Session *session.Session
	// Header goes along with each call.
	Header stream.Metadata
}

// Find is for serve.Server.
func (t *Translator) Find(m *stream.Method) (serve.Handler, error) {
	asked := *m
	return func(ctx context.Context, s serve.ServerStream) error {
		method, err := t.method(ctx, &asked)
		if err == nil {
			err = t.call(ctx, s, &asked, method)
		}
		return told(err, s.Peer().Transport)
	}, nil
}

// method finds what a client has named.
func (t *Translator) method(ctx context.Context, asked *stream.Method) (*session.Method, error) {
	if t.Session.Schema() == nil {
		return t.blind(asked)
	}
	name := asked.FullName()
	if asked.Service == "" {
		name = asked.Name
	}
	found, err := t.Session.Method(ctx, name)
	switch {
	case err == nil:
	case isUnknown(err):
		return nil, &serve.UnknownMethodError{Method: *asked}
	default:
		return nil, err
	}
	switch {
	case found.Lang != asked.Lang:
		return nil, &Refused{found.FullName(), "the client calls in another language of IDL than the server's"}
	case asked.Type == stream.Unary && found.Type != stream.Unary:
		return nil, &Refused{found.FullName(), "it streams, which the transport of the client cannot"}
	}
	return found, nil
}

// blind takes a method as the client has it.
func (t *Translator) blind(asked *stream.Method) (*session.Method, error) {
	m := idl.Method{Method: *asked}
	m.Protocol = t.Session.Protocol()
	if asked.Lang == stream.Protobuf && asked.Protocol == stream.JSON {
		return nil, &Refused{asked.FullName(), "JSON becomes Protobuf by IDL only, and there is none"}
	}
	if asked.Type != stream.Unary && !t.anyKind(asked) {
		return nil, &Refused{asked.FullName(), "whether it streams is said by IDL only, and there is none"}
	}
	return t.Session.Bind(&m), nil
}

// anyKind reports whether the transport carries all kinds of methods alike.
func (t *Translator) anyKind(asked *stream.Method) bool {
	switch t.Session.Transport(asked) {
	case "grpc", "grpc-web", "ttheader-streaming":
		return true
	}
	return false
}

// call makes a call, and moves what comes in both directions.
func (t *Translator) call(ctx context.Context, s serve.ServerStream, asked *stream.Method, m *session.Method) error {
	b, err := t.bodies(asked, m)
	if err != nil {
		return err
	}
	rpc := m.RPC()
	t.metadata(&rpc, s)
	if err := m.Prepare(rpc); err != nil {
		return &Refused{m.FullName(), err.Error()}
	}
	c := &carried{ServerStream: s, bodies: b}
	x := session.Exchange{Next: c.next, Emit: c.emit, Opened: func(out stream.Stream) { c.out = out }}
	if m.Type.ServerStreams() { // whose client may wait for the header alone
		x.Idle = func() error { return c.header(true) }
	}
	err = m.Run(ctx, rpc, x)
	failed := c.failed.Load()
	s.Stop() // the server may have ended before the client
	if failed != nil {
		return *failed
	}
	if header := c.header(false); header != nil && err == nil {
		err = header
	}
	if c.out != nil {
		if md := proxy.Passing(c.out.Trailer()); len(md) > 0 {
			_ = s.SetTrailer(md) // left out where there is no place for it
		}
	}
	if err == nil && m.Oneway {
		return serve.ErrNoReply
	}
	return err
}

// carried is a call between both sides.
type carried struct {
	serve.ServerStream
	*bodies

	out    stream.Stream
	headed bool
	failed atomic.Pointer[error] // of the client's side, or of a body
}

// next is a request of the client.
func (c *carried) next() ([]byte, error) {
	body, err := c.Recv()
	if err == io.EOF {
		return nil, err
	}
	if err == nil {
		body, err = c.request.change(body)
	}
	if err != nil {
		c.failed.Store(&err)
	}
	return body, err
}

// emit is a reply of the server.
func (c *carried) emit(body []byte) error {
	if err := c.header(false); err != nil {
		return err
	}
	body, err := c.reply.change(body)
	if err == nil {
		err = c.Send(body)
	}
	if err != nil {
		c.failed.Store(&err)
	}
	return err
}

// header passes on the metadata with which the server begins, once; with empty also where there
// is none. Where the client's transport has no place for it, it is left out: the client did not
// ask for it.
func (c *carried) header(empty bool) error {
	if c.headed || c.out == nil {
		return nil
	}
	c.headed = true
	md, err := c.out.Header()
	if err != nil {
		return nil //nolint:nilerr // how the call ended says it
	}
	if md = proxy.Passing(md); len(md) == 0 && !empty {
		return nil
	}
	if err := c.SendHeader(md); err != nil && !errors.Is(err, serve.ErrNoPlace) {
		return err
	}
	return nil
}
