// Package gateway is HTTP in front of a session: it routes HTTP requests by what the IDL
// says of them, makes messages of them, calls, and makes HTTP answers of what comes back.
// The IDL is Thrift with api.get and its kin, or Protobuf with google.api.http.
//
//	gateway.go        Gateway, its options, New
//	serve.go          one request: read, map, call, answer
//	stream.go         methods that stream, as JSON documents on lines
//	metadata.go       headers of HTTP as metadata, and back
//	status.go         how each way of failing becomes a status and a JSON error
//	template.go       the two grammars of paths, in one form
//	tree.go           finding a route by its path
//	input.go          an HTTP request, taken apart as far as somebody asks
//	value.go          text as JSON, by its type; object.go JSON objects, one level deep
//	thriftrequest.go  fields of Thrift from their places; condition.go api.vd
//	thriftreply.go    fields of Thrift to their places
//	protorequest.go   a rule of google.api.http; prototext.go text by Protobuf's types
//	protoreply.go     response_body, and google.api.HttpBody
//	transcode.go      Protobuf bodies for a Thrift method, by field numbers
//	openapi.go        what is served as an OpenAPI document, openapithrift.go that of
//	                  annotations; schema.go its types
//	errors.go         what can be wrong, with the facts
//
// A mapping makes a JSON document in the mapping of package format, and gets one back: how
// that becomes bytes is the affair of the session's codec. A Gateway does not change after
// New, has no locks, and serves any number of requests at once.
package gateway
