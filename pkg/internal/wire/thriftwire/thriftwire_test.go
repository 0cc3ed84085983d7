package thriftwire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// vectors are messages that Kitex v0.16.3 or Apache Thrift's Go library v0.22.0
// wrote, without the frame.
var vectors = []struct {
	name string
	p    Protocol
	hex  string
	env  Envelope
	body string // hex
	old  bool   // Append writes another form
}{
	{"strict call", Binary, "800100010000000c4563686f50696e67506f6e67000000010c00010b00010000000268690000",
		Envelope{"EchoPingPong", Call, 1}, "0c00010b00010000000268690000", false},
	{"strict reply", Binary, "800100020000000c4563686f50696e67506f6e67000000010c00000b00010000000572653a68690000",
		Envelope{"EchoPingPong", Reply, 1}, "0c00000b00010000000572653a68690000", false},
	{"old call", Binary, "0000000c4563686f50696e67506f6e6701000000010c00010b00010000000268690000",
		Envelope{"EchoPingPong", Call, 1}, "0c00010b00010000000268690000", true},
	{"compact call", Compact, "8221010c4563686f50696e67506f6e671c180268690000",
		Envelope{"EchoPingPong", Call, 1}, "1c180268690000", false},
	{"declared exception", Binary, "800100020000000c4563686f50696e67506f6e67000000010c00010b0001000000086465636c617265640000",
		Envelope{"EchoPingPong", Reply, 1}, "0c00010b0001000000086465636c617265640000", false},
	{"void", Binary, "800100020000000450696e670000000100", Envelope{"Ping", Reply, 1}, "00", false},
	{"void of a generic server", Binary, "800100020000000450696e67000000010100000000", Envelope{"Ping", Reply, 1}, "0100000000", false},
	{"exception", Binary, "800100030000000c4563686f50696e67506f6e67000000010b00010000001762697a206572726f723a2068616e646c657220626f6f6d0800020000000600",
		Envelope{"EchoPingPong", Exception, 1}, "0b00010000001762697a206572726f723a2068616e646c657220626f6f6d0800020000000600", false},
	{"multiplexed", Binary, "800100010000001854657374536572766963653a4563686f50696e67506f6e67000000010c00010b00010000000268690000",
		Envelope{"TestService:EchoPingPong", Call, 1}, "0c00010b00010000000268690000", false},
	{"every compact rule", Compact, "82410004 54657374 111213ff05280307c801000000000000f83f192101021b0186016bd8041b000902f514020202020202020202020202020202020202020200",
		Envelope{"Test", Reply, 0}, "111213ff05280307c801000000000000f83f192101021b0186016bd8041b000902f514020202020202020202020202020202020202020200", false},
	{"empty name, largest seq", Binary, "8001000200000000 7fffffff 00", Envelope{"", Reply, math.MaxInt32}, "00", false},
	{"seq -1", Binary, "80010002 00000001 61 ffffffff 00", Envelope{"a", Reply, -1}, "00", false},
	{"compact seq -1", Compact, "8241 ffffffff0f 01 61 00", Envelope{"a", Reply, -1}, "00", false},
	{"JSON", JSON, hex.EncodeToString([]byte(`[1,"Echo",1,7,{"1":{"rec":{"1":{"str":"a]\"}b"}}}}]`)),
		Envelope{"Echo", Call, 7}, hex.EncodeToString([]byte(`{"1":{"rec":{"1":{"str":"a]\"}b"}}}}`)), false},
	{"Kitex call", KitexProtobuf, "9001000100000005556e617279000000010a026869", Envelope{"Unary", Call, 1}, "0a026869", false},
	{"Kitex reply", KitexProtobuf, "9001000200000005556e617279000000010a0572653a6869", Envelope{"Unary", Reply, 1}, "0a0572653a6869", false},
	{"Kitex empty", KitexProtobuf, "9001000200000005556e61727900000005", Envelope{"Unary", Reply, 5}, "", false},
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors {
		b := unhex(t, v.hex)
		m, err := Parse(v.p, b)
		if err != nil || m.Envelope != v.env || !bytes.Equal(m.Body, unhex(t, v.body)) {
			t.Errorf("%s: got %+v %x, %v", v.name, m.Envelope, m.Body, err)
			continue
		}
		if got := Append(nil, v.p, m.Envelope, m.Body); !v.old && !bytes.Equal(got, b) {
			t.Errorf("%s: appended %x, want %x", v.name, got, b)
		}
		for n := range b {
			m, err := Parse(v.p, b[:n])
			var e *Error
			if v.p == JSON && (!errors.As(err, &e) || !e.Truncated) {
				t.Errorf("%s cut at %d: %v", v.name, n, err)
			}
			if err == nil && len(m.Body) != n-(len(b)-len(unhex(t, v.body))) {
				t.Errorf("%s cut at %d: %+v", v.name, n, m)
			} else if err != nil && (!errors.As(err, &e) || !e.Truncated) {
				t.Errorf("%s cut at %d: %v", v.name, n, err)
			}
		}
	}
}

