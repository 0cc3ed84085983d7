package serve

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// connectUnary is a unary RPC of Connect (connectrpc.com/docs/protocol, "Unary RPCs"): the
// body of the request is the message, and that of the answer, or an error in JSON.
type connectUnary struct {
	*exchange

	read  bool   // the request has been taken
	sent  bool   // there is a reply
	reply []byte // encoded
}

func (s *Server) serveConnectUnary(x *exchange, contentType string) {
	x.connect(stream.Unary, strings.TrimPrefix(contentType, "application/"))
	x.out.Header().Set("Content-Type", contentType)
	s.connectCall(x, x.req.Header.Get(connectwire.HeaderEncoding))
}

// serveGet answers a GET, which carries the message in its query.
func (s *Server) serveGet(x *exchange) {
	asked, ok, err := connectwire.ParseQuery(x.req.URL.Query())
	if !ok {
		x.out.Header().Set("Allow", http.MethodPost)
		http.Error(x.out, "this is a server of RPCs, which are POST", http.StatusMethodNotAllowed)
		return
	}
	if err != nil {
		http.Error(x.out, err.Error(), http.StatusBadRequest)
		return
	}
	if !x.connect(stream.Unary, asked.Codec) {
		http.Error(x.out, errContentType.Error(), http.StatusUnsupportedMediaType)
		return
	}
	x.method.NoSideEffects = true
	x.in = strings.NewReader(string(asked.Message))
	x.out.Header().Set("Content-Type", "application/"+asked.Codec)
	x.out.Header().Set("Vary", "Accept-Encoding")
	s.connectCall(x, asked.Encoding)
}

// connectCall runs the handler and writes the answer.
func (s *Server) connectCall(x *exchange, encoding string) {
	st := &connectUnary{exchange: x}
	defer x.close()
	cancel, err := x.deadline(x.req.Header.Get(connectwire.HeaderTimeout), connectwire.ParseTimeout)
	defer cancel()
	var coding string
	if err == nil {
		coding, err = x.codings(encoding, x.req.Header.Get(connectwire.HeaderAcceptEncoding))
	}
	if err == nil {
		err = s.run(x.ctx, st)
	}
	switch {
	case x.dropped(err):
	case errors.Is(err, ErrSideEffects):
		x.out.Header().Set("Allow", http.MethodPost)
		http.Error(x.out, err.Error(), http.StatusMethodNotAllowed)
	case errors.Is(err, ErrStreams):
		http.Error(x.out, err.Error(), http.StatusUnsupportedMediaType)
	case err == nil && !st.sent:
		st.refuse(&stream.Status{Code: stream.Unimplemented, Message: "the handler sent no reply"})
	case err != nil:
		st.refuse(err)
	default:
		st.answer(coding)
	}
}

func (r *connectUnary) Recv() ([]byte, error) {
	if r.read {
		return nil, io.EOF
	}
	if r.ctx.Err() != nil {
		return nil, gone(r.ctx)
	}
	r.read = true
	if err := r.whole(); err != nil {
		return nil, r.failed(err)
	}
	if r.expand != nil && len(r.have) > 0 {
		return r.expanded(r.have)
	}
	return r.have, nil
}

// whole reads the body to its end.
func (r *connectUnary) whole() error {
	if r.req.ContentLength > r.limit {
		return &stream.Status{Code: stream.ResourceExhausted, Message: "request of " + strconv.FormatInt(r.req.ContentLength, 10) + " bytes"}
	}
	for {
		switch err := r.fill(len(r.have) + 1); {
		case err == io.EOF:
			return nil
		case err != nil:
			return cut(err)
		case int64(len(r.have)) > r.limit:
			return &stream.Status{Code: stream.ResourceExhausted, Message: "request of more than " + strconv.FormatInt(r.limit, 10) + " bytes"}
		}
	}
}

// SendHeader keeps the metadata for the header, which leaves with the reply.
func (r *connectUnary) SendHeader(md stream.Metadata) error {
	if r.headed {
		return ErrLate
	}
	r.headed = true
	return appendHTTP(r.out.Header(), "", md)
}

func (r *connectUnary) SetTrailer(md stream.Metadata) error {
	return appendHTTP(r.out.Header(), connectwire.TrailerPrefix, md)
}

func (r *connectUnary) Send(body []byte) error {
	if r.sent {
		return ErrOneReply
	}
	r.sent = true
	r.reply = append(r.reply[:0], body...)
	return nil
}

// answer writes the reply.
func (r *connectUnary) answer(coding string) {
	body := r.reply
	if coding != "" {
		if squeezed, _, err := r.comp.Message(body); err == nil {
			body = squeezed
			r.out.Header().Set(connectwire.HeaderEncoding, coding)
		}
	}
	r.out.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = r.out.Write(body)
}

// refuse writes an error.
func (r *connectUnary) refuse(err error) {
	e := connectError(err)
	body := e.AppendError(nil)
	r.out.Header().Set("Content-Type", connectwire.ContentTypeJSON)
	r.out.Header().Set("Content-Length", strconv.Itoa(len(body)))
	status := connectwire.HTTPStatus(e.Code)
	if _, unknown := errors.AsType[*UnknownMethodError](err); unknown {
		status = http.StatusNotFound
	}
	r.out.WriteHeader(status)
	_, _ = r.out.Write(body)
}
