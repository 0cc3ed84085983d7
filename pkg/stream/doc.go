// Package stream is the vocabulary the other packages share: what an RPC is, what travels
// beside its messages, how it ends, and the pump that moves bodies through it. It knows no
// wire format, no IDL and no terminal, and imports the standard library only.
//
//	method.go    Method: what a transport has to know; protocol.go: of Thrift's bodies
//	call.go      Call: one RPC as a client wants it
//	stream.go    Stream: an RPC in flight; Metadata
//	run.go       Pump drives a Stream; timeout.go bounds a message
//	status.go    Status: what a peer of gRPC said
//	outcome.go   Outcome: how an RPC ended, into which every error is classified
//	trace.go     Trace: what happens to an RPC; tee.go tells several
//
// All but Stream are plain values. A Stream has one sender and one receiver.
package stream
