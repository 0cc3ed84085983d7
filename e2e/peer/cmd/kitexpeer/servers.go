package main

import (
	"fmt"
	"net"
	"path/filepath"

	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/server"
)

// withMeta are the options of a server that speaks all of TTHeader. Without them
// Kitex reads and writes metainfo, but no business status and no integer keys.
var withMeta = []server.Option{
	server.WithMetaHandler(transmeta.ServerTTHeaderHandler),
	server.WithMetaHandler(arrivals{}),
}

// withStreams are the options of a server that streams over TTHeader and HTTP/2.
// The last is that of generated servers; without it unary calls over HTTP/2 are
// streams for middleware.
var withStreams = append([]server.Option{
	server.WithMetaHandler(transmeta.ServerHTTP2Handler),
	keepHeaderFrames(),
	server.WithCompatibleMiddlewareForUnary(),
}, withMeta...)

// servers are those of a group, by the names of their variables:
//
//	""         all that can do with the rest
//	"gzip"     those that know gzip for gRPC, which is a matter of the whole process
//	"streams", "streams-pb"
//	           one alone
func servers(idl, group string) (map[string]func(net.Listener) error, error) {
	switch group {
	case "":
		return usual(idl)
	case "gzip":
		registerGzip()
		return map[string]func(net.Listener) error{
			"KITEX_STREAMS_GZIP":    newServer(registerStreams, withStreams...),
			"KITEX_STREAMS_GZIP_PB": newServer(registerProtoStreams, withStreams...),
		}, nil
	case "streams":
		return map[string]func(net.Listener) error{"KITEX_STREAMS": newServer(registerStreams, withStreams...)}, nil
	case "streams-pb":
		return map[string]func(net.Listener) error{"KITEX_STREAMS_PB": newServer(registerProtoStreams, withStreams...)}, nil
	}
	return nil, fmt.Errorf("no group %q", group)
}

func usual(idl string) (map[string]func(net.Listener) error, error) {
	withoutMeta := []server.Option{server.WithMetaHandler(arrivals{})}
	named := append([]server.Option{server.WithRefuseTrafficWithoutServiceName()}, withMeta...)
	fromIDL, err := jsonGeneric(filepath.Join(idl, "generic.thrift"))
	if err != nil {
		return nil, err
	}
	streamsFromIDL, err := genericEcho(filepath.Join(idl, "stream_echo.thrift"))
	if err != nil {
		return nil, err
	}
	return map[string]func(net.Listener) error{
		"KITEX":                 newServer(registerAll, withMeta...),
		"KITEX_UNIX":            newServer(registerAll, withMeta...),
		"KITEX_NOMETA":          newServer(registerAll, withoutMeta...),
		"KITEX_ECHO":            newServer(registerEcho, withMeta...),
		"KITEX_MULTI":           newServer(registerMulti, withMeta...),
		"KITEX_NAMED":           newServer(registerMulti, named...),
		"KITEX_PB":              newServer(registerProtobuf, withMeta...),
		"KITEX_GENERIC":         newServer(fromIDL, withMeta...),
		"KITEX_BINARY":          newServer(registerBinary, withMeta...),
		"KITEX_STREAMS":         newServer(registerStreams, withStreams...),
		"KITEX_STREAMS_UNIX":    newServer(registerStreams, withStreams...),
		"KITEX_STREAMS_GENERIC": newServer(streamsFromIDL, withStreams...),
		"KITEX_STREAMS_PB":      newServer(registerProtoStreams, withStreams...),
	}, nil
}
