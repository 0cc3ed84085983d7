package gateway

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// ServeHTTP answers one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { _ = g.Serve(w, r) }

// Serve answers one request, and returns what went wrong, of which the client has been
// told.
func (g *Gateway) Serve(w http.ResponseWriter, r *http.Request) error {
	out := &answerWriter{ResponseWriter: w}
	connection := http.NewResponseController(w)
	// A server of HTTP/1 reads the whole request before it answers unless it is told.
	if r.ProtoMajor == 1 {
		_ = connection.EnableFullDuplex()
	}
	err := g.serve(out, r)
	if r.Body != nil && r.ProtoMajor == 1 {
		_ = connection.SetReadDeadline(time.Now().Add(restTime))
		_, _ = io.CopyN(io.Discard, r.Body, maxRest)
	}
	if g.options.Done != nil {
		g.options.Done(r, out.status, err)
	}
	return err
}

// What is left of a body when it has been answered is read, so that the connection is good for
// another request: at most so much, for at most so long.
const (
	maxRest  = 256 << 10
	restTime = time.Second
)

func (g *Gateway) serve(w *answerWriter, r *http.Request) error {
	f, err := g.find(r)
	if g.cors(w, r, f) {
		return nil
	}
	if g.options.OpenAPI != nil && f.route == nil && r.URL.Path == OpenAPIPath && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		w.send(&answer{body: g.options.OpenAPI})
		return nil
	}
	if err == nil {
		var ctx context.Context
		var cancel context.CancelFunc
		if ctx, cancel, err = deadline(r); err == nil {
			defer cancel()
			err = g.call(ctx, w, r, f)
		}
	}
	if err != nil && !w.begun {
		w.fail(err, f.route)
	}
	return err
}

// call maps a request, makes the RPC and answers.
func (g *Gateway) call(ctx context.Context, w *answerWriter, r *http.Request, f found) error {
	header := g.metadata(r)
	if f.route.Method.Type.ClientStreams() {
		if names := beside(r, f); len(names) > 0 && g.options.Unused != nil {
			g.options.Unused(r, names)
		}
		return g.streamIn(ctx, w, r, f.route, header)
	}
	body, err := g.readBody(w, r)
	if err != nil {
		return err
	}
	document, err := g.document(r, body, f)
	if err != nil {
		return err
	}
	if f.route.Method.Type.ServerStreams() {
		return g.streamOut(ctx, w, f.route, document, header)
	}
	reply, err := f.route.Method.Call(ctx, document, header)
	if err != nil {
		return asRequest(err)
	}
	if f.route.Method.Oneway {
		w.send(&answer{status: http.StatusAccepted})
		return nil
	}
	a, err := f.route.mapping.reply(reply.JSON, wantsProtobuf(r))
	if err != nil {
		return err
	}
	setMetadata(w.Header(), metadataPrefix, reply.Header)
	w.send(a)
	return nil
}

// beside are the values of a request that has many documents in its body, none of which they
// belong to.
func beside(r *http.Request, f found) []string {
	names := slices.Sorted(maps.Keys(r.URL.Query()))
	for _, v := range f.params {
		names = append(names, v.name)
	}
	return names
}

// protobufType is the media type of Protobuf that Kitex knows.
const protobufType = "application/x-protobuf"

// wantsProtobuf reports whether a client asks for Protobuf, or sends it and asks for
// nothing.
func wantsProtobuf(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	if accept == "" || accept == "*/*" {
		accept = r.Header.Get("Content-Type")
	}
	first, _, _ := strings.Cut(accept, ",")
	return kindOfBody(strings.TrimSpace(first), "") == bodyProtobuf
}

// asRequest gives what a codec says of the document a place.
func asRequest(err error) error {
	if value, ok := errors.AsType[*format.ValueError](err); ok {
		return &RequestError{Place: "request", Nearest: value.Nearest, Err: value}
	}
	return err
}

// document is the message of a request.
func (g *Gateway) document(r *http.Request, body []byte, f found) ([]byte, error) {
	in, err := newInput(r, body, f.params, f.route.Rule.Serializer)
	if err != nil {
		return nil, err
	}
	document, err := f.route.mapping.request(in)
	if err != nil {
		return nil, err
	}
	if names := in.unused(); len(names) > 0 && g.options.Unused != nil {
		slices.Sort(names)
		g.options.Unused(r, names)
	}
	return document, nil
}

// readBody reads the body, but no more than the limit.
func (g *Gateway) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	connection := http.NewResponseController(w)
	if g.options.BodyTime > 0 {
		_ = connection.SetReadDeadline(time.Now().Add(g.options.BodyTime))
	}
	limit := g.maxBody()
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, &RequestError{Place: "body", Err: err}
	case int64(len(body)) > limit:
		return nil, &BodySizeError{limit}
	case g.options.BodyTime > 0: // after an error the deadline stays, and the server waits for no more
		_ = connection.SetReadDeadline(time.Time{})
	}
	return body, nil
}

// cors answers what a browser asks before the request, and allows it to read the answer.
// It reports whether that was all.
func (g *Gateway) cors(w *answerWriter, r *http.Request, f found) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || len(g.options.Origins) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	all := slices.Contains(g.options.Origins, "*")
	if !all && !slices.Contains(g.options.Origins, origin) {
		return false
	}
	if all {
		origin = "*"
	}
	h.Set("Access-Control-Allow-Origin", origin)
	asked := r.Header.Get("Access-Control-Request-Method")
	if r.Method != http.MethodOptions || asked == "" || f.route != nil {
		h.Set("Access-Control-Expose-Headers", "*")
		return false
	}
	h.Set("Access-Control-Allow-Methods", asked)
	if headers := r.Header.Get("Access-Control-Request-Headers"); headers != "" {
		h.Set("Access-Control-Allow-Headers", headers)
	}
	h.Set("Access-Control-Max-Age", "600")
	w.begin(http.StatusNoContent)
	return true
}

// answerWriter is an http.ResponseWriter that knows what it has written.
type answerWriter struct {
	http.ResponseWriter

	begun  bool
	status int
}

func (w *answerWriter) begin(status int) {
	w.begun, w.status = true, status
	w.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// send writes an answer.
func (w *answerWriter) send(a *answer) {
	h := w.Header()
	maps.Copy(h, a.header)
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	hasBody := status != http.StatusNoContent && status != http.StatusNotModified && len(a.body) > 0
	if hasBody {
		contentType := a.contentType
		if contentType == "" {
			contentType = "application/json"
		}
		if h.Get("Content-Type") == "" {
			h.Set("Content-Type", contentType)
		}
		if strings.HasPrefix(contentType, "text/") || contentType == "application/octet-stream" {
			h.Set("X-Content-Type-Options", "nosniff")
		}
	}
	w.begin(status)
	if hasBody {
		_, _ = w.Write(a.body)
	}
}

// fail writes an error.
func (w *answerWriter) fail(err error, r *Route) { w.send(failure(err, r)) }

// URL reads a URL for a request: whole, or a path with or without its query.
func URL(text string) (*url.URL, error) {
	if !strings.HasPrefix(text, "/") && !strings.Contains(text, "://") {
		return nil, errors.New("want a path (/v1/things?x=1) or a URL (http://host/v1/things)")
	}
	u, err := url.Parse(text)
	if err == nil && u.Path == "" {
		u.Path = "/"
	}
	return u, err
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// with are the options of an RPC.
func with(md stream.Metadata) session.CallOption {
	return func(rpc *stream.Call) { rpc.Header = append(slices.Clip(rpc.Header), md...) }
}
