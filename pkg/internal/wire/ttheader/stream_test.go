package ttheader

import (
	"errors"
	"reflect"
	"slices"
	"testing"
)

// streamFrames are what Kitex v0.16.3 wrote or accepted.
var streamFrames = []struct {
	name, hex string
	want      StreamFrame
	payload   int // bytes
}{
	{"client's HEADER", "000000321000000200000001000a1000010001000369736e000b5465737453657276696365100002001b000132000900044563686f00",
		StreamFrame{Type: FrameHeader, Stream: 1, Method: "Echo", Str: []Pair{{"isn", "TestService"}}}, 0},
	{"DATA", "00000027100000020000000100051000100002001b000133000900044563686f00000b0001000000016100",
		StreamFrame{Type: FrameData, Stream: 1}, 9},
	{"half-close", "0000001e100000020000000100051000100002001b000134000900044563686f0000",
		StreamFrame{Type: FrameTrailer, Stream: 1}, 0},
	{"DATA without a method", "0000001f100000020000000100031000100001001b00013300000b0001000000016100",
		StreamFrame{Type: FrameData, Stream: 1}, 9},
	{"TRAILER without a method", "00000016100000020000000100031000100001001b0001340000",
		StreamFrame{Type: FrameTrailer, Stream: 1}, 0},
	{"server's HEADER with a pair", "0000002e1000000200000001000910000100010002686b00026876100002001b0001320009000a4563686f53657276657200",
		StreamFrame{Type: FrameHeader, Stream: 1, Method: "EchoServer", Str: []Pair{{"hk", "hv"}}}, 0},
	{"business status", "00000066100000020000000100171000010003000b62697a2d6d657373616765000e6e6f7420666f756e643a20e4b8ad000962697a2d657874726100097b226b223a2276227d000a62697a2d7374617475730003343034100002001b000134000900044563686f000000",
		StreamFrame{Type: FrameTrailer, Stream: 1, Str: []Pair{{"biz-extra", `{"k":"v"}`}, {"biz-message", "not found: \u4e2d"}, {"biz-status", "404"}}}, 0},
	{"exception", "00000054100000020000000100051000100002001b000134000900044563686f000080010003000000044563686f000000010b00010000001762697a206572726f723a2068616e646c657220626f6f6d0800020000000600",
		StreamFrame{Type: FrameTrailer, Stream: 1}, 54},
	{"RST", "0000005a1000000200000001000910000100010005747473637000056d79636c69100002001b000135000900044563686f0080010003000000044563686f000000010b00010000000d757365722063616e63656c656408000200002ee700",
		StreamFrame{Type: FrameReset, Stream: 1, Str: []Pair{{"ttscp", "mycli"}}}, 44},
	{"META", "00000016100000020000000100031000100001001b0001310000", StreamFrame{Type: FrameMeta, Stream: 1}, 0},
	{"negative stream", "000000161000000280000001 00031000100001001b0001340000", StreamFrame{Type: FrameTrailer, Stream: -2147483647}, 0},
	{"a key twice, out of order", "0000002a 1000 0002 00000007 0008 10 00 01 0003 0001 62 0001 31 0001 61 0001 32 0001 62 0001 33 10 0001 001b 0001 32 00",
		StreamFrame{Type: FrameHeader, Stream: 7, Str: []Pair{{"a", "2"}, {"b", "3"}}}, 0},
}

func TestParseStream(t *testing.T) {
	t.Parallel()
	for _, tt := range streamFrames {
		frame := unhex(t, tt.hex)
		got, err := ParseStream(frame)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		payload := got.Payload
		got.Payload = nil
		if !reflect.DeepEqual(got, tt.want) || len(payload) != tt.payload {
			t.Errorf("%s: got %+v and %d bytes\nwant %+v and %d bytes", tt.name, got, len(payload), tt.want, tt.payload)
		}
		if _, _, err := Parse(frame); err == nil {
			t.Errorf("%s: passes for a frame of a call", tt.name)
		}
	}
}

// TestStreamHeader: what we write is what Kitex writes, its pairs in the order of
// their keys.
func TestStreamHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		header  Header
		payload string
		want    string
	}{
		{streamHeader(FrameHeader, 1, "Echo", Pair{"isn", "TestService"}), "",
			"000000321000000200000001000a1000010001000369736e000b5465737453657276696365100002000900044563686f001b00013200"},
		{streamHeader(FrameData, 1, "Echo"), "0b0001000000016100",
			"00000027100000020000000100051000100002000900044563686f001b00013300000b0001000000016100"},
	} {
		payload := unhex(t, tt.payload)
		got, err := tt.header.Append(nil)
		if err == nil {
			err = SetPayload(got, len(payload))
		}
		if got = append(got, payload...); err != nil || !slices.Equal(got, unhex(t, tt.want)) {
			t.Errorf("got %x, %v\nwant %s", got, err, tt.want)
		}
	}
	if err := SetPayload(make([]byte, 20), MaxFrame); err == nil {
		t.Error("a frame without limit")
	}
}

func TestParseStreamErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, hex, want string }{
		{"without the flag", "00000016100000000000000100031000100001001b0001340000", "a TTHeader frame without the flag of streaming"},
		{"without a type", "00000016 1000 0002 00000001 0003 10 00 10 0001 0009 0001 34 0000", "a frame of a stream without a type"},
		{"empty type", "0000 0012 1000 0002 00000001 0002 10 00 10 0001 001b 00", "a TTHeader section is cut short"},
		{"type 9", "00000016 1000 0002 00000001 0003 10 00 10 0001 001b 0001 39 0000", `a frame of a stream with the type "9"`},
		{"type 12", "00000016 1000 0002 00000001 0003 10 00 10 0001 001b 0002 3132 00", `a frame of a stream with the type "12"`},
		{"short", "00000004 1000 0002", "a TTHeader frame of 8 bytes, which is too short"},
		{"header past the end", "0000000a 1000 0002 00000001 ffff", "a TTHeader header of 262154 bytes in a frame of 14"},
		{"transform", "0000000e 1000 0002 00000001 0001 10 01 00 00", "a TTHeader payload with 1 transform(s), which has no meaning here"},
		{"unknown section", "0000000e 1000 0002 00000001 0001 10 00 77 00", "a TTHeader section 0x77, which is not known"},
	} {
		_, err := ParseStream(unhex(t, tt.hex))
		var e *Error
		if !errors.As(err, &e) || e.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestFrameType(t *testing.T) {
	t.Parallel()
	if got := FrameReset.String() + " " + FrameType('9').String(); got != "RST type '9'" {
		t.Error(got)
	}
}

// TestParseStreamAllocates: a message costs no allocation.
func TestParseStreamAllocates(t *testing.T) {
	frame := unhex(t, streamFrames[1].hex)
	if n := testing.AllocsPerRun(100, func() { _, _ = ParseStream(frame) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzParseStream: what is parsed is written to a frame that parses to the same, and
// no frame is both one of a stream and one of a call.
func FuzzParseStream(f *testing.F) {
	for _, v := range streamFrames {
		f.Add(unhex(f, v.hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 4 {
			_ = SetLength(b)
		}
		got, err := ParseStream(b)
		if err != nil {
			return
		}
		if _, _, err := Parse(b); err == nil {
			t.Fatal("a frame of a call, too")
		}
		again, err := AppendStream(nil, got.Type, got.Stream, got.Method, got.Payload, got.Str...)
		if err != nil {
			t.Fatal(err)
		}
		got2, err := ParseStream(again)
		if err != nil || !reflect.DeepEqual(got, got2) {
			t.Fatalf("%+v became %+v, %v", got, got2, err)
		}
	})
}
