// Package grpc is the transports GRPC and GRPCWeb, which differ in a few words of the header
// and in where the trailer is. grpc.go opens, header.go makes the header of a request and reads
// that of an answer, stream.go is one RPC. A request
// that the peer has refused is sent again where it is one small message.
package grpc
