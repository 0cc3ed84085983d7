// Package web is what transports over HTTP ask of an HTTP, whichever it is: web.go has Conn
// and Stream, which packages h1 and h2 implement, header.go the rules of header fields and how
// they become metadata (gRPC doc/PROTOCOL-HTTP2.md).
package web
