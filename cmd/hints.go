package cmd

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// hints is the advice that fits an error. It is the one place that knows both
// what went wrong and which flags there are.
func hints(err error) []string {
	var usage *usageError
	var in *format.InputError
	var notFound *idl.NotFoundError
	var ambiguous *idl.AmbiguousError
	var noReflection *idl.NoReflectionError
	var size *call.MessageSizeError
	var unsupported *call.UnsupportedError
	switch {
	case errors.As(err, &usage):
		return nonEmpty(usage.hint)
	case errors.As(err, &in):
		return inputHints(in)
	case is[*format.DocumentSizeError](err):
		return []string{"--max-message-size allows larger documents"}
	case is[*stream.ExtraInputError](err):
		return []string{"--each makes one call for each document"}
	case errors.As(err, &noReflection):
		return []string{"give the IDL with --idl FILE"}
	case is[*idl.IncompleteError](err), is[*idl.DescriptorError](err), is[*idl.NameError](err), is[*idl.ExistsError](err), is[*idl.BrokenError](err), is[*idl.ParseError](err):
		return idlHints(err)
	case errors.As(err, &notFound):
		return nearestHints(notFound)
	case errors.As(err, &ambiguous) && ambiguous.Conflict:
		return []string{"give only one of them"}
	case errors.As(err, &ambiguous):
		return []string{"name one of them in full"}
	case errors.As(err, &size) && size.Size >= 1<<30:
		return []string{"a length like this is rather a sign of another transport or protocol than of a large message"}
	case errors.As(err, &size):
		return []string{"--max-message-size allows larger messages"}
	case errors.As(err, &unsupported):
		return nonEmpty(unsupportedHint(unsupported))
	}
	for _, hint := range []string{thriftHint(err), statusHint(err), noPlaceHint(err)} {
		if hint != "" {
			return []string{hint}
		}
	}
	return connectionHints(err)
}

func nonEmpty(hint string) []string {
	if hint == "" {
		return nil
	}
	return []string{hint}
}

func inputHints(e *format.InputError) []string {
	var value *format.ValueError
	if is[*format.DocumentSizeError](e) {
		return []string{"--max-message-size allows larger documents"}
	}
	if !errors.As(e.Err, &value) {
		return nil
	}
	if len(value.Nearest) > 0 {
		return []string{"did you mean " + orList(value.Nearest) + "?"}
	}
	if strings.HasPrefix(value.Message, "unknown field") || strings.HasPrefix(value.Message, "unknown argument") {
		return []string{"--unknown-fields ignore skips unknown fields"}
	}
	return nil
}

func nearestHints(e *idl.NotFoundError) []string {
	var list []string
	switch {
	case len(e.Nearest) > 0:
		list = append(list, "did you mean "+orList(e.Nearest)+"?")
	case e.None:
	case e.Kind == "method" || e.Kind == "service":
		list = append(list, "'idlcall list' shows what there is")
	}
	if e.Remote {
		list = append(list, otherIDLHint)
	}
	return list
}

func orList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, " or ")
}

