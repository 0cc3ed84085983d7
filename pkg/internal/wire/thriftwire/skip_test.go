package thriftwire

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestSkip has one value of each type, and what cannot be one.
func TestSkip(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		p    Protocol
		typ  byte
		hex  string
		want string // the error
	}{
		{"bool", Binary, Bool, "01", ""},
		{"i8", Binary, I8, "ff", ""},
		{"double", Binary, Double, "3ff8000000000000", ""},
		{"i16", Binary, I16, "0102", ""},
		{"i32", Binary, I32, "01020304", ""},
		{"i64", Binary, I64, "0102030405060708", ""},
		{"string", Binary, String, "00000002 6869", ""},
		{"uuid", Binary, UUID, strings.Repeat("00", 16), ""},
		{"struct", Binary, Struct, "08 ffff 00000001 02 0001 00 00", ""},
		{"void", Binary, Void, "00", ""},
		{"list<i32>", Binary, List, "08 00000002 00000001 00000002", ""},
		{"set<string>", Binary, Set, "0b 00000002 00000000 0000000161", ""},
		{"map<string,list<bool>>", Binary, Map, "0b0f 00000001 0000000161 02 00000002 0100", ""},
		{"empty map without types", Binary, Map, "0000 00000000", ""},
		{"empty list without type", Binary, List, "00 00000000", ""},
		{"length -1", Binary, String, "ffffffff", "a string has the length -1"},
		{"length 2^31-1", Binary, String, "7fffffff 616263", "a value of 2147483651 bytes, but only 7 follow"},
		{"count -1", Binary, List, "03 ffffffff", "a container has the size -1"},
		{"2^31-1 bytes", Binary, List, "03 7fffffff 010203", "a container of 2147483647 bytes or more, but only 3 follow"},
		{"2^31-1 empty structs", Binary, List, "0c 7fffffff 000000", "a container of 2147483647 bytes or more, but only 3 follow"},
		{"list of type 0", Binary, List, "00 00000001 00", "type code 0, which does not exist"},
		{"list of void", Binary, List, "01 00000001 00", "type code 1, which does not exist"},
		{"map with key type 0", Binary, Map, "0003 00000001 00", "type code 0, which does not exist"},
		{"field of type 5", Binary, Struct, "05 0001 00", "type code 5, which does not exist"},
		{"value of type 17", Binary, 17, "00", "type code 17, which does not exist"},
		{"value of type 0", Binary, Stop, "00", "type code 0, which does not exist"},
		{"no STOP", Binary, Struct, "02000101", "a struct is cut short"},
		{"half a field", Binary, Struct, "0200", "a struct is cut short"},

		{"compact true", Compact, CompactTrue, "01", ""},
		{"compact false", Compact, CompactFalse, "02", ""},
		{"compact i8", Compact, CompactI8, "80", ""},
		{"compact i16", Compact, CompactI16, "ffff03", ""},
		{"compact i64", Compact, CompactI64, "ffffffffffffffffff01", ""},
		{"compact double", Compact, CompactDouble, "000000000000f83f", ""},
		{"compact binary", Compact, CompactBinary, "026869", ""},
		{"compact uuid", Compact, CompactUUID, strings.Repeat("00", 16), ""},
		{"every compact rule", Compact, CompactStruct, "111213ff05280307c801000000000000f83f192101021b0186016bd8041b000902f514020202020202020202020202020202020202020200", ""},
		{"compact empty map", Compact, CompactMap, "00", ""},
		{"compact bools", Compact, CompactList, "22 0100", ""},
		{"compact empty list without type", Compact, CompactList, "00", ""},
		{"compact length 2^31", Compact, CompactBinary, "8080808008", "a string has the length 2147483648"},
		{"compact count 2^31", Compact, CompactList, "f38080808008", "a container has the size 2147483648"},
		{"compact count, few bytes", Compact, CompactSet, "f7 ffffffff07 00", "a container of 17179869176 bytes or more, but only 1 follow"},
		{"compact list of type 0", Compact, CompactList, "10 00", "type code 0, which does not exist"},
		{"compact field of type 14", Compact, CompactStruct, "1e00", "type code 14, which does not exist"},
		{"compact map cut", Compact, CompactMap, "01", "a container is cut short"},
		{"compact varint cut", Compact, CompactI32, "ff", "a varint is cut short"},
	}
	for _, tt := range tests {
		b := unhex(t, tt.hex)
		n, err := skip(tt.p, b, tt.typ, MaxDepth)
		if tt.want != "" {
			var e *Error
			if !errors.As(err, &e) || e.Error() != tt.want || e.Offset > len(b) {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
			}
			continue
		}
		if err != nil || n != len(b) {
			t.Errorf("%s: %d of %d, %v", tt.name, n, len(b), err)
		}
		for cut := range b {
			var e *Error
			if n, err := skip(tt.p, b[:cut], tt.typ, MaxDepth); !errors.As(err, &e) || !e.Truncated {
				t.Errorf("%s cut at %d: %d, %v", tt.name, cut, n, err)
			}
		}
	}
}

