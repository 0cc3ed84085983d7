package call

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Content types (gRPC doc/PROTOCOL-HTTP2.md and doc/PROTOCOL-WEB.md).
const (
	contentTypeGRPC = "application/grpc"
	// contentTypeGRPCThrift is Kitex's: exactly this subtype makes its servers
	// read Thrift (cloudwego/kitex:pkg/remote/trans/nphttp2/server_handler.go).
	contentTypeGRPCThrift = "application/grpc+thrift"
	contentTypeWeb        = "application/grpc-web"
)

// Header names.
const (
	headerStatus         = "grpc-status"
	headerMessage        = "grpc-message"
	headerDetails        = "grpc-status-details-bin"
	headerEncoding       = "grpc-encoding"
	headerAcceptEncoding = "grpc-accept-encoding"
	headerTimeout        = "grpc-timeout"
)

// reservedHeader says why a name cannot be metadata; empty if it can. grpc-trace-bin
// and grpc-tags-bin are the tracing headers that callers do set.
func reservedHeader(name string) string {
	switch name {
	case "grpc-trace-bin", "grpc-tags-bin":
		return ""
	case "content-type", "te":
		return "it is set by the protocol"
	case "host":
		return "HTTP/2 has :authority in its place"
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length":
		return "it has no meaning in HTTP/2" // RFC 9113 section 8.2.2
	}
	if strings.HasPrefix(name, "grpc-") {
		return "names that begin with grpc- are reserved"
	}
	return ""
}

// appendMetadata validates md and appends it as header fields.
func appendMetadata(fields []hpack.HeaderField, md stream.Metadata) ([]hpack.HeaderField, error) {
	for _, p := range md {
		name := strings.ToLower(p.Name)
		if why := badName(name); why != "" {
			return nil, &MetadataError{Name: p.Name, Reason: why}
		}
		if why := reservedHeader(name); why != "" {
			return nil, &MetadataError{Name: p.Name, Reason: why}
		}
		value := p.Value
		if stream.IsBinary(name) {
			value = string(grpcwire.AppendBinary(nil, value))
		} else if why := badValue(value); why != "" {
			return nil, &MetadataError{Name: p.Name, Reason: why}
		}
		fields = append(fields, hpack.HeaderField{Name: name, Value: value})
	}
	return fields, nil
}

// badName says what is wrong with a lower-case name; gRPC allows fewer bytes than
// HTTP does.
func badName(name string) string {
	switch {
	case name == "" || name == "-bin":
		return "the name is empty"
	case name[0] == ':':
		return "names that begin with a colon are reserved"
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return fmt.Sprintf("names consist of letters, digits, - _ and ., not %q", c)
		}
	}
	return ""
}

// badValue says what is wrong with a text value (ASCII-Value, and RFC 9113
// section 8.2.1 for spaces at the ends).
func badValue(value string) string {
	for i, c := range []byte(value) {
		if c < ' ' || c > '~' {
			return fmt.Sprintf("byte 0x%02x at offset %d of the value is not printable ASCII (names that end in -bin carry any bytes)", c, i)
		}
	}
	if strings.TrimSpace(value) != value {
		return "the value begins or ends with a space"
	}
	return ""
}

// requestFields are the header of a request but for grpc-timeout.
func (o *Options) requestFields(rpc *stream.Call) ([]hpack.HeaderField, error) {
	m, md := &rpc.Method, rpc.Header
	agent := o.UserAgent
	for _, p := range md {
		if strings.EqualFold(p.Name, "user-agent") {
			agent = ""
		}
	}
	contentType, mark := contentTypeGRPC, hpack.HeaderField{Name: "te", Value: "trailers"}
	switch {
	case o.Transport == GRPCWeb:
		contentType, mark = contentTypeWeb+"+proto", hpack.HeaderField{Name: "x-grpc-web", Value: "1"}
	case m.IsThrift():
		contentType = contentTypeGRPCThrift
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
	if rpc.Compress != "" && rpc.Compress != encodingIdentity {
		fields = append(fields, hpack.HeaderField{Name: headerEncoding, Value: rpc.Compress})
	}
	accept := acceptEncoding
	if rpc.Compress == encodingZstd {
		accept = acceptEncodingZstd
	}
	fields = append(fields, hpack.HeaderField{Name: headerAcceptEncoding, Value: accept})
	path := o.methodPath(m)
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c > '~' {
			return nil, fmt.Errorf("method %q cannot be a request path", path[1:])
		}
	}
	fields, err := o.appendMetainfo(fields, rpc)
	if err != nil {
		return nil, err
	}
	return appendMetadata(fields, md)
}

