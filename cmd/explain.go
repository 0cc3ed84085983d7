package cmd

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// statusError is a peer's status with its details made readable.
type statusError struct {
	*stream.Status
	details [][]byte // JSON
	// broken says why further details could not be read.
	broken error
}

func (e *statusError) Unwrap() error { return e.Status }

// detailed adds the decoded details to a status that has some.
func detailed(err error, m *idl.Method, o format.Options) error {
	var status *stream.Status
	out, isProto := m.Output.(*idl.ProtoMessage)
	if !errors.As(err, &status) || len(status.Details) == 0 || !isProto {
		return err
	}
	e := &statusError{Status: status}
	e.details, e.broken = format.Details(status.Details, out.Types, o)
	return e
}

// looking says what was looked up when a server's reflection failed. Errors of
// the IDL itself say it already.
func looking(ctx context.Context, what string, err error) error {
	switch {
	case ctx.Err() != nil && !is[*stream.Status](err):
		return context.Cause(ctx)
	case is[*idl.NotFoundError](err), is[*idl.AmbiguousError](err), is[*idl.ParseError](err):
		return err
	case is[*call.MetadataError](err): // it concerns every request
		bad, _ := errors.AsType[*call.MetadataError](err)
		return bad
	case isConnection(err), is[*call.UnsupportedError](err):
		return err
	case is[*stream.Status](err):
		return fmt.Errorf("look up %s by reflection: %w", what, err)
	}
	return &idlError{fmt.Errorf("look up %s: %w", what, err)}
}

// errorFormat finds --error-format on a command line that may not have parsed.
func errorFormat(args []string) string {
	chosen := os.Getenv("IDLCALL_ERROR_FORMAT")
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, ok := strings.CutPrefix(arg, "--error-format="); ok {
			chosen = value
		} else if arg == "--error-format" && i+1 < len(args) {
			chosen = args[i+1]
		}
	}
	return chosen
}

// report writes an error: as text, or as one JSON object.
func report(w io.Writer, form string, err error) {
	if exitCode(err) == exitOK {
		return // stdout was closed on purpose
	}
	if form == "json" {
		reportJSON(w, err)
		return
	}
	if errors.Is(err, errInterrupted) {
		fmt.Fprintln(w, "error: interrupted")
		return
	}
	fmt.Fprintf(w, "error: %s\n", printable(message(err)))
	var in *format.InputError
	if errors.As(err, &in) && strings.TrimSpace(in.Text) != "" {
		fmt.Fprintf(w, "  %s\n  %s^\n", in.Text, strings.Repeat(" ", in.Caret))
	}
	if status, ok := errors.AsType[*statusError](err); ok {
		for _, d := range status.details {
			fmt.Fprintf(w, "detail: %s\n", d)
		}
		if status.broken != nil {
			fmt.Fprintf(w, "detail: not readable: %v\n", status.broken)
		}
	}
	for _, h := range hints(err) {
		fmt.Fprintf(w, "hint: %s\n", h)
	}
}

// printable keeps what a peer wrote from moving the cursor; further lines are
// indented.
func printable(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = visible(line)
	}
	return strings.Join(lines, "\n  ")
}

// errorJSON is the object of --error-format json.
type errorJSON struct {
	Message  string       `json:"message"`
	ExitCode int          `json:"exitCode"`
	Hints    []string     `json:"hints,omitempty"`
	Status   *errorStatus `json:"status,omitempty"`
	Input    *errorInput  `json:"input,omitempty"`
	HTTP     *errorHTTP   `json:"http,omitempty"`
}

type errorStatus struct {
	Code    uint32            `json:"code"`
	Name    string            `json:"name"`
	Message string            `json:"message"`
	Details []json.RawMessage `json:"details,omitempty"`
}

