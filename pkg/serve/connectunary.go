package serve

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"

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
	x.set("content-type", contentType)
	s.connectCall(x, x.asked.get(connectwire.HeaderEncoding))
}

// serveGet answers a GET, which carries the message in its query.
func (s *Server) serveGet(x *exchange) {
	query, _ := url.ParseQuery(x.asked.query) // what of it is sound
	asked, ok, err := connectwire.ParseQuery(query)
	if !ok {
		x.set("allow", http.MethodPost)
		x.plain(http.StatusMethodNotAllowed, "this is a server of RPCs, which are POST")
		return
	}
	if err != nil {
		x.plain(http.StatusBadRequest, err.Error())
		return
	}
	if !x.connect(stream.Unary, asked.Codec) {
		x.plain(http.StatusUnsupportedMediaType, errContentType.Error())
		return
	}
	x.method.NoSideEffects = true
	x.in = strings.NewReader(string(asked.Message))
	x.set("content-type", "application/"+asked.Codec)
	x.fields = append(x.fields, hpack.HeaderField{Name: "vary", Value: "Accept-Encoding"})
	s.connectCall(x, asked.Encoding)
}

// connectCall runs the handler and writes the answer.
func (s *Server) connectCall(x *exchange, encoding string) {
	st := &connectUnary{exchange: x}
	cancel, err := x.deadline(x.asked.get(connectwire.HeaderTimeout), connectwire.ParseTimeout)
	defer cancel()
	if x.in == nil {
		x.in = x.body()
	}
	var coding string
	if err == nil {
		coding, err = x.codings(encoding, x.asked.get(connectwire.HeaderAcceptEncoding))
	}
	if err == nil {
		err = s.run(x.ctx, st)
	}
	switch {
	case x.dropped(err):
	case errors.Is(err, ErrSideEffects):
		x.set("allow", http.MethodPost)
		x.plain(http.StatusMethodNotAllowed, err.Error())
	case errors.Is(err, ErrStreams):
		x.plain(http.StatusUnsupportedMediaType, err.Error())
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
	if r.asked.size > r.limit {
		return &stream.Status{Code: stream.ResourceExhausted, Message: "request of " + strconv.FormatInt(r.asked.size, 10) + " bytes"}
	}
	announced := r.asked.size
	if announced < 0 && !r.asked.isHTTP1 { // there may be many on the connection
		announced = r.limit
	}
	if err := r.hold(announced); err != nil {
		return err
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
	var err error
	r.fields, err = appendHTTP(r.fields, "", md)
	return err
}

func (r *connectUnary) SetTrailer(md stream.Metadata) error {
	var err error
	r.fields, err = appendHTTP(r.fields, connectwire.TrailerPrefix, md)
	return err
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
			r.set(connectwire.HeaderEncoding, coding)
		}
	}
	r.complete(http.StatusOK, body)
}

// complete sends an answer that is complete.
func (r *connectUnary) complete(status int, body []byte) {
	r.set("content-length", strconv.Itoa(len(body)))
	if err := r.begin(status, len(body) == 0, false); err == nil && len(body) > 0 {
		_ = r.write(r.asked.ctx, body, true)
	}
}

// refuse writes an error.
func (r *connectUnary) refuse(err error) {
	e := connectError(err)
	body := e.AppendError(nil)
	r.set("content-type", connectwire.ContentTypeJSON)
	status := connectwire.HTTPStatus(e.Code)
	if _, unknown := errors.AsType[*UnknownMethodError](err); unknown {
		status = http.StatusNotFound
	}
	r.complete(status, body)
}
