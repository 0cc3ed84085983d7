// Package serve is the other end of the wire: a server of any method over any protocol.
//
// A Server has one question, Find, and answers connections of clients that speak gRPC over
// HTTP/2 (Protobuf and Kitex's Thrift), gRPC-Web or Connect over either HTTP, Thrift in any of
// its transports (TTHeader, THeader, framed, buffered, HTTP; binary, compact, JSON), Kitex
// Protobuf or TTHeader streaming, with TLS or without: the first bytes tell, and in HTTP the
// content type, so one port is enough. To a Handler an RPC is a ServerStream in all of them.
// Bodies are bytes; how the RPC ends is the error that the Handler returns, by its
// stream.Outcome, which each protocol puts into its own words.
//
//	server.go        Server, its limits, Serve and ServeConn
//	conn.go          a connection: first bytes, TLS, draining
//	stream.go        ServerStream, Handler
//	errors.go        how an RPC ends, and what a connection ends with
//	metadata.go      metadata and metainfo, as headers of HTTP and as pairs of TTHeader
//	http.go          a connection of HTTP, which net/http serves; cors.go for browsers
//	exchange.go      an RPC over HTTP: what grpc.go (gRPC-Web, too), connect.go and
//	                 connectunary.go have in common; thriftpost.go is Thrift over HTTP
//	thriftconn.go    a connection with calls of Thrift: messages in, answers out
//	thriftcall.go    one such call
//	ttconn.go        a connection with TTHeader streams
//	ttstream.go      one such stream
//
// The room skeleton serves methods of IDL in JSON, demo and mock are servers made of it.
//
// Whoever calls ServeConn owns its goroutine. All others of the connection have ended when
// it returns, so that it waits for handlers that do not obey their context. A connection has a
// lock of its own in conn.go, those with streams another in ttconn.go and one for writes; none
// is held while another is taken.
package serve
