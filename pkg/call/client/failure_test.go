package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// afterRequest serves HTTP/2 up to the first END_STREAM and then does what the
// test wants; the connection stays open until the client leaves.
func afterRequest(act func(p *peer, id uint32)) func(net.Conn) {
	return onFrame(func(h http2.FrameHeader) bool { return isData(h) && h.Flags.Has(http2.FlagDataEndStream) }, act)
}

// onFrame is afterRequest for each frame that fits.
func onFrame(fits func(http2.FrameHeader) bool, act func(p *peer, id uint32)) func(net.Conn) {
	return func(nc net.Conn) {
		p := newPeer(nc)
		p.start()
		for {
			f, err := p.fr.ReadFrame()
			if err != nil {
				return
			}
			if h := f.Header(); fits(h) {
				act(p, h.StreamID)
				p.bw.Flush()
			}
		}
	}
}

func (p *peer) grpcHeader(id uint32) {
	p.header(id, false, ":status", "200", "content-type", "application/grpc")
}

func (p *peer) message(id uint32, end bool, body string) {
	_ = p.fr.WriteData(id, end, append(grpcwire.AppendPrefix(nil, 0, uint32(len(body))), body...))
}

// say writes text as soon as something has come.
func say(text string) func(net.Conn) {
	return func(nc net.Conn) {
		_, _ = nc.Read(make([]byte, 1024))
		_, _ = io.WriteString(nc, text)
		_, _ = io.Copy(io.Discard, nc)
	}
}

