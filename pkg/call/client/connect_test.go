package client

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// refusedAddress is one on which nothing listens.
func refusedAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// TestFirstTargetFails turns to the second target whatever is wrong with the
// first.
func TestFirstTargetFails(t *testing.T) {
	t.Parallel()
	live := startH2C(t, grpcHandler(echo))
	for name, first := range map[string]string{
		"refused":      refusedAddress(t),
		"no socket":    "unix:/nonexistent/socket",
		"closes":       listen(t, func(net.Conn) {}),
		"speaks other": listen(t, say("HTTP/1.1 400 Bad Request\r\n\r\n")),
		"leaves": listen(t, func(nc net.Conn) {
			p := newPeer(nc)
			_, _ = nc.Read(make([]byte, 1000))
			_ = p.fr.WriteGoAway(0, 0, nil)
			p.bw.Flush()
			_, _ = io.Copy(io.Discard, nc)
		}),
	} {
		for _, transport := range []call.Transport{call.GRPC, call.GRPCWeb} {
			if transport == call.GRPCWeb && name != "refused" && name != "no socket" {
				continue // it has connected, and the request may have been served
			}
			target := live
			if transport == call.GRPCWeb {
				target = startWeb(t)
			}
			c := newClient(t, first, func(o *setup) {
				o.Transport = transport
				o.Targets = append(o.Targets, mustTarget(t, target))
			})
			for range 2 {
				if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
					t.Errorf("%s, %s: %v", name, transport, err)
				}
			}
		}
	}
}

// startWeb serves gRPC-Web over HTTP/1: status OK and no message.
func startWeb(t *testing.T) string {
	return listen(t, func(nc net.Conn) {
		br := bufio.NewReader(nc)
		for {
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			_, _ = io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web+proto\r\nGrpc-Status: 0\r\nContent-Length: 0\r\n\r\n")
		}
	})
}

