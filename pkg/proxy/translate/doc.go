// Package translate carries calls to a server that speaks another transport than their
// clients: its Translator is the handler of all methods of a serve.Server.
//
//	translate.go  Translator: which method a call is of, and the call itself
//	bodies.go     how bodies change where the encodings are not the same
//	metadata.go   what stands beside them
//	errors.go     how the call ended, in the words of package serve
//	pipe.go       a connection inside the process, so that a proxy can stand before the server
//
// Bodies of one encoding pass as they are. Binary and compact Thrift change into each other
// without IDL, all other pairs by it. What the other transport has no place for is refused, and
// the client told why. What a server says before its first reply goes on with that.
package translate
