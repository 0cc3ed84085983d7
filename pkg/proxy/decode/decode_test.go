package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// piece is what one side sends.
type piece struct {
	from proxy.Side
	b    []byte
}

// told is what a Decoder says, in short.
func told(o Options, do func(c proxy.Watcher)) []string {
	var lines []string
	o.Emit = func(e Event) {
		line := fmt.Sprintf("%d %d ", e.Conn, e.Call)
		switch d := e.Details.(type) {
		case Message:
			line += fmt.Sprintf("%s %d: %d/%d %s%x %s", d.From, d.N, d.Size, d.Wire, d.JSON, d.Body, d.Reason)
		case Finish:
			line += fmt.Sprintf("finish %v %v %v", d.Err, d.Sent, d.Received)
		case Undecoded:
			line += fmt.Sprintf("undecoded %s %s %d %v", d.From, d.Reason, d.Bytes, d.Stopped)
		case Start:
			line += fmt.Sprintf("start %s %s", d.Method.FullName(), d.Transport)
		case Header:
			line += fmt.Sprintf("header %s %v", d.From, d.Metadata)
		case Trailer:
			line += fmt.Sprintf("trailer %s %v", d.From, d.Metadata)
		default:
			line += fmt.Sprintf("%T", d)
		}
		lines = append(lines, line)
	}
	w := New(o).Watch(proxy.Conn{At: time.Unix(0, 0)}, nil)
	do(w)
	w.Closed(proxy.Closed{At: time.Unix(1, 0)})
	return lines
}

// shown feeds pieces, cut by the function.
func shown(o Options, pieces []piece, cut func(left int) int) []string {
	return told(o, func(c proxy.Watcher) {
		for _, p := range pieces {
			for b := p.b; len(b) > 0 && !c.Done(); {
				n := min(max(cut(len(b)), 1), len(b))
				c.Data(p.from, time.Unix(0, 0), bytes.Clone(b[:n]))
				b = b[n:]
			}
		}
		for side := range proxy.Side(2) {
			if !c.Done() {
				c.Ended(side, time.Unix(0, 0), nil)
			}
		}
	})
}

func whole(left int) int { return left }

// h2Bytes are frames.
func h2Bytes(do func(f *http2.Framer, block func(fields ...string) []byte)) []byte {
	var out, head bytes.Buffer
	e := hpack.NewEncoder(&head)
	do(http2.NewFramer(&out, nil), func(fields ...string) []byte {
		head.Reset()
		for i := 0; i < len(fields); i += 2 {
			_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
		}
		return bytes.Clone(head.Bytes())
	})
	return out.Bytes()
}

func envelope(body string) []byte {
	return append(grpcwire.AppendPrefix(nil, 0, uint32(len(body))), body...)
}

// grpcCall is a call of gRPC, with padding, CONTINUATION and a message over two frames of DATA.
func grpcCall() []piece {
	client := append([]byte(http2.ClientPreface), h2Bytes(func(f *http2.Framer, block func(...string) []byte) {
		_ = f.WriteSettings()
		b := block(":method", "POST", ":path", "/a.B/C", "content-type", "application/grpc", "x", strings.Repeat("y", 100))
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b[:10], PadLength: 3, Priority: http2.PriorityParam{Weight: 1}})
		_ = f.WriteContinuation(1, true, b[10:])
		m := append(envelope("first"), envelope("second")...)
		_ = f.WriteDataPadded(1, false, m[:8], []byte{0, 0, 0})
		_ = f.WriteData(1, false, m[8:])
		_ = f.WriteDataPadded(1, true, nil, []byte{0})
	})...)
	server := h2Bytes(func(f *http2.Framer, block func(...string) []byte) {
		_ = f.WriteSettings()
		_ = f.WritePing(true, [8]byte{})
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(":status", "200", "content-type", "application/grpc"), EndHeaders: true})
		_ = f.WriteData(1, false, envelope("reply"))
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block("grpc-status", "5", "grpc-message", "no%20one"), EndHeaders: true, EndStream: true})
	})
	return []piece{{proxy.Client, client}, {proxy.Server, server}}
}