// fieldsFor fills in what depends on the target and on the time that is left.
func fieldsFor(ctx context.Context, fields []hpack.HeaderField, o *Options, t Target, secure bool, m *stream.Method) []hpack.HeaderField {
	fields[1].Value = "http"
	if secure {
		fields[1].Value = "https"
	}
	fields[2].Value = t.Path + o.methodPath(m)
	fields[3].Value = o.authority(t)
	if deadline, ok := ctx.Deadline(); ok {
		timeout := grpcwire.AppendTimeout(nil, time.Until(deadline))
		fields = append(slices.Clip(fields), hpack.HeaderField{Name: headerTimeout, Value: string(timeout)})
	}
	return fields
}

// contentType is that of an answer, but for a suffix.
func (o *Options) contentType() string {
	if o.Transport == GRPCWeb {
		return contentTypeWeb
	}
	return contentTypeGRPC
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
		case headerEncoding:
			a.encoding = f.Value
		case headerStatus:
			a.hasStatus = true
		case headerMessage:
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

// metadataOf makes metadata of a header block: without pseudo-headers and what
// the Status holds; binary values decoded, and split where the peer joined them
// with commas. A binary value that is not base64 stays as it came.
func metadataOf(fields []hpack.HeaderField) stream.Metadata {
	md := make(stream.Metadata, 0, len(fields))
	for _, f := range fields {
		switch {
		case f.IsPseudo(), f.Name == headerStatus, f.Name == headerMessage, f.Name == headerDetails:
		case stream.IsBinary(f.Name):
			for part := range strings.SplitSeq(f.Value, ",") {
				value, err := grpcwire.ParseBinary(strings.TrimSpace(part))
				if err != nil {
					value = []byte(part)
				}
				md = append(md, stream.Pair{Name: f.Name, Value: string(value)})
			}
		default:
			md = append(md, stream.Pair{Name: f.Name, Value: f.Value})
		}
	}
	return md
}

// rawMetadata is a header block as it was on the wire, for traces.
func rawMetadata(fields []hpack.HeaderField) stream.Metadata {
	md := make(stream.Metadata, len(fields))
	for i, f := range fields {
		md[i] = stream.Pair{Name: f.Name, Value: f.Value}
	}
	return md
}

var errNoStatus = errors.New("the answer ended without " + headerStatus)

// parseStatus reads the status of a trailer: nil for OK.
func parseStatus(fields []hpack.HeaderField) (*stream.Status, error) {
	var s stream.Status
	found := false
	for _, f := range fields {
		switch f.Name {
		case headerStatus:
			code, err := strconv.ParseUint(f.Value, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("%s %.40q is not a number", headerStatus, f.Value)
			}
			s.Code, found = stream.Code(code), true
		case headerMessage:
			s.Message = grpcwire.ParseMessage(f.Value)
		case headerDetails:
			s.Details, _ = grpcwire.ParseBinary(f.Value)
		}
	}
	switch {
	case !found && s.Message != "":
		return nil, fmt.Errorf("%w, but with %s %q", errNoStatus, headerMessage, folded(s.Message))
	case !found:
		return nil, errNoStatus
	case s.Code == stream.OK:
		return nil, nil
	}
	return &s, nil
}
