package cmd

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// failures are errors that have hints, or had, in all that the hints tell apart.
func failures(t call.Transport, secured bool) []error {
	waited := &deadlineError{"1s"}
	errs := []error{
		waited, &call.WaitError{First: true, Err: waited}, &call.SilentError{Err: waited}, &call.SilentError{First: true, Err: waited},
		&call.SilentError{Err: &stream.TimeoutError{Op: "recv"}}, &stream.TimeoutError{Op: "recv"}, &stream.TimeoutError{Op: "send"},
		&idl.IncompleteError{}, &idl.NoReflectionError{Err: waited}, &stream.CardinalityError{}, &format.DecodeError{},
		&call.ConnectError{Phase: call.PhaseTLS, Err: x509.UnknownAuthorityError{}},
		&call.ConnectError{Phase: call.PhaseTLS, Err: x509.HostnameError{Certificate: &x509.Certificate{}}},
		&call.ConnectError{Phase: call.PhaseTLS, Alert: 116, CertAsked: true, Err: waited},
		&call.ConnectError{Phase: call.PhaseHTTP2, Timeout: time.Second, Secured: secured},
		&call.ConnectError{Phase: call.PhaseDial, Timeout: time.Second},
	}
	for _, phase := range []call.Phase{call.PhaseTLS, call.PhaseHTTP2, call.PhaseHTTP, call.PhaseThrift, call.PhaseStream} {
		errs = append(errs, &call.ConnectError{Phase: phase, Dropped: true, Secured: secured, Err: waited})
	}
	for kind := range int32(22) {
		errs = append(errs, &call.ApplicationError{Type: kind, Message: "unknown service , method x"})
	}
	for guess := call.GuessUnknown; guess <= call.GuessThriftJSON; guess++ {
		for _, want := range []string{"gRPC", "HTTP/2", "HTTP", "TLS", "TTHeader"} {
			if want == "HTTP" && t == call.GRPC || guess == call.GuessGRPCWeb && t == call.GRPCWeb {
				continue // it is not asked for, or was
			}
			for _, status := range []int{0, 200, 401, 403, 404, 415, 500, 502, 505} {
				errs = append(errs, &call.MismatchError{
					Target: "https://h/prefix", Transport: t, Secured: secured, Want: call.Answer(want), Guess: guess, HTTPStatus: status,
				})
			}
		}
	}
	for i, err := range errs {
		errs[i] = &session.CallError{Transport: t, Err: err}
	}
	return errs
}

// TestHintsAreNotFollowedAlready: with every flag that a hint could advise on the
// command line, none advises it.
func TestHintsAreNotFollowedAlready(t *testing.T) {
	var command *cobra.Command
	root := newCall(streams{}, func(context.Context, streams, *callOptions) error { return nil })
	root.PreRun = func(c *cobra.Command, _ []string) { command = c }
	root.SetArgs([]string{
		"https://h/prefix", "M", "--tls", "--cacert", "f", "--cert", "f", "--key", "f", "--servername", "n", "--http2",
		"--connect-timeout", "1s", "--timeout", "1s", "--recv-timeout", "1s", "--send-timeout", "1s", "--idl", "f",
		"--multiplex", "n", "--protocol", "compact", "--connect-json", "-H", "Authorization: x",
	})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	line := commandLine{flags: command.Flags()}
	followed := []string{
		"use --tls", "want --tls", "or --tls", "--tls where", "use --http2", "use --connect-json", "--connect-json sends", "--timeout", "-timeout sets", "--connect-timeout", "--servername", "--cacert FILE",
		"--cert FILE", "give the IDL", "--multiplex", "credentials are sent", "path prefix", "give it in the target",
	}
	for _, transport := range call.Transports() {
		for _, err := range failures(transport, true) {
			for _, hint := range line.hints(err) {
				again := strings.HasSuffix(hint, "-t "+transport.String())
				if again || slices.ContainsFunc(followed, func(s string) bool { return strings.Contains(hint, s) }) {
					t.Errorf("%s: %v: %s", transport, err, hint)
				}
			}
		}
	}
}

// TestHintsFitTheTransport: nothing of gRPC is said to who calls Thrift, save that
// the peer may be a gRPC server where it speaks HTTP/2, or how else to carry streams.
func TestHintsFitTheTransport(t *testing.T) {
	for _, transport := range []call.Transport{call.HTTP, call.Framed, call.Buffered, call.TTHeader, call.TTHeaderFramed, call.Header} {
		for _, secured := range []bool{false, true} {
			for _, err := range failures(transport, secured) {
				if connect := new(call.ConnectError); asConnect(err, &connect) && connect.Phase == call.PhaseHTTP2 {
					continue // no transport of Thrift's
				}
				for _, hint := range (commandLine{}).hints(err) {
					rest := strings.ReplaceAll(hint, "speaks HTTP/2: is it a gRPC server? That is -t grpc", "")
					rest = strings.ReplaceAll(rest, "speaks HTTP/2 without TLS: is it a gRPC server? That is -t grpc", "")
					rest = strings.ReplaceAll(rest, "-t grpc ", "")
					if strings.Contains(rest, "gRPC") || strings.Contains(rest, "grpc") {
						t.Errorf("%s: %v: %s", transport, err, hint)
					}
				}
			}
		}
	}
}