// connectionHints advises on failures between us and the peer.
func connectionHints(err error) []string {
	var mismatch *call.MismatchError
	var connect *call.ConnectError
	var refused *call.GoAwayError
	var timeout *stream.TimeoutError
	var wait *call.WaitError
	var silent *call.SilentError
	switch {
	case errors.As(err, &mismatch):
		return nonEmpty(mismatchHint(mismatch))
	case errors.As(err, &connect):
		return nonEmpty(connectHint(connect))
	case errors.As(err, &silent):
		return silentHints(silent)
	case errors.As(err, &timeout):
		return []string{fmt.Sprintf("--%s-timeout sets this limit", timeout.Op)}
	case errors.As(err, &wait) && wait.First && wait.Have == 0:
		return []string{"--timeout sets this limit", waitHint}
	case is[*deadlineError](err):
		return []string{"--timeout sets this limit"}
	case errors.As(err, &refused) && strings.Contains(refused.Debug, "too_many_pings"):
		return []string{"the server allows fewer pings: use a longer --keepalive"}
	case is[*stream.CardinalityError](err), is[*format.DecodeError](err):
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

func mismatchHint(e *call.MismatchError) string {
	if hint := wrongThriftHint(e); hint != "" {
		return hint
	}
	switch e.Guess {
	case call.GuessTLS:
		return "the server speaks TLS: use --tls, or a target like grpcs://" + e.Target
	case call.GuessPlaintext:
		if e.Want == "HTTP" {
			return "the server speaks HTTP/2 without TLS: is it a gRPC server? That is -t grpc"
		}
		return "the server speaks HTTP/2 without TLS: leave out --tls, or use --plaintext"
	case call.GuessHTTP1:
		switch {
		case e.Want == "TLS":
			return "the server speaks HTTP/1 without TLS: is this the right port? http:// goes without TLS"
		case e.Web:
			return "the server speaks HTTP/1: leave out --http2"
		}
		return "the server speaks HTTP/1, which cannot carry gRPC: is this the right port? -t grpc-web works over HTTP/1"
	case call.GuessGRPCWeb:
		return "the server answers in gRPC-Web: use -t grpc-web"
	case call.GuessHTTP2:
		return httpHint(e)
	case call.GuessThrift:
		return "the server speaks Thrift, not gRPC: is this the right port?"
	case call.GuessSSH, call.GuessText:
		return "this is no RPC server: is this the right port?"
	}
	return "is this a gRPC server, and the right port? --tls where it wants TLS"
}

func httpHint(e *call.MismatchError) string {
	switch {
	case e.HTTPStatus == 505 && e.Want == "gRPC-Web": // HTTP Version Not Supported
		return "the server takes such a method over HTTP/2 only: use --http2"
	case e.HTTPStatus == 404:
		return "no gRPC service at this path: is there a path prefix, as in https://host/prefix?"
	case e.HTTPStatus >= 502 && e.HTTPStatus <= 504:
		return "a proxy or gateway answered: the service behind it does not"
	case e.HTTPStatus == 401 || e.HTTPStatus == 403:
		return "credentials are sent with -H 'authorization: ...'"
	}
	return "this is an HTTP server, but no gRPC service answered"
}

func connectHint(e *call.ConnectError) string {
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var dns *net.DNSError
	switch {
	case e.Phase == call.PhaseProxy:
		return "--proxy none goes without the proxy"
	case errors.As(e.Err, &unknown):
		return "--cacert FILE trusts the authority that signed the certificate, --insecure any"
	case errors.As(e.Err, &hostname):
		return "--servername NAME checks the certificate for another name"
	case errors.As(e.Err, &dns):
		return "is the host name right? No address is known for it"
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return "nothing listens there: is the server running, and the port right?"
	case errors.Is(e.Err, os.ErrNotExist):
		return "there is no such socket: is the server running, and the path right?"
	case e.Timeout > 0 && e.Phase == call.PhaseHTTP2:
		return "the peer accepted the connection but said nothing: is it a gRPC server? With TLS, use --tls"
	case e.Timeout > 0:
		return "--connect-timeout sets this limit"
	case e.Phase == call.PhaseThrift && e.Dropped:
		return silentHint
	case e.Phase == call.PhaseStream && e.Dropped:
		return silentPeerHint
	case e.WantsClientCert():
		return "the server wants a client certificate: --cert FILE --key FILE"
	case e.Dropped && e.Phase == call.PhaseTLS:
		return "is this a TLS server, and the right port? --plaintext goes without TLS"
	case e.Dropped && e.Phase == call.PhaseHTTP && !e.Secured:
		return "the peer closed the connection without a word: it may want --tls, or not speak HTTP (-t chooses the transport)"
	case e.Dropped && !e.Secured:
		return "the peer closed the connection at once: with TLS, use --tls"
	}
	return ""
}