// TestSeveralAddresses dials a name of which only one address has a listener.
func TestSeveralAddresses(t *testing.T) {
	t.Parallel()
	_, port, _ := net.SplitHostPort(listen(t, rawServer(1, []byte("x"))))
	c := newClient(t, "localhost:"+port) // ::1 and 127.0.0.1 on most systems
	if got, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil || len(got) != 1 {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAbstractSocket(t *testing.T) {
	t.Parallel()
	name := fmt.Sprintf("@idlcall-test-%d", time.Now().UnixNano())
	ln, err := net.Listen("unix", name)
	if err != nil {
		t.Skip("no abstract sockets here:", err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		if nc, err := ln.Accept(); err == nil {
			rawServer(1, []byte("x"))(nc)
		}
	}()
	if got, _, err := do(t.Context(), newClient(t, "unix:"+name), stream.Unary, nil, nil); err != nil || len(got) != 1 {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestEnvironmentProxy: which targets go through HTTPS_PROXY.
func TestEnvironmentProxy(t *testing.T) {
	var asked atomic.Value
	proxy := listen(t, func(nc net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(nc))
		if err != nil {
			return
		}
		asked.Store(req.Method + " " + req.Host)
		_, _ = io.WriteString(nc, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
	})
	local := startH2C(t, grpcHandler(echo))
	t.Setenv("NO_PROXY", "direct.invalid,.inside.invalid")
	t.Setenv("no_proxy", "")
	t.Setenv("https_proxy", "")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // not for RPC
	tests := []struct{ env, target, want string }{
		{proxy, "far.invalid:50051", "CONNECT far.invalid:50051"}, // h2c
		{"http://" + proxy, "grpcs://far.invalid:443", "CONNECT far.invalid:443"},
		{proxy, "192.0.2.1:80", "CONNECT 192.0.2.1:80"},
		{proxy, "direct.invalid:50051", ""},
		{proxy, "a.inside.invalid:50051", ""},
		{proxy, local, ""},
		{proxy, "localhost:1", ""},
		{"", local, ""},
	}
	for _, tt := range tests {
		t.Setenv("HTTPS_PROXY", tt.env)
		asked.Store("")
		c := newClient(t, tt.target, func(o *setup) { o.Proxy = "" })
		_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
		if asked.Load() != tt.want {
			t.Errorf("%s: the proxy was asked for %q, want %q", tt.target, asked.Load(), tt.want)
		}
		var status *call.ProxyStatusError
		if tt.want != "" && (!errors.As(err, &status) || status.Code != 403) {
			t.Errorf("%s: %v", tt.target, err)
		}
	}
	t.Setenv("HTTPS_PROXY", "http://%zz")
	_, _, err := do(t.Context(), newClient(t, "far.invalid:1", func(o *setup) { o.Proxy = "" }), stream.Unary, nil, nil)
	var connect *call.ConnectError
	if !errors.As(err, &connect) || connect.Phase != call.PhaseProxy || !strings.Contains(err.Error(), "HTTPS_PROXY") {
		t.Errorf("got %v", err)
	}
}

// TestSecureProxy goes through a proxy that speaks TLS.
func TestSecureProxy(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert, _, _ := a.issue("127.0.0.1", time.Now().Add(time.Hour))
	plain, server := connectProxy(t), startH2C(t, grpcHandler(echo))
	proxy := listen(t, func(nc net.Conn) {
		conn := tls.Server(nc, &tls.Config{Certificates: []tls.Certificate{cert}})
		up, err := net.Dial("tcp", plain)
		if err != nil {
			return
		}
		defer up.Close()
		go func() { _, _ = io.Copy(up, conn) }()
		_, _ = io.Copy(conn, up)
	})
	through := func(o *setup) { o.Proxy = "https://user:pass@" + proxy }
	_, _, err := do(t.Context(), newClient(t, server, through), stream.Unary, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("got %v", err)
	}
	c := newClient(t, server, through, func(o *setup) { o.TLS.CACert = a.file })
	if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
		t.Error(err)
	}
}

// TestProxyWithoutEnd: a proxy whose answer never ends is left.
func TestProxyWithoutEnd(t *testing.T) {
	t.Parallel()
	proxy := listen(t, func(nc net.Conn) {
		_, err := io.WriteString(nc, "HTTP/1.1 200 OK\r\n")
		for err == nil {
			_, err = io.WriteString(nc, "X-More: and more\r\n")
		}
	})
	c := newClient(t, "far.invalid:1", func(o *setup) { o.Proxy = "http://" + proxy })
	if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err == nil || !strings.Contains(err.Error(), "answer to CONNECT") {
		t.Errorf("got %v", err)
	}
}

// TestSocksAuth: user name and password of RFC 1929, right and wrong.
func TestSocksAuth(t *testing.T) {
	t.Parallel()
	server := startH2C(t, grpcHandler(echo))
	proxy := listen(t, func(nc net.Conn) {
		buf := make([]byte, 600)
		_, _ = io.ReadFull(nc, buf[:2])
		_, _ = io.ReadFull(nc, buf[:buf[1]])
		_, _ = nc.Write([]byte{5, 2})
		n, _ := nc.Read(buf)
		if string(buf[:n]) != "\x01\x04user\x04pass" {
			_, _ = nc.Write([]byte{1, 1})
			return
		}
		_, _ = nc.Write([]byte{1, 0})
		_, _ = nc.Read(buf) // CONNECT
		up, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer up.Close()
		_, _ = nc.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		go func() { _, _ = io.Copy(up, nc) }()
		_, _ = io.Copy(nc, up)
	})
	for login, works := range map[string]bool{"user:pass": true, "user:wrong": false} {
		c := newClient(t, server, func(o *setup) { o.Proxy = "socks5://" + login + "@" + proxy })
		_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
		var connect *call.ConnectError
		if works && err != nil || !works && (!errors.As(err, &connect) || connect.Phase != call.PhaseProxy) {
			t.Errorf("%s: %v", login, err)
		}
		if err != nil && strings.Contains(err.Error(), "wrong") {
			t.Errorf("the password is in %v", err)
		}
	}
}
