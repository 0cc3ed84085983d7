package foreign

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// HTTPMismatch describes an HTTP response that is not want, the name of an answer of the
// transport.
func HTTPMismatch(o *call.Options, t call.Target, want string, status int, contentType string, body []byte) *call.MismatchError {
	e := Mismatch(o, t, want)
	e.HTTPStatus, e.ContentType, e.Body = status, contentType, body
	e.Guess = call.GuessHTTP2
	if o.Transport.HasStatus() {
		e.Code = CodeOfHTTP(status)
	}
	if strings.HasPrefix(contentType, grpcwire.ContentTypeWeb) && o.Transport != call.GRPCWeb {
		e.Guess = call.GuessGRPCWeb
	}
	if wantsHTTPS(status, body) {
		e.Guess = call.GuessTLS
	}
	e.Saw = fmt.Sprintf("HTTP status %d", status)
	if contentType == "" {
		e.Saw += " without content-type"
	} else {
		e.Saw += fmt.Sprintf(", content-type %.80q", contentType)
	}
	e.Saw += DescribeBody(body)
	return e
}

// CodeOfHTTP is the table of gRPC doc/http-grpc-status-mapping.md, which is Connect's, too;
// stream.OK where there is no status.
func CodeOfHTTP(status int) stream.Code {
	switch status {
	case 0:
		return stream.OK
	case 400:
		return stream.Internal
	case 401:
		return stream.Unauthenticated
	case 403:
		return stream.PermissionDenied
	case 404:
		return stream.Unimplemented
	case 429, 502, 503, 504:
		return stream.Unavailable
	}
	return stream.Unknown
}

// CodecOf is the subtype of a content type that isGRPC accepts: "json" of
// application/grpc+json; or empty.
func CodecOf(contentType, family string) string {
	subtype, ok := strings.CutPrefix(strings.ToLower(contentType[len(family):]), "+")
	if !ok {
		return ""
	}
	if end := strings.IndexAny(subtype, "; "); end >= 0 {
		subtype = subtype[:end]
	}
	return subtype
}
