package cmd

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/stream"
)

// silentHint is for a peer that closes the connection instead of answering, as
// Kitex servers do when they do not know the bytes.
func (l commandLine) silentHint(used call.Transport) string {
	transports := []string{"ttheader", "framed", "buffered", "http", "header"}
	transports = slices.DeleteFunc(transports, func(name string) bool { return name == used.String() })
	wants := "another transport (-t " + strings.Join(transports, ", ") + ")"
	var others []string
	if !l.has("protocol") {
		others = append(others, "--protocol compact or json")
	}
	if !l.has("multiplex") {
		others = append(others, "--multiplex NAME")
	}
	if !l.secured() {
		others = append(others, "--tls")
	}
	if n := len(others); n > 0 {
		wants = strings.Join(append([]string{wants}, others[:n-1]...), ", ") + " or " + others[n-1]
	}
	return "the peer closed the connection without a word: it may want " + wants
}

// silentPeerHint is silentHint for a stream.
func (l commandLine) silentPeerHint() string {
	const text = "the peer closed the connection without a word: it may not speak TTHeader streaming (-t grpc carries streams, too)"
	if l.secured() {
		return text
	}
	return text + ", or want --tls"
}

// waitHint is for a peer that said nothing until the deadline passed.
const waitHint = "nothing came at all: the method is slow, or the server expects another transport (-t) and waits for the rest of the request"

// silentStreamHint is for a stream on which nothing came at all.
const silentStreamHint = "Kitex says nothing about a method or a service that it does not have: is it the server's IDL? A slow method says nothing before its first message either; -t grpc is told at once"

// silentHints tells a server that probably lacks the method from one that has served
// before.
func (l commandLine) silentHints(e *call.SilentError) []string {
	var hints []string
	if e.First {
		hints = append(hints, silentStreamHint)
	}
	if !l.has("timeout") && !l.has("recv-timeout") {
		hints = append(hints, "--timeout sets how long to wait")
	}
	return hints
}

// unsupportedHint names a transport that carries the method.
func unsupportedHint(e *call.UnsupportedError) string {
	switch {
	case e.Transport == call.TTHeaderStreaming:
		return "leave out -t ttheader-streaming: grpc carries this method"
	case e.Transport == call.Connect:
		return "leave out -t connect, or use -t grpc"
	case e.Transport == call.GRPCWeb && e.Thrift:
		return "leave out -t grpc-web, or use -t grpc"
	case e.Thrift:
		return "-t ttheader-streaming and -t grpc carry streams of Thrift"
	case e.Type == stream.Unary:
		return "-t ttheader and -t framed carry Kitex Protobuf, -t grpc is for gRPC servers"
	}
	return "-t grpc carries streams of Protobuf"
}

const otherMessagesHint = "the server wants the other kind of messages: a .thrift for a Thrift service, a .proto for a Protobuf one"

// statusHint explains what Kitex means by some statuses of HTTP/2. Codes of Thrift's
// exceptions leak out (1 and 20), and there is nothing but texts to tell them from
// gRPC's (cloudwego/kitex:pkg/remote/trans/nphttp2/server_handler.go).
func statusHint(err error) string {
	status, ok := errors.AsType[*stream.Status](err)
	if !ok {
		return ""
	}
	switch text := status.Message; {
	case status.Code == 1 && strings.HasPrefix(text, "unknown method"), status.Code == 20 && strings.HasPrefix(text, "unknown service"):
		return "the server does not have this method, or not this service: is the IDL the server's?"
	case status.Code == 17:
		return "Kitex's code for a message that did not come in time, on the server's side"
	case strings.Contains(text, "grpc invalid payload"):
		return otherMessagesHint
	case strings.Contains(text, "no kitex compressor registered"):
		return "the server has not that compression: leave out --compress"
	}
	return kitexHint(status.Message)
}

// kitexHint recognises what Kitex says where client and server take a method for
// another kind. It has words only (cloudwego/kitex:pkg/remote/trans/ttstream/frame.go,
// pkg/streaming/util.go).
func kitexHint(text string) string {
	switch {
	case strings.Contains(text, "cannot get streamx.ServerStream from type"):
		return "the server has this method with a streaming.mode: is the IDL the server's?"
	case strings.Contains(text, "interface conversion: interface {} is *streaming.Args"):
		return "the server has this method without a stream, and may not take it over HTTP/2 then: is the IDL the server's? -t ttheader carries calls with one answer"
	case strings.Contains(text, "ttheaderstreaming invalid message"):
		return "the server's code cannot stream over TTHeader, as that for Protobuf, or for Thrift without fast codecs: use -t grpc"
	case strings.Contains(text, "codec msg type not match with thriftCodec"):
		return otherMessagesHint
	}
	return ""
}

