package grpc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/call/internal/kitex"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// header is that of requests: calls of one method that differ in nothing but their bodies
// share it.
type header struct {
	opts *call.Options
	// rpc has what it was made of; its metadata is a copy.
	rpc    stream.Call
	path   string // of the method
	fields []hpack.HeaderField
	make   func(context.Context, call.Target) []hpack.HeaderField // to, made a func once
	last   atomic.Pointer[reached]
}

// reached is the header for the target that was reached last, but for grpc-timeout.
type reached struct {
	target call.Target
	fields []hpack.HeaderField
}

// newHeader makes the header of a call.
func newHeader(o *call.Options, rpc *stream.Call) (*header, error) {
	h := &header{opts: o, rpc: stream.Call{
		Method: rpc.Method, Compress: rpc.Compress, Header: slices.Clone(rpc.Header),
		Transient: slices.Clone(rpc.Transient), Persistent: slices.Clone(rpc.Persistent),
	}}
	h.make = h.to
	h.path = methodPath(o, &h.rpc.Method)
	if err := web.CheckPath(h.path); err != nil {
		return nil, err
	}
	var err error
	h.fields, err = requestFields(o, &h.rpc)
	return h, err
}

// fits reports whether it is the header of another call too.
func (h *header) fits(rpc *stream.Call) bool {
	return h.rpc.Method == rpc.Method && h.rpc.Compress == rpc.Compress && slices.Equal(h.rpc.Header, rpc.Header) &&
		slices.Equal(h.rpc.Transient, rpc.Transient) && slices.Equal(h.rpc.Persistent, rpc.Persistent)
}

// to is the header for a target, with the time that is left. It is only read.
func (h *header) to(ctx context.Context, t call.Target) []hpack.HeaderField {
	last := h.last.Load()
	if last == nil || last.target != t {
		last = &reached{t, fieldsTo(h.opts, t, h.path, h.fields)}
		h.last.Store(last)
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return last.fields
	}
	timeout := grpcwire.AppendTimeout(nil, time.Until(deadline))
	return append(slices.Clip(last.fields), hpack.HeaderField{
		Name: grpcwire.HeaderTimeout, Value: string(timeout),
		Sensitive: true, // it is different each time: no table is to have it
	})
}

// requestFields are the header of a request but for what depends on the target, and
// grpc-timeout.
func requestFields(o *call.Options, rpc *stream.Call) ([]hpack.HeaderField, error) {
	m, md := &rpc.Method, rpc.Header
	agent := o.UserAgent
	for _, p := range md {
		if strings.EqualFold(p.Name, "user-agent") {
			agent = ""
		}
	}
	contentType, mark := grpcwire.ContentType, hpack.HeaderField{Name: "te", Value: "trailers"}
	switch {
	case o.Transport == call.GRPCWeb:
		contentType, mark = grpcwire.ContentTypeWeb+"+proto", hpack.HeaderField{Name: "x-grpc-web", Value: "1"}
	case m.IsThrift():
		contentType = grpcwire.ContentTypeThrift
	}
	fields := make([]hpack.HeaderField, 0, 11+len(md))
	fields = append(fields,
		hpack.HeaderField{Name: ":method", Value: "POST"},
		hpack.HeaderField{Name: ":scheme"}, // scheme, path and authority depend on
		hpack.HeaderField{Name: ":path"},   // the target that is reached
		hpack.HeaderField{Name: ":authority"},
		hpack.HeaderField{Name: "content-type", Value: contentType},
		mark,
	)
	if agent != "" {
		fields = append(fields, hpack.HeaderField{Name: "user-agent", Value: agent})
	}
	if rpc.Compress != "" && rpc.Compress != compress.EncodingIdentity {
		fields = append(fields, hpack.HeaderField{Name: grpcwire.HeaderEncoding, Value: rpc.Compress})
	}
	accept := compress.AcceptEncoding
	if rpc.Compress == compress.EncodingZstd {
		accept = compress.AcceptEncodingZstd
	}
	fields = append(fields, hpack.HeaderField{Name: grpcwire.HeaderAcceptEncoding, Value: accept})
	fields, err := kitex.AppendMetainfo(o, fields, rpc)
	if err != nil {
		return nil, err
	}
	return web.AppendMetadata(fields, md)
}

// fieldsTo fills in what depends on the target.
func fieldsTo(o *call.Options, t call.Target, path string, fields []hpack.HeaderField) []hpack.HeaderField {
	fields = slices.Clone(fields)
	fields[1].Value = "http"
	if foreign.SecuresTo(o, t) {
		fields[1].Value = "https"
	}
	fields[2].Value = t.Path + path
	fields[3].Value = dial.Authority(o, t)
	return fields
}

// contentType is that of an answer, but for a suffix.
func contentType(o *call.Options) string {
	if o.Transport == call.GRPCWeb {
		return grpcwire.ContentTypeWeb
	}
	return grpcwire.ContentType
}

// answer is the first header block of a response.
type answer struct {
	status      int // HTTP; 0 where it is no number
	contentType string
	encoding    string
	hasStatus   bool   // grpc-status is there
	message     string // grpc-message
}

func parseAnswer(fields []hpack.HeaderField) answer {
	var a answer
	for _, f := range fields {
		switch f.Name {
		case ":status":
			a.status, _ = strconv.Atoi(f.Value)
		case "content-type":
			a.contentType = f.Value
		case grpcwire.HeaderEncoding:
			a.encoding = f.Value
		case grpcwire.HeaderStatus:
			a.hasStatus = true
		case grpcwire.HeaderMessage:
			a.message = grpcwire.ParseMessage(f.Value)
		}
	}
	return a
}

// isGRPC reports whether a content type is application/grpc, application/grpc+x
// or either with parameters.
func isGRPC(contentType, want string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(contentType), want)
	return ok && (rest == "" || rest[0] == '+' || rest[0] == ';' || rest[0] == ' ')
}

var errNoStatus = errors.New("the answer ended without " + grpcwire.HeaderStatus)

// parseStatus reads the status of a trailer: nil for OK.
func parseStatus(fields []hpack.HeaderField) (*stream.Status, error) {
	var s stream.Status
	found := false
	for _, f := range fields {
		switch f.Name {
		case grpcwire.HeaderStatus:
			code, err := strconv.ParseUint(f.Value, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("%s %.40q is not a number", grpcwire.HeaderStatus, f.Value)
			}
			s.Code, found = stream.Code(code), true
		case grpcwire.HeaderMessage:
			s.Message = grpcwire.ParseMessage(f.Value)
		case grpcwire.HeaderDetails:
			s.Details, _ = grpcwire.ParseBinary(f.Value)
		}
	}
	switch {
	case !found && s.Message != "":
		return nil, fmt.Errorf("%w, but with %s %q", errNoStatus, grpcwire.HeaderMessage, foreign.Folded(s.Message))
	case !found:
		return nil, errNoStatus
	case s.Code == stream.OK:
		return nil, nil
	}
	status := s
	return &status, nil
}

// methodPath is the path of a method in HTTP/2, without the prefix of the target.
// Kitex looks for the bare name of a Thrift service
// (cloudwego/kitex:pkg/remote/trans/nphttp2/server_handler.go).
func methodPath(o *call.Options, m *stream.Method) string {
	if !m.IsThrift() {
		return m.Path()
	}
	service := m.BareService()
	if o.PathPackage != "" {
		service = o.PathPackage + "." + service
	}
	return "/" + service + "/" + m.Name
}
