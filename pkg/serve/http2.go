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
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	server.Protocols.SetUnencryptedHTTP2(true)
	only := &onlyConn{conn: c, closed: make(chan struct{})}
	_ = server.Serve(only) // when the connection has been closed
	_ = server.Close()
	running.wait()
	return io.EOF
}

// onlyConn is a listener with one connection, which ends with that.
type onlyConn struct {
	*conn
	given  bool
	once   sync.Once
	closed chan struct{}
}

func (l *onlyConn) Accept() (net.Conn, error) {
	if !l.given {
		l.given = true
		return l, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *onlyConn) Addr() net.Addr { return l.LocalAddr() }

func (l *onlyConn) Close() error {
	defer l.once.Do(func() { close(l.closed) })
	return l.conn.Close()
}

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
