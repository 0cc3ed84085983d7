package theader

import (
	"bytes"
	"compress/zlib"
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

// vector is what Apache's Go library v0.22.0 wrote.
const vector = "000000380fff000000000001000200000101016b0176800100010000000c4563686f50696e67506f6e67000000010c00010b00010000000268690000"

func TestVector(t *testing.T) {
	t.Parallel()
	b := unhex(t, vector)
	h, payload, err := Parse(b, 100)
	if err != nil || !reflect.DeepEqual(h, Header{Seq: 1, Info: []Pair{{"k", "v"}}}) || payload[0] != 0x80 || len(payload) != 38 {
		t.Fatalf("%+v, %x, %v", h, payload, err)
	}
	again, err := h.Append(nil)
	if again = append(again, payload...); err != nil || SetLength(again) != nil || !bytes.Equal(again, b) {
		t.Errorf("appended %x, %v", again, err)
	}
	for n := range b {
		if _, _, err := Parse(b[:n], 100); err == nil {
			t.Errorf("cut at %d it was read", n)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, header, want string }{
		{"no info", "00 00 00 00", ""},
		{"compact", "02 00 00 00", ""},
		{"unknown info is skipped", "00 00 07 ff", ""},
		{"no header", "", "a THeader header is cut short"},
		{"snappy", "00 01 03 00", "a THeader payload with the transform 3, which is not known"},
		{"many transforms", "00 05 01 01 01 01 01 00", "a THeader payload with 5 transforms"},
		{"not zlib", "00 01 01 00", "a THeader payload that does not decompress: zlib: invalid header"},
		{"count without pairs", "00 00 01 ff ff ff ff 0f", "a THeader header is cut short"},
		{"value past the end", "00 00 01 01 01 6b 09 00", "a THeader value of 9 bytes, but only 1 follow"},
		{"endless varint", "ff ff ff ff ff ff ff ff ff ff ff ff", "a THeader header is cut short"},
	}
	for _, tt := range tests {
		head := unhex(t, tt.header)
		b := append(unhex(t, "00000000 0fff 0000 00000001 0000"), head...)
		b = append(b, 0x80, 0x01)
		b[13] = byte(len(head) / 4)
		_ = SetLength(b)
		_, payload, err := Parse(b, 100)
		got := ""
		if e, ok := errors.AsType[*Error](err); ok {
			got = e.Reason
		}
		if got != tt.want || err == nil && len(payload) != 2 {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestZlib(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(make([]byte, 1000))
	z.Close()
	b := append(unhex(t, "00000000 0fff 0000 00000001 0001 00 01 01 00"), packed.Bytes()...)
	_ = SetLength(b)
	if _, payload, err := Parse(b, 1000); err != nil || len(payload) != 1000 {
		t.Errorf("%d bytes, %v", len(payload), err)
	}
	if _, _, err := Parse(b, 999); err == nil || err.Error() != "a THeader payload of more than 999 bytes when decompressed" {
		t.Errorf("got %v", err)
	}
}

func TestAppendLimits(t *testing.T) {
	t.Parallel()
	h := Header{Info: []Pair{{"k", strings.Repeat("x", 1<<18)}}}
	if b, err := h.Append([]byte("before")); err == nil || string(b) != "before" {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// FuzzParse: what is parsed is appended to a frame that parses to the same.
func FuzzParse(f *testing.F) {
	f.Add(unhex(f, vector))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 4 {
			_ = SetLength(b)
		}
		h, payload, err := Parse(b, 1<<16)
		if err != nil {
			return
		}
		again, err := h.Append(nil)
		if err != nil {
			return // more than one block became too large
		}
		if again = append(again, payload...); SetLength(again) != nil {
			t.Fatal("length")
		}
		h2, payload2, err := Parse(again, 1<<16)
		if err != nil || !reflect.DeepEqual(h, h2) || !bytes.Equal(payload, payload2) {
			t.Fatalf("%+v became %+v, %v", h, h2, err)
		}
	})
}
