// Package connectwire has the words of the Connect protocol, of which all facts here are
// (connectrpc.com/docs/protocol): names of headers and codes, errors and the end of a
// stream as JSON, the query of a GET. The five bytes before a message are those of
// grpcwire, with other flags.
package connectwire

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Content types: a unary body is a message, a stream's has envelopes.
const (
	ContentTypeProto       = "application/proto"
	ContentTypeJSON        = "application/json"
	ContentTypeStreamProto = "application/connect+proto"
	ContentTypeStreamJSON  = "application/connect+json"
	// StreamPrefix begins the content types of streams, before the name of a codec.
	StreamPrefix = "application/connect+"
)

// Names of header fields.
const (
	HeaderVersion        = "connect-protocol-version"
	HeaderTimeout        = "connect-timeout-ms"
	HeaderEncoding       = "content-encoding" // of a unary body
	HeaderAcceptEncoding = "accept-encoding"
	HeaderStreamEncoding = "connect-content-encoding" // of the messages of a stream
	HeaderStreamAccept   = "connect-accept-encoding"
	// TrailerPrefix begins the names of header fields that are a unary answer's
	// trailer.
	TrailerPrefix = "trailer-"
)

// Version is the value of HeaderVersion.
const Version = "1"

// FlagEnd marks the message that ends a stream.
const FlagEnd = 0x02

// maxTimeout is the largest value of HeaderTimeout, which has at most ten digits.
const maxTimeout = 9_999_999_999

// Timeout is the value of HeaderTimeout, at least 1.
func Timeout(d time.Duration) string {
	return strconv.FormatInt(min(max(d.Milliseconds(), 1), maxTimeout), 10)
}

// codes are those of gRPC doc/statuscodes.md, from 1.
var codes = [...]string{
	1: "canceled", 2: "unknown", 3: "invalid_argument", 4: "deadline_exceeded", 5: "not_found", 6: "already_exists",
	7: "permission_denied", 8: "resource_exhausted", 9: "failed_precondition", 10: "aborted", 11: "out_of_range",
	12: "unimplemented", 13: "internal", 14: "unavailable", 15: "data_loss", 16: "unauthenticated",
}

// Code is the number of a code, 0 where it has none.
func Code(name string) uint32 {
	for n, known := range codes {
		if n > 0 && known == name {
			return uint32(n)
		}
	}
	return 0
}

// CodeName is the inverse of Code; empty for numbers without a name.
func CodeName(code uint32) string {
	if int64(code) < int64(len(codes)) {
		return codes[code]
	}
	return ""
}

// Error is how a peer ends an RPC that failed.
type Error struct {
	Code    uint32 // 0 where it is missing or unknown
	Message string
	Details []Detail
}

// Detail is a message inside of an Error.
type Detail struct {
	Type  string // full name of the message type
	Value []byte // encoded
}

type errorJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Details []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"details"`
}

// errNoError is JSON that is no error.
var errNoError = errors.New("the JSON has neither a code nor a message")

// ParseError reads the body of a unary answer that is an error.
func ParseError(body []byte) (*Error, error) {
	var e errorJSON
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("an error that is no JSON: %w", plain(err))
	}
	if e.Code == "" && e.Message == "" {
		return nil, errNoError
	}
	return e.read()
}

func (e *errorJSON) read() (*Error, error) {
	out := &Error{Code: Code(e.Code), Message: e.Message}
	for _, d := range e.Details {
		value, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(d.Value, "="))
		if err != nil {
			return nil, fmt.Errorf("the detail %.80q is not base64: %w", d.Type, err)
		}
		out.Details = append(out.Details, Detail{d.Type, value})
	}
	return out, nil
}

// plain is an error of encoding/json without the names of Go types.
func plain(err error) error {
	if typed, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("the JSON %s at byte %d does not belong there", typed.Value, typed.Offset)
	}
	return err
}

// Pair is an entry of metadata, as it came.
type Pair struct{ Name, Value string }

// ParseEnd reads the message that ends a stream: the error, nil where it ended well,
// and the trailer in no particular order of names.
func ParseEnd(body []byte) (*Error, []Pair, error) {
	var end struct {
		Error    *errorJSON          `json:"error"`
		Metadata map[string][]string `json:"metadata"`
	}
	if err := json.Unmarshal(body, &end); err != nil {
		return nil, nil, fmt.Errorf("an end of the stream that is no JSON: %w", plain(err))
	}
	var md []Pair
	for name, values := range end.Metadata {
		for _, v := range values {
			md = append(md, Pair{strings.ToLower(name), v})
		}
	}
	if end.Error == nil {
		return nil, md, nil
	}
	e, err := end.Error.read()
	return e, md, err
}

// AppendStatus appends the error as an encoded google.rpc.Status, which is what gRPC has
// for one: code = 1, message = 2, details = 3, each a google.protobuf.Any (type_url = 1,
// value = 2).
func (e *Error) AppendStatus(dst []byte) []byte {
	dst = binary.AppendUvarint(append(dst, 1<<3), uint64(e.Code))
	dst = appendBytes(dst, 2, []byte(e.Message))
	for _, d := range e.Details {
		anyValue := appendBytes(nil, 1, []byte("type.googleapis.com/"+d.Type))
		dst = appendBytes(dst, 3, appendBytes(anyValue, 2, d.Value))
	}
	return dst
}

// appendBytes appends a field of wire type 2.
func appendBytes(dst []byte, field byte, value []byte) []byte {
	dst = binary.AppendUvarint(append(dst, field<<3|2), uint64(len(value)))
	return append(dst, value...)
}

// Query is that of a GET for a message in a codec ("proto" or "json"); encoding is that
// of a compressed message, else empty.
func Query(codec, encoding string, message []byte) string {
	q := "?connect=v" + Version + "&encoding=" + codec + "&base64=1&message=" + base64.RawURLEncoding.EncodeToString(message)
	if encoding != "" {
		q += "&compression=" + encoding
	}
	return q
}
