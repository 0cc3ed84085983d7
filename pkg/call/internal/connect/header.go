package connect

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/call/internal/kitex"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// header makes the header of a request.
type header struct {
	opts        *call.Options
	path        string // of the method
	query       string // of a GET, with its "?"
	get         bool
	contentType string
	list        []hpack.HeaderField // all but pseudo-headers, content type and timeout
}

func newHeader(o *call.Options, rpc *stream.Call) (*header, error) {
	h := &header{opts: o, path: rpc.Method.Path(), get: rpc.Get, contentType: contentType(&rpc.Method)}
	if err := web.CheckPath(h.path); err != nil {
		return nil, err
	}
	encoding, accept := connectwire.HeaderEncoding, connectwire.HeaderAcceptEncoding
	if rpc.Method.Type != stream.Unary {
		encoding, accept = connectwire.HeaderStreamEncoding, connectwire.HeaderStreamAccept
	}
	if !h.get { // a GET has it in the query
		h.add(connectwire.HeaderVersion, connectwire.Version)
	}
	if !slices.ContainsFunc(rpc.Header, func(p stream.Pair) bool { return strings.EqualFold(p.Name, "user-agent") }) {
		h.add("user-agent", o.UserAgent)
	}
	if rpc.Compress != "" && rpc.Compress != compress.EncodingIdentity && !h.get {
		h.add(encoding, rpc.Compress)
	}
	offer := compress.EncodingGzip
	if rpc.Compress == compress.EncodingZstd {
		offer += "," + compress.EncodingZstd
	}
	h.add(accept, offer)
	return h, h.metadata(rpc)
}

func (h *header) add(name, value string) {
	h.list = append(h.list, hpack.HeaderField{Name: name, Value: value})
}

// metadata adds what the user sends along.
func (h *header) metadata(rpc *stream.Call) error {
	for _, p := range rpc.Header {
		switch name := strings.ToLower(p.Name); {
		case strings.HasPrefix(name, "connect-"), name == connectwire.HeaderEncoding, name == connectwire.HeaderAcceptEncoding:
			return &call.MetadataError{Name: p.Name, Reason: "it is set by the protocol"}
		}
	}
	list, err := kitex.AppendMetainfo(h.opts, h.list, rpc)
	if err == nil {
		list, err = web.AppendMetadata(list, rpc.Header)
	}
	h.list = list
	return err
}

// fields is the header for a target, with the time that is left.
func (h *header) fields(ctx context.Context, t call.Target) []hpack.HeaderField {
	method, scheme := "POST", "http"
	if h.get {
		method = "GET"
	}
	if foreign.SecuresTo(h.opts, t) {
		scheme = "https"
	}
	fields := make([]hpack.HeaderField, 0, len(h.list)+6)
	fields = append(fields,
		hpack.HeaderField{Name: ":method", Value: method},
		hpack.HeaderField{Name: ":scheme", Value: scheme},
		hpack.HeaderField{Name: ":path", Value: t.Path + h.path + h.query},
		hpack.HeaderField{Name: ":authority", Value: dial.Authority(h.opts, t)},
	)
	if !h.get {
		fields = append(fields, hpack.HeaderField{Name: "content-type", Value: h.contentType})
	}
	fields = append(fields, h.list...)
	if deadline, ok := ctx.Deadline(); ok {
		fields = append(fields, hpack.HeaderField{
			Name: connectwire.HeaderTimeout, Value: connectwire.Timeout(time.Until(deadline)),
			Sensitive: true, // it is different each time: no table is to have it
		})
	}
	return fields
}

// contentType is that of request and answer.
func contentType(m *stream.Method) string {
	isJSON := m.Protocol == stream.JSON
	switch {
	case m.Type == stream.Unary && isJSON:
		return connectwire.ContentTypeJSON
	case m.Type == stream.Unary:
		return connectwire.ContentTypeProto
	case isJSON:
		return connectwire.ContentTypeStreamJSON
	}
	return connectwire.ContentTypeStreamProto
}

// codec is the name of a content type's codec in a query.
func codec(m *stream.Method) string {
	if m.Protocol == stream.JSON {
		return "json"
	}
	return "proto"
}

// answer is the first header block of a response.
type answer struct {
	status      int // HTTP; 0 where it is no number
	contentType string
	encoding    string
	acceptPost  string // content types that the peer takes (W3C LDP section 7.1)
	location    string // where a redirect leads
}

func parseAnswer(fields []hpack.HeaderField, encoding string) answer {
	var a answer
	for _, f := range fields {
		switch f.Name {
		case ":status":
			a.status, _ = strconv.Atoi(f.Value)
		case "content-type":
			a.contentType = f.Value
		case encoding:
			a.encoding = strings.ToLower(f.Value) // RFC 9110 section 8.4.1
		case "accept-post":
			a.acceptPost = f.Value
		case "location":
			a.location = f.Value
		}
	}
	return a
}

// is reports whether the content type is want, be it with parameters.
func (a answer) is(want string) bool {
	got, _, _ := strings.Cut(a.contentType, ";")
	return strings.EqualFold(strings.TrimSpace(got), want)
}

// mismatch is an answer that is not Connect's.
func (x *shared) mismatch(st web.Stream, a answer, body []byte) *call.MismatchError {
	e := foreign.HTTPMismatch(x.carrier.opts, st.At(), x.carrier.answer, a.status, a.contentType, body)
	if a.status == 415 && a.acceptPost != "" {
		e.AcceptPost = a.acceptPost
		e.Saw += fmt.Sprintf(", accept-post %.200q", a.acceptPost)
	}
	if a.status >= 300 && a.status < 400 && a.location != "" {
		e.Location = a.location
		e.Saw += fmt.Sprintf(", location %.200q", a.location)
	}
	if a.status == 200 && a.contentType != "" {
		e.Codec = otherCodec(a.contentType, x.header.contentType)
	}
	return e
}

// otherCodec is the subtype of a content type that differs from want in nothing else.
func otherCodec(got, want string) string {
	got, _, _ = strings.Cut(strings.ToLower(got), ";")
	cut := func(s string) (before, codec string) {
		i := strings.LastIndexAny(s, "/+")
		return s[:i+1], s[i+1:]
	}
	before, codec := cut(strings.TrimSpace(got))
	if family, own := cut(want); before == family && (codec == "proto" || codec == "json") && codec != own {
		return codec
	}
	return ""
}

// status makes a Status of the error in an answer; httpCode counts where the error has no
// code of its own.
func (x *shared) status(e *connectwire.Error, httpCode stream.Code) *stream.Status {
	if e.Code == 0 {
		e.Code = uint32(httpCode)
	}
	s := &stream.Status{Code: stream.Code(e.Code), Message: e.Message}
	if len(e.Details) > 0 {
		s.Details = e.AppendStatus(nil)
	}
	if s.Code == stream.Unimplemented {
		s.Asked = x.header.path
	}
	return s
}
