package client_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/calltest"
	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

var (
	everyKind = []stream.Type{stream.Unary, stream.Client, stream.Server, stream.Bidi}
	errNoSuch = &stream.Status{Code: 5, Message: "no such"}
	refused   = stream.Outcome{Kind: stream.KindStatus, Code: 5, Message: "no such"}
)

// TestSuite runs the suite on the transports over HTTP.
func TestSuite(t *testing.T) {
	t.Parallel()
	for _, tr := range []calltest.Transport{
		{Name: "grpc", Options: call.Options{Transport: call.GRPC}, Serve: overHTTP2(serveGRPC)},
		{Name: "grpc-web over HTTP/2", Options: call.Options{Transport: call.GRPCWeb, HTTP2: true}, Serve: overHTTP2(serveGRPC)},
		{Name: "grpc-web", Options: call.Options{Transport: call.GRPCWeb}, Serve: overHTTP1(serveGRPC), HalfDuplex: true},
		{Name: "connect over HTTP/2", Options: call.Options{Transport: call.Connect, HTTP2: true}, Serve: overHTTP2(serveConnect)},
		{Name: "connect", Options: call.Options{Transport: call.Connect}, Serve: overHTTP1(serveConnect), HalfDuplex: true},
	} {
		tr.Types, tr.Refusal, tr.Refused = everyKind, errNoSuch, refused
		tr.Header, tr.ReplyHeader, tr.Trailer, tr.Deadline = true, true, true, true
		t.Run(tr.Name, func(t *testing.T) { calltest.Run(t, tr) })
	}
}

// TestSuiteThrift runs the suite on the transports of Thrift, with the server of package
// serve.
func TestSuiteThrift(t *testing.T) {
	t.Parallel()
	unary := []stream.Type{stream.Unary}
	thrift, compact, proto := stream.Method{Lang: stream.Thrift}, stream.Method{Lang: stream.Thrift, Protocol: stream.Compact}, stream.Method{}
	streaming := stream.Method{Lang: stream.Thrift, Streaming: true}
	for _, tr := range []calltest.Transport{
		{Name: "ttheader", Options: call.Options{Transport: call.TTHeader}, Method: thrift, Header: true, ReplyHeader: true, Deadline: true},
		{Name: "ttheader, compact", Options: call.Options{Transport: call.TTHeader}, Method: compact, Header: true, ReplyHeader: true},
		{Name: "ttheader, Protobuf", Options: call.Options{Transport: call.TTHeader}, Method: proto, Header: true, ReplyHeader: true},
		{Name: "ttheader-framed", Options: call.Options{Transport: call.TTHeaderFramed}, Method: thrift, Header: true, ReplyHeader: true},
		{Name: "framed", Options: call.Options{Transport: call.Framed}, Method: thrift},
		{Name: "framed, compact", Options: call.Options{Transport: call.Framed}, Method: compact},
		{Name: "framed, Protobuf", Options: call.Options{Transport: call.Framed}, Method: proto},
		{Name: "buffered", Options: call.Options{Transport: call.Buffered}, Method: thrift},
		{Name: "ttheader-streaming", Options: call.Options{Transport: call.TTHeaderStreaming}, Method: streaming, Header: true, ReplyHeader: true, Trailer: true},
		{Name: "grpc, Thrift", Options: call.Options{Transport: call.GRPC}, Method: streaming, Header: true, ReplyHeader: true, Trailer: true, Deadline: true},
		{Name: "grpc of the server", Options: call.Options{Transport: call.GRPC}, Header: true, ReplyHeader: true, Trailer: true, Deadline: true},
	} {
		tr.Serve = overServe
		switch tr.Options.Transport {
		case call.GRPC:
			tr.Types, tr.Refusal, tr.Refused = everyKind, errNoSuch, refused
		case call.TTHeaderStreaming:
			tr.Types = everyKind[1:]
			tr.Refusal, tr.Refused = errFailed, stream.Outcome{Kind: stream.KindApplication, Code: 6, Message: "no such"}
		default:
			tr.Types, tr.HalfDuplex = unary, true
			tr.Refusal, tr.Refused = errFailed, stream.Outcome{Kind: stream.KindApplication, Code: 6, Message: "no such"}
		}
		t.Run(tr.Name, func(t *testing.T) { calltest.Run(t, tr) })
	}
}

