package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Handler answers one RPC. It receives requests and sends replies; a *stream.Status
// that it returns becomes the RPC's, any other error status 2.
type Handler func(rpc RPC) error

// RPC is the server's side of one call.
type RPC interface {
	// Recv returns the next request body, valid until the next Recv, and
	// io.EOF after the last.
	Recv() ([]byte, error)
	// Send writes one reply body; it leaves at once.
	Send(body []byte) error
	// Context ends when the client has gone.
	Context() context.Context
}

// maxRequest bounds the requests that a server takes into memory, in bytes.
const maxRequest = 64 << 20

// grpcRPC is an RPC over HTTP/2.
type grpcRPC struct {
	in  *bufio.Reader
	out http.ResponseWriter
	req *http.Request
	buf bytes.Buffer // grows with what comes, not with what a prefix says
}

func (r *grpcRPC) Context() context.Context { return r.req.Context() }

func (r *grpcRPC) Recv() ([]byte, error) {
	var prefix [grpcwire.PrefixLen]byte
	if _, err := io.ReadFull(r.in, prefix[:]); err != nil {
		return nil, err
	}
	flags, size := grpcwire.ParsePrefix(prefix[:])
	switch {
	case flags != 0:
		return nil, &stream.Status{Code: stream.Unimplemented, Message: "this server takes no compressed messages"}
	case size > maxRequest:
		return nil, &stream.Status{Code: 8, Message: "request of " + strconv.Itoa(int(size)) + " bytes"}
	}
	r.buf.Reset()
	if _, err := io.CopyN(&r.buf, r.in, int64(size)); err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, &stream.Status{Code: stream.Internal, Message: "the request ends inside a message"}
	} else if err != nil {
		return nil, err
	}
	return r.buf.Bytes(), nil
}

func (r *grpcRPC) Send(body []byte) error {
	frame := grpcwire.AppendPrefix(make([]byte, 0, grpcwire.PrefixLen+len(body)), 0, uint32(len(body)))
	if _, err := r.out.Write(append(frame, body...)); err != nil {
		return err
	}
	return http.NewResponseController(r.out).Flush()
}

// Content types of requests, which answers repeat.
const (
	contentTypeGRPC   = "application/grpc"
	contentTypeThrift = "application/grpc+thrift"
)

// serveGRPC runs a handler, nil where the path has none, and ends the RPC with its
// status (gRPC doc/PROTOCOL-HTTP2.md, "Responses").
func serveGRPC(handle Handler, contentType string, w http.ResponseWriter, req *http.Request) {
	if !strings.HasPrefix(req.Header.Get("Content-Type"), contentTypeGRPC) {
		http.Error(w, "this is a gRPC server", http.StatusUnsupportedMediaType)
		return
	}
	w.Header().Set("Content-Type", contentType)
	var err error = &stream.Status{Code: stream.Unimplemented, Message: "unknown method " + req.URL.Path}
	if handle != nil {
		err = handle(&grpcRPC{in: bufio.NewReader(req.Body), out: w, req: req})
	}
	status := statusOf(err)
	trailer := func(name, value string) { w.Header().Set(http.TrailerPrefix+name, value) }
	trailer("Grpc-Status", strconv.FormatUint(uint64(status.Code), 10))
	if status.Message != "" {
		trailer("Grpc-Message", string(grpcwire.AppendMessage(nil, status.Message)))
	}
	if status.Details != nil {
		trailer("Grpc-Status-Details-Bin", base64.RawStdEncoding.EncodeToString(status.Details))
	}
}

func statusOf(err error) *stream.Status {
	var status *stream.Status
	switch {
	case err == nil:
		return &stream.Status{}
	case errors.As(err, &status):
		return status
	}
	return &stream.Status{Code: stream.Unknown, Message: err.Error()}
}
