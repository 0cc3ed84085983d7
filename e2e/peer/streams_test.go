package peer

import (
	"bytes"
	"fmt"
	"maps"
	"net"

	"slices"
	"strings"
	"testing"
	"time"
)

// frames are HEADER, a DATA for each message in hexadecimal, and TRAILER, all of
// stream 1.
func frames(t *testing.T, service, method string, messages ...string) []ttFrame {
	t.Helper()
	all := []ttFrame{{headerFrame, method, 1, []string{"isn", service}, nil}}
	for _, m := range messages {
		all = append(all, ttFrame{dataFrame, method, 1, nil, bytesOf(t, m)})
	}
	return append(all, ttFrame{trailerFrame, method, 1, nil, nil})
}

// stream sends frames and returns those that come back, up to the end of a stream
// or of patience.
func stream(t *testing.T, address string, patience time.Duration, request ...ttFrame) []ttFrame {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var all []byte
	for _, f := range request {
		all = append(all, f.bytes()...)
	}
	if _, err := conn.Write(all); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	var got []ttFrame
	for {
		f, err := readFrame(conn)
		if err != nil {
			return got
		}
		if got = append(got, f); f.kind == trailerFrame || f.kind == rstFrame {
			return got
		}
	}
}

// TestKitexStreams compares what a Kitex server answers with frames recorded from
// v0.16.3: HEADER, a DATA for each reply, and TRAILER.
func TestKitexStreams(t *testing.T) {
	for _, test := range []struct {
		name, method string
		requests     []string
		replies      []string // nil for a stream that ends without
		ended        ttFrame  // only pairs and payload
	}{
		{
			"bidi", "Chat",
			[]string{`0b 0001 "a" 00`, `0b 0001 "b" 00`},
			[]string{`08 0002 00000001 0b 0001 "a" 00`, `08 0002 00000002 0b 0001 "b" 00`}, ttFrame{},
		},
		{
			"client", "Collect",
			[]string{`0b 0001 "a" 0b 0004 "xyz" 00`, `0b 0001 "b" 00`},
			[]string{`08 0002 00000002 08 0003 00000003 0b 0001 "b" 00`}, ttFrame{},
		},
		{"client of none", "Collect", nil, []string{`00`}, ttFrame{}},
		{"client without a reply", "Collect", []string{`08 0002 ffffffff 00`}, nil, ttFrame{}},
		{
			"server", "Expand",
			[]string{`0b 0001 "a" 08 0002 00000002 00`},
			[]string{`08 0002 00000001 0b 0001 "a" 00`, `08 0002 00000001 0b 0001 "a" 00`}, ttFrame{},
		},
		{"server of none", "Expand", nil, nil, ttFrame{payload: exceptionBody("Expand", 1, 6, "biz error: EOF")}},
		{
			"error", "Chat",
			[]string{`0b 0006 "boom" 00`}, nil,
			ttFrame{payload: exceptionBody("Chat", 1, 6, "biz error: boom")},
		},
		{
			"panic", "Chat",
			[]string{`0b 0007 "boom" 00`}, nil,
			ttFrame{payload: exceptionBody("Chat", 1, 6,
				"panic: [happened in biz handler, method=Streams.Chat, please check the panic at the server side] boom")},
		},
		{
			"gRPC status", "Chat",
			[]string{`0c 0009 08 0001 00000005 0b 0002 "gone" 00 00`}, nil,
			ttFrame{payload: exceptionBody("Chat", 1, 6, "biz error: rpc error: code = 5 desc = gone")},
		},
		{
			"business status", "Chat",
			[]string{`08 0002 00000001 0c 0008 08 0001 00000194 0b 0002 "gone" 0d 0003 0b0b 00000001 "k" "v" 00 00`},
			[]string{`08 0002 00000001 00`},
			ttFrame{pairs: []string{"biz-status", "404", "biz-message", "gone", "biz-extra", `{"k":"v"}`}},
		},
		{
			"malformed", "Chat",
			[]string{`0b 0001 00000009`}, nil,
			ttFrame{payload: exceptionBody("Chat", 1, 6,
				"biz error: *streams.Request read field 1 'text' error: ReadString: buf too small")},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := []ttFrame{{headerFrame, test.method, 1, nil, nil}}
			for _, reply := range test.replies {
				want = append(want, ttFrame{dataFrame, test.method, 1, nil, bytesOf(t, reply)})
			}
			want = append(want, ttFrame{trailerFrame, test.method, 1, test.ended.pairs, test.ended.payload})
			got := stream(t, address(t, "KITEX_STREAMS"), 5*time.Second, frames(t, "Streams", test.method, test.requests...)...)
			compare(t, got, want)
		})
	}
}