var errFailed = &serve.ApplicationError{Type: 6, Message: "no such"}

// overServe serves a connection with package serve.
func overServe(ctx context.Context, c net.Conn, h calltest.Handler) {
	srv := &serve.Server{Find: func(*stream.Method) (serve.Handler, error) {
		return func(ctx context.Context, s serve.ServerStream) error { return h(ctx, servePeer{s}) }, nil
	}}
	_ = srv.ServeConn(ctx, c)
}

// servePeer is an RPC of package serve.
type servePeer struct{ serve.ServerStream }

func (p servePeer) SetTrailer(md stream.Metadata) { _ = p.ServerStream.SetTrailer(md) }

// serveWeb is an RPC of net/http as a protocol serves it.
type serveWeb func(w http.ResponseWriter, r *http.Request, h calltest.Handler)

// overHTTP2 serves a connection of HTTP/2 without TLS.
func overHTTP2(serve serveWeb) func(context.Context, net.Conn, calltest.Handler) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	return func(ctx context.Context, c net.Conn, h calltest.Handler) {
		serveHTTP(ctx, c, &protocols, func(w http.ResponseWriter, r *http.Request) { serve(w, r, h) })
	}
}

// overHTTP1 serves a connection of HTTP/1.1. net/http reads nothing of a request once its
// answer has begun, so that all of it is read before.
func overHTTP1(serve serveWeb) func(context.Context, net.Conn, calltest.Handler) {
	return func(ctx context.Context, c net.Conn, h calltest.Handler) {
		serveHTTP(ctx, c, nil, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			serve(w, r, h)
		})
	}
}

func serveHTTP(ctx context.Context, c net.Conn, protocols *http.Protocols, h http.HandlerFunc) {
	l := &suiteListener{c: c, done: make(chan struct{})}
	srv := &http.Server{
		Handler: h, Protocols: protocols, BaseContext: func(net.Listener) context.Context { return ctx },
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateClosed {
				l.end()
			}
		},
	}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close(); l.end() })
	defer stop()
	_ = srv.Serve(l)
}

// suiteListener is a listener that has one connection.
type suiteListener struct {
	c    net.Conn
	done chan struct{}
	once sync.Once
	took bool
}

