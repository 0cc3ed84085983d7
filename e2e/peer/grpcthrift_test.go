package peer

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// call sends bodies, hexadecimal and without their prefixes, in a gRPC request and
// returns the body of the answer and what it says of a status, with what has come
// in time.
func call(t *testing.T, target string, header http.Header, messages ...string) (body []byte, status string) {
	t.Helper()
	var request []byte
	for _, m := range messages {
		request = append(request, prefixed(bytesOf(t, m))...)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+target, bytes.NewReader(request))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {grpcThrift}, "Te": {"trailers"}}
	maps.Copy(r.Header, header)
	transport := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport, Timeout: 2 * time.Second}).Do(r)
	if err != nil {
		return nil, err.Error()
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(answer.Body); err != nil {
		return body, err.Error()
	}
	all := answer.Header
	maps.Copy(all, answer.Trailer)
	return body, statusOf(all)
}

// statusOf shows the headers and trailers that matter, in the order of their names.
func statusOf(all http.Header) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch name {
		case "Content-Type", "Date", "Trailer":
		default:
			parts = append(parts, fmt.Sprintf("%s: %s", strings.ToLower(name), strings.Join(all[name], "|")))
		}
	}
	return strings.Join(parts, ", ")
}

// TestKitexGRPC compares what Kitex servers answer over HTTP/2 with what v0.16.3
// did. The bodies of unary methods are arguments and results, those of streams bare
// structs.
func TestKitexGRPC(t *testing.T) {
	const wrapped = `0c 0001 0b 0001 "a" 00 00`
	const reply = `08 0002 00000001 0b 0001 "a" 00`
	const ok = "grpc-message: , grpc-status: 0"
	for _, test := range []struct {
		name, server, path string
		requests, replies  []string
		status             string
	}{
		{"unary", "STREAMS", "/Streams/Single", []string{wrapped}, []string{`0c 0000` + reply + `00`}, ok},
		{"any package", "STREAMS", "/x.y.Streams/Single", []string{wrapped}, []string{`0c 0000` + reply + `00`}, ok},
		{"plain", "STREAMS", "/Streams/Plain", []string{wrapped}, []string{`0c 0000` + reply + `00`}, ok},
		{"void", "STREAMS", "/Streams/Touch", []string{wrapped}, []string{`00`}, ok},
		{"declared exception", "STREAMS", "/Streams/Declared", []string{wrapped}, []string{`0c 0001 0b 0001 "a" 00 00`}, ok},
		{"bare struct to unary", "STREAMS", "/Streams/Single", []string{`0b 0001 "a" 00`}, []string{`0c 0000 08 0002 00000001 00 00`}, ok},
		{
			"bidi", "STREAMS", "/Streams/Chat", []string{`0b 0001 "a" 00`, `0b 0001 "b" 00`},
			[]string{reply, `08 0002 00000002 0b 0001 "b" 00`}, ok,
		},
		{"wrapper to bidi", "STREAMS", "/Streams/Chat", []string{wrapped}, []string{`08 0002 00000001 00`}, ok},
		{"client", "STREAMS", "/Streams/Collect", []string{`00`, `0b 0001 "b" 00`}, []string{`08 0002 00000002 0b 0001 "b" 00`}, ok},
		{"client without a reply", "STREAMS", "/Streams/Collect", []string{`08 0002 ffffffff 00`}, nil, ok},
		{"server", "STREAMS", "/Streams/Expand", []string{`0b 0001 "a" 08 0002 00000002 00`}, []string{reply, reply}, ok},

		{"error", "STREAMS", "/Streams/Chat", []string{`0b 0006 "boom" 00`}, nil, "grpc-message: boom [biz error], grpc-status: 13"},
		{
			"status", "STREAMS", "/Streams/Chat", []string{`0c 0009 08 0001 00000063 0b 0002 "gone" 00 00`}, nil,
			"grpc-message: gone [biz error], grpc-status: 99",
		},
		{
			"panic", "STREAMS", "/Streams/Chat", []string{`0b 0007 "boom" 00`}, nil,
			"grpc-message: panic: [happened in biz handler, method=Streams.Chat, please check the panic at the server side] boom, grpc-status: 13",
		},
		{
			"business status", "STREAMS", "/Streams/Chat",
			[]string{`08 0002 00000001 0c 0008 08 0001 00000194 0b 0002 "not found: ` + "\u4e2d" + `" 0d 0003 0b0b 00000001 "k" "v" 00 00`},
			[]string{`08 0002 00000001 00`},
			`biz-extra: {"k":"v"}, biz-status: 404, grpc-message: not found: %E4%B8%AD, grpc-status: 13`,
		},
		{
			"business status of unary", "STREAMS", "/Streams/Single", []string{`0c 0001 0c 0008 08 0001 00000194 0b 0002 "gone" 00 00 00`}, nil,
			"biz-status: 404, grpc-message: gone, grpc-status: 13",
		},
		{
			"malformed", "STREAMS", "/Streams/Chat", []string{`0b 0001 00000009`}, nil, // 7 is from a Thrift exception
			"grpc-message: *streams.Request read field 1 'text' error: ReadString: buf too small [biz error], grpc-status: 7",
		},
		{"unknown method", "STREAMS", "/Streams/Nope", []string{wrapped}, nil, "grpc-message: unknown method Nope, grpc-status: 1"},
		{"unknown service", "STREAMS", "/Other/Nope", []string{wrapped}, nil, "grpc-message: unknown service Other, grpc-status: 20"},
		{
			"header and trailer", "STREAMS", "/Streams/Meta", []string{`0d 0001 0b0b 00000001 "hk" "hv" 0d 0002 0b0b 00000001 "tk" "tv" 00`},
			[]string{`0d 0003 0b0b 00000001 "content-length" "48" 00`}, ok + ", hk: hv, tk: tv",
		},

		{"generic unary", "STREAMS_GENERIC", "/TestService/EchoUnary", []string{wrapped}, []string{`0c 0000 0b 0001 "a" 00 00`}, ok},
		{"generic plain", "STREAMS_GENERIC", "/TestService/EchoPingPong", []string{wrapped}, []string{`0c 0000 0b 0001 "a" 00 00`}, ok},
		{"generic bidi", "STREAMS_GENERIC", "/TestService/Echo", []string{`0b 0001 "a" 00`}, []string{`0b 0001 "a" 00`}, ok},
		{
			"plain without the option of generated servers", "ECHO", "/TestService/EchoPingPong", []string{wrapped}, nil,
			"grpc-message: panic: [happened in biz handler, method=TestService.EchoPingPong, please check the panic at the server side] " +
				"interface conversion: interface {} is *streaming.Args, not *echo.TestServiceEchoPingPongArgs, grpc-status: 13",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []byte
			for _, r := range test.replies {
				want = append(want, prefixed(bytesOf(t, r))...)
			}
			body, status := call(t, address(t, "KITEX_"+test.server)+test.path, nil, test.requests...)
			if !bytes.Equal(body, want) || status != test.status {
				t.Errorf("got  %x %s\nwant %x %s", body, status, want, test.status)
			}
		})
	}
}

