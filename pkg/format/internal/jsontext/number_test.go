package jsontext

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// floats are numbers as they are sent, and some that are hard.
func floats() []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	all := []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 0.3, 1e10, 1e10 - 1e-4, 1e-3, 9.9995, 0.00099999, 4.35, 2.675, 1.005, 1e21, 1e-7, 5e-324, math.MaxFloat64, 123456789.1234, 9999999999.9999}
	for range 200_000 {
		scale := math.Pow10(r.IntN(8))
		all = append(all, math.Float64frombits(r.Uint64()), float64(r.IntN(1e9))/scale, -float64(r.IntN(1000))/scale, r.Float64()*scale)
	}
	return all
}

func TestAppendFloat(t *testing.T) {
	t.Parallel()
	for _, x := range floats() {
		if math.IsNaN(x) || math.IsInf(x, 0) || x != 0 && (math.Abs(x) < 1e-6 || math.Abs(x) >= 1e21) {
			continue
		}
		if got, want := string(AppendFloat(nil, x, 64)), strconv.FormatFloat(x, 'f', -1, 64); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

func TestAppendInteger(t *testing.T) {
	t.Parallel()
	check := func(v uint64) {
		if got, want := string(AppendUint(nil, v)), strconv.FormatUint(v, 10); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		if got, want := string(AppendInt(nil, int64(v))), strconv.FormatInt(int64(v), 10); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	for bit := range 64 {
		for d := range uint64(5) {
			check(uint64(1)<<bit + d - 2)
		}
	}
	for _, p := range powers {
		check(p)
		check(p - 1)
		check(p + 1)
	}
}

// TestFloat: a number has the value that strconv gives it.
func TestFloat(t *testing.T) {
	t.Parallel()
	check := func(text string) {
		p := Parser{Src: []byte(text)}
		got, err := p.Float(64)
		want, wantErr := strconv.ParseFloat(text, 64)
		if math.Float64bits(got) != math.Float64bits(want) || err != nil || wantErr != nil || p.Pos != len(text) {
			t.Fatalf("%s: %v, %v up to %d", text, got, err, p.Pos)
		}
	}
	for _, x := range floats() {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			for _, form := range []byte{'f', 'e', 'g'} {
				check(strconv.FormatFloat(x, form, -1, 64))
			}
		}
	}
	for _, text := range []string{"-0", "0.0", "-0.10", "123456789012345", "1234567890123456", "0.123456789012345", "1.50", "1e5", "1.5E-3"} {
		check(text)
	}
	for _, text := range []string{"", "-", "01", "1.", ".5", "1.2.3", "1-2", "0x1", "1_0", "00", "1e", "-a", "12345678901234567.", strings.Repeat("1", 16) + "x"} {
		p := Parser{Src: []byte(text)}
		if x, err := p.Float(64); err == nil && p.End() == nil {
			t.Errorf("%q is taken as %v", text, x)
		}
	}
}

// TestPlainLen: eight bytes at a time stop where single ones do.
func TestPlainLen(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for at := range 20 {
			s := strings.Repeat("a", at) + string([]byte{byte(c)}) + "bbbbbbbbb"
			want := at
			if isPlain(byte(c)) {
				want = len(s)
			}
			if got := plainLen(s); got != want {
				t.Fatalf("%q: %d, want %d", s, got, want)
			}
			if got := plainLen([]byte(s)); got != want {
				t.Fatalf("%q: %d, want %d", s, got, want)
			}
		}
	}
}
