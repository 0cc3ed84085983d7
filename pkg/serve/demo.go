// Package serve is the other end of the wire: servers inside the process.
package serve

import (
	"bufio"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/stream"
)

//go:embed demo/*.proto demo/*.thrift
var demoFiles embed.FS

// Demo is a server for trying things: no network, IDL built in. It speaks gRPC and
// the Thrift transports over in-memory connections, so that a call differs from
// one over a network in nothing but the wire.
type Demo struct {
	server http.Server
	conns  memoryListener
	// loaded is the schema that the server itself uses; routes are its Protobuf
	// methods, streams those of Thrift that have streaming.mode, by their names.
	loaded          func() (idl.Schema, error)
	routes, streams func() (map[string]Handler, error)
}

// NewDemo returns a server that waits for Dial.
func NewDemo() *Demo {
	ctx, cancel := context.WithCancel(context.Background())
	d := &Demo{conns: memoryListener{make(chan net.Conn), ctx, cancel}}
	d.loaded = sync.OnceValues(func() (idl.Schema, error) { return d.Schema(ctx, "") })
	d.routes = sync.OnceValues(func() (map[string]Handler, error) { return d.handlers(demoMethods()) })
	d.streams = sync.OnceValues(func() (map[string]Handler, error) { return d.handlers(demoThriftStreams()) })
	d.server.Handler = http.HandlerFunc(d.serve)
	d.server.Protocols = new(http.Protocols)
	d.server.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = d.server.Serve(d.conns) }() // ends with Close
	return d
}

// Schema returns the IDL of the demo's services; service is where a bare method
// name is looked for, as in load.Options.
func (d *Demo) Schema(ctx context.Context, service string) (idl.Schema, error) {
	o := load.Options{Service: service}
	entries, err := demoFiles.ReadDir("demo")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := demoFiles.ReadFile("demo/" + e.Name())
		if err != nil {
			return nil, err
		}
		o.Strings = append(o.Strings, load.Text{Name: e.Name(), Text: string(text)})
	}
	return load.Files(ctx, o)
}

// Dial returns the client's end of a new connection.
func (d *Demo) Dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	if d.conns.ctx.Err() != nil {
		return nil, net.ErrClosed
	}
	go d.greet(server)
	return client, nil
}

// greet looks at the first bytes of a connection: HTTP/2, or else Thrift.
func (d *Demo) greet(conn net.Conn) {
	in := bufio.NewReader(conn)
	first, err := in.Peek(4)
	if err == nil && string(first) == "PRI " { // RFC 9113 section 3.4
		select {
		case d.conns.accept <- &begunConn{conn, in}:
		case <-d.conns.ctx.Done():
			_ = conn.Close()
		}
		return
	}
	defer conn.Close()
	stop := context.AfterFunc(d.conns.ctx, func() { _ = conn.Close() })
	defer stop()
	c := &thriftConn{in: in, out: conn}
	if startsStream(in) {
		_ = serveStreams(d.conns.ctx, c, d.streamHandler)
		return
	}
	_ = c.serve(func(req *thriftRequest) *thriftReply { return d.answerThrift(d.conns.ctx, req) })
}

// begunConn is a connection some bytes of which have been read already.
type begunConn struct {
	net.Conn
	in *bufio.Reader
}

func (c *begunConn) Read(p []byte) (int, error) { return c.in.Read(p) }

// Close ends all connections. It must be called once.
func (d *Demo) Close() {
	d.conns.cancel() // the server may not have begun to listen
	_ = d.server.Close()
}

// memoryListener hands connections that were made inside the process to a server.
type memoryListener struct {
	accept chan net.Conn
	ctx    context.Context //nolint:containedctx // it lasts as long as the listener
	cancel context.CancelFunc
}

func (l memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.ctx.Done():
		return nil, net.ErrClosed
	}
}

func (l memoryListener) Close() error   { l.cancel(); return nil }
func (l memoryListener) Addr() net.Addr { return &net.UnixAddr{Name: "demo", Net: "unix"} }

func (d *Demo) serve(w http.ResponseWriter, req *http.Request) {
	routes, contentType, name := d.routes, contentTypeGRPC, strings.TrimPrefix(req.URL.Path, "/")
	if req.Header.Get("Content-Type") == contentTypeThrift { // exactly, as in Kitex
		routes, contentType = d.streams, contentTypeThrift
		name = name[strings.LastIndexByte(name, '.')+1:] // any package will do
	}
	handlers, err := routes()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	serveGRPC(handlers[name], contentType, w, req)
}

// streamHandler finds a Thrift method, which a client may name without its service.
func (d *Demo) streamHandler(service, method string) (Handler, error) {
	handlers, err := d.streams()
	if err != nil {
		return nil, err
	}
	for full, handle := range handlers {
		if in, name, _ := strings.Cut(full, "/"); name == method && (service == "" || service == in) {
			return handle, nil
		}
	}
	return nil, unknown(service, method)
}

// handlers are the methods with what they need around them, by their full names.
func (d *Demo) handlers(methods map[string]func(*exchange) error) (map[string]Handler, error) {
	schema, err := d.loaded()
	if err != nil {
		return nil, err
	}
	routes := map[string]Handler{}
	for name, answer := range methods {
		program := sync.OnceValues(func() (*format.Program, error) {
			m, err := schema.Method(context.Background(), name) // it outlives the first call
			if err != nil {
				return nil, err
			}
			return serverProgram(m, format.Options{Int64: format.Int64Number})
		})
		routes[name] = func(rpc RPC) error {
			p, err := program()
			if err != nil {
				return err
			}
			return answer(&exchange{rpc: rpc, codec: p.Codec(), schema: schema})
		}
	}
	return routes, nil
}

// serverProgram maps replies in and requests out: the client's, turned round.
func serverProgram(m *idl.Method, o format.Options) (*format.Program, error) {
	turned := *m
	turned.Input, turned.Output = m.Output, m.Input
	return format.Compile(&turned, o)
}

// exchange is an RPC whose messages are Go values, by way of JSON.
type exchange struct {
	rpc    RPC
	codec  format.Codec
	schema idl.Schema
	json   []byte
	body   []byte
}

func (x *exchange) recv(v any) error {
	body, err := x.rpc.Recv()
	if err != nil {
		return err
	}
	if x.json, err = x.codec.Decode(x.json[:0], body); err != nil {
		return &stream.Status{Code: stream.InvalidArgument, Message: err.Error()}
	}
	return json.Unmarshal(x.json, v)
}

func (x *exchange) send(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if x.body, err = x.codec.Encode(x.body[:0], text); err != nil {
		return fmt.Errorf("encode the reply: %w", err)
	}
	return x.rpc.Send(x.body)
}
