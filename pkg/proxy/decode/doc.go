// Package decode reads what passes over connections, and says what happens on them: calls, with
// their metadata, messages and ends.
//
//	decode.go   Decoder and its options; event.go is what it says
//	conn.go     one connection: what is spoken, and the Watcher of package proxy
//	side.go     the bytes of one direction, cut into what a parser takes
//	rpc.go      one call; bodies.go its messages as JSON, by IDL
//	thrift.go   calls of Thrift in every form; thriftinfo.go what stands beside them
//	ttstream.go streams of TTHeader
//	http2.go    frames of HTTP/2; http1.go requests and answers of HTTP/1
//	exchange.go a request and its answer in any HTTP
//	web.go      what an exchange carries: gRPC, gRPC-Web, Connect, Thrift
//	envelope.go messages with a prefix; unary.go bodies that are one message
//
// A Conn belongs to the goroutine that watches its connection, and has no lock. Its memory is
// bounded: by a few times Options.MaxMessage, whatever is under way, and by maxCalls. What is
// larger is stepped over, and that said. The table of methods is shared, with a lock of its own
// that is not held while IDL is asked.
package decode
