package client

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// connectProxy tunnels to wherever CONNECT asks, for one user.
func connectProxy(t *testing.T) string {
	return listen(t, func(nc net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(nc))
		if err != nil {
			return
		}
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:pass"))
		if req.Method != http.MethodConnect || req.Header.Get("Proxy-Authorization") != want {
			_, _ = io.WriteString(nc, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
			return
		}
		up, err := net.Dial("tcp", req.Host)
		if err != nil {
			_, _ = io.WriteString(nc, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
			return
		}
		defer up.Close()
		_, _ = io.WriteString(nc, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(up, nc) }()
		_, _ = io.Copy(nc, up)
	})
}

func TestConnectProxy(t *testing.T) {
	t.Parallel()
	server, proxy := startH2C(t, grpcHandler(echo)), connectProxy(t)
	tests := []struct{ name, target, proxy, want string }{
		{"through", server, "http://user:pass@" + proxy, ""},
		{"refused", server, "http://" + proxy, "connect through the proxy to " + server + ": proxy " + proxy +
			": CONNECT answered with status 407 Proxy Authentication Required"},
		{"no way on", "127.0.0.1:1", "http://user:pass@" + proxy, "connect through the proxy to 127.0.0.1:1: proxy " + proxy +
			": CONNECT answered with status 502 Bad Gateway"},
	}
	for _, tt := range tests {
		got := ""
		c := newClient(t, tt.target, func(o *setup) { o.Proxy = tt.proxy })
		if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	c := newClient(t, server, func(o *setup) { o.Proxy = "http://127.0.0.1:1" })
	if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err == nil || err.Error() != "connect through the proxy to "+server+": proxy 127.0.0.1:1: connection refused" {
		t.Errorf("dead proxy: %v", err)
	}
	for _, setting := range []string{"ftp://u:secret@x", "http://u:secret@x:port", "u:secret@x:3128", "http://u:secret@", "http://u:sec/secret@x:1%zz"} {
		_, err := New(call.Options{Targets: []call.Target{mustTarget(t, server)}, Proxy: setting})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", setting, err)
		}
	}
}

// TestForeignProxy: a proxy that answers in something else is described at once, though
// it never ends its line.
func TestForeignProxy(t *testing.T) {
	t.Parallel()
	proxy := listen(t, say("\x05\xff what is this"))
	c := newClient(t, "x.invalid:1", func(o *setup) { o.Proxy = "http://" + proxy })
	_, _, err := do(ctxFor(t), c, stream.Unary, nil, nil)
	want := "connect through the proxy to x.invalid:1: proxy " + proxy +
		": answered CONNECT with the bytes 05 ff 20 77 68 61 74 20 69 73 20 74 68 69 73"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestSocksProxy runs a SOCKS5 server of one step (RFC 1928).
func TestSocksProxy(t *testing.T) {
	t.Parallel()
	server := startH2C(t, grpcHandler(echo))
	proxy := listen(t, func(nc net.Conn) {
		buf := make([]byte, 300)
		_, _ = io.ReadFull(nc, buf[:2])
		_, _ = io.ReadFull(nc, buf[:buf[1]])
		_, _ = nc.Write([]byte{5, 0})
		_, _ = io.ReadFull(nc, buf[:10]) // version, CONNECT, 0, IPv4, address, port
		up, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer up.Close()
		_, _ = nc.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		go func() { _, _ = io.Copy(up, nc) }()
		_, _ = io.Copy(nc, up)
	})
	c := newClient(t, server, func(o *setup) { o.Proxy = "socks5h://" + proxy })
	if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
		t.Error(err)
	}
}
