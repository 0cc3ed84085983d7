// Package serve is the other end of the wire: a server of any method over any protocol.
//
// A Server has one question, Find, and answers connections of clients that speak gRPC
// over HTTP/2 (Protobuf and Kitex's Thrift), Thrift in any of its transports (TTHeader,
// framed, buffered; binary, compact, JSON), Kitex Protobuf or TTHeader streaming: the
// first bytes tell, so one port is enough. To a Handler an RPC is a ServerStream in all
// of them. Bodies are bytes; how the RPC ends is the error that the Handler returns, by
// its stream.Outcome, which each protocol puts into its own words.
//
//	server.go      Server, its limits, Serve and ServeConn
//	stream.go      ServerStream, Handler
//	errors.go      how an RPC ends, and what a connection ends with
//	metadata.go    metadata and metainfo, as headers of HTTP and as pairs of TTHeader
//	http2.go       a connection of HTTP/2, which net/http serves
//	grpc.go        an RPC of gRPC
//	thriftconn.go  a connection with calls of Thrift: messages in, answers out
//	thriftcall.go  one such call
//	ttconn.go      a connection with TTHeader streams
//	ttstream.go    one such stream
//
// Whoever calls ServeConn owns its goroutine. All others of the connection have ended when
// it returns, so that it waits for handlers that do not obey their context. Of locks there is
// one per connection, in ttconn.go, and another for its writes; neither is held while the
// other is taken.
package serve