// compare compares frames; pairs may come in any order.
func compare(t *testing.T, got, want []ttFrame) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d frames, want %d: %v", len(got), len(want), got)
	}
	for i := range got {
		g, w := got[i], want[i]
		if g.kind != w.kind || g.method != w.method || g.stream != w.stream ||
			!bytes.Equal(g.payload, w.payload) || !maps.Equal(asMap(g.pairs), asMap(w.pairs)) {
			t.Errorf("frame %d: got %c %v %q, want %c %v %q", i, g.kind, g.pairs, g.payload, w.kind, w.pairs, w.payload)
		}
	}
}

func asMap(pairs []string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// TestKitexStreamBytes compares whole frames, which have one pair at most.
func TestKitexStreamBytes(t *testing.T) {
	request := bytesOf(t, `00000032 1000 0002 00000001 000a 1000 01 0001 0003 69736e 000b 5465737453657276696365 10 0002 001b 0001 32 0009 0004 4563686f 00`+
		`00000027 1000 0002 00000001 0005 1000 10 0002 001b 0001 33 0009 0004 4563686f 00 00 0b 0001 "a" 00`+
		`0000001e 1000 0002 00000001 0005 1000 10 0002 001b 0001 34 0009 0004 4563686f 00 00`)
	replies := map[string]bool{} // the two integers come in any order
	for _, ints := range []string{`001b 0001 %s 0009 0004 4563686f`, `0009 0004 4563686f 001b 0001 %s`} {
		for kind, rest := range map[string]string{"32": "", "33": `0b 0001 "a" 00`, "34": ""} {
			head := `1000 0002 00000001 0005 1000 10 0002 ` + fmt.Sprintf(ints, kind) + ` 00 00`
			replies[string(inFrame(bytesOf(t, head+rest)))] = true
		}
	}
	got := exchange(t, address(t, "KITEX_STREAMS"), request, 34+43+34)
	for _, frame := range []string{string(got[:34]), string(got[34:77]), string(got[77:])} {
		if !replies[frame] {
			t.Errorf("got %x", frame)
		}
	}
}

// TestKitexStreamsSilent opens streams of which a server does not know the method:
// it says nothing at all.
func TestKitexStreamsSilent(t *testing.T) {
	for _, test := range []struct{ name, service, method string }{
		{"method", "Streams", "Nope"},
		{"method of the other service", "Streams", "Echo"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := stream(t, address(t, "KITEX_STREAMS"), 300*time.Millisecond, frames(t, test.service, test.method, `00`)...)
			compare(t, got, nil)
		})
	}
}

// TestKitexStreamsNotStreams opens streams of methods that are none.
func TestKitexStreamsNotStreams(t *testing.T) {
	for _, method := range []string{"Single", "Plain"} {
		got := stream(t, address(t, "KITEX_STREAMS"), 5*time.Second, frames(t, "Streams", method, `00`)...)
		if len(got) != 2 || got[1].kind != trailerFrame || !bytes.Contains(got[1].payload, []byte("interface conversion")) {
			t.Errorf("%s: %v", method, got)
		}
	}
}

// TestKitexStreamsAsCalls calls the methods of Streams as if none streamed. Those
// of mode unary are as good as plain ones.
func TestKitexStreamsAsCalls(t *testing.T) {
	for _, test := range []struct{ method, reply string }{
		{"Plain", `80010002 "Plain" 00000001 0c 0000 08 0002 00000001 0b 0001 "hi" 00 00`},
		{"Single", `80010002 "Single" 00000001 0c 0000 08 0002 00000001 0b 0001 "hi" 00 00`},
		{"Touch", `80010002 "Touch" 00000001 00`},
		{"Declared", `80010002 "Declared" 00000001 0c 0001 0b 0001 "hi" 00 00`},
		{
			"Chat", `80010003 "Chat" 00000001 0b 0001 ` +
				`"biz error: cannot get streamx.ServerStream from type: *streams.StreamsChatArgs" 08 0002 00000006 00`,
		},
	} {
		t.Run(test.method, func(t *testing.T) {
			request := bytesOf(t, `80010001 "`+test.method+`" 00000001 0c 0001 0b 0001 "hi" 00 00`)
			_, payload := readTTHeader(t, address(t, "KITEX_STREAMS"), ttheader(request))
			if want := string(bytesOf(t, test.reply)); payload != want {
				t.Errorf("got  %q\nwant %q", payload, want)
			}
		})
	}
}

