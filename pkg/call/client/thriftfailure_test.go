package client

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/kitex"
	"github.com/idlcall/idlcall/pkg/call/internal/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

const (
	strictReply  = "800100020000000c4563686f50696e67506f6e67000000010c00000b00010000000572653a68690000"
	framedReply  = "00000029" + strictReply
	oldReply     = "0000000c4563686f50696e67506f6e6702000000010b000000000002686900"
	compactReply = "8241010c4563686f50696e67506f6e670c00180572653a68690000"
	ttReply      = "0000003f100000000000000100030000100001001600013200" + "00" + strictReply
	theaderReply = "000000370fff0000000000010001" + "00000000" + strictReply
	kitexReply   = "000000189001000200000005556e617279000000010a0572653a6869"
	settings     = "000012040000000000 000300000064 000400400000 000500004000"
)

// TestThriftWrongAnswers has a peer answer in another form than it was asked in.
func TestThriftWrongAnswers(t *testing.T) {
	t.Parallel()
	hexOf := func(s string) string { return fmt.Sprintf("%x", s) }
	answers := []struct {
		name, hex string
		guess     call.Guess
		saw       string
	}{
		{"buffered", strictReply, call.GuessBuffered, "unframed Thrift (80 01 00 02 00 00 00 0c"},
		{"framed", framedReply, call.GuessFramed, "framed Thrift (00 00 00 29 80 01 00 02"},
		{"compact", compactReply, call.GuessCompact, "compact Thrift (82 41 01 0c"},
		{"framed compact", "0000001b" + compactReply, call.GuessCompact, "framed compact Thrift (00 00 00 1b 82 41"},
		{"JSON", hexOf(`[1,"EchoPingPong",2,1,{}]`), call.GuessThriftJSON, "JSON Thrift (5b 31 2c 22"},
		{"framed JSON", "00000019" + hexOf(`[1,"EchoPingPong",2,1,{}]`), call.GuessThriftJSON, "framed JSON Thrift (00 00 00 19 5b"},
		{"ttheader", ttReply, call.GuessTTHeader, "TTHeader (00 00 00 3f 10 00"},
		{"header", theaderReply, call.GuessHeader, "THeader (00 00 00 37 0f ff"},
		{"kitex", kitexReply, call.GuessKitexProtobuf, "Kitex Protobuf (00 00 00 18 90 01"},
		{"ttstream", "00000010 1000 0002 00000001 0001 00000000 8001", call.GuessTTHeaderStreaming, "TTHeader streaming (00 00 00 10 10 00 00 02"},
		{"HTTP", hexOf("HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\nno"), call.GuessHTTP1, `an HTTP/1 answer "HTTP/1.1 400 Bad Request"`},
		{"HTTP/2", settings, call.GuessPlaintext, "an HTTP/2 SETTINGS frame"},
		{"TLS alert", "15030100020246", call.GuessTLS, "a TLS alert (level 2, description 70)"},
		{"TLS record", "160303005a0200005603", call.GuessTLS, "a TLS record"},
		{"SSH", hexOf("SSH-2.0-OpenSSH_9.6\r\n"), call.GuessSSH, `an SSH greeting "SSH-2.0-OpenSSH_9.6"`},
		{"Redis", hexOf("-ERR unknown command\r\n"), call.GuessText, `the text "-ERR unknown command"`},
		{"garbage", "fffefdfcfbfa0001", call.GuessUnknown, "the bytes ff fe fd fc fb fa 00 01"},
	}
	for _, tt := range forms(t) {
		for _, a := range answers {
			own := map[string]string{
				"ttheader/binary": "ttheader", "ttheader/compact": "ttheader", "ttheader/protobuf": "ttheader",
				"ttheader-framed/binary": "ttheader", "ttheader-framed/compact": "ttheader", "ttheader-framed/protobuf": "ttheader",
				"framed/binary": "framed", "framed/compact": "framed compact", "framed/json": "framed JSON", "framed/protobuf": "kitex",
				"buffered/binary": "buffered", "buffered/compact": "compact", "buffered/json": "JSON",
				"header/binary": "header", "header/compact": "header",
			}[tt.String()]
			if own == a.name {
				continue
			}
			t.Run(tt.String()+"/"+a.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { // it waits for more bytes than come
					for name, peer := range map[string]func(net.Conn){"stays": sayHex(t, a.hex), "closes": sayAndClose(unhex(t, a.hex))} {
						c := thriftClient(t, over(tt.transport, tt.protocol), serving(peer))
						_, _, err := thriftCall(ctxFor(t), c, tt.method, nil, tt.request)
						var mismatch *call.MismatchError
						want := fmt.Sprintf("peer:1 did not answer in %s: saw %s", tt.form(t).Want(), a.saw)
						if !errors.As(err, &mismatch) || mismatch.Guess != a.guess || !strings.HasPrefix(err.Error(), want) {
							t.Errorf("%s: %v\nwant %s", name, err, want)
						}
					}
				})
			})
		}
	}
}

