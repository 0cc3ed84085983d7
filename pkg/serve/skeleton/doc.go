// Package skeleton serves the methods of IDL in JSON: what a stub is to a client, a skeleton
// is to a server (Birrell and Nelson, "Implementing Remote Procedure Calls").
//
// Methods are those of a schema. A Method that a client names becomes a Call, whose requests
// are read and whose replies are written as JSON in the mapping of package format, whatever
// the client speaks.
//
//	methods.go  Methods: which method a client means
//	method.go   Method: what is compiled for it, once for each protocol
//	call.go     Call: one RPC
//
// A Method belongs to any number of goroutines, a Call to one at a time in each direction.
// What is compiled is made when it is first used, under a lock of its own.
package skeleton
