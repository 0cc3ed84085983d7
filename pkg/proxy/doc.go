// Package proxy stands between clients and a server: it relays the bytes of each connection
// unchanged, and shows them to a Watcher.
//
//	proxy.go   Proxy: listens, dials, ends; TLS is ended here where it is asked for
//	link.go    one connection, and how its two halves end
//	tap.go     the way of bytes from the relay to a Watcher
//	chunk.go   the buffers that relay and Watcher share
//	errors.go  what clients do wrong
//	metadata.go metadata that passes from hop to hop
//
// The rooms: decode is a Watcher that makes events of bytes, record makes a suite of its
// events, and translate is a handler of package serve that carries calls to a server of
// another transport.
//
// The relay never waits for the Watcher. What it has read it puts into the tap before it writes
// it, so that a Watcher sees a request before the answer to it; where the Watcher is behind by
// Buffer bytes, the tap drops what comes and says how much that was. A link has four
// goroutines: two that copy, one that calls its Watcher, and its own. Of locks there is one in
// each tap, and one in Proxy; neither is held while the other is taken.
package proxy
