package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

func webMessage(flags byte, body string) string {
	return string(grpcwire.AppendPrefix(nil, flags, uint32(len(body)))) + body
}

func TestGRPCWeb(t *testing.T) {
	t.Parallel()
	answer := func(contentType string, status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if contentType != "" {
				w.Header().Set("Content-Type", contentType)
			}
			w.Header().Set("X-Up", r.Header.Get("Content-Type")+" "+r.Header.Get("X-Grpc-Web")+" "+r.URL.Path)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	const web = "application/grpc-web+proto"
	ok := webMessage(0x80, "grpc-status: 0\r\nx-tail: 1\r\n")
	tests := []struct {
		name     string
		h        http.Handler
		messages int
		want     string
	}{
		{"two messages", answer(web, 200, webMessage(0, "a")+webMessage(0, "b")+ok), 2, ""},
		{"status", answer(web, 200, webMessage(0x80, "grpc-status:5\r\ngrpc-message:not%20here\r\n")), 0, "status 5 NOT_FOUND: not here"},
		{"in the header", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("content-type", web)
			w.Header().Set("grpc-status", "16")
		}), 0, "status 16 UNAUTHENTICATED"},
		{"html", answer("text/html", 404, "<p>no"), 0,
			`ADDR did not answer in gRPC-Web: saw HTTP status 404, content-type "text/html", body "<p>no"`},
		{"grpc", answer("application/grpc", 200, ""), 0,
			`ADDR did not answer in gRPC-Web: saw HTTP status 200, content-type "application/grpc"`},
		{"no trailer", answer(web, 200, webMessage(0, "a")), 1, `ADDR broke the protocol: the answer ended without grpc-status`},
		{"cut", answer(web, 200, webMessage(0, "a")+"\x00\x00\x00\x00\x09x"), 1,
			`ADDR broke the protocol: the body ended inside a message, after 1 message`},
		{"bad trailer", answer(web, 200, webMessage(0x80, "nonsense")), 0,
			`ADDR broke the protocol: trailer line without a colon: "nonsense"`},
		{"too large", answer(web, 200, "\x00\xff\xff\xff\xff"), 0, `received message of 4294967295 bytes exceeds the limit of 67108864`},
	}
	for _, tt := range tests {
		for _, secure := range []bool{false, true} {
			srv := httptest.NewUnstartedServer(tt.h)
			var target string
			if srv.EnableHTTP2 = secure; secure {
				srv.StartTLS()
				target = "https://" + srv.Listener.Addr().String()
			} else {
				srv.Start()
				target = "http://" + srv.Listener.Addr().String()
			}
			c := newClient(t, target+"/pre", func(o *setup) { o.Transport, o.TLS.Insecure = call.GRPCWeb, true })
			all, s, err := do(t.Context(), c, stream.Server, nil, []byte("hi"))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if want := strings.ReplaceAll(tt.want, "ADDR", target+"/pre"); got != want || len(all) != tt.messages {
				t.Errorf("%s: %d messages\ngot  %s\nwant %s", tt.name, len(all), got, want)
			}
			if tt.want == "" {
				header, _ := s.Header()
				up, _ := header.Get("x-up")
				tail, _ := s.Trailer().Get("x-tail")
				if up != web+" 1 /pre/test.Echo/Call" || tail != "1" {
					t.Errorf("header %q, trailer %q", header, s.Trailer())
				}
			}
			c.Close()
			srv.Close()
		}
	}
}

func TestGRPCWebFailures(t *testing.T) {
	t.Parallel()
	asWeb := func(o *setup) { o.Transport = call.GRPCWeb }
	var connect *call.ConnectError
	if _, _, err := do(t.Context(), newClient(t, "127.0.0.1:1", asWeb), stream.Unary, nil, nil); !errors.As(err, &connect) || connect.Phase != call.PhaseDial {
		t.Errorf("refused: %v", err)
	}
	var mismatch *call.MismatchError
	addr := listen(t, say("SSH-2.0-x\r\n"))
	if _, _, err := do(t.Context(), newClient(t, addr, asWeb), stream.Unary, nil, nil); !errors.As(err, &mismatch) || mismatch.Guess != call.GuessSSH {
		t.Errorf("ssh: %v", err)
	}
	addr = listen(t, func(nc net.Conn) { _, _ = nc.Read(make([]byte, 1000)) })
	if _, _, err := do(t.Context(), newClient(t, addr, asWeb), stream.Unary, nil, nil); !errors.As(err, &connect) || !connect.Dropped {
		t.Errorf("closed: %v", err)
	}
	addr = listen(t, func(nc net.Conn) { _, _ = io.Copy(io.Discard, nc) })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, _, err := do(ctx, newClient(t, addr, asWeb), stream.Unary, nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silent: %v", err)
	}
}

// TestGRPCWebWaits: the time until the answer begins is that of receiving.
func TestGRPCWebWaits(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(release) })
	var events []string
	var answered atomic.Bool
	c := newClient(t, srv.Listener.Addr().String(), func(o *setup) {
		o.Transport = call.GRPCWeb
		o.Trace = &stream.Trace{
			SentHeader: func(stream.Metadata) { events = append(events, "header") },
			Sent:       func(int, int) { events = append(events, "sent") },
			HalfClosed: func() { events = append(events, "half-close") },
			FirstByte:  func() { answered.Store(true) },
		}
	})
	s, err := c.Open(ctxFor(t), rpc(method(stream.Unary), nil))
	if err != nil {
		t.Fatal(err)
	}
	pump := stream.Pump{SendTimeout: time.Minute, RecvTimeout: 50 * time.Millisecond}
	next := func() ([]byte, error) { return nil, io.EOF }
	err = pump.Run(ctxFor(t), s, stream.Unary, next, func([]byte) error { return nil })
	if late, ok := errors.AsType[*stream.TimeoutError](err); !ok || late.Op != "recv" {
		t.Errorf("silent peer: %v", err)
	}
	if got := strings.Join(events, " "); got != "header sent half-close" || answered.Load() {
		t.Errorf("events: %s, answered: %v", got, answered.Load())
	}
}
