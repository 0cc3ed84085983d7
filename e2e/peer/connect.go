package peer

import (
	"context"
	"net"
	"net/http"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// jsonCodec is that of JSON bodies for one method: what the services see are encoded
// messages.
type jsonCodec struct {
	method protoreflect.MethodDescriptor
	types  *dynamicpb.Types
}

func (jsonCodec) Name() string { return "json" }

func (c jsonCodec) Marshal(v any) ([]byte, error) {
	m, ok := v.(proto.Message)
	if !ok {
		m = dynamicpb.NewMessage(c.method.Output())
		if err := proto.Unmarshal(v.(*raw).bytes, m); err != nil {
			return nil, err
		}
	}
	return protojson.MarshalOptions{Resolver: c.types}.Marshal(m)
}

func (c jsonCodec) Unmarshal(data []byte, v any) (err error) {
	m := dynamicpb.NewMessage(c.method.Input())
	if err = (protojson.UnmarshalOptions{Resolver: c.types}).Unmarshal(data, m); err == nil {
		v.(*raw).bytes, err = proto.Marshal(m)
	}
	return err
}

// startConnect starts connect-go for the Connect protocol: with both codecs on each kind
// of connection, compressing all it sends, and with JSON alone.
func (p *Peers) startConnect() error {
	h, err := p.connectHandler(1<<10, true)
	if err != nil {
		return err
	}
	gzip, err := p.connectHandler(0, true)
	if err != nil {
		return err
	}
	onlyJSON, err := p.connectHandler(1<<10, false)
	if err != nil {
		return err
	}
	if err := p.listenTLS("CONNECT_TLS", func(l net.Listener) { http1(l, h) }, "http/1.1"); err != nil {
		return err
	}
	for name, serve := range map[string]func(net.Listener){
		"CONNECT":      func(l net.Listener) { http1(l, h) },
		"CONNECT_H2":   func(l net.Listener) { http2Cleartext(l, h) },
		"CONNECT_GZIP": func(l net.Listener) { http1(l, gzip) },
		"CONNECT_JSON": func(l net.Listener) { http1(l, onlyJSON) },
		"CONNECT_MOVED": func(l net.Listener) {
			http1(l, http.RedirectHandler("https://elsewhere.test/rpc", http.StatusMovedPermanently))
		},
		"CONNECT_CODELESS": func(l net.Listener) {
			http1(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusForbidden)
				_, _ = w.Write([]byte(`{"reason": "no such tenant"}`))
			}))
		},
	} {
		if err := p.listen(name, serve); err != nil {
			return err
		}
	}
	return p.listenHTTPS("CONNECT_TLS_H2", h)
}

// connectHandler serves e2e.Calls. Unary may be called with GET.
func (p *Peers) connectHandler(compressFrom int, binary bool) (http.Handler, error) {
	service, err := p.schema.service("e2e.Calls")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for name, h := range map[string]func(string, ...connect.HandlerOption) *connect.Handler{
		"Unary": p.connectUnary, "Expand": p.connectExpand, "Collect": p.connectCollect, "Chat": p.connectChat,
	} {
		options := []connect.HandlerOption{
			connect.WithCompressMinBytes(compressFrom), connect.WithIdempotency(connect.IdempotencyNoSideEffects),
			connect.WithCodec(jsonCodec{service.Methods().ByName(protoreflect.Name(name)), p.schema.types}),
		}
		if binary {
			options = append(options, connect.WithCodec(rawCodec{}))
		}
		path := "/e2e.Calls/" + name
		handler := h(path, options...)
		mux.Handle(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Content-Type"); !binary && strings.HasSuffix(got, "proto") {
				w.Header().Set("Accept-Post", "application/json")
				w.WriteHeader(http.StatusUnsupportedMediaType) // connect-go cannot be without Protobuf
				return
			}
			handler.ServeHTTP(w, r)
		}))
	}
	return mux, nil
}

func (p *Peers) connectUnary(path string, options ...connect.HandlerOption) *connect.Handler {
	return connect.NewUnaryHandler(path, func(ctx context.Context, r *connect.Request[raw]) (*connect.Response[raw], error) {
		response := connect.NewResponse(&raw{})
		c := &webConversation{ctx: ctx, request: r, reply: func(r *raw) error { response.Msg.bytes = r.bytes; return nil }}
		if err := p.serveWeb(c, kind{}, r.Header()); err != nil {
			return nil, withMetadata(err, r.Header())
		}
		echoMetadata(r.Header(), response.Header(), response.Trailer())
		return response, nil
	}, options...)
}

func (p *Peers) connectExpand(path string, options ...connect.HandlerOption) *connect.Handler {
	return connect.NewServerStreamHandler(path, func(ctx context.Context, r *connect.Request[raw], s *connect.ServerStream[raw]) error {
		echoMetadata(r.Header(), s.ResponseHeader(), s.ResponseTrailer())
		return p.serveWeb(&webConversation{ctx: ctx, request: r, reply: s.Send}, kind{server: true}, r.Header())
	}, options...)
}

func (p *Peers) connectCollect(path string, options ...connect.HandlerOption) *connect.Handler {
	return connect.NewClientStreamHandler(path, func(ctx context.Context, s *connect.ClientStream[raw]) (*connect.Response[raw], error) {
		response := connect.NewResponse(&raw{})
		c := &webConversation{ctx: ctx, receive: func() (*raw, error) { return received(s) }}
		c.reply = func(r *raw) error { response.Msg.bytes = r.bytes; return nil }
		if err := p.serveWeb(c, kind{client: true}, s.RequestHeader()); err != nil {
			return nil, err
		}
		echoMetadata(s.RequestHeader(), response.Header(), response.Trailer())
		return response, nil
	}, options...)
}

func (p *Peers) connectChat(path string, options ...connect.HandlerOption) *connect.Handler {
	return connect.NewBidiStreamHandler(path, func(ctx context.Context, s *connect.BidiStream[raw, raw]) error {
		echoMetadata(s.RequestHeader(), s.ResponseHeader(), s.ResponseTrailer())
		return p.serveWeb(&webConversation{ctx: ctx, receive: s.Receive, reply: s.Send}, kind{true, true}, s.RequestHeader())
	}, options...)
}

// echoMetadata answers with the request's x-head and x-head-bin in the header, and x-tail
// and x-tail-bin in the trailer.
func echoMetadata(from, header, trailer http.Header) {
	for _, name := range []string{"X-Head", "X-Head-Bin"} {
		header[name] = append(header[name], from[name]...)
	}
	for _, name := range []string{"X-Tail", "X-Tail-Bin"} {
		trailer[name] = append(trailer[name], from[name]...)
	}
}

// withMetadata echoes metadata with an error.
func withMetadata(err error, from http.Header) error {
	if e, ok := err.(*connect.Error); ok {
		echoMetadata(from, e.Meta(), http.Header{})
	}
	return err
}
