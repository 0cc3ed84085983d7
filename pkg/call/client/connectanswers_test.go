package client

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// connectAnswer answers the first request of a connection with an HTTP/1.1 answer.
func connectAnswer(t *testing.T, kind stream.Type, answer string) string {
	return connectCall(t, kind, func(nc net.Conn) { webRaw(nc, answer) })
}

func connectCall(t *testing.T, kind stream.Type, serve func(net.Conn)) string {
	c := pipeClient(t, serve, func(o *setup) { o.Transport, o.MaxMessageSize = call.Connect, 1<<16 })
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	all, s, err := do(ctx, c, kind, nil, []byte("hi"))
	if ctx.Err() != nil {
		t.Errorf("the call hung: %v", err)
	}
	var trailer stream.Metadata
	if s != nil {
		trailer = slices.Clone(s.Trailer())
	}
	return fmt.Sprintf("%q %q %v", all, trailer, err)
}

func gzipped(body string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	return b.String()
}

// TestConnectUnaryAnswers are answers of which many break the protocol.
func TestConnectUnaryAnswers(t *testing.T) {
	t.Parallel()
	head := func(status, rest, body string) string {
		return fmt.Sprintf("HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s", status, rest, len(body), body)
	}
	const proto, json = "Content-Type: application/proto\r\n", "Content-Type: application/json\r\n"
	for _, tt := range []struct{ name, answer, want string }{
		{"empty", head("200 OK", proto, ""), `[""] [] <nil>`},
		{"trailer", head("200 OK", proto+"Trailer-X-Tail: 1\r\n", "a"), `["a"] [{"x-tail" "1"}] <nil>`},
		{"error", head("404 Not Found", json, `{"code":"not_found","message":"gone"}`), `[] [] status 5 NOT_FOUND: gone`},
		{"error without code", head("503 No", json, `{"message":"later"}`), `[] [] status 14 UNAVAILABLE: later`},
		{"other JSON", head("403 No", json, `{"a":1}`),
			`[] [] pipe:1 did not answer in Connect: saw HTTP status 403, content-type "application/json", body "{\"a\":1}"`},
		{"error with status 200", head("200 OK", json, `{"code":"not_found"}`),
			`[] [] pipe:1 did not answer in Connect: saw HTTP status 200, content-type "application/json", body "{\"code\":\"not_found\"}"`},
		{"unknown encoding", head("200 OK", proto+"Content-Encoding: br\r\n", "a"),
			`[] [] pipe:1 broke the protocol: a body compressed with "br", which was not offered`},
		{"no gzip", head("200 OK", proto+"Content-Encoding: gzip\r\n", "a"), `a body that does not decompress`},
		{"bomb", head("200 OK", proto+"Content-Encoding: gzip\r\n", gzipped(strings.Repeat("x", 1<<20))), `exceeds the limit of 65536 bytes`},
		{"too large", "HTTP/1.1 200 OK\r\n" + proto + "Content-Length: 99999999\r\n\r\n", `received message of 99999999 bytes exceeds the limit of 65536`},
		{"cut", "HTTP/1.1 200 OK\r\n" + proto + "Content-Length: 9\r\n\r\ncut", `[] [] `},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := connectAnswer(t, stream.Unary, tt.answer)
			if !strings.Contains(got, tt.want) || tt.name == "cut" && strings.HasSuffix(got, "<nil>") {
				t.Errorf("%s\ngot  %s\nwant %s", tt.name, got, tt.want)
			}
		})
	}
}

// TestConnectStreamAnswers are bodies of which many break the protocol.
func TestConnectStreamAnswers(t *testing.T) {
	t.Parallel()
	end := webMessage(2, "{}")
	for _, tt := range []struct{ name, body, want string }{
		{"two", webMessage(0, "a") + webMessage(0, "b") + end, `["a" "b"] [] <nil>`},
		{"metadata", webMessage(2, `{"metadata":{"X-B":["2"],"x-a":["1","3"]}}`), `[] [{"x-a" "1"} {"x-a" "3"} {"x-b" "2"}] <nil>`},
		{"error", webMessage(0, "a") + webMessage(2, `{"error":{"code":"aborted","message":"no"}}`), `["a"] [] status 10 ABORTED: no`},
		{"error without code", webMessage(2, `{"error":{"message":"no"}}`), `[] [] status 2 UNKNOWN: no`},
		{"no end", webMessage(0, "a"), `["a"] [] pipe:1 broke the protocol: the stream ended without the message that says how, after 1 message`},
		{"cut", webMessage(0, "a")[:5], `[] [] pipe:1 broke the protocol: the stream ended 5 bytes into a message of 6`},
		{"end is no JSON", webMessage(2, "<"), `[] [] pipe:1 broke the protocol: an end of the stream that is no JSON`},
		{"behind", end + webMessage(0, "b"), `[] [] pipe:1 broke the protocol: the body goes on behind the end of the stream`},
		{"flags", webMessage(8, "a"), `[] [] pipe:1 broke the protocol: message with unknown flags 0x08`},
		{"compressed", webMessage(1, "a"), `[] [] pipe:1 broke the protocol: compressed message without connect-content-encoding`},
		{"too large", "\x00\xff\xff\xff\xff", `[] [] received message of 4294967295 bytes exceeds the limit of 65536`},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := connectCall(t, stream.Server, func(nc net.Conn) { connectBody(nc, tt.body) })
			if !strings.Contains(got, tt.want) {
				t.Errorf("%s\ngot  %s\nwant %s", tt.name, got, tt.want)
			}
		})
	}
}

// FuzzConnectAnswers: whatever the body, the call ends.
func FuzzConnectAnswers(f *testing.F) {
	for _, body := range []string{
		webMessage(0, "a") + webMessage(2, "{}"), webMessage(2, `{"error":{"code":"aborted"}}`), webMessage(3, "{}"), "\x02\xff\xff\xff\xff", "cut",
		webMessage(2, `{"metadata":{"a\r\nb":["\u0000"]}}`),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		synctest.Test(t, func(t *testing.T) {
			connectCall(t, stream.Server, func(nc net.Conn) { connectBody(nc, string(body)) })
		})
	})
}

func connectBody(nc net.Conn, body string) {
	webRaw(nc, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/connect+proto\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
}

// webRaw answers one request, and closes when the client does or nothing is left to say.
func webRaw(nc net.Conn, answer string) {
	if r, err := http.ReadRequest(bufio.NewReader(nc)); err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(nc, answer)
	}
}
