package call

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// webCarrier is the transport GRPCWeb: gRPC for proxies and browsers, where the
// trailer is part of the body (gRPC doc/PROTOCOL-WEB.md). It goes over HTTP/1.1,
// or HTTP/2 where TLS settles on it; net/http does both.
type webCarrier struct {
	*webSites
	opts   *Options
	dialer *dialer
}

func newWebCarrier(o *Options) (carrier, error) {
	d, err := newDialer(o, PhaseHTTP, "h2", "http/1.1")
	if err != nil {
		return nil, err
	}
	return &webCarrier{newWebSites(o, d), o, d}, nil
}

func (w *webCarrier) Open(ctx context.Context, m *idl.Method, md stream.Metadata) (stream.Stream, error) {
	if m.IsThrift() {
		return nil, &UnsupportedError{GRPCWeb, m.Type, true, "Thrift goes over gRPC or Thrift's own transports"}
	}
	if m.Type.ClientStreams() {
		return nil, &UnsupportedError{GRPCWeb, m.Type, false, "gRPC-Web sends one message per call"}
	}
	fields, err := w.opts.requestFields(m, md)
	if err != nil {
		return nil, err
	}
	s := &webStream{carrier: w, method: m, fields: fields, opened: make(chan struct{}), msgs: messages{opts: w.opts}}
	s.parent = ctx
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	if s.comp, err = newCompressor(w.opts.Compress); err != nil {
		return nil, err
	}
	return s, nil
}

