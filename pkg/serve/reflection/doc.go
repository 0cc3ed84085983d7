// Package reflection tells the clients of a server of gRPC its IDL: grpc.reflection.v1 and
// v1alpha, which differ in their names only (grpc/grpc-proto:grpc/reflection).
//
//	reflection.go  the methods, and what a question gets
//	index.go       which file declares what
//	wire.go        questions and answers as bytes
//
// The files are those of the services of Protobuf, whole, as Schema.Save would write them;
// they are made when the first client asks.
package reflection
