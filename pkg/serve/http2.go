package serve

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
)

// serveHTTP2 has net/http serve the connection, and waits for all handlers.
func (s *Server) serveHTTP2(ctx context.Context, c *conn) error {
	var running gate
	server := http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if running.enter() {
				defer running.leave()
				s.serveGRPC(w, req)
			}
		}),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		Protocols:         new(http.Protocols),
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: s.maxStreams()},
		ReadHeaderTimeout: s.greeting(),
		ErrorLog:          log.New(io.Discard, "", 0), //nolint:forbidigo // net/http would write to stderr
	}
	server.Protocols.SetUnencryptedHTTP2(true)
	ended := make(chan struct{})
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed { // once, when net/http has let go of it
			close(ended)
		}
	}
	_ = server.Serve(&oneConn{conn: c, ended: ended})
	running.wait()
	return io.EOF
}

// oneConn is a listener with one connection, which ends after that.
type oneConn struct {
	conn  *conn // nil when it has been accepted
	ended <-chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.ended
	return nil, net.ErrClosed
}

func (*oneConn) Addr() net.Addr { return &net.UnixAddr{} }
func (*oneConn) Close() error   { return nil }

// gate counts handlers, and lets none in once somebody waits for the last.
type gate struct {
	mu      sync.Mutex
	shut    bool
	running sync.WaitGroup
}

func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.running.Add(1)
	return true
}

func (g *gate) leave() { g.running.Done() }

func (g *gate) wait() {
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
	g.running.Wait()
}