// TestHintsOfConnect: to who asks in Connect, gRPC is only what a peer may speak instead.
func TestHintsOfConnect(t *testing.T) {
	for _, secured := range []bool{false, true} {
		for _, err := range failures(call.Connect, secured) {
			for _, hint := range (commandLine{}).hints(err) {
				rest := strings.NewReplacer(
					"-t grpc-web", "", "-t grpc", "", "answers in gRPC-Web", "", "for a gRPC server", "", "is it a gRPC server?", "",
				).Replace(hint)
				if strings.Contains(rest, "gRPC") && !strings.Contains(err.Error(), "gRPC") {
					t.Errorf("%v: %s", err, hint)
				}
			}
		}
	}
	for _, test := range []struct {
		e    call.MismatchError
		want string
	}{
		{call.MismatchError{HTTPStatus: 415, AcceptPost: "application/json"}, "use --connect-json"},
		{call.MismatchError{HTTPStatus: 415, AcceptPost: "application/grpc-web, application/grpc-web+proto"}, "use -t grpc-web"},
		{call.MismatchError{HTTPStatus: 415, AcceptPost: "application/grpc, application/grpc+proto"}, "use -t grpc"},
		{call.MismatchError{HTTPStatus: 415, AcceptPost: "application/connect+proto"}, "as one of another kind"},
		{call.MismatchError{HTTPStatus: 200, Codec: "json"}, "the server answers in JSON: use --connect-json"},
		{call.MismatchError{HTTPStatus: 302, Location: "/x"}, "give that place as the target"},
		{call.MismatchError{HTTPStatus: 415, ContentType: "application/grpc"}, "use -t grpc"},
	} {
		test.e.Transport, test.e.Guess = call.Connect, call.GuessHTTP2
		if hints := (commandLine{}).hints(&test.e); len(hints) != 1 || !strings.Contains(hints[0], test.want) {
			t.Errorf("%+v: %q", test.e, hints)
		}
	}
}

func asConnect(err error, target **call.ConnectError) bool {
	rpc, _ := err.(*session.CallError)
	connect, ok := rpc.Err.(*call.ConnectError)
	*target = connect
	return ok
}

// TestGRPCCode: errors over gRPC have the code that gRPC libraries give them; those of
// other transports, and statuses, have none.
func TestGRPCCode(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{&call.MismatchError{HTTPStatus: http.StatusTooManyRequests, Code: stream.Unavailable}, "14 UNAVAILABLE"},
		{&call.MismatchError{HTTPStatus: http.StatusOK, Code: stream.Unknown, Codec: "json"}, "13 INTERNAL"},
		{&call.MismatchError{Guess: call.GuessSSH}, "14 UNAVAILABLE"},
		{&call.ResetError{HTTP2Code: 11}, "8 RESOURCE_EXHAUSTED"},
		{&call.RefusedError{Err: &call.ResetError{HTTP2Code: 7}}, "14 UNAVAILABLE"},
		{&call.ConnectionLostError{Err: &call.GoAwayError{}}, "14 UNAVAILABLE"},
		{&call.ConnectError{Phase: call.PhaseDial, Timeout: time.Second}, "4 DEADLINE_EXCEEDED"},
		{&call.ConnectError{Phase: call.PhaseDial, Err: context.Canceled}, "14 UNAVAILABLE"},
		{&call.ConnectError{Phase: call.PhaseDial, Err: &deadlineError{"1s"}}, "4 DEADLINE_EXCEEDED"},
		{&call.WaitError{Err: &deadlineError{"1s"}}, "4 DEADLINE_EXCEEDED"},
		{&stream.TimeoutError{Op: "recv"}, "4 DEADLINE_EXCEEDED"},
		{&call.MessageSizeError{Size: 5}, "8 RESOURCE_EXHAUSTED"},
		{&call.ProtocolError{Saw: "x"}, "13 INTERNAL"},
		{&stream.CardinalityError{}, "12 UNIMPLEMENTED"},
		{&stream.Status{Code: stream.Unavailable}, ""},
		{errInterrupted, ""},
		{&usageError{}, ""},
	}
	for _, test := range tests {
		got := ""
		if code := grpcOf(&session.CallError{Transport: call.GRPCWeb, Err: fmt.Errorf("wrapped: %w", test.err)}); code != nil {
			got = fmt.Sprintf("%d %s", code.Code, code.Name)
		}
		if got != test.want {
			t.Errorf("%T: got %q, want %q", test.err, got, test.want)
		}
		if code := grpcOf(&session.CallError{Transport: call.TTHeader, Err: test.err}); code != nil {
			t.Errorf("%T over TTHeader: %v", test.err, code)
		}
	}
}
