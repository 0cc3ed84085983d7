// Package thrift is the transports that carry a call of Thrift, or of Kitex Protobuf, on a
// connection of its own, which is kept for the next one: TTHeader, TTHeaderFramed, Framed,
// Buffered and Header, and HTTP, where net/http keeps the connections.
//
// form.go says how messages lie in the bytes, info.go what travels beside them. thrift.go keeps
// connections, conn.go is one; unary.go is a call, request.go and info.go what it sends, read.go
// and reply.go what comes back. http.go is a call over HTTP. idle_*.go asks the system whether an
// idle connection is still good.
//
// Locks: a call's comes before the Carrier's.
package thrift
