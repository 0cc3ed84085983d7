package gateway

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/stream"
)

// RequestError is a mistake in an HTTP request, which its IDL has no value for.
type RequestError struct {
	// Place is where it stands: `query "id"`, `path parameter "name"`, "body".
	Place   string
	Message string
	// Nearest are known names like an unknown one, best first.
	Nearest []string
	// Err is what a codec said of it, or nil.
	Err error
}

func (e *RequestError) Error() string {
	if e.Err != nil {
		return e.Place + ": " + e.Err.Error()
	}
	return e.Place + ": " + e.Message
}

func (e *RequestError) Unwrap() error { return e.Err }

// Outcome is KindData.
func (*RequestError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindData, Code: int64(stream.InvalidArgument)}
}

// BodySizeError is a request whose body is larger than the limit.
type BodySizeError struct{ Limit int64 }

func (e *BodySizeError) Error() string {
	return fmt.Sprintf("the body of the request is larger than %d bytes", e.Limit)
}

// Outcome is KindData.
func (*BodySizeError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindData, Code: int64(stream.ResourceExhausted)}
}

// NoRouteError says that the IDL has no route for a request.
type NoRouteError struct {
	Verb, Path string
	// Allowed are the HTTP methods that the path has, sorted; none where nothing fits it.
	Allowed []string
	// None says that the IDL has no routes at all.
	None bool
}

func (e *NoRouteError) Error() string {
	switch {
	case e.None:
		return "no method of the IDL says how it is reached over HTTP"
	case len(e.Allowed) > 0:
		return fmt.Sprintf("no route for %s %s: its methods are %s", e.Verb, e.Path, strings.Join(e.Allowed, ", "))
	}
	return fmt.Sprintf("no route for %s %s", e.Verb, e.Path)
}

// Outcome is KindIDL.
func (e *NoRouteError) Outcome() stream.Outcome {
	code := stream.NotFound
	if len(e.Allowed) > 0 {
		code = stream.Unimplemented
	}
	return stream.Outcome{Kind: stream.KindIDL, Code: int64(code)}
}

// RuleError is a rule that cannot be followed.
type RuleError struct {
	Method string // "pkg.Service/Method"
	Rule   string // "GET /v1/{name}"
	Err    error
}

func (e *RuleError) Error() string {
	if e.Rule == "" {
		return fmt.Sprintf("%s: %v", e.Method, e.Err)
	}
	return fmt.Sprintf("%s: %s: %v", e.Method, e.Rule, e.Err)
}

func (e *RuleError) Unwrap() error { return e.Err }

// Outcome is KindIDL.
func (*RuleError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindIDL} }

// ClashError is two routes that fit the same requests.
type ClashError struct {
	Rules   [2]string // "GET /v1/{name}"
	Methods [2]string
	Places  [2]string // "file:line:column" of the methods, or empty
}

func (e *ClashError) Error() string {
	at := func(i int) string {
		if e.Places[i] == "" {
			return e.Methods[i]
		}
		return e.Methods[i] + " (" + e.Places[i] + ")"
	}
	return fmt.Sprintf("two routes for the same requests: %s of %s, and %s of %s", e.Rules[0], at(0), e.Rules[1], at(1))
}

// Outcome is KindIDL.
func (*ClashError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindIDL} }

// ReplyError is a reply that HTTP has no form for.
type ReplyError struct {
	Method  string
	Message string
}

func (e *ReplyError) Error() string { return fmt.Sprintf("reply of %s: %s", e.Method, e.Message) }

// Outcome is KindConnection: the peer's reply is at fault.
func (*ReplyError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindConnection, Code: int64(stream.Internal)}
}
