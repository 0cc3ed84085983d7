package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/stream"
)

// KeyLogEnv names the file that browsers, curl and Wireshark agree on for the
// secrets of TLS connections.
const KeyLogEnv = "SSLKEYLOGFILE"

// config reads the files. The result lacks ServerName and NextProtos.
func config(o *call.TLSOptions) (*tls.Config, error) {
	cfg := &tls.Config{InsecureSkipVerify: o.Insecure, MinVersion: tls.VersionTLS12}
	if o.CACert != "" {
		pem, err := readPEM(o.CACert)
		if err != nil {
			return nil, &call.OptionError{Option: "CA certificates", Value: o.CACert, Err: fileReason(err)}
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &call.OptionError{Option: "CA certificates", Value: o.CACert, Err: errors.New("the file holds no PEM certificate")}
		}
	}
	if err := loadClientCert(o, cfg); err != nil {
		return nil, err
	}
	if name := os.Getenv(KeyLogEnv); name != "" {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, &call.OptionError{Option: KeyLogEnv, Value: name, Err: fileReason(err)}
		}
		cfg.KeyLogWriter = f // open until the process ends
	}
	return cfg, nil
}

func loadClientCert(o *call.TLSOptions, cfg *tls.Config) error {
	switch {
	case o.Cert == "" && o.Key == "":
		return nil
	case o.Key == "":
		return &call.OptionError{Option: "client certificate", Value: o.Cert, Err: errors.New("its private key is missing")}
	case o.Cert == "":
		return &call.OptionError{Option: "client key", Value: o.Key, Err: errors.New("its certificate is missing")}
	}
	certPEM, err := readPEM(o.Cert)
	if err != nil {
		return &call.OptionError{Option: "client certificate", Value: o.Cert, Err: fileReason(err)}
	}
	keyPEM, err := readPEM(o.Key)
	if err != nil {
		return &call.OptionError{Option: "client key", Value: o.Key, Err: fileReason(err)}
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return &call.OptionError{Option: "client certificate", Value: o.Cert, Err: err}
	}
	cfg.Certificates = []tls.Certificate{pair}
	return nil
}

// maxPEM is the size of the largest file of certificates that is read. All that the
// public authorities have is a quarter of a MiB.
const maxPEM = 16 << 20

// readPEM reads a file that may be a device or a pipe without an end.
func readPEM(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err == nil && len(data) > maxPEM {
		err = fmt.Errorf("the file has more than %d MiB", maxPEM>>20)
	}
	return data, err
}

// fileReason drops the operation and path that OptionError says already.
func fileReason(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}

// serverName is what to verify the certificate against.
func serverName(o *call.Options, t call.Target) string {
	switch {
	case o.TLS.ServerName != "":
		return o.TLS.ServerName
	case o.Authority != "":
		return hostOnly(o.Authority)
	}
	return hostOnly(t.Authority)
}

func hostOnly(authority string) string {
	if host, _, err := net.SplitHostPort(authority); err == nil {
		return host
	}
	return strings.Trim(authority, "[]")
}

// secure runs the handshake on raw, which it closes on failure.
func (d *Dialer) secure(ctx context.Context, t call.Target, raw *SniffConn, trace *stream.Trace) (*tls.Conn, error) {
	cfg := d.tls.Clone()
	cfg.ServerName = serverName(d.Opts, t)
	cfg.NextProtos = d.Protos
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		raw.CertAsked.Store(true)
		if len(cfg.Certificates) == 0 {
			return &tls.Certificate{}, nil
		}
		return &cfg.Certificates[0], nil // whatever issuers the peer names: it can say what it dislikes
	}
	start := time.Now()
	conn := tls.Client(raw, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, d.handshakeError(ctx, t, raw, err)
	}
	state := conn.ConnectionState()
	trace.Secure(func() stream.TLSInfo { return tlsInfo(&state, !cfg.InsecureSkipVerify) }, time.Since(start))
	raw.Stop()
	return conn, nil
}

// noApplicationProtocol is the alert of a server that has none of the protocols
// that we offered (RFC 7301 section 3.2).
const noApplicationProtocol tls.AlertError = 120

// handshakeError tells a peer that does not speak TLS from one whose handshake
// went wrong.
func (d *Dialer) handshakeError(ctx context.Context, t call.Target, raw *SniffConn, err error) error {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return foreign.NotTLS(d.Opts, t, raw.seen())
	}
	if fault.PeerAlert(err) == noApplicationProtocol && len(d.Protos) == 1 {
		e := foreign.Mismatch(d.Opts, t, "HTTP/2")
		e.Guess, e.Saw = call.GuessHTTP1, fmt.Sprintf("a TLS server without ALPN protocol %q", d.Protos[0])
		return e
	}
	e := d.failure(ctx, t, call.PhaseTLS, err)
	if e.Timeout == 0 && ctx.Err() == nil {
		e.Dropped = fault.PeerClosed(err) && len(raw.seen()) == 0
		e.Alert, e.CertAsked = fault.PeerAlert(err), raw.CertAsked.Load()
	}
	return e
}

func tlsInfo(state *tls.ConnectionState, verified bool) stream.TLSInfo {
	info := stream.TLSInfo{
		Version:     tls.VersionName(state.Version),
		CipherSuite: tls.CipherSuiteName(state.CipherSuite),
		ALPN:        state.NegotiatedProtocol,
		ServerName:  state.ServerName,
		Verified:    verified,
	}
	if len(state.PeerCertificates) > 0 {
		leaf := state.PeerCertificates[0]
		info.Subject, info.Issuer, info.NotAfter = leaf.Subject.String(), leaf.Issuer.String(), leaf.NotAfter
	}
	return info
}

// CheckALPN refuses a peer that settled on another protocol. One that does not
// take part in ALPN at all is given the benefit of the doubt (RFC 9113 section
// 3.3 would forbid it, servers without it exist): if it does not speak HTTP/2,
// its first bytes say so.
func CheckALPN(o *call.Options, t call.Target, proto string) error {
	if proto == "" || proto == "h2" {
		return nil
	}
	e := foreign.Mismatch(o, t, "HTTP/2")
	e.Guess, e.Saw = call.GuessHTTP1, fmt.Sprintf("ALPN protocol %q", proto)
	return e
}

// ALPNConn is a *tls.Conn, or whatever else a handshake has made.
type ALPNConn interface{ ConnectionState() tls.ConnectionState }
