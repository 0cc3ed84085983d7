// Package h2 is a client's HTTP/2 connection, made of x/net/http2's Framer and hpack: it sees
// every frame, so that an error can say what the peer did. conn.go opens and ends it,
// first.go looks whether the peer speaks it, read.go is the goroutine that reads frames, turn.go
// when the receiver of a lone call reads them in its place, plain.go those of ordinary calls
// where they stand in the buffer, write.go what senders put into the
// buffer of the one that writes, block.go header blocks that repeat, stream.go an exchange,
// inbox.go what has come of its answer, frametext.go a frame in words.
//
// Locks: Conn's comes before a Stream's.
package h2