type errorInput struct {
	Source   string `json:"source"`
	Document int    `json:"document"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Text     string `json:"text"`
}

type errorHTTP struct {
	Status      int    `json:"status"`
	ContentType string `json:"contentType,omitempty"`
	Body        string `json:"body,omitempty"`
}

func reportJSON(w io.Writer, err error) {
	e := errorJSON{Message: message(err), ExitCode: exitCode(err), Hints: hints(err)}
	if status, ok := errors.AsType[*stream.Status](err); ok {
		e.Status = &errorStatus{Code: uint32(status.Code), Name: status.Code.String(), Message: status.Message}
	}
	if details, ok := errors.AsType[*statusError](err); ok {
		for _, d := range details.details {
			e.Status.Details = append(e.Status.Details, d)
		}
	}
	if in, ok := errors.AsType[*format.InputError](err); ok {
		e.Input = &errorInput{in.Source, in.Index, in.Line, in.Col, in.Text}
	}
	var mismatch *call.MismatchError
	if errors.As(err, &mismatch) && mismatch.HTTPStatus != 0 {
		e.HTTP = &errorHTTP{mismatch.HTTPStatus, mismatch.ContentType, string(mismatch.Body)}
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	_ = out.Encode(struct {
		Error errorJSON `json:"error"`
	}{e})
}

// message is the text of an error, on one line unless it is a list.
func message(err error) string {
	if status, ok := errors.AsType[*statusError](err); ok {
		return status.Error()
	}
	return err.Error()
}

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
	case is[*stream.ExtraInputError](err):
		return []string{"--each makes one call for each document"}
	case errors.As(err, &noReflection):
		return []string{"give the IDL with --idl FILE"}
	case is[*idl.IncompleteError](err):
		return []string{"give the IDL with --idl FILE"}
	case errors.As(err, &notFound):
		return nearestHints(notFound)
	case errors.As(err, &ambiguous) && ambiguous.Conflict:
		return []string{"give only one of them"}
	case errors.As(err, &ambiguous):
		return []string{"name one of them in full"}
	case errors.As(err, &size):
		return []string{"--max-message-size allows larger messages"}
	case errors.As(err, &unsupported):
		return []string{"-t grpc carries all kinds of methods"}
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
	if strings.HasPrefix(value.Message, "unknown field") {
		return []string{"--unknown-fields ignore skips unknown fields"}
	}
	return nil
}

func nearestHints(e *idl.NotFoundError) []string {
	switch {
	case len(e.Nearest) > 0:
		return []string{"did you mean " + orList(e.Nearest) + "?"}
	case e.Kind == "method" || e.Kind == "service":
		return []string{"'idlcall list' shows what there is"}
	}
	return nil
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
	switch {
	case errors.As(err, &mismatch):
		return nonEmpty(mismatchHint(mismatch))
	case errors.As(err, &connect):
		return nonEmpty(connectHint(connect))
	case errors.As(err, &timeout):
		return []string{fmt.Sprintf("--%s-timeout sets this limit", timeout.Op)}
	case is[*deadlineError](err):
		return []string{"--timeout sets this limit"}
	case errors.As(err, &refused) && strings.Contains(refused.Debug, "too_many_pings"):
		return []string{"the server allows fewer pings: use a longer --keepalive"}
	case is[*stream.CardinalityError](err), is[*format.DecodeError](err):
		return []string{"is the IDL the one that the server was built from?"}
	case is[*call.RefusedError](err):
		return []string{"the server did not act on the request: it is safe to repeat"}
	case is[*call.ResetError](err), is[*call.ConnectionLostError](err):
		return []string{"whether the server acted on the request is not known: its log may say"}
	}
	return nil
}

func mismatchHint(e *call.MismatchError) string {
	switch e.Guess {
	case call.GuessTLS:
		return "the server speaks TLS: use --tls, or a target like grpcs://" + e.Target
	case call.GuessPlaintext:
		if e.Want == "HTTP" {
			return "the server speaks HTTP/2 without TLS: is it a gRPC server? Leave out -t grpc-web"
		}
		return "the server speaks HTTP/2 without TLS: leave out --tls, or use --plaintext"
	case call.GuessHTTP1:
		if e.Want == "TLS" {
			return "the server speaks HTTP/1 without TLS: is this the right port?"
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
	case e.WantsClientCert():
		return "the server wants a client certificate: --cert FILE --key FILE"
	case e.Dropped && e.Phase == call.PhaseTLS:
		return "is this a TLS server, and the right port? --plaintext goes without TLS"
	case e.Dropped && !e.Secured:
		return "the peer closed the connection at once: with TLS, use --tls"
	}
	return ""
}
