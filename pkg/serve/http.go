package serve

import (
	"context"
	"net/http"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/serve/internal/h2"
)

// carrier is a request of HTTP, of either version, and its answer.
type carrier interface {
	// ask is what is asked for. Names are in lower case.
	ask() *asked
	// Read reads from the body; ctx bounds the wait.
	Read(ctx context.Context, p []byte) (int, error)
	// Stop ends reading, also by who waits.
	Stop()
	// head begins the answer; end says that it is all of it, now that nothing follows at
	// once. Names are in lower case.
	head(status int, fields []hpack.HeaderField, end, now bool) error
	// write sends a part of the body; with end it is the last.
	write(ctx context.Context, b []byte, end bool) error
	// trailer ends the answer. Only HTTP/2 has trailers here.
	trailer(fields []hpack.HeaderField) error
	// drop closes the connection, behind what has been written.
	drop()
	// done frees the connection for the next request.
	done()
}

// asked is the header of a request.
type asked struct {
	ctx         context.Context //nolint:containedctx // of the request
	isHTTP1     bool
	method      string
	path, query string
	contentType string
	origin      string // of the page that asks
	size        int64  // of the body; below 0 where it is not told
	fields      []hpack.HeaderField
}

// get is the first value of a field; empty where there is none.
func (a *asked) get(name string) string {
	for _, f := range a.fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// maxHeader bounds the header of a request, in bytes.
const maxHeader = 64 << 10

// serveHTTP2 answers the requests of a connection of HTTP/2.
func (s *Server) serveHTTP2(ctx context.Context, c *conn) error {
	config := h2.Config{MaxStreams: s.maxStreams(), MaxHeader: maxHeader, Greeting: s.greeting(), Handle: func(st *h2.Stream) { s.route(c, &carrier2{Stream: st}) }}
	return h2.Serve(ctx, c.Conn, c.in, config, func(h *h2.Conn) { c.whenDraining(h.Drain) })
}

// route finds out by its header what a request is.
func (s *Server) route(c *conn, by carrier) {
	x := &exchange{carrier: by, asked: by.ask(), conn: c, limit: s.maxMessage()}
	x.fields = x.usual[:0]
	defer x.close()
	if s.shared(x) {
		return
	}
	contentType, _, _ := strings.Cut(x.asked.contentType, ";")
	contentType = strings.TrimSpace(contentType)
	switch {
	case strings.HasPrefix(contentType, grpcwire.ContentType):
		s.serveGRPC(x, contentType)
	case x.asked.method == http.MethodGet:
		s.serveGet(x)
	case x.asked.method != http.MethodPost:
		x.set("allow", "POST, GET")
		x.plain(http.StatusMethodNotAllowed, "RPCs are POST")
	case strings.HasPrefix(contentType, connectwire.StreamPrefix):
		s.serveConnectStream(x, contentType)
	case contentType == connectwire.ContentTypeProto, contentType == connectwire.ContentTypeJSON:
		s.serveConnectUnary(x, contentType)
	default:
		s.serveThriftPost(x)
	}
}

// carrier2 is a stream of HTTP/2.
type carrier2 struct {
	*h2.Stream

	asked asked
}

func (r *carrier2) ask() *asked {
	a := &r.asked
	a.ctx, a.method, a.size, a.fields = r.Context(), r.Method, -1, r.Header
	a.path, a.query, _ = strings.Cut(r.Path, "?")
	for _, f := range r.Header {
		switch f.Name {
		case "content-type":
			a.contentType = f.Value
		case "origin":
			a.origin = f.Value
		}
	}
	return a
}

func (r *carrier2) head(status int, fields []hpack.HeaderField, end, now bool) error {
	all := make([]hpack.HeaderField, 0, len(fields)+1)
	all = append(all, hpack.HeaderField{Name: ":status", Value: statusText(status)})
	return r.WriteHeader(append(all, fields...), end, now)
}

func (r *carrier2) write(ctx context.Context, b []byte, end bool) error { return r.Write(ctx, b, end) }

func (r *carrier2) trailer(fields []hpack.HeaderField) error {
	return r.WriteHeader(fields, true, true)
}

func (r *carrier2) drop() { r.Drop() }

func (*carrier2) done() {}

// bodyOf is the body of a request within the time of an RPC.
type bodyOf struct {
	ctx context.Context //nolint:containedctx // the context of the RPC
	carrier
}

func (b bodyOf) Read(p []byte) (int, error) { return b.carrier.Read(b.ctx, p) }
