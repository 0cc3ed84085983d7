package client

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

func method(t stream.Type) *stream.Method {
	return &stream.Method{Service: "test.Echo", Name: "Call", Type: t}
}

// rpc is a call of m.
func rpc(m *stream.Method, md stream.Metadata) stream.Call {
	return stream.Call{Method: *m, Header: md}
}

// grpcHandler is an RPC of a net/http server: messages come from recv (io.EOF at
// the half-close) and go to send; the result is the status.
type grpcHandler func(r *http.Request, recv func() ([]byte, error), send func([]byte)) *stream.Status

func (h grpcHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("content-type", "application/grpc")
	w.Header().Set("trailer", "grpc-status, grpc-message")
	recv := func() ([]byte, error) {
		var prefix [grpcwire.PrefixLen]byte
		if _, err := io.ReadFull(r.Body, prefix[:]); err != nil {
			return nil, err
		}
		body := make([]byte, binary.BigEndian.Uint32(prefix[1:]))
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	send := func(body []byte) {
		_, _ = w.Write(append(grpcwire.AppendPrefix(nil, 0, uint32(len(body))), body...))
		w.(http.Flusher).Flush()
	}
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	status := h(r, recv, send)
	if status == nil {
		w.Header().Set("grpc-status", "0")
		return
	}
	w.Header().Set("grpc-status", string(rune('0'+status.Code)))
	w.Header().Set("grpc-message", status.Message)
}

// echo answers every message with itself.
func echo(_ *http.Request, recv func() ([]byte, error), send func([]byte)) *stream.Status {
	for {
		body, err := recv()
		if err != nil {
			return nil
		}
		send(body)
	}
}

// startH2C serves h over HTTP/2 without TLS and returns its address.
func startH2C(t testing.TB, h http.Handler) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// listen accepts connections on loopback and gives each to serve.
func listen(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer nc.Close()
				serve(nc)
			}()
		}
	}()
	return ln.Addr().String()
}

func mustTarget(t testing.TB, s string) call.Target {
	t.Helper()
	target, err := call.ParseTarget(s)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// newClient closes the client at the end of the test.
// setup is what a test configures: Options, and what its calls have in common.
type setup struct {
	call.Options

	Protocol              stream.Protocol
	Transient, Persistent stream.Metadata
	Compress              string
	Trace                 *stream.Trace
}

// fill adds to a call what all of a test have.
func (o *setup) fill(rpc stream.Call) stream.Call {
	rpc.Method.Protocol = o.Protocol
	rpc.Transient, rpc.Persistent = o.Transient, o.Persistent
	rpc.Compress, rpc.Trace = o.Compress, o.Trace
	return rpc
}

// testClient is a Client whose calls have in common what setup says.
type testClient struct {
	*Client

	setup setup
}

func (c *testClient) Open(ctx context.Context, rpc stream.Call) (stream.Stream, error) {
	return c.Client.Open(ctx, c.setup.fill(rpc))
}

func newClient(t testing.TB, addr string, change ...func(*setup)) *testClient {
	t.Helper()
	o := setup{Options: call.Options{Targets: []call.Target{mustTarget(t, addr)}, Proxy: "none", ConnectTimeout: 10 * time.Second}}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o.Options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &testClient{c, o}
}

func open(t testing.TB, c *testClient, kind stream.Type) stream.Stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	s, err := c.Open(ctx, rpc(method(kind), nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(nil) })
	return s
}

// do makes a call of one message and returns the copies of the answers.
func do(ctx context.Context, c *testClient, kind stream.Type, md stream.Metadata, body []byte) ([][]byte, stream.Stream, error) {
	s, err := c.Open(ctx, rpc(method(kind), md))
	if err != nil {
		return nil, nil, err
	}
	defer s.Close(nil)
	if err := s.Send(body); err != nil && err != io.EOF {
		return nil, s, err
	}
	if err := s.CloseSend(); err != nil {
		return nil, s, err
	}
	var all [][]byte
	for {
		body, err := s.Recv()
		if err == io.EOF {
			return all, s, nil
		}
		if err != nil {
			return all, s, err
		}
		all = append(all, append([]byte(nil), body...))
	}
}

func hpackField(name, value string) hpack.HeaderField {
	return hpack.HeaderField{Name: name, Value: value}
}
