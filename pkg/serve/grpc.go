package serve

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Names of what carries an RPC over HTTP/2, in Peer.
const (
	viaGRPC    = "grpc"
	viaWeb     = "grpc-web"
	viaConnect = "connect"
)

// grpcStream is an RPC of gRPC, or of gRPC-Web, which has its trailer in the body.
type grpcStream struct {
	*exchange

	web, text bool // text: base64 both ways (gRPC doc/PROTOCOL-WEB.md)
	tail      stream.Metadata
}

// serveGRPC runs the handler of a request, and ends the RPC with its status
// (gRPC doc/PROTOCOL-HTTP2.md, "Responses").
func (s *Server) serveGRPC(x *exchange, contentType string) {
	st := &grpcStream{exchange: x}
	if err := st.named(contentType); err != nil {
		x.plain(http.StatusUnsupportedMediaType, err.Error())
		return
	}
	if !st.web && x.asked.isHTTP1 {
		x.plain(http.StatusHTTPVersionNotSupported, "gRPC needs HTTP/2")
		return
	}
	if x.asked.method != http.MethodPost {
		x.set("allow", "POST")
		x.plain(http.StatusMethodNotAllowed, "gRPC is POST")
		return
	}
	cancel, err := x.deadline(x.asked.get(grpcwire.HeaderTimeout), grpcwire.ParseTimeout)
	defer cancel()
	var coding string
	if err == nil {
		coding, err = x.codings(x.asked.get(grpcwire.HeaderEncoding), x.asked.get(grpcwire.HeaderAcceptEncoding))
	}
	if coding != "" {
		x.set(grpcwire.HeaderEncoding, coding)
	}
	if x.in = x.body(); st.text {
		x.in = &base64Reader{in: bufio.NewReader(x.in)}
	}
	if err == nil {
		err = s.run(x.ctx, st)
	}
	if x.dropped(err) {
		return
	}
	st.end(err)
}

var errContentType = errors.New("no codec for this content type")

// named reads the content type, and the method. Exactly its own makes a method one of Thrift, as in Kitex.
func (r *grpcStream) named(contentType string) error {
	rest := strings.TrimPrefix(contentType, grpcwire.ContentType)
	if after, ok := strings.CutPrefix(rest, "-web"); ok {
		rest, r.web = after, true
	}
	if after, ok := strings.CutPrefix(rest, "-text"); ok && r.web {
		rest, r.text = after, true
	}
	r.exchange.named(stream.Bidi, stream.Protobuf)
	r.via = viaGRPC
	if r.web {
		r.via = viaWeb
	}
	switch {
	case contentType == grpcwire.ContentTypeThrift:
		r.method.Lang = stream.Thrift
	case rest == "+json":
		r.method.Protocol = stream.JSON
	case rest != "" && rest != "+proto":
		return errContentType
	}
	r.set("content-type", contentType)
	return nil
}

func (r *grpcStream) Recv() ([]byte, error) {
	body, err := r.envelope()
	return body, r.failed(err)
}

func (r *grpcStream) SetTrailer(md stream.Metadata) error {
	r.tail = append(r.tail, md...)
	return checkHTTP(md)
}

func (r *grpcStream) Send(body []byte) error {
	if err := r.enclose(body); err != nil {
		return err
	}
	return r.send(r.wire(r.frame), false)
}

// wire is a frame as the body has it.
func (r *grpcStream) wire(frame []byte) []byte {
	if !r.text {
		return frame
	}
	return base64.StdEncoding.AppendEncode(nil, frame)
}

// end puts how the RPC ended into the trailer.
func (r *grpcStream) end(err error) {
	fields, _ := appendHTTP(nil, "", r.tail) // it has been checked
	fields = appendStatus(fields, err)
	switch {
	case r.web:
		var block []byte
		for _, f := range fields {
			block = grpcwire.AppendTrailer(block, f.Name, f.Value)
		}
		frame := grpcwire.AppendPrefix(nil, grpcwire.FlagTrailer, uint32(len(block)))
		_ = r.send(r.wire(append(frame, block...)), true)
	case r.headed:
		_ = r.trailer(fields)
	default: // gRPC doc/PROTOCOL-HTTP2.md, "Trailers-Only"
		r.fields = append(r.fields, fields...)
		_ = r.begin(http.StatusOK, true, true)
	}
}

// appendStatus appends how an RPC ended, in the words of a trailer.
func appendStatus(fields []hpack.HeaderField, err error) []hpack.HeaderField {
	add := func(name, value string) { fields = append(fields, hpack.HeaderField{Name: name, Value: value}) }
	if err == nil {
		add(grpcwire.HeaderStatus, "0")
		return fields
	}
	status := statusOf(err)
	add(grpcwire.HeaderStatus, strconv.FormatUint(uint64(status.Code), 10))
	if status.Message != "" {
		add(grpcwire.HeaderMessage, string(grpcwire.AppendMessage(nil, status.Message)))
	}
	if status.Details != nil {
		add(grpcwire.HeaderDetails, string(grpcwire.AppendBinary(nil, string(status.Details))))
	}
	if biz, ok := errors.AsType[*BizStatusError](err); ok {
		for _, p := range bizPairs(biz) {
			if p.Name != ttheader.StrBizMessage { // it is that of the status
				add(p.Name, p.Value)
			}
		}
	}
	return fields
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
	if errors.Is(err, ErrStreams) {
		return &stream.Status{Code: stream.Unimplemented, Message: err.Error()}
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

// base64Reader reads base64 that was made in pieces, each with a padding of its own.
type base64Reader struct {
	in   *bufio.Reader
	rest []byte // decoded, not yet taken
	buf  [3]byte
}

func (r *base64Reader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(r.rest) == 0 {
			if n > 0 && r.in.Buffered() < 4 {
				break
			}
			if err := r.quantum(); err != nil {
				if n > 0 && err == io.EOF {
					err = nil
				}
				return n, err
			}
		}
		took := copy(p[n:], r.rest)
		n, r.rest = n+took, r.rest[took:]
	}
	return n, nil
}

// quantum decodes the next four characters.
func (r *base64Reader) quantum() error {
	var text [4]byte
	if _, err := io.ReadFull(r.in, text[:]); err != nil {
		return err
	}
	n, err := base64.StdEncoding.Decode(r.buf[:], text[:])
	if err != nil {
		return &stream.Status{Code: stream.InvalidArgument, Message: "the request is not base64"}
	}
	r.rest = r.buf[:n]
	return nil
}
