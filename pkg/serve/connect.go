package serve

import (
	"errors"
	"net/http"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// connectStream is a streaming RPC of Connect (connectrpc.com/docs/protocol, "Streaming
// RPCs"): how it ended is the last message, which is JSON.
type connectStream struct {
	*exchange

	tail stream.Metadata
}

func (s *Server) serveConnectStream(x *exchange, contentType string) {
	if !x.connect(stream.Bidi, strings.TrimPrefix(contentType, connectwire.StreamPrefix)) {
		x.plain(http.StatusUnsupportedMediaType, errContentType.Error())
		return
	}
	x.set("content-type", contentType)
	st := &connectStream{exchange: x}
	cancel, err := x.deadline(x.asked.get(connectwire.HeaderTimeout), connectwire.ParseTimeout)
	defer cancel()
	x.in = x.body()
	var coding string
	if err == nil {
		coding, err = x.codings(x.asked.get(connectwire.HeaderStreamEncoding), x.asked.get(connectwire.HeaderStreamAccept))
	}
	if coding != "" {
		x.set(connectwire.HeaderStreamEncoding, coding)
	}
	if err == nil {
		err = s.run(x.ctx, st)
	}
	switch {
	case x.dropped(err):
		return
	case errors.Is(err, ErrStreams) && !x.headed:
		x.plain(http.StatusUnsupportedMediaType, err.Error())
		return
	}
	end := connectwire.AppendEnd(nil, connectError(err), st.trailerPairs())
	x.frame = append(grpcwire.AppendPrefix(x.frame[:0], connectwire.FlagEnd, uint32(len(end))), end...)
	_ = x.send(x.frame, true)
}

// connect begins an RPC with messages in a codec; false where there is no such codec.
func (x *exchange) connect(typ stream.Type, codec string) bool {
	x.named(typ, stream.Protobuf)
	x.via = viaConnect
	switch codec {
	case "json":
		x.method.Protocol = stream.JSON
	case "proto":
	default:
		return false
	}
	in := ofConnect(x.asked.fields)
	x.given = &in
	return true
}

// ofConnect reads a header, without what belongs to the protocol.
func ofConnect(fields []hpack.HeaderField) incoming {
	in := ofHTTP(fields)
	kept := in.header[:0]
	for _, p := range in.header {
		if p.Name != connectwire.HeaderEncoding && !strings.HasPrefix(p.Name, "connect-") {
			kept = append(kept, p)
		}
	}
	in.header = kept
	return in
}

func (r *connectStream) Recv() ([]byte, error) {
	body, err := r.envelope()
	return body, r.failed(err)
}

func (r *connectStream) Send(body []byte) error {
	if err := r.enclose(body); err != nil {
		return err
	}
	return r.send(r.frame, false)
}

func (r *connectStream) SetTrailer(md stream.Metadata) error {
	r.tail = append(r.tail, md...)
	return checkHTTP(md)
}

// trailerPairs is the trailer as the wire has it.
func (r *connectStream) trailerPairs() []connectwire.Pair {
	var pairs []connectwire.Pair
	for _, p := range r.tail {
		name, value := strings.ToLower(p.Name), p.Value
		if stream.IsBinary(name) {
			value = string(grpcwire.AppendBinary(nil, value))
		}
		pairs = append(pairs, connectwire.Pair{Name: name, Value: value})
	}
	return pairs
}

// connectError puts an error into the words of Connect; nil for nil.
func connectError(err error) *connectwire.Error {
	if err == nil {
		return nil
	}
	status := statusOf(err)
	e := &connectwire.Error{Code: uint32(status.Code), Message: status.Message}
	e.Details, _ = connectwire.ParseStatus(status.Details)
	return e
}
