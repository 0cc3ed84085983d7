package call

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/stream"
)

// httpMismatch describes an HTTP response that is not a gRPC one.
func (o *Options) httpMismatch(t Target, status int, contentType string, body []byte) *MismatchError {
	e := o.mismatch(t, "gRPC")
	e.HTTPStatus, e.ContentType, e.Body = status, contentType, body
	e.Guess, e.Code = GuessHTTP2, o.codeOfHTTP(status)
	if strings.HasPrefix(contentType, contentTypeWeb) {
		e.Guess = GuessGRPCWeb
	}
	if o.Transport == GRPCWeb {
		e.Want = "gRPC-Web"
		if e.Guess == GuessGRPCWeb {
			e.Guess = GuessHTTP2
		}
	}
	if wantsHTTPS(status, body) {
		e.Guess = GuessTLS
	}
	e.Saw = fmt.Sprintf("HTTP status %d", status)
	if contentType == "" {
		e.Saw += " without content-type"
	} else {
		e.Saw += fmt.Sprintf(", content-type %.80q", contentType)
	}
	e.Saw += describeBody(body)
	return e
}

// codeOfHTTP is the table of gRPC doc/http-grpc-status-mapping.md; stream.OK where
// the transport is not of gRPC, or there is no status.
func (o *Options) codeOfHTTP(status int) stream.Code {
	if o.Transport != GRPC && o.Transport != GRPCWeb || status == 0 {
		return stream.OK
	}
	switch status {
	case 400:
		return stream.Internal
	case 401:
		return stream.Unauthenticated
	case 403:
		return permissionDenied
	case 404:
		return stream.Unimplemented
	case 429, 502, 503, 504:
		return stream.Unavailable
	}
	return stream.Unknown
}

// codecOf is the subtype of a content type that isGRPC accepts: "json" of
// application/grpc+json; or empty.
func codecOf(contentType, family string) string {
	subtype, ok := strings.CutPrefix(strings.ToLower(contentType[len(family):]), "+")
	if !ok {
		return ""
	}
	if end := strings.IndexAny(subtype, "; "); end >= 0 {
		subtype = subtype[:end]
	}
	return subtype
}