// TestScanVectors feeds each message byte by byte, with the next one behind it.
func TestScanVectors(t *testing.T) {
	t.Parallel()
	var s Scanner
	for _, v := range vectors {
		if v.p == KitexProtobuf {
			continue
		}
		b := unhex(t, v.hex)
		s.Reset(v.p)
		for n := range len(b) + 1 {
			end, done, err := s.Scan(b[:n])
			if err != nil || done != (n == len(b)) || done && end != n || !done && (end <= n || end > len(b)) {
				t.Fatalf("%s, %d of %d bytes: %d, %v, %v", v.name, n, len(b), end, done, err)
			}
		}
		s.Reset(v.p)
		if end, done, err := s.Scan(append(b, b...)); !done || err != nil || end != len(b) {
			t.Errorf("%s: two messages: %d, %v, %v", v.name, end, done, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		p    Protocol
		hex  string
		want string
	}{
		{"name length -1", Binary, "80010002 ffffffff 00000000", "the method name has the length -1"},
		{"name length huge", Binary, "80010002 7fffffff 00000000", "the method name has 2147483647 bytes, but only 4 follow"},
		{"other magic", Binary, "80020002 00000000 00000000", "the envelope begins with 8002, not 8001"},
		{"other compact version", Compact, "82420000 00", "the envelope begins with 8242, not 82 and version 1"},
		{"compact seq of 33 bits", Compact, "8241 ffffffff1f 00 00", "the sequence id has more than 32 bits"},
		{"endless varint", Compact, "8241 ffffffffffffffffffffff 00", "a varint has more than 64 bits"},
		{"compact name huge", Compact, "824100 ffffffff0f", "the method name has the length -1"},
		{"Thrift as Kitex", KitexProtobuf, "80010001 00000000 00000000", "the envelope begins with 8001, not 9001"},
		{"JSON object", JSON, hex.EncodeToString([]byte(`{"a":1}`)), "a JSON message begins with [, not '{'"},
		{"JSON version", JSON, hex.EncodeToString([]byte(`[2,"a",1,1,{}]`)), `the JSON message has version "2", want 1`},
		{"JSON elements", JSON, hex.EncodeToString([]byte(`[1,"a",1,{}]`)), "the JSON message is an array of 4, want 5"},
		{"JSON name", JSON, hex.EncodeToString([]byte(`[1,null,1,1,{}]`)), `the method name is "null", not a JSON string`},
		{"JSON type", JSON, hex.EncodeToString([]byte(`[1,"a",x,1,{}]`)), `the message type is "x"`},
		{"JSON seq", JSON, hex.EncodeToString([]byte(`[1,"a",1,2147483648,{}]`)), `the sequence id is "2147483648"`},
		{"JSON body", JSON, hex.EncodeToString([]byte(`[1,"a",1,1,]`)), `the JSON message has no body`},
	}
	for _, tt := range tests {
		_, err := Parse(tt.p, unhex(t, tt.hex))
		var e *Error
		if !errors.As(err, &e) || e.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestJSONSpace(t *testing.T) {
	t.Parallel()
	m, err := Parse(JSON, []byte("\n[ 1 , \"\\u0041b\" , 2 , -1 ,\t{ } ] x"))
	if err != nil || m.Name != "Ab" || m.Type != Reply || m.Seq != -1 || string(m.Body) != "{ }" || string(m.Rest) != " x" {
		t.Errorf("got %+v, %v", m, err)
	}
}

// TestAppendException: what is written in any protocol is read again, and no byte is left.
func TestAppendException(t *testing.T) {
	t.Parallel()
	for _, p := range []Protocol{Binary, Compact, JSON, KitexProtobuf} {
		for _, typ := range []int32{0, 6, -1, 1<<31 - 1} {
			for _, text := range []string{"", "no", "\"\u00e4\\\n<", strings.Repeat("x", 300)} {
				body := AppendException([]byte("before"), p, typ, text)
				gotType, gotText, err := ParseException(p, body[len("before"):])
				if err != nil || gotType != typ || gotText != text {
					t.Errorf("%d: %d %q, %v", p, gotType, gotText, err)
				}
				message := Append(nil, p, Envelope{Name: "x", Type: Exception}, body[len("before"):])
				var s Scanner
				s.Reset(p)
				if n, done, err := s.Scan(message); p != KitexProtobuf && (n != len(message) || !done || err != nil) {
					t.Errorf("%d: ends at %d of %d, %v, %v", p, n, len(message), done, err)
				}
			}
		}
	}
}

func TestParseException(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		p    Protocol
		hex  string
		kind int32
		text string
	}{
		{"handler error", Binary, "0b00010000001762697a206572726f723a2068616e646c657220626f6f6d0800020000000600", 6, "biz error: handler boom"},
		{"unknown service", Binary, "0b00010000001d756e6b6e6f776e2073657276696365202c206d6574686f64204e6f70650800020000001400", 20, "unknown service , method Nope"},
		{"no fields", Binary, "00", 0, ""},
		{"type only", Binary, "0800020000000700", 7, ""},
		{"extra field", Binary, "0c00090b00010000000161000b000100000001620800020000000100", 1, "b"},
		{"fields of other types", Binary, "0800010000000a0b0002000000016100", 0, ""},
		{"compact", Compact, "18 02 6869 15 0c 00", 6, "hi"},
		{"compact, ids down", Compact, "25 0c 08 02 02 6869 00", 6, "hi"},
		{"compact, extra bool", Compact, "18 02 6869 15 02 11 00", 1, "hi"},
		{"JSON", JSON, hex.EncodeToString([]byte(`{"1":{"str":"hi"},"2":{"i32":-3},"3":{"tf":1}}`)), -3, "hi"},
		{"JSON empty", JSON, hex.EncodeToString([]byte(`{}`)), 0, ""},
		{"Kitex", KitexProtobuf, "0806121762697a206572726f723a2068616e646c657220626f6f6d", 6, "biz error: handler boom"},
		{"Kitex, extra field", KitexProtobuf, "0814 1a0161 121d756e6b6e6f776e2073657276696365202c206d6574686f64204e6f7065", 20, "unknown service , method Nope"},
		{"Kitex empty", KitexProtobuf, "", 0, ""},
	}
	for _, tt := range tests {
		kind, text, err := ParseException(tt.p, unhex(t, tt.hex))
		if err != nil || kind != tt.kind || text != tt.text {
			t.Errorf("%s: %d %q, %v", tt.name, kind, text, err)
		}
	}
	for p, bad := range map[Protocol]string{Binary: "0b0001ffffffff00", Compact: "18ff01", JSON: "5b5d", KitexProtobuf: "08"} {
		if _, _, err := ParseException(p, unhex(t, bad)); err == nil {
			t.Errorf("%d: %s was read", p, bad)
		}
	}
}