// TestKitexCompression needs a compressor in the server for the name of one: to
// accept gzip alone is an error where there is none.
func TestKitexCompression(t *testing.T) {
	const none = "grpc-message: no kitex compressor registered found for:gzip, grpc-status: 13"
	for _, test := range []struct{ server, header, value, status string }{
		{"KITEX_STREAMS", "Grpc-Accept-Encoding", "gzip", none},
		{"KITEX_STREAMS", "Grpc-Encoding", "gzip", none},
		{"KITEX_STREAMS", "Grpc-Accept-Encoding", "identity,gzip", "grpc-message: , grpc-status: 0"},
		{"KITEX_STREAMS_GZIP", "Grpc-Accept-Encoding", "gzip", "grpc-encoding: gzip, grpc-message: , grpc-status: 0"},
		{"KITEX_STREAMS_GZIP", "Grpc-Accept-Encoding", "identity,gzip", "grpc-encoding: gzip, grpc-message: , grpc-status: 0"},
	} {
		header := http.Header{test.header: {test.value}}
		if _, status := call(t, address(t, test.server)+"/Streams/Single", header, `0c 0001 00 00`); status != test.status {
			t.Errorf("%s with %s: %s: got %s, want %s", test.server, test.header, test.value, status, test.status)
		}
	}
}

// TestKitexProtobufStreams calls services of the guides.
func TestKitexProtobufStreams(t *testing.T) {
	for _, test := range []struct{ path, request, reply string }{
		{"/streams.Streams/Single", `0a 01 61`, `0a 01 61 10 01`},
		{"/stream.ClientStream/Sum", `08 2d`, `08 2d`},
		{"/stream.BidirectionalStreamServer/Sqrt", `09 0000000000001040`, `09 0000000000000040`},
		{"/pb.StreamingService/UnaryEcho", `0a 01 61`, `0a 01 61`},
	} {
		header := http.Header{"Content-Type": {"application/grpc"}}
		body, status := call(t, address(t, "KITEX_STREAMS_PB")+test.path, header, test.request)
		if want := prefixed(bytesOf(t, test.reply)); !bytes.Equal(body, want) || status != "grpc-message: , grpc-status: 0" {
			t.Errorf("%s: got %x %s, want %x", test.path, body, status, want)
		}
	}
}