func framed(b []byte) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...) }

func thriftMessage(p thriftwire.Protocol, typ thriftwire.MessageType, seq int32) []byte {
	body := thriftwire.EmptyBody(p)
	if typ == thriftwire.Exception {
		body = thriftwire.AppendException(nil, p, 6, "boom")
	}
	return thriftwire.Append(nil, p, thriftwire.Envelope{Name: "Do", Type: typ, Seq: seq}, body)
}

func ttFrame(typ thriftwire.MessageType, seq int32, pairs ...ttheader.Pair) []byte {
	h := ttheader.Header{Seq: seq, Str: pairs}
	b, _ := h.Append(nil)
	b = append(b, thriftMessage(thriftwire.Binary, typ, seq)...)
	_ = ttheader.SetLength(b)
	return b
}

func ttStreamFrames(frames ...func(b []byte) []byte) []byte {
	var b []byte
	for _, f := range frames {
		b = f(b)
	}
	return b
}

func streamFrame(t ttheader.FrameType, payload string, pairs ...ttheader.Pair) func([]byte) []byte {
	return func(b []byte) []byte {
		b, _ = ttheader.AppendStream(b, t, 1, "Chat", []byte(payload), pairs...)
		return b
	}
}

// cases are what passes over connections.
func cases() map[string][]piece {
	chunked := "POST /a.B/C HTTP/1.1\r\nContent-Type: application/grpc-web+proto\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n\x00\x00\x00\x00\x02h\r\n1;x=y\r\ni\r\n0\r\nT: v\r\n\r\n"
	answer := "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/grpc-web+proto\r\n\r\n" + string(envelope("yes")) + "\x80\x00\x00\x00\x0fgrpc-status:0\r\n"
	c := map[string][]piece{
		"grpc":     grpcCall(),
		"grpc-web": {{proxy.Client, []byte(chunked)}, {proxy.Server, []byte(answer)}},
		"text": {{proxy.Client, []byte("POST /a.B/C HTTP/1.1\r\nContent-Type: application/grpc-web-text\r\nContent-Length: 16\r\n\r\nAAAAAAA=AAAAAAA=")},
			{proxy.Server, []byte("HTTP/1.1 200 OK\r\ncontent-length: 0\r\ngrpc-status: 7\r\ncontent-type: application/grpc-web-text\r\n\r\n")}},
		"connect": {{proxy.Client, []byte("POST /a.B/C HTTP/1.1\r\ncontent-type: application/json\r\nconnect-protocol-version: 1\r\ncontent-length: 2\r\n\r\n{}")},
			{proxy.Server, []byte("HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 37\r\n\r\n{\"code\":\"not_found\",\"message\":\"none\"}")}},
		"get": {{proxy.Client, []byte("GET /a.B/C?connect=v1&encoding=proto&base64=1&message=AA HTTP/1.1\r\nHost: x\r\n\r\n")},
			{proxy.Server, []byte("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx")}},
		"plain": {{proxy.Client, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.1\r\n\r\n")},
			{proxy.Server, []byte("HTTP/1.1 204 No\r\n\r\nHTTP/1.1 500 Bad\r\nContent-Length: 7\r\n\r\n")}},
		"thrift post": {{proxy.Client, append([]byte("POST /t HTTP/1.1\r\ncontent-type: application/x-thrift\r\ncontent-length: 15\r\n\r\n"), thriftMessage(thriftwire.Binary, thriftwire.Call, 1)...)},
			{proxy.Server, append([]byte("HTTP/1.1 200 OK\r\ncontent-type: application/x-thrift\r\ncontent-length: 15\r\n\r\n"), thriftMessage(thriftwire.Binary, thriftwire.Reply, 1)...)}},
		"ttheader": {{proxy.Client, append(ttFrame(thriftwire.Call, 1), ttFrame(thriftwire.Call, 2)...)},
			{proxy.Server, append(ttFrame(thriftwire.Exception, 2), ttFrame(thriftwire.Reply, 1, ttheader.Pair{Key: "biz-status", Value: "9"})...)}},
		"kitex protobuf": {{proxy.Client, framed(thriftMessage(thriftwire.KitexProtobuf, thriftwire.Call, 1))}, {proxy.Server, framed(thriftMessage(thriftwire.KitexProtobuf, thriftwire.Exception, 1))}},
		"stream": {{proxy.Client, ttStreamFrames(streamFrame(ttheader.FrameHeader, "", ttheader.Pair{Key: "isn", Value: "S"}), streamFrame(ttheader.FrameData, "\x00"), streamFrame(ttheader.FrameTrailer, ""))},
			{proxy.Server, ttStreamFrames(streamFrame(ttheader.FrameHeader, ""), streamFrame(ttheader.FrameData, "\x00"), streamFrame(ttheader.FrameTrailer, "", ttheader.Pair{Key: "biz-status", Value: "3"}))}},
		"reset":   {{proxy.Client, ttStreamFrames(streamFrame(ttheader.FrameHeader, ""), streamFrame(ttheader.FrameReset, ""))}},
		"garbage": {{proxy.Client, bytes.Repeat([]byte{0xfe}, 30)}},
		"tls":     {{proxy.Client, bytes.Repeat([]byte{0x16, 3, 1, 0}, 10)}},
		"ssh":     {{proxy.Server, []byte("SSH-2.0-OpenSSH\r\n")}},
	}
	for _, p := range []thriftwire.Protocol{thriftwire.Binary, thriftwire.Compact, thriftwire.JSON} {
		c[fmt.Sprint("framed ", p)] = []piece{{proxy.Client, framed(thriftMessage(p, thriftwire.Call, 1))}, {proxy.Server, framed(thriftMessage(p, thriftwire.Exception, 1))}}
		c[fmt.Sprint("buffered ", p)] = []piece{{proxy.Client, thriftMessage(p, thriftwire.Oneway, 1)}, {proxy.Client, thriftMessage(p, thriftwire.Call, 2)}, {proxy.Server, thriftMessage(p, thriftwire.Reply, 2)}}
	}
	return c
}

// TestPieces: however the bytes of a side are cut, the same is told.
func TestPieces(t *testing.T) {
	t.Parallel()
	for name, pieces := range cases() {
		want := shown(Options{}, pieces, whole)
		for _, cut := range []func(int) int{func(int) int { return 1 }, func(int) int { return 7 }, rand.IntN} {
			if got := shown(Options{}, pieces, cut); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

// TestTold is what is told of each case, but for the beginning and the end of the connection.
func TestTold(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"grpc": {
			"1 1 start a.B/C grpc", "1 1 client 1: 5/10 6669727374 no IDL", "1 1 client 2: 6/11 7365636f6e64 no IDL", "1 1 decode.HalfClose",
			"1 1 server 1: 5/10 7265706c79 no IDL", "1 1 finish status 5 NOT_FOUND: no one {2 11 21} {1 5 10}",
		},
		"grpc-web":       {"1 1 client 1: 2/7 6869 no IDL", "1 1 server 1: 3/8 796573 no IDL", "1 1 finish <nil> {1 2 7} {1 3 8}"},
		"text":           {"1 1 client 1: 0/5  no IDL", "1 1 client 2: 0/5  no IDL", "1 1 finish status 7 PERMISSION_DENIED {2 0 10} {0 0 0}"},
		"connect":        {"1 1 start a.B/C connect", "1 1 client 1: 2/2 7b7d no IDL", "1 1 finish status 5 NOT_FOUND: none {1 2 2} {0 0 0}"},
		"get":            {"1 1 client 1: 1/1 00 no IDL", "1 1 server 1: 1/1 78 no IDL", "1 1 finish <nil> {1 1 1} {1 1 1}"},
		"plain":          {"1 1 start /GET / http", "1 1 finish <nil> {0 0 0} {0 0 0}", "1 2 finish answered with HTTP status 500 and content type \"\" {0 0 0} {0 0 0}"},
		"thrift post":    {"1 1 start /Do http", "1 1 finish <nil> {1 1 15} {1 1 15}"},
		"ttheader":       {"1 1 start /Do ttheader", "1 2 start /Do ttheader", "1 2 finish application exception 6 (internal error): boom {1 1 33} {0 0 0}", "1 1 finish business status 9 {1 1 33} {0 0 0}"},
		"kitex protobuf": {"1 1 start /Do framed", "1 1 finish application exception 6 (internal error): boom {1 0 18} {0 0 0}"},
		"stream":         {"1 1 start S/Chat ttheader-streaming", "1 1 client 1: 1/35 00 no IDL", "1 1 decode.HalfClose", "1 1 finish business status 3 {1 1 35} {1 1 35}"},
		"reset":          {"1 1 finish the client reset the stream: without a reason {0 0 0} {0 0 0}"},
		"garbage":        {"1 0 undecoded client no protocol that is known 0 true"},
		"tls":            {"1 0 undecoded client TLS, which does not end here: nothing can be seen 0 true"},
		"ssh":            {"1 0 undecoded server the server speaks first, in no protocol that is known 0 true"},
	} {
		got := shown(Options{}, cases()[name], whole)
		for _, line := range want {
			at := -1
			for i, g := range got {
				if g == line {
					at = i
					break
				}
			}
			if at < 0 {
				t.Errorf("%s: no %q in\n%s", name, line, strings.Join(got, "\n"))
				break
			}
			got = got[at+1:]
		}
	}
}

// TestTooLarge: what is above the limit is stepped over, and what follows is read.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	o := Options{MaxMessage: 100}
	large := strings.Repeat("x", 5000)
	client := append([]byte(http2.ClientPreface), h2Bytes(func(f *http2.Framer, block func(...string) []byte) {
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(":method", "POST", ":path", "/a.B/C", "content-type", "application/grpc"), EndHeaders: true})
		_ = f.WriteData(1, true, append(envelope(large), envelope("small")...))
	})...)
	for _, cut := range []func(int) int{whole, func(int) int { return 3 }} {
		got := strings.Join(shown(o, []piece{{proxy.Client, client}}, cut), "\n")
		if !strings.Contains(got, "a message of 5000 bytes, above the limit of 100") || !strings.Contains(got, "client 2: 5/10 736d616c6c") {
			t.Errorf("%s", got)
		}
	}
	huge := append(framed(append(thriftMessage(thriftwire.Binary, thriftwire.Call, 1), make([]byte, 1<<20)...)), framed(thriftMessage(thriftwire.Binary, thriftwire.Call, 2))...)
	got := strings.Join(shown(o, []piece{{proxy.Client, huge}}, func(int) int { return 4000 }), "\n")
	if !strings.Contains(got, "above the limit of 100") || !strings.Contains(got, "1 2 client 1: 1/19 00") {
		t.Errorf("%s", got)
	}
}

