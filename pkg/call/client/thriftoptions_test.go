package client

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestThriftDefaultTransport: what carries a method where Options do not say.
func TestThriftDefaultTransport(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		target string
		thrift bool
		chosen call.Transport
		want   call.Transport
	}{
		{"h:1", false, "", call.GRPC}, {"h:1", true, "", call.TTHeader}, {"unix:/s", true, "", call.TTHeader},
		{"http://h", false, "", call.GRPC}, {"http://h", true, "", call.HTTP}, {"https://h", true, "", call.HTTP},
		{"framed://h:1", true, "", call.Framed}, {"grpc://h:1", true, "", call.GRPC}, {"http://h", true, call.Framed, call.Framed},
		{"framed://h:1", true, call.Buffered, call.Buffered},
	} {
		m := protoUnary
		if tt.thrift {
			m = notify
			if tt.want == call.GRPC { // that carries what streams
				m = echoOf(stream.Bidi)
			}
		}
		c := newClient(t, tt.target, func(o *setup) { o.Transport = tt.chosen })
		if got := c.Transport(m); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// TestThriftUnsupported: methods that a transport cannot carry.
func TestThriftUnsupported(t *testing.T) {
	t.Parallel()
	bidi := *echoPingPong
	bidi.Type, bidi.Streaming = stream.Bidi, true
	protoBidi := *protoUnary
	protoBidi.Type = stream.Bidi
	for _, tt := range []struct {
		transport call.Transport
		method    *stream.Method
		want      string
	}{
		{call.GRPCWeb, echoPingPong, "transport grpc-web cannot carry a unary method: Thrift goes over gRPC or Thrift's own transports"},
		{call.Framed, &bidi, "transport framed cannot carry a bidi streaming method: it is for calls with one request and one answer"},
		{call.TTHeaderFramed, &bidi, "transport ttheader-framed cannot carry a bidi streaming method: it is for calls with one request and one answer"},
		{call.HTTP, &bidi, "transport http cannot carry a bidi streaming method: it is for calls with one request and one answer"},
		{call.TTHeaderStreaming, &protoBidi, "transport ttheader-streaming cannot carry a bidi streaming method: it is Thrift's, and the method is Protobuf's"},
		{call.TTHeaderStreaming, protoUnary, "transport ttheader-streaming cannot carry a unary method: it is Thrift's, and the method is Protobuf's"},
		{call.TTHeader, &protoBidi, "transport ttheader cannot carry a bidi streaming method: Kitex Protobuf has no streaming, that goes over gRPC"},
		{call.Buffered, protoUnary, "transport buffered cannot carry a unary method: a Protobuf message needs a frame to have an end"},
		{call.HTTP, protoUnary, "transport http cannot carry a unary method: it is Thrift's, and the method is Protobuf's"},
		{call.Header, protoUnary, "transport header cannot carry a unary method: it is Thrift's, and the method is Protobuf's"},
	} {
		_, err := thriftClient(t, over(tt.transport, stream.Binary)).Open(t.Context(), rpc(tt.method, nil))
		var unsupported *call.UnsupportedError
		if !errors.As(err, &unsupported) || err.Error() != tt.want {
			t.Errorf("%v\nwant %s", err, tt.want)
		}
	}
}

// TestThriftOptionsRefused: options without a place in the transport.
func TestThriftOptionsRefused(t *testing.T) {
	t.Parallel()
	ints := func(o *setup) { o.IntInfo = map[uint16]string{14: "x", 2: "y"} }
	for _, tt := range []struct {
		transport call.Transport
		change    func(*setup)
		want      string
	}{
		{call.Framed, ints, `integer key "2": transport framed has no place for it`},
		{call.GRPC, ints, `integer key "2": transport grpc has no place for it`},
		{call.TTHeader, ints, ""},
		{call.Buffered, func(o *setup) { o.ToService = "x" }, `destination service "x": transport buffered has no place for it`},
		{call.GRPC, func(o *setup) { o.ToService = "x" }, ""},
		{call.TTHeader, func(o *setup) { o.Protocol = stream.JSON }, `protocol "json": transport ttheader cannot carry it`},
		{call.Header, func(o *setup) { o.Protocol = stream.JSON }, `protocol "json": transport header cannot carry it`},
		{call.TTHeader, func(o *setup) { o.Protocol = stream.Compact }, ""},
		{call.Framed, func(o *setup) { o.Compress = "gzip" }, `compression "gzip": transport framed has no place for it`},
		{call.Framed, func(o *setup) { o.Compress = "identity" }, ""},
		{call.GRPC, func(o *setup) { o.Multiplex = "x" }, `multiplexed service "x": transport grpc has no place for it`},
	} {
		c := newClient(t, "h:1", func(o *setup) { o.Transport = tt.transport }, tt.change)
		m := echoPingPong
		if tt.transport == call.GRPC {
			m = echoOf(stream.Bidi)
		}
		err := c.Prepare(c.setup.fill(rpc(m, nil)))
		var bad *call.OptionError
		if tt.want == "" && err != nil || tt.want != "" && (!errors.As(err, &bad) || err.Error() != tt.want) {
			t.Errorf("%s: %v, want %s", tt.transport, err, tt.want)
		}
	}
}

// TestThriftMetadataRefused: metadata and metainfo that would not arrive.
func TestThriftMetadataRefused(t *testing.T) {
	t.Parallel()
	transient := func(kv ...string) func(*setup) {
		return func(o *setup) {
			for i := 0; i < len(kv); i += 2 {
				o.Transient.Add(kv[i], kv[i+1])
			}
		}
	}
	none := func(*setup) {}
	large := strings.Repeat("x", 65536)
	for _, tt := range []struct {
		transport call.Transport
		change    func(*setup)
		md        stream.Metadata
		want      string
	}{
		{call.Framed, none, stream.Metadata{{Name: "a", Value: "b"}}, `metadata "a": transport framed carries no metadata`},
		{call.Buffered, transient("k", "v"), nil, `metadata "k": transport buffered carries no metainfo`},
		{call.Header, transient("k", "v"), nil, `metadata "k": transport header carries no metainfo`},
		{call.Header, none, stream.Metadata{{Name: "a", Value: "b"}, {Name: "a", Value: "c"}}, `metadata "a": a second value, but a key of THeader has one`},
		{call.TTHeader, none, stream.Metadata{{Name: "a", Value: "b"}, {Name: "A", Value: "c"}}, ""},
		{call.TTHeader, none, stream.Metadata{{Name: "a", Value: "b"}, {Name: "a", Value: "c"}}, `metadata "a": a second value, but a key of TTHeader has one`},
		{call.TTHeader, none, stream.Metadata{{Value: "b"}}, `metadata "": the name is empty`},
		{call.TTHeader, transient("", "v"), nil, `metadata "": metainfo with an empty key is dropped by Kitex`},
		{call.TTHeader, transient("k", ""), nil, `metadata "k": metainfo with an empty value is dropped by Kitex`},
		{call.TTHeader, transient("k", "v"), stream.Metadata{{Name: "RPC_TRANSIT_k", Value: "w"}}, `metadata "k": a second value, but a key of TTHeader has one`},
		{call.TTHeader, none, stream.Metadata{{Name: "a", Value: large}}, `metadata "a": the value of "a" has the size 65536, at most 65535 fit into TTHeader`},
		{call.Header, none, stream.Metadata{{Name: "a", Value: large + large + large + large}}, `metadata "a": the header has 262156 bytes, at most 262140 fit into THeader`},
		{call.GRPC, transient("k", ""), nil, `metadata "k": metainfo with an empty value is dropped by Kitex`},
		{call.GRPC, transient("A_b", "1", "a-B", "2"), nil, `metadata "a-B": a second value for the header rpc-transit-a-b, which has but one`},
		{call.GRPCWeb, transient("ü", "1"), nil, `metadata "ü": names consist of letters, digits, - _ and ., not 'Ã'`},
		{call.HTTP, transient("k", "a\nb"), nil, `metadata "k": byte 0x0a at offset 1 of the value is not printable ASCII (names that end in -bin carry any bytes)`},
		{call.HTTP, none, stream.Metadata{{Name: "Content-Type", Value: "b"}}, `metadata "Content-Type": it is set by the protocol`},
	} {
		method := echoPingPong
		if tt.transport == call.GRPC || tt.transport == call.GRPCWeb {
			method = protoUnary
		}
		_, err := thriftClient(t, over(tt.transport, stream.Binary), tt.change).Open(t.Context(), rpc(method, tt.md))
		if got := errorText(err); got != tt.want {
			t.Errorf("%s: %s\nwant %s", tt.transport, got, tt.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestThriftTrace has every event of two calls.
func TestThriftTrace(t *testing.T) {
	t.Parallel()
	f := thriftCase{call.TTHeader, stream.Binary, echoPingPong, nil, nil}.form(t)
	var lines []string
	note := func(s string) { lines = append(lines, s) }
	pairs := func(md stream.Metadata) string {
		var texts []string
		for _, p := range md {
			texts = append(texts, p.Name+"="+p.Value)
		}
		return strings.Join(texts, ", ")
	}
	c := thriftClient(t, serving(func(nc net.Conn) {
		thriftServer(f, replyWith(f, unhex(t, reHiBody), pairOf("BACK", "b1")))(nc)
	}), func(o *setup) {
		o.ToService = "x"
		o.Trace = &stream.Trace{
			Dialed:     func(network, address string, _ time.Duration, err error) { note("dialed " + network + " " + address) },
			SentHeader: func(md stream.Metadata) { note("> " + pairs(md)) },
			Sent:       func(body, wire int) { note("sent") },
			GotHeader:  func(md stream.Metadata) { note("< " + pairs(md)) },
			Received:   func(body, wire int) { note("received") },
			Frame:      func(out bool, text string) { note(text) },
		}
	})
	for range 2 {
		if _, _, err := thriftCall(ctxFor(t), c, echoPingPong, nil, unhex(t, hiBody)); err != nil {
			t.Fatal(err)
		}
	}
	want := `dialed tcp pipe
> transport=ttheader, type=CALL, method=EchoPingPong, seq=1, isn=TestService, int 1 (transport type)=unframed, int 3 (from service)=idlcall, int 6 (to service)=x, int 9 (to method)=EchoPingPong, int 12 (RPC timeout)=MS, int 22 (message type)=1
ttheader len=136 CALL "EchoPingPong" seq=1 body=14
sent
ttheader len=79 REPLY "EchoPingPong" seq=1 body=17
< transport=ttheader, type=REPLY, method=EchoPingPong, seq=1, BACK=b1, int 22 (message type)=2
received`
	got := strings.Join(lines[:min(len(lines), 7)], "\n")
	if i := strings.Index(got, "timeout)="); i > 0 {
		got = got[:i+9] + "MS" + got[strings.Index(got, ", int 22 (message type)=1"):]
	}
	if got != want || len(lines) != 13 {
		t.Errorf("%d lines\n%s\nwant\n%s", len(lines), got, want)
	}
}

// TestCutError has its text.
func TestCutError(t *testing.T) {
	t.Parallel()
	err := &call.ConnectionLostError{Target: "h:1", Err: &call.CutError{Have: 3, Want: 40}}
	if err.Error() != "connection to h:1 lost after 0 messages: the peer closed the connection 3 bytes into its answer of 40" {
		t.Error(err)
	}
}
