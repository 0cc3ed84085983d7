package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/stream"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its own certificate, PEM
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert, a.key = template, a.newKey()
	a.cert = a.sign(template, a.key)
	a.file = a.write("ca.pem", "CERTIFICATE", a.cert.Raw)
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

func (a *authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

func (a *authority) write(name, kind string, der []byte) string {
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// issue makes a certificate for a name; a name that is an IP address counts as
// one. It returns the files of certificate and key as well.
func (a *authority) issue(name string, until time.Time) (pair tls.Certificate, certFile, keyFile string) {
	key := a.newKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	cert := a.sign(template, key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	pair = tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
	return pair, a.write(name+".pem", "CERTIFICATE", cert.Raw), a.write(name+".key", "PRIVATE KEY", der)
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// serve starts an HTTP/2 server with the certificate.
func (a *authority) serve(cert tls.Certificate, change func(*tls.Config)) string {
	return startTLS(a.t, grpcHandler(echo), func(s *httptest.Server) {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
		if change != nil {
			change(s.TLS)
		}
	})
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	ours, others := newAuthority(t), newAuthority(t)
	byIP, _, _ := ours.issue("127.0.0.1", time.Now().Add(time.Hour))
	byName, _, _ := ours.issue("rpc.test", time.Now().Add(time.Hour))
	old, _, _ := ours.issue("127.0.0.1", time.Now().Add(-time.Hour))
	_, clientCert, clientKey := ours.issue("client", time.Now().Add(time.Hour))
	_, strangerCert, strangerKey := others.issue("stranger", time.Now().Add(time.Hour))
	plain, named, expired := ours.serve(byIP, nil), ours.serve(byName, nil), ours.serve(old, nil)
	mutual := func(version uint16) string {
		return ours.serve(byIP, func(c *tls.Config) {
			c.ClientAuth, c.ClientCAs, c.MaxVersion = tls.RequireAndVerifyClientCert, ours.pool(), version
		})
	}
	mutual12, mutual13 := mutual(tls.VersionTLS12), mutual(tls.VersionTLS13)
	trust := call.TLSOptions{Enabled: true, CACert: ours.file}
	with := func(change func(*call.TLSOptions)) call.TLSOptions {
		o := trust
		change(&o)
		return o
	}
	client := with(func(o *call.TLSOptions) { o.Cert, o.Key = clientCert, clientKey })
	stranger := with(func(o *call.TLSOptions) { o.Cert, o.Key = strangerCert, strangerKey })
	tests := []struct {
		name, addr, authority string
		tls                   call.TLSOptions
		want                  string // part of the message
		asksCert              bool
	}{
		{"custom authority", plain, "", trust, "", false},
		{"other authority", plain, "", call.TLSOptions{Enabled: true, CACert: others.file}, "certificate signed by unknown authority", false},
		{"wrong name", named, "", trust, "cannot validate certificate for 127.0.0.1", false},
		{"server name", named, "", with(func(o *call.TLSOptions) { o.ServerName = "rpc.test" }), "", false},
		{"wrong server name", named, "", with(func(o *call.TLSOptions) { o.ServerName = "x.test" }), "valid for rpc.test, not x.test", false},
		{"name by authority", named, "rpc.test:443", trust, "", false},
		{"expired", expired, "", trust, "certificate has expired or is not yet valid", false},
		{"expired, insecure", expired, "", call.TLSOptions{Enabled: true, Insecure: true}, "", false},
		{"mutual 1.2", mutual12, "", client, "", false},
		{"mutual 1.3", mutual13, "", client, "", false},
		{"mutual 1.2 without", mutual12, "", trust, "handshake failure", true},
		{"mutual 1.3 without", mutual13, "", trust, "certificate required", true},
		{"mutual 1.2 stranger", mutual12, "", stranger, "TLS handshake with ADDR: tls: ", true},
		{"mutual 1.3 stranger", mutual13, "", stranger, "TLS handshake with ADDR: tls: ", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, tt.addr, func(o *setup) { o.TLS, o.Authority = tt.tls, tt.authority })
			_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var connect *call.ConnectError
			want := strings.ReplaceAll(tt.want, "ADDR", tt.addr)
			if !errors.As(err, &connect) || !strings.Contains(err.Error(), want) {
				t.Fatalf("got %v, want %s", err, want)
			}
			if connect.Phase != call.PhaseTLS || connect.Dropped || connect.WantsClientCert() != tt.asksCert {
				t.Errorf("%+v", connect)
			}
		})
	}
}

// TestDropped: peers that end the connection without a word, in both directions
// of the mistake.
func TestDropped(t *testing.T) {
	t.Parallel()
	secure := startTLS(t, grpcHandler(echo), nil)
	closer := listen(t, func(nc net.Conn) { _, _ = nc.Read(make([]byte, 4096)) })
	atOnce := listen(t, func(net.Conn) {})
	resetter := listen(t, func(nc net.Conn) { _ = nc.(*net.TCPConn).SetLinger(0) })
	for _, addr := range []string{secure, closer, atOnce, resetter} {
		for _, useTLS := range []bool{false, true} {
			if addr == secure && useTLS {
				continue
			}
			phase, doing := call.PhaseHTTP2, "start HTTP/2 with "
			if useTLS {
				phase, doing = call.PhaseTLS, "TLS handshake with "
			}
			c := newClient(t, addr, func(o *setup) { o.TLS = call.TLSOptions{Enabled: useTLS, Insecure: true} })
			_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
			var connect *call.ConnectError
			if !errors.As(err, &connect) || !connect.Dropped || connect.Phase != phase || connect.Secured {
				t.Errorf("tls %v: %+v", useTLS, err)
				continue
			}
			if want := doing + addr + ": the peer closed the connection before answering"; err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
}

// TestResetInConnect: the reset of TestDropped that is there before connect(2)
// has ended, which the network only does now and then.
func TestResetInConnect(t *testing.T) {
	t.Parallel()
	reset := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNRESET)}
	tests := []struct {
		transport call.Transport
		tls       bool
		want      call.Phase
	}{
		{call.GRPC, false, call.PhaseHTTP2},
		{call.GRPC, true, call.PhaseTLS},
		{call.GRPCWeb, false, call.PhaseHTTP},
		{call.GRPCWeb, true, call.PhaseTLS},
	}
	for _, tt := range tests {
		c := newClient(t, "127.0.0.1:1", func(o *setup) {
			o.Transport, o.TLS.Enabled = tt.transport, tt.tls
			o.Dial = func(context.Context) (net.Conn, error) { return nil, reset }
		})
		_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
		var connect *call.ConnectError
		if !errors.As(err, &connect) || !connect.Dropped || connect.Phase != tt.want {
			t.Errorf("%s, TLS %v: %+v", tt.transport, tt.tls, err)
		}
	}
}

// TestSecuredAndDropped: the connection ends after the handshake.
func TestSecuredAndDropped(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert, _, _ := a.issue("127.0.0.1", time.Now().Add(time.Hour))
	addr := listen(t, func(nc net.Conn) {
		conn := tls.Server(nc, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}})
		_, _ = conn.Read(make([]byte, 10))
		conn.Close()
	})
	c := newClient(t, addr, func(o *setup) { o.TLS = call.TLSOptions{Enabled: true, CACert: a.file} })
	_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
	var connect *call.ConnectError
	if !errors.As(err, &connect) || !connect.Dropped || !connect.Secured || connect.Phase != call.PhaseHTTP2 {
		t.Errorf("%+v", err)
	}
}