// TestThriftBadAnswers has answers in the right form that are wrong otherwise.
func TestThriftBadAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		transport call.Transport
		method    *stream.Method
		hex, want string
	}{
		{"seq", call.Framed, echoPingPong, "00000019800100020000000c4563686f50696e67506f6e670000000500",
			"peer:1 broke the protocol: a reply with the sequence id 5 to a request with 1"},
		{"call", call.Framed, echoPingPong, "00000019800100010000000c4563686f50696e67506f6e670000000100",
			"peer:1 broke the protocol: a message of type CALL in place of a reply"},
		{"type 9", call.Framed, echoPingPong, "00000019800100090000000c4563686f50696e67506f6e670000000100",
			"peer:1 broke the protocol: a message of type 9 in place of a reply"},
		{"handler error", call.Framed, echoPingPong, "0000003e800100030000000c4563686f50696e67506f6e67000000010b00010000001762697a206572726f723a2068616e646c657220626f6f6d0800020000000600",
			"application exception 6 (internal error): biz error: handler boom"},
		{"unknown service, seq 0", call.Framed, echoPingPong, "0000003c80010003000000044e6f7065000000000b00010000001d756e6b6e6f776e2073657276696365202c206d6574686f64204e6f70650800020000001400",
			"application exception 20 (unknown service): unknown service , method Nope"},
		{"exception without fields", call.Buffered, echoPingPong, "80010003000000044e6f70650000000100", "application exception 0 (unknown)"},
		{"exception that is none", call.Framed, echoPingPong, "0000001380010003000000044e6f7065000000010b0001",
			"peer:1 broke the protocol: an exception that cannot be read: a value is cut short"},
		{"empty frame", call.Framed, echoPingPong, "00000000", "peer:1 broke the protocol: a frame of 0 bytes, which holds no message"},
		{"frame of 3 bytes", call.Framed, echoPingPong, "00000003800100", "peer:1 broke the protocol: a frame of 3 bytes, which holds no message"},
		{"name past the frame", call.Framed, echoPingPong, "0000000c 80010002 7fffffff 61626364",
			"peer:1 broke the protocol: a message that cannot be read: the method name has 2147483647 bytes, but only 4 follow (offset 4)"},
		{"frame of 2 GB", call.Framed, echoPingPong, "7fffffff 80010002", "received message of 2147483647 bytes exceeds the limit of 67108864"},
		{"2 GB and silence", call.Framed, echoPingPong, "7fffffff", "received message of 2147483647 bytes exceeds the limit of 67108864"},
		{"TTHeader of 1 GB", call.TTHeader, echoPingPong, "3fffffff 10000000", "received message of 1073741823 bytes exceeds the limit of 67108864"},
		{"string of 2 GB", call.Buffered, echoPingPong, "80010002000000044e6f7065000000010b0000 7fffffff 61", "received message of 2147483670 bytes exceeds the limit of 67108864"},
		{"string of -1", call.Buffered, echoPingPong, "80010002000000044e6f7065000000010b0000 ffffffff 61",
			"peer:1 broke the protocol: a message that cannot be read: a string has the length -1 (offset 19)"},
		{"TTHeader section", call.TTHeader, echoPingPong, "0000000e100000000000000100010000 0200",
			"peer:1 broke the protocol: a TTHeader section 0x02, which is not known"},
		{"TTHeader transform", call.TTHeader, echoPingPong, "0000000e100000000000000100010001 0100",
			"peer:1 broke the protocol: a TTHeader payload with 1 transform(s), which has no meaning here"},
		{"TTHeader of 4 bytes", call.TTHeader, echoPingPong, "0000000410000000", "peer:1 broke the protocol: a TTHeader frame of 8 bytes, which is too short"},
		{"TTHeader without message", call.TTHeader, echoPingPong, "0000000e10000000000000010001000000 00",
			"peer:1 broke the protocol: an answer without a message"},
		{"inner frame too long", call.TTHeaderFramed, echoPingPong, "00000013 1000000000000001000100000000 00000029 80",
			"peer:1 broke the protocol: a frame of 41 bytes inside TTHeader, but only 1 follow"},
		{"compact in TTHeader", call.TTHeader, echoPingPong, "00000017 1000000000000001000100000000 8241010450696e6700",
			"peer:1 did not answer in TTHeader with what was asked inside: saw compact Thrift (82 41 01 04 50 69 6e 67 00)"},
		{"TTHeader unknown method", call.TTHeader, echoPingPong, "0000006a1000000000000007000600000100010005637272737400013110000100160001330080010003000000044e6f7065000000070b000100000029756e6b6e6f776e206d6574686f64204e6f7065202873657276696365205465737453657276696365290800020000000100",
			"application exception 1 (unknown method): unknown method Nope (service TestService)"},
		{"business status", call.TTHeader, echoPingPong, "00000077100000000000000100150000010003000a62697a2d7374617475730003343034000b62697a2d6d657373616765000e6e6f7420666f756e643a20e4b8ad000962697a2d657874726100097b226b223a2276227d1000010016000132000000800100020000000c4563686f50696e67506f6e670000000100",
			"business status 404: not found: \u4e2d"},
		{"Kitex Protobuf exception", call.Framed, protoUnary, "0000002c9001000300000005556e617279000000050806121762697a206572726f723a2068616e646c657220626f6f6d",
			"application exception 6 (internal error): biz error: handler boom"},
		{"Kitex Protobuf unknown", call.Framed, protoUnary, "0000003190010003000000044e6f7065000000000814121d756e6b6e6f776e2073657276696365202c206d6574686f64204e6f7065",
			"application exception 20 (unknown service): unknown service , method Nope"},
		{"Kitex Protobuf status", call.TTHeader, protoUnary, "00000073100000000000000500150000010003000962697a2d657874726100097b226b223a2276227d000a62697a2d7374617475730003343034000b62697a2d6d657373616765000e6e6f7420666f756e643a20e4b8ad1000010016000132000000000000119001000200000005556e61727900000005",
			"business status 404: not found: \u4e2d"},
		{"THeader transform", call.Header, echoPingPong, "0000000e0fff0000000000010001 00010300",
			"peer:1 broke the protocol: a THeader payload with the transform 3, which is not known"},
		{"THeader protocol", call.Header, echoPingPong, "0000000e0fff0000000000010001 02000000",
			"peer:1 broke the protocol: an answer in THeader's protocol 2 to a request in 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := thriftClient(t, over(tt.transport, stream.Binary), serving(sayHex(t, tt.hex)))
				_, _, err := thriftCall(ctxFor(t), c, tt.method, nil, nil)
				if err == nil || err.Error() != tt.want {
					t.Errorf("got  %v\nwant %s", err, tt.want)
				}
			})
		})
	}
}

