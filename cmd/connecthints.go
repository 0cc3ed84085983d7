package cmd

import (
	"cmp"
	"strings"

	"github.com/idlcall/idlcall/pkg/call"
)

// connectMismatchHint is for a peer that was asked in Connect and answers in something
// else.
func (l commandLine) connectMismatchHint(e *call.MismatchError) string {
	switch e.Guess {
	case call.GuessTLS:
		if e.Secured {
			return "something behind the server's TLS wants TLS once more: a proxy may be set up wrongly"
		}
		return "the server speaks TLS: use --tls, or a target with https://"
	case call.GuessPlaintext:
		switch {
		case e.Want != call.AnswerHTTP:
			return "the server speaks HTTP/2 without TLS: " + l.withoutTLS()
		case l.has("http2"):
			return "the server speaks HTTP/2 without TLS: is it a gRPC server? That is -t grpc"
		}
		return "the server speaks HTTP/2 without TLS: use --http2, or -t grpc for a gRPC server"
	case call.GuessHTTP1:
		switch {
		case e.Want == call.AnswerTLS:
			return "the server speaks HTTP/1 without TLS: is this the right port? http:// goes without TLS"
		case l.flags == nil || l.has("http2"):
			return "the server speaks HTTP/1: leave out --http2"
		}
		return "is this the right port?"
	case call.GuessGRPCWeb:
		return "the server answers in gRPC-Web: use -t grpc-web"
	case call.GuessHTTP2:
		return l.connectHTTPHint(e)
	case call.GuessThrift:
		return "the server speaks Thrift, not Connect: is this the right port?"
	case call.GuessSSH, call.GuessText:
		return "this is no RPC server: is this the right port?"
	}
	if e.Secured {
		return "is this a Connect server, and the right port?"
	}
	return "is this a Connect server, and the right port? --tls where it wants TLS"
}

// connectHTTPHint advises on an answer of HTTP that is not Connect's.
func (l commandLine) connectHTTPHint(e *call.MismatchError) string {
	switch {
	case strings.HasPrefix(e.ContentType, "application/grpc"):
		return "the server answers in gRPC: use -t grpc"
	case e.Codec == "json" && !l.has("connect-json"):
		return "the server answers in JSON: use --connect-json"
	case e.Codec == "proto" && l.has("connect-json"):
		return "the server answers in Protobuf: leave out --connect-json"
	case e.HTTPStatus == 415: // Unsupported Media Type
		return l.mediaTypeHint(e.AcceptPost)
	case e.HTTPStatus == 505: // HTTP Version Not Supported
		return l.unless("http2", "the server takes such a method over HTTP/2 only: use --http2")
	case e.HTTPStatus == 405 && l.has("connect-get"): // Method Not Allowed
		return "the server does not take this method with GET: leave out --connect-get"
	case e.Location != "":
		return "the server sends its clients elsewhere: give that place as the target"
	case e.HTTPStatus == 404 && hasPath(e.Target):
		return "no Connect service at this path: is the prefix in the target right?"
	case e.HTTPStatus == 404:
		return "no Connect service at this path: is there a path prefix, as in https://host/prefix?"
	}
	return cmp.Or(l.proxyHint(e), "this is an HTTP server, but no Connect service answered")
}

// mediaTypeHint advises where a server does not take the content type of a request. accepts
// is its Accept-Post header, which may be empty.
func (l commandLine) mediaTypeHint(accepts string) string {
	var connect, json, grpc, web bool
	for part := range strings.SplitSeq(accepts, ",") {
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		json = json || name == "application/json" || name == "application/connect+json"
		connect = connect || name == "application/proto" || name == "application/connect+proto"
		web = web || strings.HasPrefix(name, "application/grpc-web")
		grpc = grpc || name == "application/grpc" || strings.HasPrefix(name, "application/grpc+")
	}
	switch {
	case json && !connect && !l.has("connect-json"):
		return "the server takes JSON, and no Protobuf: use --connect-json"
	case connect && !json && l.has("connect-json"):
		return "the server takes Protobuf, and no JSON: leave out --connect-json"
	case connect || json:
		return "the server has this method, but as one of another kind: is the IDL the server's?"
	case web && !grpc:
		return "the server takes gRPC-Web: use -t grpc-web"
	case grpc:
		return "the server takes gRPC: use -t grpc"
	case l.has("connect-json"):
		return "the server takes no JSON: leave out --connect-json, or is this no Connect server?"
	}
	return "the server does not take this content type: --connect-json sends JSON, or is this no Connect server?"
}