func TestSkipDepth(t *testing.T) {
	t.Parallel()
	for _, levels := range []int{1, MaxDepth, MaxDepth + 1} {
		open, fields := bytes.Repeat([]byte{Struct, 0, 1}, levels-1), make([]byte, levels)
		n, err := SkipBinary(append(open, fields...), Struct, MaxDepth)
		if ok := err == nil && n == len(open)+levels; ok != (levels <= MaxDepth) {
			t.Errorf("%d binary levels: %d, %v", levels, n, err)
		}
		lists := append(bytes.Repeat([]byte{1<<4 | CompactList}, levels-1), 0)
		n, err = SkipCompact(lists, CompactList, MaxDepth)
		if ok := err == nil && n == levels; ok != (levels <= MaxDepth) {
			t.Errorf("%d compact levels: %d, %v", levels, n, err)
		}
		for p, body := range map[Protocol][]byte{Binary: append(open, fields...), Compact: append(append([]byte{0x19}, lists[:len(lists)-1]...), 0)} {
			var s Scanner
			s.Reset(p)
			_, done, err := s.Scan(Append(nil, p, Envelope{Type: Reply}, body))
			if deep := levels > MaxDepth || p == Compact && levels+1 > MaxDepth; (err != nil) != deep {
				t.Errorf("%d levels scanned in %d: %v, %v", levels, p, done, err)
			}
		}
	}
}

// TestScanLengths: what a length says is known at once, and believed only by the
// caller.
func TestScanLengths(t *testing.T) {
	t.Parallel()
	head := Append(nil, Binary, Envelope{Type: Reply}, nil)
	for name, body := range map[string]string{
		"string": "0b0000 7fffffff 61", "bytes": "0f0000 03 7fffffff", "structs": "0f0000 0c 7fffffff", "map": "0d0000 0b0b 0fffffff",
	} {
		var s Scanner
		n, done, err := s.Scan(append(head, unhex(t, body)...))
		if err != nil || done || n < 1<<31-1 {
			t.Errorf("%s: %d, %v, %v", name, n, done, err)
		}
	}
	var s Scanner
	if _, _, err := s.Scan(append(head, unhex(t, "0b0000 ffffffff")...)); err == nil {
		t.Error("a negative length was scanned")
	}
}

func fuzzSeeds(f *testing.F) {
	for _, v := range vectors {
		f.Add(byte(v.p), unhex(f, v.hex))
	}
	f.Add(byte(Binary), unhex(f, "80010002000000000000000f0d00000b0f000000010000000161020000000201000f00010800000001000000010000"))
}

// FuzzParse: what is parsed is appended to the same bytes where the form is
// canonical, and nothing panics.
func FuzzParse(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, p byte, b []byte) {
		proto := Protocol(p % 4)
		m, err := Parse(proto, b)
		if err != nil {
			return
		}
		_, _, _ = ParseException(proto, m.Body)
		again := Append(nil, proto, m.Envelope, m.Body)
		m2, err := Parse(proto, again)
		if err != nil || m2.Envelope != m.Envelope || !bytes.Equal(m2.Body, m.Body) {
			t.Fatalf("%x became %x: %+v, %v", b, again, m2, err)
		}
		if strict := len(b) > 2 && b[0]&0x80 != 0 && b[2] == 0; strict && (proto == Binary || proto == KitexProtobuf) && !bytes.Equal(again, b) {
			t.Fatalf("%x became %x", b, again)
		}
	})
}

// FuzzScan: finding the end in pieces gives what skipping in memory gives.
func FuzzScan(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, p byte, b []byte) {
		proto := Protocol(p % 3)
		whole := -1
		if m, err := Parse(proto, b); err == nil {
			switch proto {
			case JSON:
				whole = len(b) - len(m.Rest)
			default:
				typ := map[Protocol]byte{Binary: Struct, Compact: CompactStruct}[proto]
				if n, err := skip(proto, m.Body, typ, MaxDepth); err == nil {
					whole = len(b) - len(m.Body) + n
				}
			}
		}
		var s Scanner
		s.Reset(proto)
		found := -1
		for n := range len(b) + 1 {
			end, done, err := s.Scan(b[:n])
			if err != nil {
				break
			}
			if done {
				found = end
				break
			}
			if end <= n {
				t.Fatalf("%d bytes are not enough, but %d are?", n, end)
			}
		}
		if proto == JSON && whole < 0 {
			return // the scanner does not look into it
		}
		if found != whole {
			t.Fatalf("scanned to %d, skipped to %d", found, whole)
		}
	})
}

func BenchmarkSkip(b *testing.B) {
	var body []byte
	for range 1000 {
		body = append(body, unhex(b, "08000100000001 0b000200000005 68656c6c6f 0f0003 08 00000002 0000000100000002")...)
	}
	body = append(body, Stop)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if n, err := SkipBinary(body, Struct, MaxDepth); err != nil || n != len(body) {
			b.Fatal(n, err)
		}
	}
}
