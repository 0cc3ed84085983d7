package ttheader

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
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

// frames are what Kitex v0.16.3 accepted or wrote.
var frames = []struct {
	name, hex string
	want      Header
	payload   int // bytes
	canonical bool
}{
	{"smallest", "000000341000000000000007000100000000800100010000000c4563686f50696e67506f6e67000000070c00010b00010000000268690000",
		Header{Seq: 7}, 38, false},
	{"inner frame", "00000038100000000000000700010000000000000026800100010000000c4563686f50696e67506f6e67000000070c00010b00010000000268690000",
		Header{Seq: 7}, 42, false},
	{"full", "000000bc100000000000000700230000010004000369736e000b5465737453657276696365000e5250435f5452414e5349545f544b00027476000e5250435f504552534953545f504b000270760003726970000a31302e302e302e393a3110000600030003636c690006000464656d6f0009000c4563686f50696e67506f6e6700010008756e6672616d6564000c000433303030001600013100800100010000000c4563686f50696e67506f6e67000000070c00010b00010000000268690000",
		Header{Seq: 7,
			Str: []Pair{{"RPC_PERSIST_PK", "pv"}, {"RPC_TRANSIT_TK", "tv"}, {"isn", "TestService"}, {"rip", "10.0.0.9:1"}},
			Int: []IntPair{{1, "unframed"}, {3, "cli"}, {6, "demo"}, {9, "EchoPingPong"}, {12, "3000"}, {22, "1"}}}, 38, false},
	{"reply", "0000003f10000000000000010003000010000100160001320000800100020000000c4563686f50696e67506f6e67000000010c00000b00010000000572653a68690000",
		Header{Seq: 1, Int: []IntPair{{22, "2"}}}, 41, true},
	{"handler error", "0000005410000000000000010003000010000100160001330000800100030000000c4563686f50696e67506f6e67000000010b00010000001762697a206572726f723a2068616e646c657220626f6f6d0800020000000600",
		Header{Seq: 1, Int: []IntPair{{22, "3"}}}, 62, true},
	{"unknown method", "0000006a1000000000000007000600000100010005637272737400013110000100160001330080010003000000044e6f7065000000070b000100000029756e6b6e6f776e206d6574686f64204e6f7065202873657276696365205465737453657276696365290800020000000100",
		Header{Seq: 7, Str: []Pair{{"crrst", "1"}}, Int: []IntPair{{22, "3"}}}, 72, true},
	{"backward metainfo", "0000004b10000000000000070006000001000100044241434b00026231100001001600013200800100020000000c4563686f50696e67506f6e67000000070c00000b00010000000572653a68690000",
		Header{Seq: 7, Str: []Pair{{"BACK", "b1"}}, Int: []IntPair{{22, "2"}}}, 41, true},
	{"business status", "00000077100000000000000100150000010003000a62697a2d7374617475730003343034000b62697a2d6d657373616765000e6e6f7420666f756e643a20e4b8ad000962697a2d657874726100097b226b223a2276227d1000010016000132000000800100020000000c4563686f50696e67506f6e670000000100",
		Header{Seq: 1, Str: []Pair{{"biz-extra", `{"k":"v"}`}, {"biz-message", "not found: \u4e2d"}, {"biz-status", "404"}}, Int: []IntPair{{22, "2"}}}, 25, false},
	{"Kitex Protobuf", "000000271000000000000005000100000000000000159001000100000005556e617279000000050a026869",
		Header{Seq: 5}, 25, false},
	{"Kitex Protobuf business status", "00000073100000000000000500150000010003000962697a2d657874726100097b226b223a2276227d000a62697a2d7374617475730003343034000b62697a2d6d657373616765000e6e6f7420666f756e643a20e4b8ad1000010016000132000000000000119001000200000005556e61727900000005",
		Header{Seq: 5, Str: []Pair{{"biz-extra", `{"k":"v"}`}, {"biz-message", "not found: \u4e2d"}, {"biz-status", "404"}}, Int: []IntPair{{22, "2"}}}, 21, false},
	{"every section, twice", "00000034 1000 8001 ffffffff 000a 02 00 11 0001 74 01 0001 0001 61 0001 62 00 01 0001 0001 61 0001 63 10 0000 01 0000 10 0001 0002 0000 0000 aabb",
		Header{Flags: 0x8001, Seq: -1, Protocol: 2, Str: []Pair{{StrACLToken, "t"}, {"a", "c"}}, Int: []IntPair{{2, ""}}}, 2, false},
}

