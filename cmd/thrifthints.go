package cmd

import (
	"errors"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
)

// silentHint is for a peer that closes the connection instead of answering, as
// Kitex servers do when they do not know the bytes.
const silentHint = "the peer closed the connection without a word: another transport (-t ttheader, framed, buffered, http, header), --protocol compact or --tls may be what it speaks"

// unsupportedHint names a transport that carries the method.
func unsupportedHint(e *call.UnsupportedError) string {
	switch e.Transport {
	case call.GRPCWeb:
		return "-t grpc carries all kinds of methods"
	case call.GRPC:
		return "leave out -t grpc: ttheader carries this method"
	}
	return ""
}

// thriftHint advises on what a Thrift server answered in place of a result.
func thriftHint(err error) string {
	var application *call.ApplicationError
	switch {
	case errors.As(err, &application):
		return applicationHint(application)
	case is[*format.NoResultError](err):
		return "a Kitex business error looks like this where nothing carries its code: use -t ttheader, and a server with the TTHeader meta handler"
	}
	return ""
}

// applicationHint explains the types that say something about the call itself
// (cloudwego/kitex:pkg/remote/trans_errors.go has 20 and 21).
func applicationHint(e *call.ApplicationError) string {
	switch e.Type {
	case 1, 20:
		return "the server does not have this method, or not this service: is the IDL the server's? A multiplexed Apache server wants --multiplex NAME"
	case 7:
		return "the server could not read the arguments: is the IDL the one that it was built from?"
	case 21:
		return "the server wants the name of a service: -t ttheader carries it"
	}
	return ""
}

// wrongThriftHint names the transport of a peer that answers in Thrift, but not in
// the form that it was asked in.
func wrongThriftHint(e *call.MismatchError) string {
	framed := "buffered"
	if e.Framed {
		framed = "framed"
	}
	switch e.Guess {
	case call.GuessBuffered:
		return "the server speaks unframed Thrift: use -t buffered"
	case call.GuessFramed:
		return "the server speaks framed Thrift: use -t framed"
	case call.GuessTTHeader:
		return "the server speaks TTHeader: use -t ttheader"
	case call.GuessTTHeaderStreaming:
		return "the server sent a frame of a TTHeader stream: is the method a streaming one?"
	case call.GuessHeader:
		return "the server speaks Apache THeader: use -t header"
	case call.GuessKitexProtobuf:
		return "the server speaks Kitex Protobuf: give the .proto of the service"
	case call.GuessCompact:
		return "the server speaks the compact protocol: use -t " + framed + " --protocol compact"
	case call.GuessThriftJSON:
		return "the server speaks Thrift's JSON protocol: use -t " + framed + " --protocol json"
	}
	switch e.Want {
	case "gRPC", "gRPC-Web", "HTTP/2", "HTTP", "TLS":
		return ""
	}
	switch e.Guess {
	case call.GuessTLS:
		return "the server speaks TLS: use --tls, or a scheme that ends in s, as ttheaders://" + e.Target
	case call.GuessPlaintext, call.GuessHTTP2:
		return "the server speaks HTTP/2: is it a gRPC server? That is -t grpc"
	case call.GuessHTTP1:
		return "the server speaks HTTP: -t http posts Thrift to it"
	case call.GuessUnknown:
		return "is this a Thrift server, and the right port? -t and --protocol choose how to speak to it"
	}
	return ""
}
