package peer

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"

	"connectrpc.com/connect"
)

// webHandler serves the methods of e2e.Calls with connect-go, whose gRPC-Web passes
// its own conformance tests. Over HTTP/1.1 it refuses Chat, since that needs HTTP/2.
//
// It compresses what has at least so many bytes, trailers included, for clients
// that accept it.
func (p *Peers) webHandler(compressFrom int) http.Handler {
	mux := http.NewServeMux()
	options := []connect.HandlerOption{connect.WithCodec(rawCodec{}), connect.WithCompressMinBytes(compressFrom)}
	for name, k := range map[string]kind{"Unary": {}, "Expand": {server: true}} {
		path := "/e2e.Calls/" + name
		// A unary reply looks like a stream of one: this handler does for both.
		mux.Handle(path, connect.NewServerStreamHandler(path,
			func(ctx context.Context, r *connect.Request[raw], s *connect.ServerStream[raw]) error {
				return p.serveWeb(&webConversation{ctx: ctx, request: r, reply: s.Send}, k, r.Header())
			}, options...))
	}
	chat := "/e2e.Calls/Chat"
	mux.Handle(chat, connect.NewBidiStreamHandler(chat,
		func(ctx context.Context, s *connect.BidiStream[raw, raw]) error {
			return p.serveWeb(&webConversation{ctx: ctx, receive: s.Receive, reply: s.Send}, kind{true, true}, s.RequestHeader())
		}, options...))
	collect := "/e2e.Calls/Collect"
	mux.Handle(collect, connect.NewClientStreamHandler(collect,
		func(ctx context.Context, s *connect.ClientStream[raw]) (*connect.Response[raw], error) {
			c := &webConversation{ctx: ctx, receive: func() (*raw, error) { return received(s) }}
			var body []byte
			c.reply = func(r *raw) error { body = r.bytes; return nil }
			if err := p.serveWeb(c, kind{client: true}, s.RequestHeader()); err != nil {
				return nil, err
			}
			return connect.NewResponse(&raw{body}), nil
		}, options...))
	return mux
}

// received is the next request of a client stream, io.EOF after the last.
func received(s *connect.ClientStream[raw]) (*raw, error) {
	if s.Receive() {
		return s.Msg(), nil
	}
	return nil, cmp.Or(s.Err(), io.EOF)
}

func (p *Peers) serveWeb(c *webConversation, k kind, header http.Header) error {
	err := serveCalls(c, k)
	p.journal.note(header.Get("x-call-id"), outcome(c.ctx, nil))
	return webError(err)
}

// webConversation is a conversation over connect-go, with one request or a stream of
// them.
type webConversation struct {
	ctx     context.Context
	request *connect.Request[raw]
	receive func() (*raw, error)
	reply   func(*raw) error
}

func (c *webConversation) Context() context.Context { return c.ctx }

func (c *webConversation) recv() ([]byte, error) {
	if c.receive != nil {
		r, err := c.receive()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, err
		}
		return r.bytes, nil
	}
	if c.request == nil {
		return nil, io.EOF
	}
	body := c.request.Msg.bytes
	c.request = nil
	return body, nil
}

func (c *webConversation) send(b []byte) error { return c.reply(&raw{b}) }

// webError gives a status the form that connect-go knows.
func webError(err error) error {
	var ended *statusError
	if !errors.As(err, &ended) {
		return err
	}
	e := connect.NewError(connect.Code(ended.status.Code), errors.New(ended.status.Message))
	for _, any := range ended.status.Details {
		if d, err := connect.NewErrorDetail(any); err == nil {
			e.AddDetail(d)
		}
	}
	return e
}
