package idl

// HTTPRule is one way in which IDL says that a method is reached over HTTP: a binding of
// google.api.http, or an annotation of Thrift like api.get.
type HTTPRule struct {
	// Verb is the HTTP method, in upper case but for custom ones; "*" is any.
	Verb string
	// Path is the pattern as the IDL has it, in the grammar of Style.
	Path  string
	Style PathStyle
	// Body is the field of the request that the HTTP body is for: "*" is all that the
	// path does not have, "" is none. Of Thrift it is empty: there each field says
	// where it comes from.
	Body string
	// ResponseBody is the field of the reply that becomes the HTTP body; "" is all of it.
	ResponseBody string
	// Serializer is what api.serializer says of the request's body: "json", "form", "pb".
	Serializer string
}

// PathStyle is a grammar of paths.
type PathStyle uint8

// The styles.
const (
	// PathTemplate is that of google/api/http.proto: /v1/{name=shelves/*}:move.
	PathTemplate PathStyle = iota
	// PathColon is that of Kitex and Hertz: /a/:id, /f/*rest.
	PathColon
)