// TestPeerFailures is one unary call per way in which a peer can go wrong. ADDR
// in want stands for the target.
func TestPeerFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		serve func(net.Conn)
		want  string
	}{
		{"http1", say("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n400 Bad Request"),
			`ADDR did not answer in HTTP/2: saw an HTTP/1 answer "HTTP/1.1 400 Bad Request"`},
		{"tls alert", say("\x15\x03\x01\x00\x02\x02\x46"),
			`ADDR did not answer in HTTP/2: saw a TLS alert (level 2, description 70)`},
		{"ssh", func(nc net.Conn) {
			_, _ = io.WriteString(nc, "SSH-2.0-OpenSSH_9.6\r\n")
			_, _ = io.Copy(io.Discard, nc)
		},
			`ADDR did not answer in HTTP/2: saw an SSH greeting "SSH-2.0-OpenSSH_9.6"`},
		{"redis", say("-ERR unknown command 'PRI'\r\n"),
			`ADDR did not answer in HTTP/2: saw the text "-ERR unknown command 'PRI'"`},
		{"framed thrift", say("\x00\x00\x00\x10\x80\x01\x00\x03\x00\x00\x00\x04ping\x00\x00\x00\x01"),
			`ADDR did not answer in HTTP/2: saw a Thrift message (00 00 00 10 80 01 00 03 00 00 00 04 70 69 6e 67)`},
		{"garbage", say("\xff\xfe\xfd\xfc\xfb\xfa\x00\x01\x02\x03\x04"),
			`ADDR did not answer in HTTP/2: saw the bytes ff fe fd fc fb fa 00 01 02 03 04`},
		{"closes at once", func(nc net.Conn) { _, _ = nc.Read(make([]byte, 4096)) },
			`start HTTP/2 with ADDR: the peer closed the connection before answering`},
		{"goaway only", func(nc net.Conn) {
			p := newPeer(nc)
			_, _ = nc.Read(make([]byte, 4096))
			_ = p.fr.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, []byte("too_many_pings"))
			p.bw.Flush()
			time.Sleep(10 * time.Millisecond)
		}, `the peer refused the request: the peer sent GOAWAY ENHANCE_YOUR_CALM "too_many_pings"`},
		{"html 404", afterRequest(func(p *peer, id uint32) {
			p.header(id, false, ":status", "404", "content-type", "text/html")
			_ = p.fr.WriteData(id, true, []byte("<html>not here</html>"))
		}), `ADDR did not answer in gRPC: saw HTTP status 404, content-type "text/html", body "<html>not here</html>"`},
		{"502 header only", afterRequest(func(p *peer, id uint32) { p.header(id, true, ":status", "502") }),
			`ADDR did not answer in gRPC: saw HTTP status 502 without content-type`},
		{"503 grpc", afterRequest(func(p *peer, id uint32) {
			p.header(id, false, ":status", "503", "content-type", "application/grpc")
		}), `ADDR did not answer in gRPC: saw HTTP status 503, content-type "application/grpc"`},
		{"grpc-web answer", afterRequest(func(p *peer, id uint32) {
			p.header(id, true, ":status", "200", "content-type", "application/grpc-web+proto")
		}), `ADDR did not answer in gRPC: saw HTTP status 200, content-type "application/grpc-web+proto"`},
		{"trailers only", afterRequest(func(p *peer, id uint32) {
			p.header(id, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "7", "grpc-message", "keep%20out")
		}), `status 7 PERMISSION_DENIED: keep out`},
		{"unnamed status", afterRequest(func(p *peer, id uint32) {
			p.header(id, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "1000")
		}), `status 1000`},
		{"status no number", afterRequest(func(p *peer, id uint32) {
			p.grpcHeader(id)
			p.header(id, true, "grpc-status", "OK")
		}), `ADDR broke the protocol: grpc-status "OK" is not a number`},
		{"no status", afterRequest(func(p *peer, id uint32) {
			p.grpcHeader(id)
			p.header(id, true, "x", "y")
		}), `ADDR broke the protocol: the answer ended without grpc-status`},
		{"no trailer", afterRequest(func(p *peer, id uint32) {
			p.grpcHeader(id)
			p.message(id, true, "hi")
		}), `ADDR broke the protocol: the answer ended without grpc-status`},
		{"cut message", afterRequest(func(p *peer, id uint32) {
			p.grpcHeader(id)
			_ = p.fr.WriteData(id, false, []byte{0, 0, 0, 0, 9, 'x'})
			p.header(id, true, "grpc-status", "0")
		}), `ADDR broke the protocol: the stream ended 6 bytes into a message of 14`},
		{"too large", afterRequest(func(p *peer, id uint32) {
			p.grpcHeader(id)
			_ = p.fr.WriteData(id, false, []byte{0, 0xff, 0xff, 0xff, 0xff})
		}), `received message of 4294967295 bytes exceeds the limit of 67108864`},
		{"flags", afterRequest(func(p *peer, id uint32) {
			p.grpcHeader(id)
			_ = p.fr.WriteData(id, false, []byte{4, 0, 0, 0, 0})
		}), `ADDR broke the protocol: message with unknown flags 0x04`},
		{"compressed without encoding", afterRequest(func(p *peer, id uint32) {
			p.grpcHeader(id)
			_ = p.fr.WriteData(id, false, []byte{1, 0, 0, 0, 0})
		}), `ADDR broke the protocol: compressed message without grpc-encoding`},
		{"unknown encoding", afterRequest(func(p *peer, id uint32) {
			p.header(id, false, ":status", "200", "content-type", "application/grpc", "grpc-encoding", "snappy")
			_ = p.fr.WriteData(id, false, []byte{1, 0, 0, 0, 0})
		}), `ADDR broke the protocol: message compressed with "snappy", which was not offered`},
		{"not gzip", afterRequest(func(p *peer, id uint32) {
			p.header(id, false, ":status", "200", "content-type", "application/grpc", "grpc-encoding", "gzip")
			_ = p.fr.WriteData(id, false, []byte{1, 0, 0, 0, 2, 'h', 'i'})
		}), `ADDR broke the protocol: message that does not decompress with gzip: unexpected EOF`},
		{"reset", afterRequest(func(p *peer, id uint32) {
			p.grpcHeader(id)
			p.message(id, false, "hi")
			_ = p.fr.WriteRSTStream(id, http2.ErrCodeInternal)
		}), `ADDR reset the stream after 1 message: INTERNAL_ERROR`},
		{"refused always", afterRequest(func(p *peer, id uint32) { _ = p.fr.WriteRSTStream(id, http2.ErrCodeRefusedStream) }),
			`the peer refused the request: ADDR reset the stream after 0 messages: REFUSED_STREAM`},
		{"lost", afterRequest(func(p *peer, id uint32) {
			p.grpcHeader(id)
			p.message(id, false, "hi")
			p.bw.Flush()
			p.nc.Close()
		}), `connection to ADDR lost after 1 message: the peer closed the connection`},
		{"goaway and lost", afterRequest(func(p *peer, id uint32) {
			_ = p.fr.WriteGoAway(id, http2.ErrCodeInternal, []byte("bad day"))
			p.bw.Flush()
			p.nc.Close()
		}), `connection to ADDR lost after 0 messages: the peer sent GOAWAY INTERNAL_ERROR "bad day"`},
		{"push", afterRequest(func(p *peer, id uint32) {
			_ = p.fr.WritePushPromise(http2.PushPromiseParam{StreamID: id, PromiseID: 2, EndHeaders: true})
		}), `ADDR broke the protocol: PUSH_PROMISE although push is off`},
		{"unopened stream", afterRequest(func(p *peer, _ uint32) { p.message(99, false, "") }),
			`ADDR broke the protocol: frame on stream 99, which was not opened`},
		{"data first", afterRequest(func(p *peer, id uint32) { p.message(id, false, "") }),
			`ADDR broke the protocol: DATA before HEADERS`},
		{"two headers", afterRequest(func(p *peer, id uint32) { p.grpcHeader(id); p.grpcHeader(id) }),
			`ADDR broke the protocol: a second HEADERS frame without END_STREAM`},
		{"header too large", afterRequest(func(p *peer, id uint32) {
			p.block.Reset()
			p.grpcHeader(id)
			big := strings.Repeat("x", 16000)
			p.enc.SetMaxDynamicTableSize(0)
			for i := range 80 {
				p.block.Reset()
				_ = p.enc.WriteField(hpackField("x-big", big))
				if i == 0 {
					_ = p.fr.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: p.block.Bytes(), EndStream: true})
				} else {
					_ = p.fr.WriteContinuation(id, i == 79, p.block.Bytes())
				}
			}
		}), `ADDR broke the protocol: a frame that HTTP/2 does not allow (PROTOCOL_ERROR)`},
		{"frame too large", afterRequest(func(p *peer, id uint32) {
			p.grpcHeader(id)
			_ = p.fr.WriteData(id, false, make([]byte, 20000))
		}), `ADDR broke the protocol: a frame of more than 16384 bytes`},
		{"window overflow", afterRequest(func(p *peer, _ uint32) { _ = p.fr.WriteWindowUpdate(0, 1<<31-1) }),
			`ADDR broke the protocol: WINDOW_UPDATE beyond the largest window`},
		{"unknown frames and 1xx are ignored", afterRequest(func(p *peer, id uint32) {
			_ = p.fr.WriteRawFrame(0xfa, 7, 0, []byte("grease"))
			p.header(id, false, ":status", "103")
			p.grpcHeader(id)
			p.message(id, false, "hi")
			p.header(id, true, "grpc-status", "0")
			_ = p.fr.WriteRSTStream(id, http2.ErrCodeNo)
		}), ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr := listen(t, tt.serve)
			c := newClient(t, addr)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			_, _, err := do(ctx, c, stream.Unary, nil, []byte("hi"))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if want := strings.ReplaceAll(tt.want, "ADDR", addr); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestSilentPeer(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(nc net.Conn) { _, _ = io.Copy(io.Discard, nc) })
	c := newClient(t, addr, func(o *setup) { o.ConnectTimeout = 50 * time.Millisecond })
	_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
	var connect *call.ConnectError
	if !errors.As(err, &connect) || connect.Timeout != 50*time.Millisecond || connect.Phase != call.PhaseHTTP2 {
		t.Fatalf("got %v", err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Error("the connect timeout looks like the caller's deadline")
	}
}

func TestConnectErrors(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := ln.Addr().String()
	ln.Close()
	tests := []struct {
		target string
		phase  call.Phase
		want   string
	}{
		{refused, call.PhaseDial, "connect to " + refused + ": connection refused"},
		{"unix:/nonexistent/socket", call.PhaseDial, "connect to unix:/nonexistent/socket: no such file or directory"},
		{"unix:@idlcall-nobody-listens", call.PhaseDial, "connect to unix:@idlcall-nobody-listens: connection refused"},
	}
	for _, tt := range tests {
		for _, kind := range []stream.Type{stream.Unary, stream.Bidi} {
			_, _, err := do(t.Context(), newClient(t, tt.target), kind, nil, nil)
			var connect *call.ConnectError
			if !errors.As(err, &connect) || connect.Phase != tt.phase || err.Error() != tt.want {
				t.Errorf("%s: got %v, want %s", tt.target, err, tt.want)
			}
		}
	}
	start := time.Now()
	c := newClient(t, refused, func(o *setup) { o.Targets = append(o.Targets, o.Targets[0]) })
	_, _, err = do(t.Context(), c, stream.Unary, nil, nil)
	if all := (*call.TargetsError)(nil); !errors.As(err, &all) || len(all.Errs) != 2 || time.Since(start) > time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}

func TestSecondTarget(t *testing.T) {
	t.Parallel()
	dead := listen(t, func(nc net.Conn) {})
	live := startH2C(t, grpcHandler(echo))
	c := newClient(t, dead, func(o *setup) { o.Targets = append(o.Targets, mustTarget(t, live)) })
	if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
		t.Fatal(err)
	}
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go rawServer(1, []byte("x"))(nc)
		}
	}()
	if got, _, err := do(t.Context(), newClient(t, "unix://"+path), stream.Unary, nil, nil); err != nil || len(got) != 1 {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestOpenDialsLate(t *testing.T) {
	t.Parallel()
	c := newClient(t, "127.0.0.1:1")
	s, err := c.Open(t.Context(), rpc(method(stream.Server), nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(t.Context(), rpc(method(stream.Client), nil)); err == nil {
		t.Fatal("a client stream must connect in Open")
	}
}

func startTLS(t *testing.T, h http.Handler, change func(*httptest.Server)) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	if change != nil {
		change(srv)
	}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

func TestTLS(t *testing.T) {
	t.Parallel()
	plain := listen(t, func(nc net.Conn) { // as grpc-go: SETTINGS before anything is read
		_, _ = io.WriteString(nc, "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00")
		_, _ = io.Copy(io.Discard, nc)
	})
	http1 := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(http1.Close)
	http1Addr := http1.Listener.Addr().String()
	secure := startTLS(t, grpcHandler(echo), nil)
	mutual := startTLS(t, grpcHandler(echo), func(s *httptest.Server) {
		s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	})
	insecure := func(o *setup) { o.TLS.Enabled, o.TLS.Insecure = true, true }
	verify := func(o *setup) { o.TLS.Enabled = true }
	tests := []struct {
		name, addr string
		change     func(*setup)
		want       string
	}{
		{"insecure", secure, insecure, ""},
		{"unknown authority", secure, verify, "TLS handshake with ADDR: tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		{"plaintext peer", plain, insecure, "ADDR did not answer in TLS: saw an HTTP/2 SETTINGS frame"},
		{"http1 peer", http1Addr, insecure, `ADDR did not answer in TLS: saw an HTTP/1 answer "HTTP/1.1 400 Bad Request"`},
		{"tls peer called in plaintext", secure, func(*setup) {}, "start HTTP/2 with ADDR: the peer closed the connection before answering"},
		{"client certificate required", mutual, insecure, "TLS handshake with ADDR: tls: certificate required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if _, _, err := do(t.Context(), newClient(t, tt.addr, tt.change), stream.Unary, nil, nil); err != nil {
				got = err.Error()
			}
			if want := strings.ReplaceAll(tt.want, "ADDR", tt.addr); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