// TestTLSInPlaintext: what servers say to a plaintext request on their TLS port.
func TestTLSInPlaintext(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, said string }{
		{"OpenSSL", "\x15\x03\x01\x00\x02\x02\x46"},
		{"rustls", "\x15\x03\x03\x00\x02\x02\x32"},
		{"nginx", "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\n\r\n<html>\r\n" +
			"<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>"},
		{"net/http", "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"},
	}
	for _, tt := range tests {
		for _, transport := range []call.Transport{call.GRPC, call.GRPCWeb} {
			addr := listen(t, func(nc net.Conn) {
				_, _ = nc.Read(make([]byte, 1024))
				_, _ = io.WriteString(nc, tt.said)
			})
			c := newClient(t, addr, func(o *setup) { o.Transport = transport })
			_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
			var mismatch *call.MismatchError
			if !errors.As(err, &mismatch) || mismatch.Guess != call.GuessTLS {
				t.Errorf("%s, %s: %v", tt.name, transport, err)
			}
		}
	}
}

func TestALPN(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert, _, _ := a.issue("127.0.0.1", time.Now().Add(time.Hour))
	http1 := startTLS(t, http.NotFoundHandler(), func(s *httptest.Server) {
		s.EnableHTTP2 = false
		s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}}
	})
	silent := listen(t, func(nc net.Conn) { // takes no part in ALPN, speaks HTTP/1
		conn := tls.Server(nc, &tls.Config{Certificates: []tls.Certificate{cert}})
		_, _ = conn.Read(make([]byte, 1000))
		_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
		conn.Close()
	})
	for addr, want := range map[string]string{
		http1:  `saw a TLS server without ALPN protocol "h2"`,
		silent: `saw an HTTP/1 answer "HTTP/1.1 400 Bad Request"`,
	} {
		c := newClient(t, addr, func(o *setup) { o.TLS = call.TLSOptions{Enabled: true, CACert: a.file} })
		_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
		var mismatch *call.MismatchError
		if !errors.As(err, &mismatch) || mismatch.Guess != call.GuessHTTP1 || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestKeyLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	t.Setenv(dial.KeyLogEnv, path)
	c := newClient(t, startTLS(t, grpcHandler(echo), nil), func(o *setup) { o.TLS = call.TLSOptions{Enabled: true, Insecure: true} })
	if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(log), "CLIENT_TRAFFIC_SECRET_0 ") {
		t.Errorf("got %q, %v", log, err)
	}
	t.Setenv(dial.KeyLogEnv, filepath.Join(path, "not a directory"))
	var option *call.OptionError
	_, err = New(call.Options{Targets: []call.Target{mustTarget(t, "x:1")}, TLS: call.TLSOptions{Enabled: true}})
	if !errors.As(err, &option) || option.Option != dial.KeyLogEnv {
		t.Errorf("got %v", err)
	}
}
