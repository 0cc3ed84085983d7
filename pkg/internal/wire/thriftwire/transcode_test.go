package thriftwire

import (
	"bytes"
	"strings"
	"testing"
)

func TestTranscode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ binary, compact string }{
		"nothing":         {"00", "00"},
		"bools":           {"020001 01 020002 00 00", "11 12 00"},
		"byte and double": {"030001 ff 040003 3ff8000000000000 00", "13 ff 27 000000000000f83f 00"},
		"integers":        {"060001 ffff 080002 00000002 0a0020 8000000000000000 00", "14 01 15 04 06 40 ffffffffffffffffff01 00"},
		"text":            {"0b0001 00000002 6869 00", "18 02 6869 00"},
		"fields go down":  {"080005 00000001 080001 00000001 00", "55 02 05 02 02 00"},
		"list":            {"0f0001 02 00000002 01 00 00", "19 21 01 02 00"},
		"long list":       {"0f0001 03 0000000f " + strings.Repeat("07", 15) + "00", "19 f3 0f " + strings.Repeat("07", 15) + "00"},
		"map":             {"0d0001 0b 0c 00000001 00000001 61 00 00", "1b 01 8c 01 61 00 00"},
		"no pairs":        {"0d0001 0b 0b 00000000 00", "1b 00 00"},
		"struct":          {"0c0001 080001 00000001 00 00", "1c 15 02 00 00"},
	} {
		binary, compact := unhex(t, c.binary), unhex(t, c.compact)
		if got, err := Transcode(nil, Compact, Binary, binary); err != nil || !bytes.Equal(got, compact) {
			t.Errorf("%s to compact: %x, %v, want %x", name, got, err, compact)
		}
		if got, err := Transcode(nil, Binary, Compact, compact); err != nil || !bytes.Equal(got, binary) {
			t.Errorf("%s to binary: %x, %v, want %x", name, got, err, binary)
		}
	}
	if got, err := Transcode(nil, Compact, Binary, unhex(t, "010000 00 00")); err != nil || !bytes.Equal(got, []byte{0}) {
		t.Errorf("void: %x, %v", got, err)
	}
	for name, bad := range map[string]string{
		"cut": "080001 0000", "count": "0f0001 08 7fffffff 00", "type": "070001 00", "rest": "00 00",
		"depth": strings.Repeat("0c0001", MaxDepth+1),
	} {
		if got, err := Transcode(nil, Compact, Binary, unhex(t, bad)); err == nil {
			t.Errorf("%s: %x", name, got)
		}
	}
}

// FuzzTranscode: what is sound in one protocol is sound in the other, and comes back the same.
func FuzzTranscode(f *testing.F) {
	f.Add([]byte("\x08\x00\x01\x00\x00\x00\x01\x00"))
	f.Add([]byte("\x0d\x00\x01\x0b\x0c\x00\x00\x00\x01\x00\x00\x00\x01a\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		compact, err := Transcode(nil, Compact, Binary, b)
		if err != nil {
			return
		}
		again, err := Transcode(nil, Binary, Compact, compact)
		if err != nil {
			t.Fatalf("%x became %x: %v", b, compact, err)
		}
		same, err := Transcode(nil, Compact, Binary, again)
		if err != nil || !bytes.Equal(same, compact) {
			t.Fatalf("%x, %x, %v", compact, same, err)
		}
		if n, err := SkipCompact(compact, CompactStruct, MaxDepth); err != nil || n != len(compact) {
			t.Fatalf("%x: %d of %d, %v", compact, n, len(compact), err)
		}
	})
}