// TestThriftOddAnswers has replies that are accepted, with a warning or without.
func TestThriftOddAnswers(t *testing.T) {
	t.Parallel()
	f := thriftCase{call.TTHeader, stream.Binary, echoPingPong, nil, nil}.form(t)
	tests := []struct {
		name              string
		transport         call.Transport
		hex, want, warned string
	}{
		{"old form", call.Framed, "0000001f" + oldReply, "0b000000000002686900", ""},
		{"old form, unframed", call.Buffered, oldReply, "0b000000000002686900", ""},
		{"other name", call.Framed, "00000011800100020000000450696e670000000100", "00", `the reply is for method "Ping", not "EchoPingPong"`},
		{"void of a generic server", call.Buffered, "800100020000000c4563686f50696e67506f6e67000000010100000000", "0100000000", ""},
		{"leftover", call.Framed, "0000001b800100020000000c4563686f50696e67506f6e6700000001000102", "00", "2 bytes follow the message in the answer of peer:1"},
		{"leftover, unframed", call.Buffered, "800100020000000c4563686f50696e67506f6e6700000001000102", "00", "2 bytes follow the message in the answer of peer:1"},
		{"malformed body", call.Framed, "0000001a800100020000000c4563686f50696e67506f6e67000000010b00", "0b00", ""},
		{"inner frame not asked for", call.TTHeader, "0000002b1000000000000001000100000000" + "00000019800100020000000c4563686f50696e67506f6e670000000100", "00", ""},
		{"no inner frame", call.TTHeaderFramed, "000000271000000000000001000100000000800100020000000c4563686f50696e67506f6e670000000100", "00", ""},
		{"bytes after the inner frame", call.TTHeaderFramed, "0000002c1000000000000001000100000000" + "00000019800100020000000c4563686f50696e67506f6e670000000100ff",
			"00", "1 bytes follow the message in the answer of peer:1"},
		{"status 0", call.TTHeader, fmt.Sprintf("%x", replyWith(f, []byte{0}, pairOf("biz-status", "0"))(0, requestWith(1))), "00", ""},
	}
	for _, tt := range tests {
		var warned []string
		c := thriftClient(t, over(tt.transport, stream.Binary), serving(sayHex(t, tt.hex)), func(o *setup) {
			o.Trace = &stream.Trace{Warn: func(m string) { warned = append(warned, m) }}
		})
		got, _, err := thriftCall(ctxFor(t), c, echoPingPong, nil, nil)
		if err != nil || fmt.Sprintf("%x", got) != tt.want || strings.Join(warned, ";") != tt.warned {
			t.Errorf("%s: %x, %v, %q", tt.name, got, err, warned)
		}
	}
}