// TestLost: what was not seen inside of a frame or a body costs a message, elsewhere it ends decoding.
func TestLost(t *testing.T) {
	t.Parallel()
	at := time.Unix(0, 0)
	message := framed(thriftMessage(thriftwire.Binary, thriftwire.Call, 1))
	got := strings.Join(told(Options{}, func(c proxy.Watcher) {
		c.Data(proxy.Client, at, message[:12])
		c.Lost(proxy.Client, at, int64(len(message)-14))
		c.Data(proxy.Client, at, append(message[len(message)-2:], message...))
	}), "\n")
	if !strings.Contains(got, "decoding was behind") || !strings.Contains(got, "1 1 client 1: 1/19") {
		t.Errorf("%s", got)
	}
	got = strings.Join(told(Options{}, func(c proxy.Watcher) {
		c.Data(proxy.Client, at, message)
		c.Lost(proxy.Client, at, 3)
		if !c.Done() {
			t.Error("it goes on")
		}
	}), "\n")
	if !strings.Contains(got, "bytes were lost between messages 0 true") || !strings.Contains(got, "1 1 finish decoding stopped") {
		t.Errorf("%s", got)
	}
	pieces := grpcCall()
	client := pieces[0].b
	got = strings.Join(told(Options{}, func(c proxy.Watcher) {
		i := bytes.Index(client, []byte("second"))
		c.Data(proxy.Client, at, client[:i+1])
		c.Lost(proxy.Client, at, 4)
		c.Data(proxy.Client, at, client[i+5:])
		c.Data(proxy.Server, at, pieces[1].b)
	}), "\n")
	if !strings.Contains(got, "decoding was behind") || !strings.Contains(got, "finish status 5") {
		t.Errorf("%s", got)
	}
}

