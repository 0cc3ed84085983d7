package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// thriftPost serves the transport HTTP: answer gets the message and returns the
// body.
func thriftPost(t *testing.T, p thriftwire.Protocol, answer func(r *http.Request, m thriftwire.Message) []byte) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		m, err := thriftwire.Parse(p, body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-thrift" {
			t.Errorf("%s %v: %x, %v", r.Method, r.Header, body, err)
		}
		w.Header().Set("Content-Type", "application/x-thrift")
		w.Header().Set("X-Back", "b")
		_, _ = w.Write(answer(r, m))
	}))
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

func TestThriftHTTP(t *testing.T) {
	t.Parallel()
	for _, tt := range forms(t) {
		if tt.transport != call.Buffered {
			continue
		}
		p := thriftwire.Protocol(tt.protocol)
		var seen http.Header
		addr := thriftPost(t, p, func(r *http.Request, m thriftwire.Message) []byte {
			seen = r.Header
			if r.URL.Path != "/at/this" || !bytes.Equal(m.Body, tt.request) || m.Name != "S:EchoPingPong" {
				t.Errorf("%s: %+v", r.URL, m)
			}
			return thriftwire.Append(nil, p, thriftwire.Envelope{Name: "EchoPingPong", Type: thriftwire.Reply, Seq: m.Seq}, tt.reply)
		})
		c := newClient(t, "http://"+addr+"/at/this", func(o *setup) {
			o.Protocol, o.Multiplex = tt.protocol, "S"
			o.Transient, o.ToService = stream.Metadata{{Name: "A_Key", Value: "v"}}, "dest"
		})
		for range 2 {
			got, header, err := thriftCall(ctxFor(t), c, tt.method, stream.Metadata{{Name: "X-Up", Value: "u"}, {Name: "k-bin", Value: "\x00"}}, tt.request)
			back, _ := header.Get("x-back")
			if err != nil || !bytes.Equal(got, tt.reply) || back != "b" {
				t.Fatalf("%s: %x, %q, %v", tt, got, header, err)
			}
		}
		if seen.Get("X-Up") != "u" || seen.Get("K-Bin") != "AA" || seen.Get("RPC-Transit-A-Key") != "v" || seen.Get("Destination-Service") != "dest" ||
			seen.Get("User-Agent") != "idlcall" {
			t.Errorf("%v", seen)
		}
	}
}

func TestThriftHTTPAnswers(t *testing.T) {
	t.Parallel()
	reply := func(kind thriftwire.MessageType, seq int32, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			_, _ = w.Write(thriftwire.Append(nil, thriftwire.Binary, thriftwire.Envelope{Name: "EchoPingPong", Type: kind, Seq: seq}, []byte(body)))
		}
	}
	text := func(status int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	tests := []struct {
		name   string
		method *stream.Method
		answer func(http.ResponseWriter)
		want   string
	}{
		{"404", echoPingPong, text(404, "no such page\nmore"), `ADDR did not answer in Thrift over HTTP: saw HTTP status 404, content-type "text/plain", body "no such page more"`},
		{"500", notify, text(500, ""), `ADDR did not answer in Thrift over HTTP: saw HTTP status 500, content-type "text/plain"`},
		{"HTML", echoPingPong, text(200, "<html>"), `ADDR did not answer in Thrift over HTTP: saw HTTP status 200, content-type "text/plain", body "<html>"`},
		{"empty", echoPingPong, func(http.ResponseWriter) {}, `ADDR did not answer in Thrift over HTTP: saw HTTP status 200 without content-type, no body`},
		{"oneway", notify, func(http.ResponseWriter) {}, ``},
		{"seq", echoPingPong, reply(thriftwire.Reply, 9, "\x00"), `ADDR broke the protocol: a reply with the sequence id 9 to a request with 1`},
		{"exception", echoPingPong, reply(thriftwire.Exception, 1, "\x00"), `application exception 0 (unknown)`},
		{"cut", echoPingPong, func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "\x80\x01\x00\x02")
		}, `connection to ADDR lost after 0 messages: the peer closed the connection`},
		{"cut message", echoPingPong, text(200, "\x80\x01\x00\x02"), `ADDR broke the protocol: a message that cannot be read: the envelope is cut short (offset 4)`},
		{"too large", echoPingPong, func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "99999999")
			_, _ = io.WriteString(w, "\x80\x01\x00\x02")
		}, `received message of 99999999 bytes exceeds the limit of 67108864`},
		{"compact", echoPingPong, text(200, "\x82\x41\x01\x00\x00"), `ADDR did not answer in Thrift over HTTP: saw HTTP status 200, content-type "text/plain", body "\x82A\x01\x00\x00"`},
	}
	for _, tt := range tests {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tt.answer(w) }))
		t.Cleanup(srv.Close)
		addr := srv.Listener.Addr().String()
		c := newClient(t, addr, over(call.HTTP, stream.Binary))
		_, _, err := thriftCall(ctxFor(t), c, tt.method, nil, nil)
		if got := fmt.Sprint(err); got != strings.ReplaceAll(tt.want, "ADDR", addr) && (err != nil || tt.want != "") {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

// TestThriftHTTPPeers: peers that do not speak HTTP, or nothing, or TLS.
func TestThriftHTTPPeers(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"":                             "send HTTP to peer:1: the peer closed the connection before answering",
		"SSH-2.0-x\r\n":                `peer:1 did not answer in HTTP: saw an SSH greeting "SSH-2.0-x"`,
		"\x15\x03\x01\x00\x02\x02\x46": "peer:1 did not answer in HTTP: saw a TLS alert (level 2, description 70)",
	} {
		c := thriftClient(t, over(call.HTTP, stream.Binary), serving(sayAndClose([]byte(said))))
		if _, _, err := thriftCall(ctxFor(t), c, echoPingPong, nil, nil); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		c := thriftClient(t, over(call.HTTP, stream.Binary), serving(sayHex(t, "")))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := thriftCall(ctx, c, echoPingPong, nil, nil)
		if wait, ok := errors.AsType[*call.WaitError](err); !ok || !wait.First || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("silent peer: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := thriftClient(t, over(call.HTTP, stream.Binary), serving(sayHex(t, "")))
		s, err := c.Open(t.Context(), rpc(echoPingPong, nil))
		if err == nil {
			pump := stream.Pump{SendTimeout: time.Second, RecvTimeout: time.Minute}
			next := func() ([]byte, error) { return nil, io.EOF }
			err = pump.Run(t.Context(), s, stream.Unary, next, func([]byte) error { return nil })
		}
		if late, ok := errors.AsType[*stream.TimeoutError](err); !ok || late.Op != "recv" {
			t.Errorf("silent peer: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := thriftClient(t, over(call.HTTP, stream.Binary), func(o *setup) {
			o.Dial = func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, context.Cause(ctx) }
			o.Trace = &stream.Trace{Warn: func(m string) { t.Errorf("warning while connecting: %s", m) }}
		})
		if _, _, err := thriftCall(t.Context(), c, echoPingPong, nil, nil); err == nil {
			t.Error("connected to nothing")
		}
	})
	a := newAuthority(t)
	cert, _, _ := a.issue("127.0.0.1", time.Now().Add(time.Hour))
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(thriftwire.Append(nil, thriftwire.Binary, thriftwire.Envelope{Type: thriftwire.Reply, Seq: 1}, []byte{0}))
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	c := newClient(t, "https://"+srv.Listener.Addr().String(), func(o *setup) { o.TLS.CACert = a.file })
	if _, _, err := thriftCall(ctxFor(t), c, echoPingPong, nil, nil); err != nil {
		t.Error(err)
	}
}
