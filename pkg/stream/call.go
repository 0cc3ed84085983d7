package stream

import "time"

// Call is one RPC as a client wants it: a plain value, which says all that belongs
// to this RPC and nothing of connections.
type Call struct {
	Method Method
	// Header travels before the messages.
	Header Metadata
	// Transient and Persistent are Kitex metainfo: key-values for the next hop
	// only, and for every hop after it. A transport that cannot carry them
	// refuses them. Over HTTP (gRPC, too) they are headers, which lose the
	// difference between upper and lower case, - and _ in keys.
	Transient, Persistent Metadata
	// Compress is the encoding of requests: "", "identity", "gzip", "zstd".
	Compress string
	// Get has Connect call a unary method that has no side effects with GET, which
	// caches know. All others are refused.
	Get bool
	// Silence is how long the caller waits for a message that is due before it takes the peer for silent; 0 is
	// for ever. A transport that lets messages gather does so for a small part of it.
	Silence time.Duration
	// Trace is told what happens to this RPC, and to the connection where it is
	// made for it; nil is silent.
	Trace *Trace
}
