// Package ttstream is the transport TTHeaderStreaming, Kitex's streams over TTHeader
// (cloudwego/kitex:pkg/remote/trans/ttstream). A stream has a connection of package thrift to
// itself. ttstream.go opens, sends and abandons, sender.go writes, read.go takes frames, wait.go
// bounds the wait for the first, pace.go lets messages gather, reset.go says why we end a stream,
// trace.go reports.
//
// The receiver reads the connection itself, so that TCP is the flow control.
package ttstream
