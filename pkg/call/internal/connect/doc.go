// Package connect is the transport Connect (connectrpc.com/docs/protocol). A unary call is
// an ordinary HTTP request whose body is the message, unary.go; a stream has envelopes in both
// bodies, the last of which says how it ended, stream.go. connect.go opens either, header.go
// makes the header of a request and judges that of an answer.
//
// Bodies are Protobuf, or JSON where the method's protocol says so.
package connect