// noPlaceHint names the transport that has a place for what another has not.
func noPlaceHint(err error) string {
	var metadata *call.MetadataError
	var option *call.OptionError
	var place *call.NoPlaceError
	switch {
	case errors.As(err, &option) && option.Option == call.OptionHTTPMethod:
		return "leave out --connect-get: it is for unary methods marked NO_SIDE_EFFECTS, over -t connect"
	case errors.Is(err, call.ErrNowhere):
		return ""
	case errors.As(err, &metadata) && metadata.NoPlace:
		return "-t ttheader carries it"
	case errors.As(err, &option) && (option.Option == call.OptionIntInfo || option.Option == call.OptionDestination):
		return "-t ttheader carries it"
	case errors.As(err, &place) && place.Transport == call.TTHeaderStreaming && option.Option != call.OptionMultiplex:
		return "-t grpc carries streams of Thrift, and this"
	case errors.As(err, &option) && option.Option == call.OptionHTTPVersion:
		return "leave out --http2: it is for -t grpc-web"
	case errors.As(err, &option) && option.Option == call.OptionPathPackage:
		return "-t grpc has the path that it is part of"
	case errors.As(err, &option) && option.Option == call.OptionProtocol && option.Value == "json":
		return "-t framed, buffered and http carry it"
	}
	return ""
}

// thriftHint advises on what a Thrift server answered in place of a result.
func (l commandLine) thriftHint(err error) string {
	var application *call.ApplicationError
	switch {
	case errors.As(err, &application):
		return l.applicationHint(application, transportOf(err))
	case is[*format.NoResultError](err):
		return "the handler returned nothing, or it was a Kitex business error whose code was lost, as it is over framed and buffered, and from servers without the TTHeader meta handler"
	}
	return ""
}

// applicationHint explains the types that say something about the call itself
// (cloudwego/kitex:pkg/remote/trans_errors.go has 20 and 21).
func (l commandLine) applicationHint(e *call.ApplicationError, t call.Transport) string {
	const unknown = "the server does not have this method, or not this service: is the IDL the server's?"
	switch e.Type {
	case 1:
		return strings.TrimSuffix(unknown+" "+l.unless("multiplex", "A multiplexed Apache server wants --multiplex NAME"), " ")
	case 20:
		if strings.HasPrefix(e.Message, "unknown service ,") && t != call.TTHeader { // Kitex's words where no name came
			return unknown + " A server with several services wants its name: -t ttheader carries it"
		}
		return unknown
	case 6, 9:
		return kitexHint(e.Message)
	case 7:
		return "the server could not read the arguments: is the IDL the one that it was built from?"
	case 21:
		if t == call.TTHeader {
			return "the server wants the name of a service that it has: is the IDL the server's?"
		}
		return "the server wants the name of a service: -t ttheader carries it"
	}
	return ""
}

// wrongThriftHint names the transport of a peer that answers in Thrift, but not in
// the form that it was asked in. false: what was asked for is gRPC.
func (l commandLine) wrongThriftHint(e *call.MismatchError) (string, bool) {
	if hint := wrongStreamHint(e); hint != "" {
		return hint, true
	}
	if hint := thriftFormHint(e); hint != "" {
		return hint, true
	}
	switch e.Transport {
	case call.GRPC, call.GRPCWeb, "":
		return "", false
	case call.HTTP:
		return l.thriftHTTPHint(e), true
	}
	switch e.Guess {
	case call.GuessTLS:
		if e.Secured {
			return "is this the right port?", true
		}
		return "the server speaks TLS: use --tls" + securedScheme(e.Transport), true
	case call.GuessPlaintext, call.GuessHTTP2:
		return "the server speaks HTTP/2: is it a gRPC server? That is -t grpc", true
	case call.GuessHTTP1:
		return "the server speaks HTTP: -t http posts Thrift to it", true
	case call.GuessThrift:
		return "the server speaks Thrift without TLS: " + l.withoutTLS(), true
	case call.GuessSSH, call.GuessText:
		return "this is no RPC server: is this the right port?", true
	}
	return "is this a Thrift server, and the right port? -t and --protocol choose how to speak to it", true
}

