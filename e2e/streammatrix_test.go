package e2e

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// streamGrid are the protocols that carry streams to and from a Kitex server.
var streamGrid = grid{
	folder: "streammatrix",
	ways:   []string{"ttheader-streaming", "grpc-thrift", "kitex-protobuf"},
	kinds:  kinds,
	outcomes: []string{
		"ok", "empty", "big", "million",
		"biz", "fail", "panic", "status", "unknown_method", "unknown_service",
		"deadline", "recv_timeout", "interrupt", "max_replies", "closed_stdout", "bad_document",
		"early", "lockstep", "no_close_send",
		"close", "kill", "pause", "malformed_reply", "wrong",
	},
	notApplicable: func(protocol, kind, outcome string) string {
		sendsOne := kind == "unary" || kind == "server"
		switch {
		case protocol == "ttheader-streaming" && kind == "unary" && slices.Contains([]string{"deadline", "recv_timeout", "interrupt"}, outcome):
			return "it goes over TTHeader, where a server does not see that the client has gone: kitex/timeout.txtar, kitex/interrupt.txtar"
		case outcome == "million" && kind == "unary":
			return "a unary call is one message each way"
		case outcome == "early" && sendsOne:
			return "input ends with the one request, before that the call has not begun"
		case outcome == "no_close_send" && sendsOne:
			return "the client's side does not stream; pump/no_close_send.txtar has the refusal"
		case outcome == "lockstep" && kind != "bidi":
			return "only bidi calls have a reply to each request; pump/lockstep_refused.txtar has the refusal"
		case outcome == "max_replies" && (kind == "unary" || kind == "client"):
			return "there is one reply"
		}
		return ""
	},
	variables: streamVariables,
}

// TestStreamMatrix runs each protocol with each kind of method and each outcome.
func TestStreamMatrix(t *testing.T) { streamGrid.run(t) }

// goneHTTP2 is how a Kitex handler sees that a client of HTTP/2 has gone.
const goneHTTP2 = "code = 1 desc = transport"

// reset is how it sees a RST of TTHeader Streaming.
func reset(code int, text string) string {
	return fmt.Sprintf(`^"\[ttstream error, code=%d\] \[server-side stream\] \[canceled path: idlcall\] %s"$`, code, text)
}

// streamVariables has the exit codes too that differ: $FAILED of a handler that
// failed, $STATUS of status 5, and those of what the server does not have. $CANCELED,
// $LATE (for --timeout) and $RECV_LATE match how the server saw us go.
func streamVariables(t *testing.T, protocol string) map[string]string {
	t.Helper()
	env := maps.Clone(peers(t).Env)
	started, err := peers(t).Using("$KITEX_STREAMS $APACHE_FRAMED")
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(env, started)
	v := map[string]string{
		"PROTOCOL": protocol, "LANGUAGE": "thrift", "IDLCALL_IDL": env["THRIFT"] + "/streams.thrift",
		"TARGET": env["KITEX_STREAMS"], "GROUP": "streams", "WRONG": env["APACHE_FRAMED"],
		"FAILED": "77", "STATUS": "69", "UNKNOWN_METHOD": "65", "UNKNOWN_SERVICE": "84",
		"CANCELED": goneHTTP2, "RECV_LATE": goneHTTP2, "LATE": "context deadline exceeded|" + goneHTTP2,
	}
	faults := func(kinds, unary string) {
		for _, fault := range []string{"CLOSE", "MALFORMED"} {
			v[fault], v[fault+"_UNARY"] = env[kinds+"_"+fault], env[unary+"_"+fault]
		}
	}
	switch protocol {
	case "ttheader-streaming":
		v["IDLCALL_TRANSPORT"] = protocol
		v["FAILED"], v["STATUS"], v["UNKNOWN_METHOD"], v["UNKNOWN_SERVICE"] = "102", "102", "6", "6"
		// A server that is busy writing may see the connection go before it reads RST.
		v["CANCELED"] = reset(12007, "user canceled") + "|code=12006"
		v["RECV_LATE"], v["LATE"] = reset(12014, "client timeout: no message .*"), reset(12015, "stream timeout")
		faults("TSFAULT", "TFAULT")
		v["MALFORMED_UNARY"] = env["TFAULT_WRONG_TYPE"]
	case "grpc-thrift":
		v["IDLCALL_TRANSPORT"] = "grpc"
		faults("GTFAULT", "GTFAULT")
	case "kitex-protobuf":
		v["LANGUAGE"], v["IDLCALL_IDL"] = "proto", env["PROTO"]+"/streams.proto"
		v["TARGET"], v["GROUP"] = env["KITEX_STREAMS_PB"], "streams-pb"
		faults("FAULT", "FAULT")
	}
	v["UNKNOWN_METHOD_UNARY"], v["UNKNOWN_SERVICE_UNARY"] = v["UNKNOWN_METHOD"], v["UNKNOWN_SERVICE"]
	if protocol == "ttheader-streaming" {
		v["UNKNOWN_METHOD_UNARY"], v["UNKNOWN_SERVICE_UNARY"] = "97", "111"
	}
	return v
}