// TestMetadataOrder: fields keep their order, and binary ones their form on the wire.
func TestMetadataOrder(t *testing.T) {
	t.Parallel()
	var md stream.Metadata
	o := Options{Emit: func(e Event) {
		if h, ok := e.Details.(Header); ok && h.From == proxy.Client {
			md = h.Metadata
		}
	}}
	w := New(o).Watch(proxy.Conn{}, nil)
	w.Data(proxy.Client, time.Unix(0, 0), []byte("POST /a.B/C HTTP/1.1\r\nContent-Type: application/grpc-web\r\nB-bin: AAE\r\nA: 1\r\n\r\n"))
	if want := "[{:method POST} {:path /a.B/C} {content-type application/grpc-web} {b-bin AAE} {a 1}]"; fmt.Sprint(md) != want {
		t.Errorf("%v", md)
	}
}

// FuzzConn: no bytes of either side make a Decoder panic, hold what it does not need, or leave a
// call without an end.
func FuzzConn(f *testing.F) {
	for _, pieces := range cases() {
		var sides [2][]byte
		for _, p := range pieces {
			sides[p.from] = append(sides[p.from], p.b...)
		}
		f.Add(sides[0], sides[1], uint8(200), false)
		f.Add(sides[0], sides[1], uint8(3), true)
	}
	f.Fuzz(func(t *testing.T, client, server []byte, step uint8, lose bool) {
		started, finished := 0, 0
		o := Options{MaxMessage: 1 << 10, MaxBody: 16, Emit: func(e Event) {
			switch e.Details.(type) {
			case Start:
				started++
			case Finish:
				finished++
			}
		}}
		c := New(o).Watch(proxy.Conn{}, nil).(*Conn)
		at := time.Unix(0, 0)
		for i := 0; !c.Done() && (len(client) > 0 || len(server) > 0); i++ {
			from, b := proxy.Client, &client
			if i%2 == 1 {
				from, b = proxy.Server, &server
			}
			n := min(int(step)+1, len(*b))
			if n == 0 {
				continue
			}
			if lose && i == 5 {
				c.Lost(from, at, int64(n))
			} else {
				c.Data(from, at, (*b)[:n])
			}
			*b = (*b)[n:]
		}
		for i := range c.sides {
			if !c.Done() && cap(c.sides[i].buf) > 4<<20 {
				t.Errorf("%d bytes are kept", cap(c.sides[i].buf))
			}
		}
		for side := range proxy.Side(2) {
			if !c.Done() {
				c.Ended(side, at, nil)
			}
		}
		c.Closed(proxy.Closed{At: at})
		if started != finished {
			t.Errorf("%d calls began, %d ended", started, finished)
		}
	})
}