func (l *suiteListener) Accept() (net.Conn, error) {
	if !l.took {
		l.took = true
		return l.c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}
func (l *suiteListener) end()           { l.once.Do(func() { close(l.done) }) }
func (l *suiteListener) Close() error   { return nil }
func (l *suiteListener) Addr() net.Addr { return l.c.LocalAddr() }

// webPeer is what the protocols have in common: messages in envelopes.
type webPeer struct {
	w       http.ResponseWriter
	r       *http.Request
	trailer stream.Metadata
	// bare: the bodies are the one message.
	bare  bool
	taken bool
}

func (p *webPeer) Header() stream.Metadata {
	var md stream.Metadata
	for name, values := range p.r.Header {
		for _, v := range values {
			md.Add(strings.ToLower(name), v)
		}
	}
	return md
}

func (p *webPeer) Recv() ([]byte, error) {
	if p.bare {
		if p.taken {
			return nil, io.EOF
		}
		p.taken = true
		return io.ReadAll(p.r.Body)
	}
	var prefix [grpcwire.PrefixLen]byte
	if _, err := io.ReadFull(p.r.Body, prefix[:]); err != nil {
		return nil, err
	}
	_, n := grpcwire.ParsePrefix(prefix[:])
	body := make([]byte, n)
	_, err := io.ReadFull(p.r.Body, body)
	return body, err
}

func (p *webPeer) SendHeader(md stream.Metadata) error {
	for _, e := range md {
		p.w.Header().Add(e.Name, e.Value)
	}
	return nil
}

func (p *webPeer) Send(body []byte) error { return p.frame(0, body) }

func (p *webPeer) frame(flags byte, body []byte) error {
	if _, err := p.w.Write(append(grpcwire.AppendPrefix(nil, flags, uint32(len(body))), body...)); err != nil {
		return err
	}
	return http.NewResponseController(p.w).Flush()
}

func (p *webPeer) SetTrailer(md stream.Metadata) { p.trailer = append(p.trailer, md...) }

// until is the context of a request with its deadline in milliseconds.
func until(r *http.Request, ms string) (context.Context, context.CancelFunc) {
	if n, err := strconv.Atoi(ms); err == nil {
		return context.WithTimeout(r.Context(), time.Duration(n)*time.Millisecond)
	}
	return context.WithCancel(r.Context())
}

// statusOf is how servers of gRPC tell the error of a handler; nil is OK.
func statusOf(err error) *stream.Status {
	if err == nil {
		return nil
	}
	if status, ok := errors.AsType[*stream.Status](err); ok {
		return status
	}
	o := stream.OutcomeOf(err)
	return &stream.Status{Code: stream.Code(max(o.Code, 1)), Message: o.Message}
}

// serveGRPC is a server of gRPC and gRPC-Web.
func serveGRPC(w http.ResponseWriter, r *http.Request, h calltest.Handler) {
	contentType := r.Header.Get("Content-Type")
	w.Header().Set("Content-Type", contentType)
	ctx, cancel := context.WithCancel(r.Context())
	if d, err := grpcwire.ParseTimeout(r.Header.Get(grpcwire.HeaderTimeout)); err == nil {
		ctx, cancel = context.WithTimeout(r.Context(), d)
	}
	defer cancel()
	p := &webPeer{w: w, r: r}
	status := statusOf(h(ctx, p))
	if status == nil {
		status = &stream.Status{}
	}
	p.trailer.Add(grpcwire.HeaderStatus, fmt.Sprint(uint32(status.Code)))
	p.trailer.Add(grpcwire.HeaderMessage, status.Message)
	if !strings.HasPrefix(contentType, grpcwire.ContentTypeWeb) {
		for _, e := range p.trailer {
			w.Header().Add(http.TrailerPrefix+e.Name, e.Value)
		}
		return
	}
	var block []byte
	for _, e := range p.trailer {
		block = grpcwire.AppendTrailer(block, e.Name, e.Value)
	}
	_ = p.frame(grpcwire.FlagTrailer, block)
}

// serveConnect is a server of Connect.
func serveConnect(w http.ResponseWriter, r *http.Request, h calltest.Handler) {
	contentType := r.Header.Get("Content-Type")
	ctx, cancel := until(r, r.Header.Get(connectwire.HeaderTimeout))
	defer cancel()
	w.Header().Set("Content-Type", contentType)
	p := &webPeer{w: w, r: r, bare: contentType == connectwire.ContentTypeProto}
	if !p.bare {
		status := statusOf(h(ctx, p))
		_ = p.frame(connectwire.FlagEnd, endOf(status, p.trailer))
		return
	}
	unary := &barePeer{webPeer: p}
	status := statusOf(h(ctx, unary))
	for _, e := range p.trailer {
		w.Header().Add(connectwire.TrailerPrefix+e.Name, e.Value)
	}
	if status != nil {
		w.Header().Set("Content-Type", connectwire.ContentTypeJSON)
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(errorOf(status))
		return
	}
	_, _ = w.Write(unary.body)
}

// barePeer keeps the one message until it is known how the call ends.
type barePeer struct {
	*webPeer

	body []byte
}

func (p *barePeer) Send(body []byte) error {
	p.body = bytes.Clone(body)
	return nil
}

func errorOf(s *stream.Status) []byte {
	text, _ := json.Marshal(map[string]any{
		"code": connectwire.CodeName(uint32(s.Code)), "message": s.Message,
		"details": []map[string]string{{"type": "t.T", "value": base64.RawStdEncoding.EncodeToString([]byte("v"))}},
	})
	return text
}

func endOf(s *stream.Status, trailer stream.Metadata) []byte {
	end := map[string]any{}
	if s != nil {
		end["error"] = json.RawMessage(errorOf(s))
	}
	md := map[string][]string{}
	for _, e := range trailer {
		md[e.Name] = append(md[e.Name], e.Value)
	}
	end["metadata"] = md
	text, _ := json.Marshal(end)
	return text
}