func TestFrames(t *testing.T) {
	t.Parallel()
	for _, f := range frames {
		b := unhex(t, f.hex)
		h, payload, err := Parse(b)
		for _, list := range []any{&h.Str, &h.Int} {
			if v := reflect.ValueOf(list).Elem(); v.Len() == 0 {
				v.SetZero()
			}
		}
		if err != nil || !reflect.DeepEqual(h, f.want) {
			t.Errorf("%s: %+v, %v", f.name, h, err)
			continue
		}
		if f.payload != len(payload) {
			t.Errorf("%s: payload of %d bytes", f.name, len(payload))
		}
		again, err := h.Append([]byte("x"))
		again = append(again[1:], payload...)
		if err != nil || SetLength(again) != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		if f.canonical && !bytes.Equal(again, b) {
			t.Errorf("%s: appended %x", f.name, again)
		}
		if h2, _, err := Parse(again); err != nil || !reflect.DeepEqual(h2.Str, h.Str) && len(h.Str) > 0 {
			t.Errorf("%s: %+v, %v", f.name, h2, err)
		}
		for n := range b {
			if _, _, err := Parse(b[:n]); err == nil {
				t.Errorf("%s: cut at %d it was read", f.name, n)
			}
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, hex, want string }{
		{"shorter than 14", "00000009 1000 0000 00000001 00", "a TTHeader frame of 13 bytes, which is too short"},
		{"THeader", "00000010 0fff 0000 00000001 0001 00 00 00 00 80 01", "0fff in place of TTHeader's magic number"},
		{"length", "00000011 1000 0000 00000001 0001 00 00 00 00 80 01", "a TTHeader frame of 20 bytes says that it has 21"},
		{"streaming", "00000010 1000 0002 00000001 0001 00 00 00 00 80 01", "a TTHeader streaming frame"},
		{"header size past the end", "00000010 1000 0000 00000001 0002 00 00 00 00 80 01", "a TTHeader header of 22 bytes in a frame of 20"},
		{"header size 0", "0000000c 1000 0000 00000001 0000 80 01", "a TTHeader header without a protocol id"},
		{"transform", "0000000e 1000 0000 00000001 0001 00 01 01 00", "a TTHeader payload with 1 transform(s), which has no meaning here"},
		{"unknown section", "0000000e 1000 0000 00000001 0001 00 00 02 00", "a TTHeader section 0x02, which is not known"},
		{"pair past the end", "00000016 1000 0000 00000001 0003 00 00 01 0001 0009 61 0000 0000", "a TTHeader value of 9 bytes, but only 5 follow"},
		{"count past the end", "0000000e 1000 0000 00000001 0001 00 00 01 ff", "a TTHeader section is cut short"},
		{"value in the payload", "00000014 1000 0000 00000001 0002 00 00 11 0004 6162 00 6364", "a TTHeader value of 4 bytes, but only 3 follow"},
	}
	for _, tt := range tests {
		_, _, err := Parse(unhex(t, tt.hex))
		var e *Error
		if !errors.As(err, &e) || e.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestAppendLimits(t *testing.T) {
	t.Parallel()
	fits, large := strings.Repeat("x", 65535), strings.Repeat("x", 65536)
	for want, h := range map[string]Header{
		"": {Str: []Pair{{fits, fits}}, Int: []IntPair{{1, fits}}},
		"the key of \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" has the size 65536, at most 65535 fit into TTHeader": {Str: []Pair{{large, ""}}},
		`the value of "a" has the size 65536, at most 65535 fit into TTHeader`:                                        {Str: []Pair{{"a", large}}},
		`the value of "int 7" has the size 65536, at most 65535 fit into TTHeader`:                                    {Int: []IntPair{{7, large}}},
		`the value of "RPC_TRANSIT_gdpr-token" has the size 65536, at most 65535 fit into TTHeader`:                   {Str: []Pair{{StrACLToken, large}}},
		`the number of pairs has the size 65536, at most 65535 fit into TTHeader`:                                     {Str: make([]Pair, 65536)},
		`the header info has the size 262148, at most 262140 fit into TTHeader`:                                       {Str: []Pair{{"a", fits}, {"b", fits}, {"c", fits}, {"d", fits[:65516]}}},
	} {
		b, err := h.Append([]byte("before"))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want || err != nil && string(b) != "before" {
			t.Errorf("got %s, want %s (%d bytes)", got, want, len(b))
		}
	}
}

func TestPadding(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		h := Header{Str: []Pair{{StrACLToken, strings.Repeat("t", n)}}}
		b, err := h.Append(nil)
		if err != nil || len(b)%4 != 2 || len(b)-(14+2+3+n) > 3 {
			t.Errorf("%d: %d bytes, %v", n, len(b), err)
		}
		got, payload, err := Parse(b)
		if err != nil || len(payload) != 0 || !reflect.DeepEqual(got.Str, h.Str) {
			t.Errorf("%d: %+v, %v", n, got, err)
		}
	}
}

func TestSetLength(t *testing.T) {
	t.Parallel()
	if err := SetLength(make([]byte, 4)); err != nil {
		t.Error(err)
	}
	if IntName(6) != "to service" || IntName(999) != "" {
		t.Error("names of integer keys")
	}
}

// FuzzParse: what is parsed is appended to a frame that parses to the same.
func FuzzParse(f *testing.F) {
	for _, v := range frames {
		f.Add(unhex(f, v.hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 4 {
			_ = SetLength(b)
		}
		h, payload, err := Parse(b)
		if err != nil {
			return
		}
		again, err := h.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		again = append(again, payload...)
		if err := SetLength(again); err != nil {
			t.Fatal(err)
		}
		h2, payload2, err := Parse(again)
		if err != nil || !reflect.DeepEqual(h, h2) && len(h.Str)+len(h.Int) > 0 || !bytes.Equal(payload, payload2) {
			t.Fatalf("%+v became %+v, %v", h, h2, err)
		}
		third, _ := h2.Append(nil)
		if third = append(third, payload...); SetLength(third) != nil || !bytes.Equal(third, again) {
			t.Fatalf("%x became %x", again, third)
		}
	})
}
