package run

import (
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

func TestCompare(t *testing.T) {
	sc := &scope{vars: []jq.Var{{Name: "n", JSON: []byte("9007199254740993")}, {Name: "o", JSON: []byte(`{"a":[1]}`)}, {Name: "s", JSON: []byte(`"bob"`)}}}
	for _, c := range []struct {
		want, got string
		exact     bool
		diff      string // with line and column, joined by "; "
	}{
		{"{a: 1}", `{"a":1,"b":2}`, false, ""},
		{"{a: 1}", `{"a":1,"b":2}`, true, "1:1 .b: want nothing, got 2"},
		{"{a: {b: [1, x]}}", `{"a":{"b":[1,"y"]}}`, false, `1:13 .a.b[1]: want "x", got "y"`},
		{"{a: 1, c: 2}", `{"a":2}`, true, "1:5 .a: want 1, got 2; 1:11 .c: want 2, got nothing"},
		{"[1]", "[1,2]", false, "1:1 [1]: want nothing, got 2"},
		{"[1, {a: b}]", "[1]", false, `1:5 [1]: want {"a":"b"}, got nothing`},
		{"[]", "null", false, "1:1 .: want a list, got null"},
		{"{}", "[]", false, "1:1 .: want an object, got []"},
		{"{a b: 1}", `{"a b":2}`, false, `1:7 ["a b"]: want 1, got 2`},
		{"null", "null", true, ""},
		{"1.0", "1", true, ""},
		{"1e3", "1000", true, ""},
		{"9007199254740993", "9007199254740992", true, "1:1 .: want 9007199254740993, got 9007199254740992"},
		{"9007199254740993", `"9007199254740993"`, true, ""}, // ProtoJSON's 64 bits
		{"7", `"8"`, true, `1:1 .: want 7, got "8"`},
		{"7", `"7.0"`, true, `1:1 .: want 7, got "7.0"`},
		{"'7'", "7", true, `1:1 .: want "7", got 7`},
		{"{id: '${n}'}", `{"id":9007199254740993}`, true, ""},
		{"{id: '${n}'}", `{"id":9007199254740992}`, true, "1:6 .id: want 9007199254740993, got 9007199254740992"},
		{"'${o}'", `{"a":[1]}`, true, ""},
		{"'hello ${s}'", `"hello bob"`, true, ""},
		{"{'${s}': 1}", `{"bob":1}`, true, ""},
		{"'$${s}'", `"${s}"`, true, ""},
		{"'${gone}'", `1`, true, "1:1 ${gone} has no value"},
	} {
		n, err := yamldoc.Parse("x", []byte(c.want))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, d := range compare(sc, n, []byte(c.got), c.exact) {
			lines = append(lines, strings.TrimPrefix(d.node.Errorf("%s", d.message).Error(), "x:"))
		}
		if got := strings.Replace(strings.Join(lines, "; "), ": ", " ", strings.Count(c.diff, ";")+1); normal(got) != normal(c.diff) {
			t.Errorf("want %s got %s (exact %v):\n got %s\nwant %s", c.want, c.got, c.exact, got, c.diff)
		}
	}
}

// normal drops what joins a place and its message.
func normal(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, ":", ""), " ", "") }

func TestSameNumber(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"1", "1.0", true},
		{"10e-1", "1", true},
		{"-0", "0", true},
		{"0.1", "1e-1", true},
		{"1e2", "1E+2", true},
		{"1", "-1", false},
		{"18446744073709551615", "18446744073709551616", false},
		{"0.1", "0.10000000000000001", false},
		{"1e999999999999", "1e999999999998", false},
	} {
		if got := sameNumber(c.a, c.b); got != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

// TestLongTextsDiffer: what is shown of two long texts has the place where they differ.
func TestLongTextsDiffer(t *testing.T) {
	same := strings.Repeat("ä", 600)
	n, _ := yamldoc.Parse("x", []byte(same+"b"+same))
	found := compare(&scope{}, n, []byte(`"`+same+"c"+same+`"`), true)
	if len(found) != 1 || !strings.Contains(found[0].message, `ääb`) || !strings.Contains(found[0].message, `ääc`) || len(found[0].message) > 3*maxShown {
		t.Errorf("differences %v", found)
	}
	if a, b := apart(strings.Repeat("a", 500), "b"); len(a) > maxShown+4 || b != "b" {
		t.Errorf("apart: %d bytes, %s", len(a), b)
	}
}

func TestManyDifferencesAreCut(t *testing.T) {
	n, _ := yamldoc.Parse("x", []byte("["+strings.Repeat("1,", 50)+"]"))
	if got := len(compare(&scope{}, n, []byte("["+strings.Repeat("2,", 49)+"2]"), true)); got != maxDifferences {
		t.Errorf("%d differences", got)
	}
}
