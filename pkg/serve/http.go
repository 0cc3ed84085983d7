package serve

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
)

// serveHTTP has net/http serve a connection, in either version of HTTP, and waits for all
// handlers.
func (s *Server) serveHTTP(ctx context.Context, c *conn) error {
	var running gate
	server := http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if running.enter() {
				defer running.leave()
				s.route(c, w, req)
			}
		}),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		Protocols:         new(http.Protocols),
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: s.maxStreams()},
		ReadHeaderTimeout: s.greeting(),
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(io.Discard, "", 0), //nolint:forbidigo // net/http would write to stderr
	}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	ended := make(chan struct{})
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed { // once, when net/http has let go of it
			close(ended)
		}
	}
	c.whenDraining(func() { _ = server.Shutdown(ctx) })
	_ = server.Serve(&oneConn{conn: c, ended: ended})
	<-ended // where it was Shutdown that has ended Serve
	running.wait()
	return io.EOF
}

// maxHeader bounds the header of a request, in bytes.
const maxHeader = 64 << 10

// route finds out by its header what a request is.
func (s *Server) route(c *conn, w http.ResponseWriter, req *http.Request) {
	w.Header()["Date"] = nil // no protocol here wants one
	if s.shared(w, req) {
		return
	}
	contentType, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";")
	contentType = strings.TrimSpace(contentType)
	x := &exchange{conn: c, limit: s.maxMessage(), out: w, req: req, control: http.NewResponseController(w)}
	switch {
	case strings.HasPrefix(contentType, grpcwire.ContentType):
		s.serveGRPC(x, contentType)
	case req.Method == http.MethodGet:
		s.serveGet(x)
	case req.Method != http.MethodPost:
		w.Header().Set("Allow", "POST, GET")
		http.Error(w, "RPCs are POST", http.StatusMethodNotAllowed)
	case strings.HasPrefix(contentType, connectwire.StreamPrefix):
		s.serveConnectStream(x, contentType)
	case contentType == connectwire.ContentTypeProto, contentType == connectwire.ContentTypeJSON:
		s.serveConnectUnary(x, contentType)
	default:
		s.serveThriftPost(x)
	}
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
