package peer

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// startConnect serves e2e.Calls with connect-go's own kinds of handlers.
func (p *Peers) startConnect() error {
	h, err := p.connectHandler()
	if err != nil {
		return err
	}
	for name, serve := range map[string]func(net.Listener){
		"CONNECT": func(l net.Listener) { http1(l, h) }, "CONNECT_H2": func(l net.Listener) { http2Cleartext(l, h) },
	} {
		if err := p.listen(name, serve); err != nil {
			return err
		}
	}
	if err := p.listenTLS("CONNECT_TLS", func(l net.Listener) { http1(l, h) }, "http/1.1"); err != nil {
		return err
	}
	return p.listenHTTPS("CONNECT_TLS_H2", h)
}

// connectHandler answers x-echo headers in header and trailer. Get is Unary for those who
// call it with GET.
func (p *Peers) connectHandler() (http.Handler, error) {
	json, err := p.newJSONCodec("e2e.Request", "e2e.Reply")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	options := []connect.HandlerOption{connect.WithCodec(rawCodec{}), connect.WithCodec(json), connect.WithCompressMinBytes(1 << 10)}
	unary := "/e2e.Calls/Unary"
	mux.Handle(unary, connect.NewUnaryHandler(unary, p.connectUnary, append(options, connect.WithIdempotency(connect.IdempotencyNoSideEffects))...))
	expand := "/e2e.Calls/Expand"
	mux.Handle(expand, connect.NewServerStreamHandler(expand,
		func(ctx context.Context, r *connect.Request[raw], s *connect.ServerStream[raw]) error {
			echoHeaders(r.Header(), s.ResponseHeader(), s.ResponseTrailer())
			return p.serveWeb(&webConversation{ctx: ctx, request: r, reply: s.Send}, kind{server: true}, r.Header())
		}, options...))
	chat := "/e2e.Calls/Chat"
	mux.Handle(chat, connect.NewBidiStreamHandler(chat,
		func(ctx context.Context, s *connect.BidiStream[raw, raw]) error {
			echoHeaders(s.RequestHeader(), s.ResponseHeader(), s.ResponseTrailer())
			return p.serveWeb(&webConversation{ctx: ctx, receive: s.Receive, reply: s.Send}, kind{true, true}, s.RequestHeader())
		}, options...))
	collect := "/e2e.Calls/Collect"
	mux.Handle(collect, connect.NewClientStreamHandler(collect,
		func(ctx context.Context, s *connect.ClientStream[raw]) (*connect.Response[raw], error) {
			return p.connectReply(ctx, s.RequestHeader(), kind{client: true}, func(c *webConversation) {
				c.receive = func() (*raw, error) { return received(s) }
			})
		}, options...))
	return mux, nil
}

func (p *Peers) connectUnary(ctx context.Context, r *connect.Request[raw]) (*connect.Response[raw], error) {
	return p.connectReply(ctx, r.Header(), kind{}, func(c *webConversation) { c.request = r })
}

// connectReply is the reply of a method that has one.
func (p *Peers) connectReply(ctx context.Context, header http.Header, k kind, take func(*webConversation)) (*connect.Response[raw], error) {
	var body []byte
	c := &webConversation{ctx: ctx, reply: func(r *raw) error { body = r.bytes; return nil }}
	take(c)
	if err := p.serveWeb(c, k, header); err != nil {
		return nil, err
	}
	res := connect.NewResponse(&raw{body})
	echoHeaders(header, res.Header(), res.Trailer())
	return res, nil
}

// echoHeaders sends headers that begin with x-echo back, before and behind the messages.
func echoHeaders(asked, header, trailer http.Header) {
	for name, values := range asked {
		if rest, isEcho := strings.CutPrefix(name, "X-Echo"); isEcho {
			header[name], trailer["X-Trail"+rest] = values, values
		}
	}
}

// jsonCodec reads and writes raw messages of a request and a reply type as ProtoJSON.
type jsonCodec struct {
	request, reply protoreflect.MessageDescriptor
}

func (p *Peers) newJSONCodec(request, reply protoreflect.FullName) (*jsonCodec, error) {
	in, inErr := p.schema.message(request)
	out, outErr := p.schema.message(reply)
	return &jsonCodec{in, out}, cmp.Or(inErr, outErr)
}

func (*jsonCodec) Name() string { return "json" }

func (c *jsonCodec) Marshal(v any) ([]byte, error) {
	r, ok := v.(*raw)
	if !ok {
		return nil, fmt.Errorf("cannot marshal %T", v)
	}
	m := dynamicpb.NewMessage(c.reply)
	if err := proto.Unmarshal(r.bytes, m); err != nil {
		return nil, err
	}
	return protojson.Marshal(m)
}

func (c *jsonCodec) Unmarshal(data []byte, v any) error {
	r, ok := v.(*raw)
	if !ok {
		return fmt.Errorf("cannot unmarshal %T", v)
	}
	m := dynamicpb.NewMessage(c.request)
	if err := protojson.Unmarshal(data, m); err != nil {
		return err
	}
	var err error
	r.bytes, err = proto.Marshal(m)
	return err
}
