package call

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

	"github.com/idlcall/idlcall/pkg/stream"
)

// TLSOptions say how to secure connections. The zero value leaves it to the
// target's scheme, and trusts the system's roots.
type TLSOptions struct {
	// Enabled asks for TLS whatever the scheme says.
	Enabled bool
	// Insecure accepts any certificate for any name.
	Insecure bool
	// CACert is a PEM file of the roots to trust in place of the system's.
	CACert string
	// Cert and Key are PEM files of the client certificate, given together.
	Cert, Key string
	// ServerName is what the certificate must be valid for, and SNI. By
	// default it is the host of Options.Authority or of the target.
	ServerName string
}

// keyLogEnv names the file that browsers, curl and Wireshark agree on for the
// secrets of TLS connections.
const keyLogEnv = "SSLKEYLOGFILE"

// config reads the files. The result lacks ServerName and NextProtos.
func (o TLSOptions) config() (*tls.Config, error) {
	cfg := &tls.Config{InsecureSkipVerify: o.Insecure, MinVersion: tls.VersionTLS12}
	if o.CACert != "" {
		pem, err := readPEM(o.CACert)
		if err != nil {
			return nil, &OptionError{"CA certificates", o.CACert, fileReason(err)}
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &OptionError{"CA certificates", o.CACert, errors.New("the file holds no PEM certificate")}
		}
	}
	if err := o.loadClientCert(cfg); err != nil {
		return nil, err
	}
	if name := os.Getenv(keyLogEnv); name != "" {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, &OptionError{keyLogEnv, name, fileReason(err)}
		}
		cfg.KeyLogWriter = f // open until the process ends
	}
	return cfg, nil
}

func (o TLSOptions) loadClientCert(cfg *tls.Config) error {
	switch {
	case o.Cert == "" && o.Key == "":
		return nil
	case o.Key == "":
		return &OptionError{"client certificate", o.Cert, errors.New("its private key is missing")}
	case o.Cert == "":
		return &OptionError{"client key", o.Key, errors.New("its certificate is missing")}
	}
	certPEM, err := readPEM(o.Cert)
	if err != nil {
		return &OptionError{"client certificate", o.Cert, fileReason(err)}
	}
	keyPEM, err := readPEM(o.Key)
	if err != nil {
		return &OptionError{"client key", o.Key, fileReason(err)}
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return &OptionError{"client certificate", o.Cert, err}
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
func (o *Options) serverName(t Target) string {
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
func (d *dialer) secure(ctx context.Context, t Target, raw *sniffConn, trace *stream.Trace) (*tls.Conn, error) {
	cfg := d.tls.Clone()
	cfg.ServerName = d.opts.serverName(t)
	cfg.NextProtos = d.protos
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		raw.certAsked.Store(true)
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
	raw.stop()
	return conn, nil
}

// noApplicationProtocol is the alert of a server that has none of the protocols
// that we offered (RFC 7301 section 3.2).
const noApplicationProtocol tls.AlertError = 120

// handshakeError tells a peer that does not speak TLS from one whose handshake
// went wrong.
func (d *dialer) handshakeError(ctx context.Context, t Target, raw *sniffConn, err error) error {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return d.opts.notTLS(t, raw.seen())
	}
	if peerAlert(err) == noApplicationProtocol && len(d.protos) == 1 {
		e := d.opts.mismatch(t, "HTTP/2")
		e.Guess, e.Saw = GuessHTTP1, fmt.Sprintf("a TLS server without ALPN protocol %q", d.protos[0])
		return e
	}
	e := d.failure(ctx, t, PhaseTLS, err)
	if e.Timeout == 0 && ctx.Err() == nil {
		e.Dropped = peerClosed(err) && len(raw.seen()) == 0
		e.Alert, e.CertAsked = peerAlert(err), raw.certAsked.Load()
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

// checkALPN refuses a peer that settled on another protocol. One that does not
// take part in ALPN at all is given the benefit of the doubt (RFC 9113 section
// 3.3 would forbid it, servers without it exist): if it does not speak HTTP/2,
// its first bytes say so.
func (o *Options) checkALPN(t Target, proto string) error {
	if proto == "" || proto == "h2" {
		return nil
	}
	e := o.mismatch(t, "HTTP/2")
	e.Guess, e.Saw = GuessHTTP1, fmt.Sprintf("ALPN protocol %q", proto)
	return e
}

// alpnConn is a *tls.Conn, or whatever else a handshake has made.
type alpnConn interface{ ConnectionState() tls.ConnectionState }
