package foreign

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// HTTPMismatch describes an HTTP response that is not a gRPC one.
func HTTPMismatch(o *call.Options, t call.Target, status int, contentType string, body []byte) *call.MismatchError {
	e := Mismatch(o, t, "gRPC")
	e.HTTPStatus, e.ContentType, e.Body = status, contentType, body
	e.Guess, e.Code = call.GuessHTTP2, codeOfHTTP(o, status)
	if strings.HasPrefix(contentType, grpcwire.ContentTypeWeb) {
		e.Guess = call.GuessGRPCWeb
	}
	if o.Transport == call.GRPCWeb {
		e.Want = "gRPC-Web"
		if e.Guess == call.GuessGRPCWeb {
			e.Guess = call.GuessHTTP2
		}
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

// codeOfHTTP is the table of gRPC doc/http-grpc-status-mapping.md; stream.OK where
// the transport is not of gRPC, or there is no status.
func codeOfHTTP(o *call.Options, status int) stream.Code {
	if o.Transport != call.GRPC && o.Transport != call.GRPCWeb || status == 0 {
		return stream.OK
	}
	switch status {
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
