// Package h2 is the server's end of HTTP/2 (RFC 9113), with what RPCs need of it: requests
// and answers of HTTP/1 semantics, nothing of priorities and pushes.
//
//	conn.go    Conn: the loops, how it begins and ends
//	read.go    frames of the client
//	stream.go  Stream: one request as its handler sees it
//	write.go   frames to the client: header blocks, flow control, the outbox
//
// The goroutine of Serve reads; one more writes what gathers in the outbox; each handler has
// its own. Conn.mu guards all that they share, streams included, and is never held while
// something is read, written or handled.
//
// What a connection takes of memory is bounded: requests by the windows of their streams,
// answers by outbox.WriteHigh for each handler that writes, acknowledgements by maxQueued,
// header blocks by Config.MaxHeader, and handlers by Config.MaxStreams, among which those
// count that a client has given up.
package h2
