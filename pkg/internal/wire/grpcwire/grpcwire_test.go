package grpcwire

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestTimeout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, "1n"},
		{0, "1n"},
		{1, "1n"},
		{99999999, "99999999n"},
		{100000000, "100000u"},
		{100000001, "100001u"},
		{time.Second, "1000000u"},
		{99999999 * time.Microsecond, "99999999u"},
		{100 * time.Second, "100000m"},
		{100*time.Second + 1, "100001m"},
		{30 * time.Hour, "108000S"},
		{math.MaxInt64, "2562048H"},
	}
	for _, tt := range tests {
		if got := string(AppendTimeout(nil, tt.d)); got != tt.want {
			t.Errorf("AppendTimeout(%v) = %q, want %q", tt.d, got, tt.want)
		}
	}
	for _, bad := range []string{"", "1", "S", "1x", "-1S", "123456789S", "1 S", "1.5S"} {
		if d, err := ParseTimeout(bad); err == nil {
			t.Errorf("ParseTimeout(%q) = %v, want an error", bad, d)
		}
	}
	if d, err := ParseTimeout("99999999H"); err != nil || d != math.MaxInt64 {
		t.Errorf("ParseTimeout(99999999H) = %v, %v", d, err)
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	tests := []struct{ wire, want string }{
		{"plain text", "plain text"},
		{"caf%C3%A9 100%25", "café 100%"},
		{"bad %zz and %", "bad %zz and %"},
		{"cut %C", "cut %C"},
		{"%FF", "\uFFFD"},
		{"raw \xff", "raw \uFFFD"},
		{"a%0Ab", "a\nb"},
	}
	for _, tt := range tests {
		if got := ParseMessage(tt.wire); got != tt.want {
			t.Errorf("ParseMessage(%q) = %q, want %q", tt.wire, got, tt.want)
		}
	}
}

func TestBinary(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"AAE", "AAE="} {
		if b, err := ParseBinary(s); err != nil || string(b) != "\x00\x01" {
			t.Errorf("ParseBinary(%q) = %q, %v", s, b, err)
		}
	}
	if got := string(AppendBinary(nil, "\x00\x01")); got != "AAE" {
		t.Errorf("AppendBinary = %q", got)
	}
	if _, err := ParseBinary("!!"); err == nil {
		t.Error("ParseBinary accepted what is not base64")
	}
}

func TestTrailers(t *testing.T) {
	t.Parallel()
	got, err := ParseTrailers([]byte("Grpc-Status: 5\r\ngrpc-message:gone\n\r\nx:\r\nlast: 1"))
	want := []Field{{"grpc-status", "5"}, {"grpc-message", "gone"}, {"x", ""}, {"last", "1"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ParseTrailers = %v, %v, want %v", got, err, want)
	}
	if _, err := ParseTrailers([]byte("no colon\r\n")); err == nil {
		t.Error("ParseTrailers accepted a line without a colon")
	}
}

func FuzzTimeout(f *testing.F) {
	for _, s := range []string{"1n", "99999999H", "15S", "x"} {
		f.Add(s, int64(len(s)))
	}
	f.Fuzz(func(t *testing.T, s string, n int64) {
		if d, err := ParseTimeout(s); err == nil && d < 0 {
			t.Fatalf("ParseTimeout(%q) = %v", s, d)
		}
		d := time.Duration(n)
		text := string(AppendTimeout(nil, d))
		back, err := ParseTimeout(text)
		if err != nil || back < d {
			t.Fatalf("%v became %q became %v, %v", d, text, back, err)
		}
		if d > 0 && back-d > d/1000000 && back-d >= time.Hour {
			t.Fatalf("%v became %q: rounded too far", d, text)
		}
	})
}

func FuzzMessage(f *testing.F) {
	f.Add("a%20b")
	f.Add("%")
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(ParseMessage(s)) {
			t.Fatalf("ParseMessage(%q) is not UTF-8", s)
		}
		if got := ParseMessage(string(AppendMessage(nil, s))); got != strings.ToValidUTF8(s, "\uFFFD") {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

func FuzzBinary(f *testing.F) {
	f.Add("AAE=")
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = ParseBinary(s)
		back, err := ParseBinary(string(AppendBinary(nil, s)))
		if err != nil || string(back) != s {
			t.Fatalf("%q became %q, %v", s, back, err)
		}
	})
}

func FuzzTrailers(f *testing.F) {
	f.Add([]byte("grpc-status: 0\r\ngrpc-message: \r\n"))
	f.Fuzz(func(t *testing.T, block []byte) {
		fields, err := ParseTrailers(block)
		if err != nil {
			return
		}
		var again []byte
		for _, fd := range fields {
			again = AppendTrailer(again, fd.Name, fd.Value)
		}
		_, _ = ParseTrailers(again)
	})
}

func FuzzPrefix(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < PrefixLen {
			return
		}
		flags, n := ParsePrefix(b)
		if got := AppendPrefix(nil, flags, n); string(got) != string(b[:PrefixLen]) {
			t.Fatalf("% x became % x", b[:PrefixLen], got)
		}
	})
}
