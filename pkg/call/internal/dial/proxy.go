package dial

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"

	"github.com/idlcall/idlcall/pkg/call"
)

// proxyFunc returns the proxy to use for a target, nil for none.
type proxyFunc func(t call.Target) (*url.URL, error)

// newProxyFunc understands Options.Proxy.
func newProxyFunc(setting string) (proxyFunc, error) {
	switch setting {
	case "none":
		return func(call.Target) (*url.URL, error) { return nil, nil }, nil
	case "":
		return environmentProxy, nil
	}
	shown := call.WithoutQuery(call.WithoutUser(setting))
	u, err := url.Parse(setting)
	if err != nil {
		return nil, &call.OptionError{Option: "proxy", Value: shown, Err: errors.New("not a URL")}
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, &call.OptionError{Option: "proxy", Value: shown, Err: errors.New("want http://, https://, socks5:// or socks5h://")}
	}
	if u.Hostname() == "" {
		return nil, &call.OptionError{Option: "proxy", Value: shown, Err: errors.New("no host")}
	}
	return func(call.Target) (*url.URL, error) { return u, nil }, nil
}

// environmentProxy reads HTTPS_PROXY and NO_PROXY (or lower case). Every target
// counts as https, also one without TLS, since what the proxy sees is a tunnel
// either way (as grpc/grpc-go:internal/resolver/delegatingresolver has it).
// localhost and loopback addresses are never proxied (x/net/http/httpproxy).
func environmentProxy(t call.Target) (*url.URL, error) {
	setting := cmp.Or(os.Getenv("HTTPS_PROXY"), os.Getenv("https_proxy"))
	if setting == "" {
		return nil, nil
	}
	if !strings.Contains(setting, "://") {
		setting = "http://" + setting
	}
	if _, err := url.Parse(setting); err != nil { // httpproxy would go without
		return nil, errors.New("HTTPS_PROXY is not a URL")
	}
	u, err := httpproxy.FromEnvironment().ProxyFunc()(&url.URL{Scheme: "https", Host: t.Address})
	if err != nil {
		return nil, fmt.Errorf("HTTPS_PROXY: %w", err)
	}
	return u, nil
}

// proxyAddress is where the proxy listens, with the default ports of curl.
func proxyAddress(via *url.URL) string {
	port := via.Port()
	if port == "" {
		switch via.Scheme {
		case "https":
			port = "443"
		case "http":
			port = "80"
		default:
			port = "1080"
		}
	}
	return net.JoinHostPort(via.Hostname(), port)
}

// dialProxy opens a tunnel to t. Names are resolved by the proxy.
func (d *Dialer) dialProxy(ctx context.Context, via *url.URL, t call.Target) (net.Conn, error) {
	switch via.Scheme {
	case "socks5", "socks5h":
		return dialSocks(ctx, via, t)
	case "http", "https":
	default:
		return nil, fmt.Errorf("proxy %s: scheme %q is not supported", via.Redacted(), via.Scheme)
	}
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", proxyAddress(via))
	if err != nil {
		return nil, &call.ProxyError{Proxy: via.Host, Err: err}
	}
	if via.Scheme == "https" {
		cfg := &tls.Config{ServerName: via.Hostname(), MinVersion: tls.VersionTLS12}
		if d.tls != nil {
			cfg.RootCAs = d.tls.RootCAs
		}
		conn := tls.Client(nc, cfg)
		if err := conn.HandshakeContext(ctx); err != nil {
			nc.Close()
			return nil, &call.ProxyError{Proxy: via.Host, Err: fmt.Errorf("TLS handshake: %w", err)}
		}
		nc = conn
	}
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	conn, err := tunnel(nc, via, t, d.Opts)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		nc.Close()
		return nil, &call.ProxyError{Proxy: via.Host, Err: err}
	}
	return conn, nil
}

// maxProxyHead bounds a proxy's answer to CONNECT, in bytes.
const maxProxyHead = 64 << 10

// tunnel asks an HTTP proxy to connect to t (RFC 9110 section 9.3.6).
func tunnel(nc net.Conn, via *url.URL, t call.Target, o *call.Options) (net.Conn, error) {
	req := "CONNECT " + t.Address + " HTTP/1.1\r\nHost: " + t.Address + "\r\n"
	if u := via.User; u != nil {
		password, _ := u.Password()
		req += "Proxy-Authorization: Basic " +
			base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)) + "\r\n"
	}
	if _, err := nc.Write([]byte(req + "\r\n")); err != nil {
		return nil, err
	}
	head := &io.LimitedReader{R: NewPeer(nc, t, o), N: maxProxyHead}
	br := bufio.NewReader(head)
	res, err := http.ReadResponse(br, &http.Request{Method: http.MethodConnect})
	if e, ok := errors.AsType[*call.MismatchError](err); ok {
		return nil, fmt.Errorf("answered CONNECT with %s", e.Saw)
	}
	if err != nil {
		return nil, fmt.Errorf("read the answer to CONNECT: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return nil, &call.ProxyStatusError{Status: res.Status, Code: res.StatusCode}
	}
	head.N = math.MaxInt64
	if br.Buffered() > 0 {
		return &prefixedConn{Conn: nc, r: br}, nil
	}
	return nc, nil
}

func dialSocks(ctx context.Context, via *url.URL, t call.Target) (net.Conn, error) {
	var auth *proxy.Auth
	if u := via.User; u != nil {
		password, _ := u.Password()
		auth = &proxy.Auth{User: u.Username(), Password: password}
	}
	socks, err := proxy.SOCKS5("tcp", proxyAddress(via), auth, nil)
	if err != nil {
		return nil, &call.ProxyError{Proxy: via.Host, Err: err}
	}
	dialer, ok := socks.(proxy.ContextDialer)
	if !ok {
		return nil, fmt.Errorf("proxy %s: the SOCKS5 dialer takes no context", via.Host)
	}
	nc, err := dialer.DialContext(ctx, "tcp", t.Address)
	if err != nil {
		return nil, &call.ProxyError{Proxy: via.Host, Err: err}
	}
	return nc, nil
}
