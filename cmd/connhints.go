package cmd

import (
	"cmp"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/stream"
)

// connectionHints advises on failures between us and the peer. Of a limit that a
// flag of the command line has set there is nothing to say.
func (l commandLine) connectionHints(err error) []string {
	var mismatch *call.MismatchError
	var connect *call.ConnectError
	var refused *call.GoAwayError
	var wait *call.WaitError
	var silent *call.SilentError
	switch {
	case errors.As(err, &mismatch):
		return nonEmpty(l.mismatchHint(mismatch))
	case errors.As(err, &connect):
		return nonEmpty(l.connectHint(connect, transportOf(err)))
	case errors.As(err, &silent):
		return l.silentHints(silent)
	case errors.As(err, &wait) && wait.First && wait.Have == 0:
		return []string{waitHint}
	case errors.As(err, &refused) && strings.Contains(refused.Debug, "too_many_pings"):
		return []string{"the server allows fewer pings: use a longer --keepalive"}
	case is[*stream.CardinalityError](err), is[*format.DecodeError](err):
		if l.flags != nil && !l.hasIDL() {
			return nil // it is the server's own
		}
		return []string{"is the IDL the one that the server was built from?"}
	case is[*call.RefusedError](err):
		return []string{"the server did not act on the request: it is safe to repeat"}
	case is[*call.StreamResetError](err):
		return []string{"a proxy or the service behind it gave the stream up: its log may say why"}
	case is[*call.ResetError](err), is[*call.ConnectionLostError](err):
		return []string{"whether the server acted on the request is not known: its log may say"}
	}
	return nil
}

func (l commandLine) mismatchHint(e *call.MismatchError) string {
	if e.Transport == call.Connect {
		return l.connectMismatchHint(e)
	}
	if hint, ok := l.wrongThriftHint(e); ok {
		return hint
	}
	web := e.Transport == call.GRPCWeb
	switch e.Guess {
	case call.GuessTLS:
		if e.Secured {
			return "something behind the server's TLS wants TLS once more: a proxy may be set up wrongly"
		}
		return "the server speaks TLS: use --tls, or a target like grpcs://" + e.Target
	case call.GuessPlaintext:
		switch {
		case e.Want == call.AnswerHTTP && web && !l.has("http2"):
			return "the server speaks HTTP/2 without TLS: use --http2, or -t grpc"
		case e.Want == call.AnswerHTTP:
			return "the server speaks HTTP/2 without TLS: is it a gRPC server? That is -t grpc"
		}
		return "the server speaks HTTP/2 without TLS: " + l.withoutTLS()
	case call.GuessHTTP1:
		return l.http1Hint(e)
	case call.GuessGRPCWeb:
		return "the server answers in gRPC-Web: use -t grpc-web"
	case call.GuessHTTP2:
		return l.httpHint(e)
	case call.GuessThrift:
		return "the server speaks Thrift, not gRPC: is this the right port?"
	case call.GuessSSH, call.GuessText:
		return "this is no RPC server: is this the right port?"
	}
	if e.Secured {
		return "is this a gRPC server, and the right port?"
	}
	return "is this a gRPC server, and the right port? --tls where it wants TLS"
}

// withoutTLS says how to do without it.
func (l commandLine) withoutTLS() string {
	if l.flags != nil && !l.secured() { // the scheme asks for it
		return "use a target without TLS, as grpc:// or http://"
	}
	return "leave out --tls, or use --plaintext"
}

// http1Hint is for a peer that speaks HTTP/1 where something else was asked for.
func (l commandLine) http1Hint(e *call.MismatchError) string {
	switch {
	case e.Want == call.AnswerTLS:
		return "the server speaks HTTP/1 without TLS: is this the right port? http:// goes without TLS"
	case e.Transport != call.GRPCWeb:
		return "the server speaks HTTP/1, which cannot carry gRPC: is this the right port? -t grpc-web works over HTTP/1"
	case l.flags == nil || l.has("http2"):
		return "the server speaks HTTP/1: leave out --http2"
	}
	return "is this the right port?"
}