// roundTrip sends one request and waits for the header of the answer.
func (w *webCarrier) roundTrip(ctx context.Context, site webSite, fields []hpack.HeaderField, m *idl.Method, body []byte, moments webMoments) (*http.Response, error) {
	var conn net.Conn
	moments.conn = func(info httptrace.GotConnInfo) { conn = info.Conn }
	fields = fieldsFor(ctx, fields, w.opts, site.target, w.dialer.secured(site.target), m)
	reqCtx := httptrace.WithClientTrace(ctx, moments.clientTrace(w.opts.Trace, rawMetadata(fields)))
	u := &url.URL{Scheme: fields[1].Value, Host: webHost(site.target), Path: fields[2].Value}
	req, err := http.NewRequestWithContext(reqCtx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Host = fields[3].Value
	for _, f := range fields {
		switch {
		case f.IsPseudo(), f.Name == "te":
		case f.Name == "content-type":
			req.Header.Set(f.Name, contentTypeWeb+"+proto")
		default:
			req.Header.Add(f.Name, f.Value)
		}
	}
	req.Header.Set("x-grpc-web", "1")
	res, err := site.transport.RoundTrip(req)
	if err != nil {
		return nil, explainHTTP(ctx, site.target, conn, err)
	}
	return res, nil
}

// webStream is one RPC over gRPC-Web.
type webStream struct {
	carrier *webCarrier
	parent  context.Context
	ctx     context.Context
	cancel  context.CancelCauseFunc
	method  *idl.Method
	fields  []hpack.HeaderField
	comp    *compressor
	sent    bool
	opened  chan struct{} // closed when res or openErr is set
	once    sync.Once

	res     *http.Response
	target  Target
	openErr error

	begun   bool
	br      *bufio.Reader
	buf     []byte
	msgs    messages
	header  stream.Metadata
	trailer stream.Metadata
	final   error
}

// Send returns when the request has left, or is not going to.
func (s *webStream) Send(body []byte) error {
	if s.sent {
		return errSendClosed
	}
	wire, flags, err := s.comp.message(body)
	if err != nil {
		return err
	}
	framed := grpcwire.AppendPrefix(make([]byte, 0, grpcwire.PrefixLen+len(wire)), flags, uint32(len(wire)))
	size := len(body)
	return s.request(append(framed, wire...), func() {
		if t := s.carrier.opts.Trace; t != nil && t.Sent != nil {
			t.Sent(size, len(wire)+grpcwire.PrefixLen)
		}
	})
}

// CloseSend does nothing after Send; a request without a message is empty.
func (s *webStream) CloseSend() error {
	if s.sent {
		return nil
	}
	return s.request(nil, func() {})
}

// request sends a request; sent is called when all of it has left. The answer is
// waited for in a goroutine, so that the limits of sending do not count for it.
func (s *webStream) request(body []byte, sent func()) error {
	s.sent = true
	written := make(chan struct{})
	moments := webMoments{
		written: sync.OnceFunc(func() { close(written) }),
		sent: func() {
			sent()
			if t := s.carrier.opts.Trace; t != nil && t.HalfClosed != nil {
				t.HalfClosed()
			}
		},
	}
	go s.exchange(body, moments)
	select {
	case <-written:
		return nil // Recv says what came of it
	case <-s.opened:
		return s.openErr
	}
}

// exchange makes the request and waits for the header of the answer.
func (s *webStream) exchange(body []byte, moments webMoments) {
	res, target, err := s.carrier.do(s.ctx, func(site webSite) (*http.Response, error) {
		return s.carrier.roundTrip(s.ctx, site, s.fields, s.method, body, moments)
	})
	late := true
	s.once.Do(func() {
		late = false
		s.res, s.target, s.openErr = res, target, err
		s.msgs.target = target.Text
		close(s.opened)
	})
	if late && res != nil { // Close came first
		res.Body.Close()
	}
}

// Recv returns the next message.
func (s *webStream) Recv() ([]byte, error) {
	if s.final != nil {
		return nil, s.final
	}
	err := s.begin()
	if err == nil {
		var body []byte
		if body, err = s.next(); err == nil {
			return body, nil
		}
	}
	s.finish(err)
	return nil, s.final
}

// Header waits for the peer's header.
func (s *webStream) Header() (stream.Metadata, error) {
	if s.final == nil {
		if err := s.begin(); err != nil {
			s.finish(err)
		}
	}
	var status *stream.Status
	if s.begun || s.final == io.EOF || errors.As(s.final, &status) {
		return s.header, nil
	}
	return nil, s.final
}

// Trailer is what ended the RPC.
func (s *webStream) Trailer() stream.Metadata { return s.trailer }

// Close abandons the RPC.
func (s *webStream) Close() error {
	s.cancel(errAbandoned)
	s.once.Do(func() {
		s.openErr = errAbandoned
		close(s.opened)
	})
	<-s.opened
	if s.res != nil {
		s.res.Body.Close()
	}
	return nil
}

func (s *webStream) finish(err error) {
	s.final = ownDeadline(s.parent, err)
	s.msgs.close()
	if s.res != nil {
		s.res.Body.Close()
	}
	s.cancel(nil)
}

// begin judges the header of the answer.
func (s *webStream) begin() error {
	select {
	case <-s.opened:
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
	if s.begun || s.openErr != nil {
		return s.openErr
	}
	fields := webFields(s.res)
	a := parseAnswer(fields)
	if a.hasStatus { // no body: the header is the trailer
		var err error
		s.trailer, err = s.msgs.end(fields)
		return err
	}
	if t := s.carrier.opts.Trace; t != nil && t.GotHeader != nil {
		t.GotHeader(rawMetadata(fields))
	}
	if a.status != 200 || !isGRPC(a.contentType, contentTypeWeb) {
		body, _ := io.ReadAll(io.LimitReader(s.res.Body, sniffLimit))
		e := httpMismatch(s.target, a.status, a.contentType, body)
		e.Want = "gRPC-Web"
		return e
	}
	s.msgs.encoding = a.encoding
	s.header = metadataOf(fields)
	s.br = bufio.NewReaderSize(s.res.Body, readBuffer)
	s.begun = true
	return nil
}

// webFields are the header of a response in the form of HTTP/2, sorted by name.
func webFields(res *http.Response) []hpack.HeaderField {
	fields := []hpack.HeaderField{{Name: ":status", Value: res.Status[:min(3, len(res.Status))]}}
	for name, values := range res.Header {
		for _, v := range values {
			fields = append(fields, hpack.HeaderField{Name: strings.ToLower(name), Value: v})
		}
	}
	slices.SortStableFunc(fields, func(a, b hpack.HeaderField) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// next reads one message, or the trailer.
func (s *webStream) next() ([]byte, error) {
	prefix, err := s.br.Peek(grpcwire.PrefixLen)
	if err == io.EOF && len(prefix) == 0 {
		return nil, s.msgs.violation("%v", errNoStatus)
	}
	if err != nil {
		return nil, s.broken(err)
	}
	flags, n := grpcwire.ParsePrefix(prefix)
	if err := s.msgs.check(flags&^grpcwire.FlagTrailer, n); err != nil {
		return nil, err
	}
	_, _ = s.br.Discard(grpcwire.PrefixLen)
	if err := s.read(int(n)); err != nil {
		return nil, s.broken(err)
	}
	if flags&grpcwire.FlagTrailer == 0 {
		return s.msgs.decode(flags, s.buf)
	}
	block, err := s.msgs.inflate(flags, s.buf)
	if err != nil {
		return nil, err
	}
	lines, err := grpcwire.ParseTrailers(block)
	if err != nil {
		return nil, s.msgs.violation("%v", err)
	}
	fields := make([]hpack.HeaderField, len(lines))
	for i, l := range lines {
		fields[i] = hpack.HeaderField{Name: l.Name, Value: l.Value}
	}
	s.trailer, err = s.msgs.end(fields)
	return nil, err
}

// read fills buf with n bytes; it grows with what really comes.
func (s *webStream) read(n int) error {
	s.buf = s.buf[:0]
	for len(s.buf) < n {
		have := len(s.buf)
		s.buf = slices.Grow(s.buf, min(n-have, max(have, readBuffer)))
		m, err := s.br.Read(s.buf[have:min(n, cap(s.buf))])
		if s.buf = s.buf[:have+m]; err != nil {
			return err
		}
	}
	return nil
}

// broken explains a body that could not be read.
func (s *webStream) broken(err error) error {
	switch {
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case err == io.EOF:
		return s.msgs.violation("the body ended inside a message, after %s", count(s.msgs.received))
	case err == io.ErrUnexpectedEOF: // net/http's word for a connection that ends before the body does
		err = io.EOF
	}
	return &ConnectionLostError{Target: s.target.Text, Messages: s.msgs.received, Err: err}
}
