package serve

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// grpcStream is an RPC over HTTP/2.
type grpcStream struct {
	incoming

	ctx     context.Context //nolint:containedctx // the context of the RPC
	method  stream.Method
	limit   int64
	in      *bufio.Reader
	out     http.ResponseWriter
	control *http.ResponseController
	headed  bool
	buf     bytes.Buffer // grows with what comes, not with what a prefix says
	frame   []byte
}

// serveGRPC runs the handler of a request, and ends the RPC with its status
// (gRPC doc/PROTOCOL-HTTP2.md, "Responses").
func (s *Server) serveGRPC(w http.ResponseWriter, req *http.Request) {
	contentType := req.Header.Get("Content-Type")
	if !strings.HasPrefix(contentType, grpcwire.ContentType) {
		http.Error(w, "this is a gRPC server", http.StatusUnsupportedMediaType)
		return
	}
	method := methodOf(req.URL.Path, contentType)
	if method.IsThrift() {
		w.Header().Set("Content-Type", grpcwire.ContentTypeThrift)
	} else {
		w.Header().Set("Content-Type", grpcwire.ContentType)
	}
	st := &grpcStream{
		incoming: ofHTTP(req.Header), method: method, limit: s.maxMessage(),
		in: bufio.NewReader(req.Body), out: w, control: http.NewResponseController(w),
	}
	ctx, cancel, err := st.deadline(req)
	if err == nil {
		defer cancel()
		st.ctx = ctx
		err = s.run(ctx, st)
	}
	st.end(err)
}

// methodOf is what a request names. Exactly its own content type makes it Thrift, as in
// Kitex.
func methodOf(path, contentType string) stream.Method {
	m := stream.Method{Type: stream.Bidi}
	if contentType == grpcwire.ContentTypeThrift {
		m.Lang = stream.Thrift
	}
	path = strings.TrimPrefix(path, "/")
	slash := max(strings.LastIndexByte(path, '/'), 0)
	m.Service, m.Name = path[:slash], strings.TrimPrefix(path[slash:], "/")
	return m
}

// overdue is how long a client that has set a deadline may leave an answer where it is.
const overdue = time.Second

// deadline applies the client's.
func (r *grpcStream) deadline(req *http.Request) (context.Context, context.CancelFunc, error) {
	value := req.Header.Get(grpcwire.HeaderTimeout)
	if value == "" {
		ctx, cancel := context.WithCancel(req.Context())
		return ctx, cancel, nil
	}
	d, err := grpcwire.ParseTimeout(value)
	if err != nil {
		return nil, nil, &stream.Status{Code: stream.Internal, Message: err.Error()}
	}
	ctx, cancel := context.WithTimeout(req.Context(), d)
	if at, _ := ctx.Deadline(); d < time.Hour { // the body and the connection know no context
		_ = r.control.SetReadDeadline(at)
		_ = r.control.SetWriteDeadline(at.Add(overdue))
	}
	return ctx, cancel, nil
}

func (r *grpcStream) Method() stream.Method { return r.method }

func (r *grpcStream) Recv() ([]byte, error) {
	body, err := r.next()
	if err != nil && err != io.EOF && r.ctx.Err() != nil {
		return nil, gone(r.ctx)
	}
	return body, err
}

// next reads a message.
func (r *grpcStream) next() ([]byte, error) {
	var prefix [grpcwire.PrefixLen]byte
	if _, err := io.ReadFull(r.in, prefix[:]); err != nil {
		return nil, cut(err)
	}
	flags, size := grpcwire.ParsePrefix(prefix[:])
	switch {
	case flags != 0:
		return nil, &stream.Status{Code: stream.Unimplemented, Message: "this server takes no compressed messages"}
	case int64(size) > r.limit:
		return nil, &stream.Status{Code: stream.ResourceExhausted, Message: "request of " + strconv.FormatUint(uint64(size), 10) + " bytes"}
	}
	r.buf.Reset()
	if _, err := io.CopyN(&r.buf, r.in, int64(size)); err == io.EOF {
		return nil, cut(io.ErrUnexpectedEOF)
	} else if err != nil {
		return nil, err
	}
	return r.buf.Bytes(), nil
}

// cut is the status of a request that ends too early.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &stream.Status{Code: stream.Internal, Message: "the request ends inside a message"}
	}
	return err
}

func (r *grpcStream) SendHeader(md stream.Metadata) error {
	if r.headed {
		return ErrLate
	}
	if err := appendHTTP(r.out.Header(), "", md); err != nil {
		return err
	}
	r.headed = true
	r.out.WriteHeader(http.StatusOK)
	return r.control.Flush()
}

func (r *grpcStream) SetTrailer(md stream.Metadata) error {
	return appendHTTP(r.out.Header(), http.TrailerPrefix, md)
}

func (r *grpcStream) Send(body []byte) error {
	r.headed = true
	r.frame = grpcwire.AppendPrefix(r.frame[:0], 0, uint32(len(body)))
	r.frame = append(r.frame, body...)
	if _, err := r.out.Write(r.frame); err != nil {
		return err
	}
	return r.control.Flush()
}

// end puts how the RPC ended into the trailer.
func (r *grpcStream) end(err error) {
	status := statusOf(err)
	trailer := func(name, value string) { r.out.Header().Set(http.TrailerPrefix+name, value) }
	trailer(grpcwire.HeaderStatus, strconv.FormatUint(uint64(status.Code), 10))
	if status.Message != "" {
		trailer(grpcwire.HeaderMessage, string(grpcwire.AppendMessage(nil, status.Message)))
	}
	if status.Details != nil {
		trailer(grpcwire.HeaderDetails, string(grpcwire.AppendBinary(nil, string(status.Details))))
	}
	if biz, ok := errors.AsType[*BizStatusError](err); ok {
		for _, p := range bizPairs(biz) {
			if p.Name != ttheader.StrBizMessage { // it is that of the status
				trailer(p.Name, p.Value)
			}
		}
	}
}

// statusOf puts an error into the words of gRPC. A business status is INTERNAL with more
// beside it (cloudwego/kitex:pkg/remote/trans/nphttp2/server_handler.go).
func statusOf(err error) *stream.Status {
	if err == nil {
		return &stream.Status{}
	}
	if status, ok := errors.AsType[*stream.Status](err); ok {
		return status
	}
	if unknown, ok := errors.AsType[*UnknownMethodError](err); ok {
		return &stream.Status{Code: stream.Unimplemented, Message: unknown.Error()}
	}
	code := stream.Unknown
	switch stream.OutcomeOf(err).Kind {
	case stream.KindBiz:
		code = stream.Internal
	case stream.KindDeadline:
		code = stream.DeadlineExceeded
	case stream.KindInterrupted:
		code = stream.Canceled
	}
	return &stream.Status{Code: code, Message: err.Error()}
}