// TestKitexStreamsCancel asks how streams ended that were cancelled or lost.
func TestKitexStreamsCancel(t *testing.T) {
	const canceled = "[ttstream error, code=12007] [server-side stream] [canceled path: mycli] user canceled"
	header := ttFrame{headerFrame, "Chat", 1, []string{"isn", "Streams"}, nil}
	hang := ttFrame{dataFrame, "Chat", 1, nil, bytesOf(t, `02 000a 01 0b 000c "rst" 00`)}
	rst := ttFrame{rstFrame, "Chat", 1, []string{"ttscp", "mycli"}, exceptionBody("Chat", 1, 12007, "user canceled")}
	compare(t, stream(t, address(t, "KITEX_STREAMS"), 5*time.Second, header, hang, rst), []ttFrame{
		{headerFrame, "Chat", 1, nil, nil},
		{trailerFrame, "Chat", 1, nil, exceptionBody("Chat", 1, 6, "biz error: "+canceled)},
	})
	hang.payload = bytesOf(t, `02 000a 01 0b 000c "lost" 00`)
	stream(t, address(t, "KITEX_STREAMS"), 100*time.Millisecond, header, hang)
	// Which of its two sides Kitex hears first of the lost connection decides what it says.
	const lost, eof = "[ttstream error, code=12013] canceled by connection closed", "[ttstream error, code=12013] [ttstream error, code=12004] EOF peer close"
	for id, want := range map[string][]string{"rst": {canceled}, "lost": {lost, eof}} {
		request := bytesOf(t, `80010001 "Outcome" 00000001 0b 0001 "`+id+`" 00`)
		_, payload := readTTHeader(t, address(t, "KITEX_STREAMS"), ttheader(request))
		if !slices.ContainsFunc(want, func(text string) bool { return strings.Contains(payload, text) }) {
			t.Errorf("%s: got %q, want one of %q", id, payload, want)
		}
	}
}

// TestKitexStreamsMeta sends pairs both ways.
func TestKitexStreamsMeta(t *testing.T) {
	request := frames(t, "Streams", "Meta", `0d 0001 0b0b 00000001 "hk" "hv" 0d 0002 0b0b 00000001 "tk" "tv" 00`)
	request[0].pairs = append(request[0].pairs, "RPC_TRANSIT_Tk", "tv", "RPC_PERSIST_PK", "pv", "mine", "x")
	compare(t, stream(t, address(t, "KITEX_STREAMS"), 5*time.Second, request...), []ttFrame{
		{headerFrame, "Meta", 1, []string{"hk", "hv"}, nil},
		{dataFrame, "Meta", 1, nil, bytesOf(t,
			`0d 0001 0b0b 00000001 "Tk" "tv" 0d 0002 0b0b 00000001 "PK" "pv" 0d 0003 0b0b 00000001 "mine" "x" 00`)},
		{trailerFrame, "Meta", 1, []string{"tk", "tv"}, nil},
	})
}

// TestKitexGenericStreams opens streams of a server without generated code.
func TestKitexGenericStreams(t *testing.T) {
	for method, replies := range map[string][]string{
		"Echo": {`0b 0001 "a" 00`, `0b 0001 "b" 00`}, "EchoClient": {`0b 0001 "a, b" 00`},
		"EchoServer": {`0b 0001 "a 0" 00`, `0b 0001 "a 1" 00`, `0b 0001 "a 2" 00`},
	} {
		want := frames(t, "", method, replies...)
		want[0].pairs = nil
		request := frames(t, "TestService", method, `0b 0001 "a" 00`, `0b 0001 "b" 00`)
		compare(t, stream(t, address(t, "KITEX_STREAMS_GENERIC"), 5*time.Second, request...), want)
	}
}
