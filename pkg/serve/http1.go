package serve

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2/hpack"
)

// serveHTTP1 has net/http serve a connection of HTTP/1, and waits for all handlers.
func (s *Server) serveHTTP1(ctx context.Context, c *conn) error {
	var running gate
	server := http.Server{
		BaseContext:       func(net.Listener) context.Context { return ctx },
		Protocols:         new(http.Protocols),
		ReadHeaderTimeout: s.greeting(),
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(io.Discard, "", 0), //nolint:forbidigo // net/http would write to stderr
	}
	last := func() { server.SetKeepAlivesEnabled(false) }
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if running.enter() {
			defer running.leave()
			s.route(c, &carrier1{out: w, req: req, control: http.NewResponseController(w), last: last})
		}
	})
	server.Protocols.SetHTTP1(true)
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

// carrier1 is a request of HTTP/1.
type carrier1 struct {
	out     http.ResponseWriter
	req     *http.Request
	control *http.ResponseController
	until   time.Time // the deadline that the connection has
	last    func()    // has the connection closed behind this request
}

func (r *carrier1) ask() *asked {
	a := &asked{
		ctx: r.req.Context(), isHTTP1: true, method: r.req.Method, path: r.req.URL.Path, query: r.req.URL.RawQuery,
		contentType: r.req.Header.Get("Content-Type"), size: r.req.ContentLength, origin: r.req.Header.Get("Origin"),
	}
	for name, values := range r.req.Header {
		for _, v := range values {
			a.fields = append(a.fields, hpack.HeaderField{Name: strings.ToLower(name), Value: v})
		}
	}
	slices.SortStableFunc(a.fields, func(a, b hpack.HeaderField) int { return strings.Compare(a.Name, b.Name) })
	_ = r.control.EnableFullDuplex() // a handler may answer before it has the whole request
	return a
}

// overdue is how long a client that has set a deadline may leave an answer where it is.
const overdue = time.Second

// bound applies the end of a context, which neither body nor connection knows.
func (r *carrier1) bound(ctx context.Context) {
	at, ok := ctx.Deadline()
	if !ok || at.Equal(r.until) || time.Until(at) > time.Hour {
		return
	}
	r.until = at
	_ = r.control.SetReadDeadline(at)
	_ = r.control.SetWriteDeadline(at.Add(overdue))
}

func (r *carrier1) Read(ctx context.Context, p []byte) (int, error) {
	r.bound(ctx)
	return r.req.Body.Read(p)
}

func (r *carrier1) Stop() { _ = r.control.SetReadDeadline(time.Now()) }

func (r *carrier1) head(status int, fields []hpack.HeaderField, end, now bool) error {
	h := r.out.Header()
	h["Date"] = nil // no protocol here wants one
	for _, f := range fields {
		h.Add(f.Name, f.Value)
	}
	if end && status != http.StatusNoContent {
		h.Set("Content-Length", "0")
	}
	r.out.WriteHeader(status)
	if now {
		return r.control.Flush()
	}
	return nil
}

func (r *carrier1) write(ctx context.Context, b []byte, end bool) error {
	r.bound(ctx)
	if _, err := r.out.Write(b); err != nil || end {
		return err
	}
	return r.control.Flush()
}

// trailer is not called: what goes over HTTP/1 has its trailers in the body.
func (*carrier1) trailer([]hpack.HeaderField) error { return ErrNoPlace }

// drop has nothing of ours to wait for: what net/http has is flushed.
func (r *carrier1) drop() {
	if c, _, err := r.control.Hijack(); err == nil {
		_ = c.Close()
	}
}

// maxRest is how much of a request may be left over, in bytes, for its connection to be used
// again.
const maxRest = 256 << 10

// done reads what is left of the request: a client that has its answer may use the connection
// again at once. Where that cannot be read, as behind a deadline, what still comes of it would be
// taken for the next request. Where there is too much of it, net/http closes the connection.
func (r *carrier1) done() {
	_ = r.control.SetReadDeadline(time.Now().Add(overdue))
	if _, err := io.CopyN(io.Discard, r.req.Body, maxRest); err != nil && err != io.EOF {
		r.last()
	}
}

// statusText is a status of HTTP as text.
func statusText(status int) string {
	if status == http.StatusOK {
		return "200"
	}
	return strconv.Itoa(status)
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
