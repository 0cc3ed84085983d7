package foreign

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
)

const (
	// SniffLimit is how many of a peer's first bytes are kept for error messages.
	SniffLimit = 512
	// SniffWait is how long to wait for more of an answer that is not what was asked
	// for.
	SniffWait = 100 * time.Millisecond
)

// Sniff adds to body what comes of an answer that is certainly not what was asked for,
// within SniffWait: whatever the rest does. more appends what there is, and waits for it;
// stop ends such a wait. err is io.EOF where the body ended, and the result is all of it.
func Sniff(body []byte, more func([]byte) ([]byte, error), stop func()) (_ []byte, err error) {
	defer time.AfterFunc(SniffWait, stop).Stop()
	for len(body) < SniffLimit && err == nil {
		body, err = more(body)
	}
	return body[:min(len(body), SniffLimit)], err
}

// NotHTTP2 describes first bytes that are not the SETTINGS frame with which a
// server must begin (RFC 9113 section 3.4).
func NotHTTP2(o *call.Options, t call.Target, first []byte) *call.MismatchError {
	e := Mismatch(o, t, "HTTP/2")
	e.Body = first
	e.Guess, e.Saw = classify(first)
	if e.Guess == call.GuessHTTP1 {
		parseHTTP1(e, first)
		if o.Transport.HasStatus() {
			e.Code = CodeOfHTTP(e.HTTPStatus)
		}
		if wantsHTTPS(e.HTTPStatus, e.Body) {
			e.Guess = call.GuessTLS
		}
	}
	return e
}

// NotTLS describes first bytes that are not a TLS record.
func NotTLS(o *call.Options, t call.Target, first []byte) *call.MismatchError {
	e := NotHTTP2(o, t, first)
	e.Want = "TLS"
	return e
}

// wantsHTTPS recognises the complaint of a TLS server about a plaintext request.
// There is nothing but the text to go by: net/http has "Client sent an HTTP
// request to an HTTPS server", nginx "The plain HTTP request was sent to HTTPS
// port", Apache "speaking plain HTTP to an SSL-enabled server port".
func wantsHTTPS(status int, body []byte) bool {
	return status == 400 && bytes.Contains(body, []byte("HTTP")) &&
		(bytes.Contains(body, []byte(" HTTPS ")) || bytes.Contains(body, []byte(" SSL-enabled ")))
}

// parseHTTP1 fills in what an HTTP/1 response head says; it may be cut short.
func parseHTTP1(e *call.MismatchError, first []byte) {
	head, body, _ := bytes.Cut(first, []byte("\r\n\r\n"))
	var version string
	for i, line := range strings.Split(string(head), "\r\n") {
		if i == 0 {
			if _, err := fmt.Sscanf(line, "HTTP/%s %d", &version, &e.HTTPStatus); err != nil {
				e.HTTPStatus = 0
			}
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "content-type") {
			e.ContentType = strings.TrimSpace(value)
		}
	}
	e.Body = body
}

// classify guesses what sends such first bytes, and says it in words.
func classify(b []byte) (call.Guess, string) {
	switch {
	case len(b) == 0:
		return call.GuessUnknown, "nothing"
	case detect.IsTLS(b):
		if level, description, ok := detect.TLSAlert(b); ok {
			return call.GuessTLS, fmt.Sprintf("a TLS alert (level %d, description %d)", level, description)
		}
		return call.GuessTLS, "a TLS record"
	case detect.IsSettings(b):
		return call.GuessPlaintext, "an HTTP/2 SETTINGS frame"
	case detect.IsHTTP1Answer(b):
		return call.GuessHTTP1, "an HTTP/1 answer " + quoteLine(b)
	case detect.IsSSH(b):
		return call.GuessSSH, "an SSH greeting " + quoteLine(b)
	case detect.LooksLikeThrift(b):
		return call.GuessThrift, fmt.Sprintf("a Thrift message (% x)", b[:min(len(b), 16)])
	case isText(b):
		return call.GuessText, "the text " + quoteLine(b)
	}
	return call.GuessUnknown, fmt.Sprintf("the bytes % x", b[:min(len(b), 16)])
}

// isText reports whether the first line is printable.
func isText(b []byte) bool {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	if len(line) < 3 || !utf8.Valid(line) {
		return false
	}
	for _, c := range bytes.TrimSuffix(line, []byte("\r")) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// quoteLine quotes the first line, cut to a safe length.
func quoteLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return fmt.Sprintf("%.80q", bytes.TrimSuffix(line, []byte("\r")))
}

// Mismatch is what all of them have in common.
func Mismatch(o *call.Options, t call.Target, want string) *call.MismatchError {
	return &call.MismatchError{Target: t.Text, Transport: o.Transport, Secured: SecuresTo(o, t), Want: call.Answer(want)}
}

// SecuresTo reports whether connections to t use TLS.
func SecuresTo(o *call.Options, t call.Target) bool { return t.TLS || o.TLS.Enabled }
