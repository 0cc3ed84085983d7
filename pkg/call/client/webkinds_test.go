package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// webEcho answers each message of a request with itself, once the request has ended
// where that is HTTP/1.1.
func webEcho(w http.ResponseWriter, r *http.Request) {
	from := io.Reader(r.Body)
	if r.ProtoMajor == 1 {
		all, _ := io.ReadAll(r.Body)
		from = bytes.NewReader(all)
	}
	w.Header().Set("Content-Type", "application/grpc-web+proto")
	w.Header().Set("X-Path", r.RequestURI)
	flush := http.NewResponseController(w)
	_ = flush.Flush()
	for prefix := make([]byte, grpcwire.PrefixLen); ; {
		if _, err := io.ReadFull(from, prefix); err != nil {
			break
		}
		_, n := grpcwire.ParsePrefix(prefix)
		_, _ = w.Write(prefix)
		_, _ = io.CopyN(w, from, int64(n))
		_ = flush.Flush()
	}
	_, _ = io.WriteString(w, webMessage(0x80, "grpc-status: 0\r\n"))
}

// webServer serves over HTTP/1.1, and HTTP/2 without TLS, and counts connections.
func webServer(t *testing.T, h http.HandlerFunc) (addr string, conns *atomic.Int32) {
	srv := httptest.NewUnstartedServer(h)
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetHTTP1(true)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	conns = new(atomic.Int32)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String(), conns
}

// TestGRPCWebKinds streams both ways over either HTTP, several calls on one connection.
func TestGRPCWebKinds(t *testing.T) {
	t.Parallel()
	sizes := []int{0, 1, 100, 40_000, 0, 3_000_000}
	for _, overHTTP2 := range []bool{false, true} {
		for _, kind := range []stream.Type{stream.Unary, stream.Client, stream.Server, stream.Bidi} {
			t.Run(fmt.Sprint(kind, overHTTP2), func(t *testing.T) {
				t.Parallel()
				addr, conns := webServer(t, webEcho)
				c := newClient(t, "http://"+addr+"/a%20b", func(o *setup) { o.Transport, o.HTTP2 = call.GRPCWeb, overHTTP2 })
				for range 3 {
					want := sizes
					if !kind.ClientStreams() {
						want = sizes[len(sizes)-1:]
					}
					s := open(t, c, kind)
					echoed(t, s, want)
					if path, _ := header(t, s).Get("x-path"); path != "/a%20b/test.Echo/Call" {
						t.Errorf("path %q", path)
					}
				}
				if conns.Load() != 1 {
					t.Errorf("%d connections", conns.Load())
				}
			})
		}
	}
}

func header(t *testing.T, s stream.Stream) stream.Metadata {
	md, err := s.Header()
	if err != nil {
		t.Error(err)
	}
	return md
}

// echoed sends messages of the sizes and receives them.
func echoed(t *testing.T, s stream.Stream, sizes []int) {
	t.Helper()
	sent := make(chan error, 1)
	go func() {
		for i, size := range sizes {
			if err := s.Send(bytes.Repeat([]byte{byte(i)}, size)); err != nil {
				sent <- err
				return
			}
		}
		sent <- s.CloseSend()
	}()
	for i, size := range sizes {
		body, err := s.Recv()
		if err != nil || !bytes.Equal(body, bytes.Repeat([]byte{byte(i)}, size)) {
			t.Fatalf("message %d: %d bytes, %v", i, len(body), err)
		}
	}
	if _, err := s.Recv(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// TestGRPCWebEarlyEnd: a server refuses a stream without reading it. Sending ends with
// io.EOF, receiving says why.
func TestGRPCWebEarlyEnd(t *testing.T) {
	t.Parallel()
	addr, _ := webServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/grpc-web+proto")
		w.Header().Set("Grpc-Status", "7")
		w.Header().Set("Connection", "close")
	})
	for _, overHTTP2 := range []bool{false, true} {
		c := newClient(t, addr, func(o *setup) { o.Transport, o.HTTP2 = call.GRPCWeb, overHTTP2 })
		s := open(t, c, stream.Bidi)
		failed := make(chan error, 1)
		go func() {
			for {
				if err := s.Send(make([]byte, 100_000)); err != nil {
					failed <- err
					return
				}
			}
		}()
		var status *stream.Status
		if _, err := s.Recv(); !errors.As(err, &status) || status.Code != stream.PermissionDenied {
			t.Errorf("Recv: %v", err)
		}
		if err := <-failed; err != io.EOF {
			t.Errorf("Send: %v", err)
		}
	}
}

// TestGRPCWebClose: closing the client ends what runs.
func TestGRPCWebClose(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{}, 2)
	addr, _ := webServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/grpc-web+proto")
		_ = http.NewResponseController(w).Flush()
		begun <- struct{}{}
		<-r.Context().Done()
	})
	for _, overHTTP2 := range []bool{false, true} {
		c := newClient(t, addr, func(o *setup) { o.Transport, o.HTTP2 = call.GRPCWeb, overHTTP2 })
		s := open(t, c, stream.Server)
		if err := s.Send(nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Header(); err != nil {
			t.Fatal(err)
		}
		<-begun
		_ = c.Close()
		if _, err := s.Recv(); !errors.Is(err, call.ErrClosed) {
			t.Errorf("HTTP/2 %v: %v", overHTTP2, err)
		}
	}
}
