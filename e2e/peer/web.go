package peer

import (
	"context"
	"errors"
	"io"
	"net/http"

	"connectrpc.com/connect"
)

// webHandler serves the methods of e2e.Calls that gRPC-Web can carry with
// connect-go, whose gRPC-Web passes its own conformance tests.
//
// It compresses what has at least so many bytes, trailers included, for clients
// that accept it.
func (p *Peers) webHandler(compressFrom int) http.Handler {
	mux := http.NewServeMux()
	for name, k := range map[string]kind{"Unary": {}, "Expand": {server: true}} {
		path := "/e2e.Calls/" + name
		// A unary reply looks like a stream of one: this handler does for both.
		mux.Handle(path, connect.NewServerStreamHandler(path,
			func(ctx context.Context, r *connect.Request[raw], s *connect.ServerStream[raw]) error {
				err := serveCalls(&webConversation{ctx, r, s}, k)
				p.journal.note(r.Header().Get("x-call-id"), outcome(ctx, nil))
				return webError(err)
			}, connect.WithCodec(rawCodec{}), connect.WithCompressMinBytes(compressFrom)))
	}
	return mux
}

// webConversation is a conversation over connect-go with one request.
type webConversation struct {
	ctx     context.Context
	request *connect.Request[raw]
	stream  *connect.ServerStream[raw]
}

func (c *webConversation) Context() context.Context { return c.ctx }

func (c *webConversation) recv() ([]byte, error) {
	if c.request == nil {
		return nil, io.EOF
	}
	body := c.request.Msg.bytes
	c.request = nil
	return body, nil
}

func (c *webConversation) send(b []byte) error { return c.stream.Send(&raw{b}) }

// webError gives a status the form that connect-go knows.
func webError(err error) error {
	var ended *statusError
	if !errors.As(err, &ended) {
		return err
	}
	e := connect.NewError(connect.Code(ended.status.Code), errors.New(ended.status.Message))
	for _, any := range ended.status.Details {
		if d, err := connect.NewErrorDetail(any); err == nil {
			e.AddDetail(d)
		}
	}
	return e
}

// webFault answers with one reply and then ends the connection in the middle of
// the body, without a trailer.
func webFault() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/grpc-web+proto")
		_, _ = w.Write(prefixed(encodeReply("before", 0, 0, nil)))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
}
