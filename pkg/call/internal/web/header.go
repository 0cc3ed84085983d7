package web

import (
	"fmt"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
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

// AppendMetadata validates md and appends it as header fields.
func AppendMetadata(fields []hpack.HeaderField, md stream.Metadata) ([]hpack.HeaderField, error) {
	for _, p := range md {
		name := strings.ToLower(p.Name)
		if why := BadName(name); why != "" {
			return nil, &call.MetadataError{Name: p.Name, Reason: why}
		}
		if why := reservedHeader(name); why != "" {
			return nil, &call.MetadataError{Name: p.Name, Reason: why}
		}
		value := p.Value
		if stream.IsBinary(name) {
			value = string(grpcwire.AppendBinary(nil, value))
		} else if why := BadValue(value); why != "" {
			return nil, &call.MetadataError{Name: p.Name, Reason: why}
		}
		fields = append(fields, hpack.HeaderField{Name: name, Value: value})
	}
	return fields, nil
}

// CheckPath refuses the name of a method that cannot be part of a request.
func CheckPath(path string) error {
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c > '~' {
			return fmt.Errorf("method %q cannot be a request path", path[1:])
		}
	}
	return nil
}

// BadName says what is wrong with a lower-case name; gRPC allows fewer bytes than
// HTTP does.
func BadName(name string) string {
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

// BadValue says what is wrong with a text value (ASCII-Value, and RFC 9113
// section 8.2.1 for spaces at the ends).
func BadValue(value string) string {
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

// MetadataOf makes metadata of a header block: without pseudo-headers and what
// the Status holds; binary values decoded, and split where the peer joined them
// with commas. A binary value that is not base64 stays as it came.
func MetadataOf(fields []hpack.HeaderField) stream.Metadata {
	md := make(stream.Metadata, 0, len(fields))
	for _, f := range fields {
		switch {
		case f.IsPseudo(), f.Name == grpcwire.HeaderStatus, f.Name == grpcwire.HeaderMessage, f.Name == grpcwire.HeaderDetails:
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

// RawMetadata is a header block as it was on the wire, for traces.
func RawMetadata(fields []hpack.HeaderField) stream.Metadata {
	md := make(stream.Metadata, len(fields))
	for i, f := range fields {
		md[i] = stream.Pair{Name: f.Name, Value: f.Value}
	}
	return md
}