// TestThriftBizStatus reads the pairs of a business status as they may come.
func TestThriftBizStatus(t *testing.T) {
	t.Parallel()
	tests := []struct{ status, message, extra, want string }{
		{"404", "m", `{"k":"v"}`, `404 "m" extra={"k":"v"} raw=`},
		{"-1", "", "", `-1 "" extra= raw=`},
		{"5", "", `{"k":1}`, `5 "" extra= raw={"k":1}`},
		{"5", "", `nonsense`, `5 "" extra= raw=nonsense`},
		{"0", "m", "", "none"}, {"", "m", "", "none"}, {"x", "", "", "none"}, {"2147483648", "", "", "none"},
	}
	for _, tt := range tests {
		e := kitex.BizStatus(thrift.Lookup(pairsOf("biz-status", tt.status, "biz-message", tt.message, "biz-extra", tt.extra)), nil)
		got := "none"
		if e != nil {
			got = fmt.Sprintf("%d %q extra=%s raw=%s", e.Code, e.Message, e.Extra, e.ExtraRaw)
		}
		if got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// TestThriftReuse: after which answers a connection is used again.
func TestThriftReuse(t *testing.T) {
	t.Parallel()
	f := thriftCase{call.TTHeader, stream.Binary, echoPingPong, nil, nil}.form(t)
	exception := func(kind byte, seq byte) []byte {
		return unhex(t, fmt.Sprintf("0000002e1000000000000001000100000000800100030000000c4563686f50696e67506f6e67000000%02x080002000000%02x00", seq, kind))
	}
	tests := []struct {
		name   string
		answer []byte
		conns  int
	}{
		{"reply", replyWith(f, []byte{0})(0, requestWith(1)), 1},
		{"internal error", exception(6, 1), 1},
		{"internal error, seq 0", exception(6, 0), 3},
		{"unknown method", exception(1, 1), 3},
		{"protocol error", exception(7, 1), 3},
		{"unknown service", exception(20, 1), 3},
		{"crrst", replyWith(f, []byte{0}, pairOf("crrst", "1"))(0, requestWith(1)), 3},
		{"business status", replyWith(f, []byte{0}, pairOf("biz-status", "7"))(0, requestWith(1)), 1},
		{"malformed frame", unhex(t, "0000000e1000000000000001000100000200"), 3},
	}
	for _, tt := range tests {
		conns := 0
		c := thriftClient(t, serving(func(nc net.Conn) {
			conns++
			thriftServer(f, func(n int, r thrift.Reply) []byte {
				out := append([]byte(nil), tt.answer...)
				if at := strings.Index(string(out), "EchoPingPong"); at > 0 && out[at+15] == 1 {
					out[at+15] = byte(r.Msg.Seq)
				}
				return out
			})(nc)
		}))
		for range 3 {
			_, _, _ = thriftCall(ctxFor(t), c, echoPingPong, nil, nil)
		}
		if conns != tt.conns {
			t.Errorf("%s: %d connections, want %d", tt.name, conns, tt.conns)
		}
	}
}

// TestThriftAnnounced: a length alone costs no memory.
func TestThriftAnnounced(t *testing.T) {
	var before, after runtime.MemStats
	for name, said := range map[call.Transport]string{call.Framed: "04000000 800100", call.TTHeader: "04000000 100000000000", call.Buffered: "80010002 04000000 61",
		call.Header: "04000000 0fff00000000"} {
		c := thriftClient(t, over(name, stream.Binary), serving(sayAndClose(unhex(t, said))))
		runtime.ReadMemStats(&before)
		_, _, err := thriftCall(ctxFor(t), c, echoPingPong, nil, nil)
		runtime.ReadMemStats(&after)
		var lost *call.ConnectionLostError
		if !errors.As(err, &lost) || after.TotalAlloc-before.TotalAlloc > 1<<20 {
			t.Errorf("%s: %v, %d bytes", name, err, after.TotalAlloc-before.TotalAlloc)
		}
	}
}