func (l commandLine) httpHint(e *call.MismatchError) string {
	switch {
	case e.Codec != "":
		return "the server took the request for one in another encoding: is there a proxy that translates?"
	case e.HTTPStatus == 505 && e.Transport == call.GRPCWeb: // HTTP Version Not Supported
		return l.unless("http2", "the server takes such a method over HTTP/2 only: use --http2")
	case e.HTTPStatus == 404 && hasPath(e.Target):
		return "no gRPC service at this path: is the prefix in the target right?"
	case e.HTTPStatus == 404:
		return "no gRPC service at this path: is there a path prefix, as in https://host/prefix?"
	}
	return cmp.Or(l.proxyHint(e), "this is an HTTP server, but no gRPC service answered")
}

// proxyHint is for HTTP statuses that say more than that something is wrong.
func (l commandLine) proxyHint(e *call.MismatchError) string {
	switch {
	case e.HTTPStatus >= 502 && e.HTTPStatus <= 504:
		return "a proxy or gateway answered: the service behind it does not"
	case (e.HTTPStatus == 401 || e.HTTPStatus == 403) && l.hasCredentials():
		return "the server, or a proxy before it, does not accept the credentials in -H"
	case e.HTTPStatus == 401 || e.HTTPStatus == 403:
		return "credentials are sent with -H 'authorization: ...'"
	}
	return ""
}

func (l commandLine) connectHint(e *call.ConnectError, t call.Transport) string {
	var dns *net.DNSError
	switch {
	case e.Phase == call.PhaseProxy:
		return "--proxy none goes without the proxy"
	case errors.As(e.Err, &dns):
		return "is the host name right? No address is known for it"
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return "nothing listens there: is the server running, and the port right?"
	case errors.Is(e.Err, os.ErrNotExist):
		return "there is no such socket: is the server running, and the path right?"
	case e.Timeout > 0 && e.Phase == call.PhaseHTTP2 && t == call.Connect:
		return "the peer accepted the connection but said nothing: is it a Connect server" + l.tlsQuestion(e) + "?"
	case e.Timeout > 0 && e.Phase == call.PhaseHTTP2 && (e.Secured || l.secured()):
		return "the peer accepted the connection but said nothing: is it a gRPC server?"
	case e.Timeout > 0 && e.Phase == call.PhaseHTTP2:
		return "the peer accepted the connection but said nothing: is it a gRPC server? With TLS, use --tls"
	case e.Timeout > 0:
		return l.unless("connect-timeout", "--connect-timeout sets this limit")
	case e.Phase == call.PhaseThrift && e.Dropped:
		return l.silentHint(t)
	case e.Phase == call.PhaseStream && e.Dropped:
		return l.silentPeerHint()
	case e.Dropped && e.Phase == call.PhaseHTTP && !e.Secured:
		return "the peer closed the connection without a word: it may " + l.wantTLS() + "not speak HTTP (-t chooses the transport)"
	}
	return l.tlsHint(e)
}

// tlsQuestion asks for TLS where there is none.
func (l commandLine) tlsQuestion(e *call.ConnectError) string {
	if e.Secured || l.secured() {
		return ""
	}
	return ", or does it want --tls"
}

// wantTLS is an alternative for what a peer may want that has closed the connection.
func (l commandLine) wantTLS() string {
	if l.secured() {
		return ""
	}
	return "want --tls, or "
}

// tlsHint advises on a handshake that failed, or that was missing.
func (l commandLine) tlsHint(e *call.ConnectError) string {
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	switch {
	case errors.As(e.Err, &unknown) && l.has("cacert"):
		return "no authority in the file of --cacert signed the certificate; --insecure trusts any"
	case errors.As(e.Err, &unknown):
		return "--cacert FILE trusts the authority that signed the certificate, --insecure any"
	case errors.As(e.Err, &hostname):
		return l.unless("servername", "--servername NAME checks the certificate for another name")
	case e.WantsClientCert() && l.has("cert"):
		return "the server does not accept the certificate of --cert"
	case e.WantsClientCert():
		return "the server wants a client certificate: --cert FILE --key FILE"
	case e.Dropped && e.Phase == call.PhaseTLS:
		return "is this a TLS server, and the right port? --plaintext goes without TLS"
	case e.Dropped && !e.Secured && !l.secured():
		return "the peer closed the connection at once: with TLS, use --tls"
	}
	return ""
}
