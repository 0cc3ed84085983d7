package jsontext_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

type kind string

func (k kind) String() string { return string(k) }

// TestNumbers: few digits and many are judged alike.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text   string
		bits   int
		signed bool
		want   string // or an error behind "!"
	}{
		{"127", 8, true, "127"},
		{"-128", 8, true, "-128"},
		{`"1.27e2"`, 8, true, "127"},
		{"128", 8, true, "!128 is out of range for k (-128 to 127)"},
		{"1.28e2", 8, true, "!1.28e2 is out of range for k (-128 to 127)"},
		{"-129", 8, true, "!-129 is out of range for k (-128 to 127)"},
		{"9223372036854775807", 64, true, "9223372036854775807"},
		{"9223372036854775808", 64, true, "!9223372036854775808 is out of range for k (-9223372036854775808 to 9223372036854775807)"},
		{"18446744073709551615", 64, false, "18446744073709551615"},
		{"18446744073709551616", 64, false, "!18446744073709551616 is out of range for k (0 to 18446744073709551615)"},
		{"-0", 32, false, "0"},
		{"-0", 64, true, "0"},
		{"9", 8, true, "9"},
		{"0", 64, false, "0"},
		{"99999999999999999", 64, true, "99999999999999999"},
		{"999999999999999999", 64, true, "999999999999999999"},
		{"1000000000000000000", 64, true, "1000000000000000000"},
		{"-9223372036854775808", 64, true, "-9223372036854775808"},
		{`"5"`, 64, true, "5"},
		{`"-5"`, 64, true, "-5"},
		{`"9223372036854775807"`, 64, true, "9223372036854775807"},
		{`"128"`, 8, true, "!128 is out of range for k (-128 to 127)"},
		{`"-1"`, 64, false, "!-1 is out of range for k (0 to 18446744073709551615)"},
		{`"\u0035"`, 64, true, "5"},
		{`" 5"`, 64, true, `!" 5" is not a number`},
		{`"5 "`, 64, true, `!"5 " is not a number`},
		{`"5,"`, 64, true, `!"5," is not a number`},
		{`"05"`, 64, true, `!"05" is not a number`},
		{`"-"`, 64, true, `!"-" is not a number`},
		{`""`, 64, true, `!"" is not a number`},
		{`""5""`, 64, true, `!"" is not a number`},
		{`"5`, 64, true, "!string has no closing quote"},
		{`"`, 64, true, "!string has no closing quote"},
		{"01", 64, true, `!"01" is not a JSON number`},
		{"1a", 64, true, `!"1a" is not a JSON number`},
		{"-", 64, true, `!"-" is not a JSON number`},
		{"1.", 64, true, `!"1." is not a JSON number`},
		{"-1", 32, false, "!-1 is out of range for k (0 to 4294967295)"},
		{"4294967296", 32, false, "!4294967296 is out of range for k (0 to 4294967295)"},
		{"1.5", 32, false, "!1.5 is not an integer, as k needs"},
		{"null", 32, true, "!expected a count, found null"},
	} {
		p := jsontext.Parser{Src: []byte("  " + test.text)}
		var got string
		var err error
		if test.signed {
			var n int64
			n, err = p.SignedNumber(test.bits, kind("k"), "a count")
			got = strconv.FormatInt(n, 10)
		} else {
			var n uint64
			n, err = p.UnsignedNumber(test.bits, kind("k"), "a count")
			got = strconv.FormatUint(n, 10)
		}
		if err != nil {
			got = "!" + err.Error()
			if v, ok := err.(*jsontext.ValueError); !ok || v.Offset != 2 {
				t.Errorf("%s: %#v", test.text, err)
			}
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.text, got, test.want)
		}
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	var m jsontext.Members
	for _, i := range []int{0, 63, 64, 200} {
		if !m.Lacks(i) || m.AddLow(i) != (i < 64) || m.Add(i) != (i >= 64) || m.Add(i) || m.AddLow(i) || m.Lacks(i) {
			t.Errorf("field %d", i)
		}
	}
	if m.Has(1) || !m.Add(1) || m.AddLow(1) || !m.Has(1) {
		t.Error("field 1 that AddLow did not add")
	}
	if m.Null(64); !m.Lacks(64) || m.Add(64) || m.Lacks(200) || !m.Lacks(65) {
		t.Error("a field that is null was given, and has no value")
	}
}

func TestLow(t *testing.T) {
	t.Parallel()
	numbers := map[int16]*int{-1: new(int), 0: new(int), 9: new(int), 10: new(int), math.MaxInt16: new(int)}
	low := jsontext.Low(numbers, 10)
	if len(low) != 10 || low[0] != numbers[0] || low[9] != numbers[9] || low[1] != nil {
		t.Errorf("%v of %v", low, numbers)
	}
	if low := jsontext.Low(map[int32]*int{}, 10); len(low) != 0 {
		t.Errorf("%v of none", low)
	}
}

// TestEnum: of names for one number the first is shown, and all are read.
func TestEnum(t *testing.T) {
	t.Parallel()
	e := jsontext.NewEnum("x.E", 3)
	e.Add("RED", 1)
	e.Add("CRIMSON", 1)
	e.Add("BLUE", -3)
	if got := string(e.Append(e.Append(e.Append(nil, 1, false), 1, true), 7, false)); got != `"RED"17` {
		t.Error(got)
	}
	for name, want := range map[string]int32{"RED": 1, "CRIMSON": 1, "BLUE": -3} {
		if n, err := e.Number([]byte(name), 0); n != want || err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	_, err := e.Number([]byte("GREEN"), 5)
	v, ok := err.(*jsontext.ValueError)
	if !ok || v.Offset != 5 || v.Message != `unknown value "GREEN" of enum x.E` || !slices.Equal(v.Nearest, []string{"RED", "CRIMSON", "BLUE"}) {
		t.Errorf("%#v", err)
	}
}

// TestPaths: an error says the way to its place, and nobody reads the middle of a long one.
func TestPaths(t *testing.T) {
	t.Parallel()
	err := jsontext.Within(jsontext.Within(&jsontext.ValueError{Message: "m"}, jsontext.Index(2)), "list")
	if err = jsontext.Within(err, "a"); err.Error() != "a.list[2]: m" {
		t.Error(err)
	}
	err = jsontext.InField(jsontext.InField(jsontext.Malformed(3, "m"), "f", 4), "", 5)
	if e := err.(*jsontext.DecodeError); e.Offset != 12 || e.Path != "f" {
		t.Errorf("%#v", e)
	}
	long := jsontext.Within(&jsontext.ValueError{Message: "m"}, strings.Repeat("x", 200))
	if n := len(long.Error()); n != 60+len("…")+60+len(": m") {
		t.Errorf("%d bytes", n)
	}
}
