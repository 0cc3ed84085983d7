// Package kitexjson maps JSON and Thrift's binary protocol to each other as a gateway does
// that is made of Kitex's JSON generic call with dynamicgo: what that makes of a document, or
// of a reply, is made here too, mistakes included, by the same library with the same options.
//
//	kitexjson.go  New, and the descriptors of services, which dynamicgo makes itself
//	codec.go      one document to a request, one reply to JSON
//	base.go       values for base.Base
//	errors.go     what cannot be done
//
// It is a package, and a program, of its own since dynamicgo prepares tables at every start,
// and warns on stderr where it has no assembly for a processor or a release of Go. Nothing
// but cmd/idlcall-kitex links it. Kitex itself is not linked: what it does around dynamicgo
// is here, and a test compares the two.
//
// Descriptors are made once for each service, under the lock of their source; a codec has
// buffers of its own.
package kitexjson