// securedScheme names the scheme of a transport over TLS, if it has one.
func securedScheme(t call.Transport) string {
	switch t {
	case call.TTHeader, call.TTHeaderFramed:
		return ", or the scheme ttheaders://"
	case call.Framed, call.Buffered:
		return ", or the scheme " + t.String() + "s://"
	}
	return ""
}

// thriftFormHint names the form of Thrift in which a peer answers.
func thriftFormHint(e *call.MismatchError) string {
	framed := call.Buffered
	if e.Framed {
		framed = call.Framed
	}
	switch e.Guess {
	case call.GuessBuffered:
		return "the server speaks unframed Thrift: " + useForm(e, call.Buffered, "")
	case call.GuessFramed:
		return "the server speaks framed Thrift: " + useForm(e, call.Framed, "")
	case call.GuessTTHeader:
		return "the server speaks TTHeader: " + useForm(e, call.TTHeader, "")
	case call.GuessTTHeaderStreaming:
		return "the server sent a frame of a TTHeader stream: is the method a streaming one?"
	case call.GuessHeader:
		return "the server speaks Apache THeader: " + useForm(e, call.Header, "")
	case call.GuessKitexProtobuf:
		return "the server speaks Kitex Protobuf: give the .proto of the service"
	case call.GuessCompact:
		return "the server speaks the compact protocol: " + useForm(e, framed, "compact")
	case call.GuessThriftJSON:
		return "the server speaks Thrift's JSON protocol: " + useForm(e, framed, "json")
	}
	return ""
}

// useForm advises a transport, unless it is the one in use, and a protocol where that is
// not the binary one.
func useForm(e *call.MismatchError, t call.Transport, protocol string) string {
	switch {
	case e.Transport == t && protocol == "":
		return "leave out --protocol"
	case e.Transport == t:
		return "use --protocol " + protocol
	case protocol == "":
		return "use -t " + t.String()
	}
	return "use -t " + t.String() + " --protocol " + protocol
}

// wrongStreamHint is for a stream of TTHeader: what else there is for Thrift carries
// none.
func wrongStreamHint(e *call.MismatchError) string {
	if e.Transport != call.TTHeaderStreaming || e.Want == call.AnswerTLS {
		return ""
	}
	switch e.Guess {
	case call.GuessBuffered, call.GuessFramed, call.GuessTTHeader, call.GuessHeader, call.GuessCompact, call.GuessThriftJSON:
		return "the server speaks Thrift, but no streams over TTHeader: -t grpc carries streams, too"
	case call.GuessKitexProtobuf:
		return "the server speaks Kitex Protobuf: give the .proto of the service"
	case call.GuessHTTP1:
		return "the server speaks HTTP/1, which carries no streams: is this the right port?"
	}
	return ""
}

// thriftHTTPHint advises on an HTTP answer without a Thrift message in it, or on what
// is no HTTP at all.
func (l commandLine) thriftHTTPHint(e *call.MismatchError) string {
	switch {
	case e.Guess == call.GuessTLS && e.Secured:
		return "something behind the server's TLS wants TLS once more: a proxy may be set up wrongly"
	case e.Guess == call.GuessTLS:
		return "the server speaks TLS: use https://, or --tls"
	case e.Guess == call.GuessPlaintext:
		return "the server speaks HTTP/2 without TLS: is it a gRPC server? That is -t grpc"
	case e.Want == call.AnswerTLS && e.Guess == call.GuessHTTP1:
		return "the server speaks HTTP/1 without TLS: is this the right port? http:// goes without TLS"
	case e.HTTPStatus == 0 && e.Guess == call.GuessThrift:
		return "the server speaks Thrift, but not over HTTP: -t chooses the transport"
	case e.HTTPStatus == 0 && (e.Guess == call.GuessSSH || e.Guess == call.GuessText):
		return "this is no RPC server: is this the right port?"
	case e.HTTPStatus == 0:
		return "is this a Thrift server, and the right port? -t chooses the transport"
	case e.HTTPStatus == 200:
		return "is this the path of a Thrift service, and the protocol right? --protocol chooses binary, compact or json"
	case e.HTTPStatus == 404 && hasPath(e.Target):
		return "no Thrift service at this path: is the target's right?"
	case e.HTTPStatus == 404:
		return "no Thrift service at this path: give it in the target, as http://host/path"
	}
	return cmp.Or(l.proxyHint(e), "this is an HTTP server, but no Thrift service answered: is the path of the target right?")
}
