package foreign

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/call"
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
	case IsTLSRecord(b):
		if b[0] == 0x15 && len(b) >= 7 {
			return call.GuessTLS, fmt.Sprintf("a TLS alert (level %d, description %d)", b[5], b[6])
		}
		return call.GuessTLS, "a TLS record"
	case isSettings(b):
		return call.GuessPlaintext, "an HTTP/2 SETTINGS frame"
	case bytes.HasPrefix(b, []byte("HTTP/")):
		return call.GuessHTTP1, "an HTTP/1 answer " + quoteLine(b)
	case bytes.HasPrefix(b, []byte("SSH-")):
		return call.GuessSSH, "an SSH greeting " + quoteLine(b)
	case looksLikeThrift(b):
		return call.GuessThrift, fmt.Sprintf("a Thrift message (% x)", b[:min(len(b), 16)])
	case isText(b):
		return call.GuessText, "the text " + quoteLine(b)
	}
	return call.GuessUnknown, fmt.Sprintf("the bytes % x", b[:min(len(b), 16)])
}

// IsTLSRecord checks for a record header (RFC 8446 section 5.1): a content type
// from 20 to 23, then version 3.x.
func IsTLSRecord(b []byte) bool {
	return len(b) >= 3 && b[0] >= 20 && b[0] <= 23 && b[1] == 3 && b[2] <= 4
}

// isSettings checks for the header of a SETTINGS frame as a server begins with.
func isSettings(b []byte) bool {
	if len(b) < 9 {
		return len(b) >= 5 && b[0] == 0 && b[3] == 4 && b[4] == 0
	}
	length := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	return length%6 == 0 && length <= 1<<14 && b[3] == 4 && b[4] == 0 && bytes.Equal(b[5:9], make([]byte, 4))
}

// looksLikeThrift checks for a strict binary message header 80 01 00 tt, a compact one
// 82, bare or behind a frame length (apache/thrift:doc/specs/thrift-rpc.md), or
// TTHeader's magic 10 00 behind a length
// (cloudwego.github.io: kitex/Reference/transport_protocol_ttheader.md).
func looksLikeThrift(b []byte) bool {
	if startsThrift(b) {
		return true
	}
	return len(b) >= 8 && b[0] < 0x10 && (startsThrift(b[4:]) || b[4] == 0x10 && b[5] == 0)
}

func startsThrift(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	strict := b[0] == 0x80 && b[1] == 0x01 && b[2] == 0 && b[3] >= 1 && b[3] <= 4
	compact := b[0] == 0x82 && b[1]&0x1f == 1 && b[1]>>5 >= 1 && b[1]>>5 <= 4
	return strict || compact
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
	return &call.MismatchError{Target: t.Text, Transport: o.Transport, Secured: SecuresTo(o, t), Want: want}
}

// SecuresTo reports whether connections to t use TLS.
func SecuresTo(o *call.Options, t call.Target) bool { return t.TLS || o.TLS.Enabled }
