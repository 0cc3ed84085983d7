package load_test

import (
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

const constLib = `
enum Color { RED, GREEN = 5, BLUE = -0x2 }
struct Point { 1: i32 x, 2: optional Point next, 3: optional Color c }
union Either { 1: i32 a, 2: string b }
typedef Color Colour
typedef map<Color, list<Point>> Deep
const i32 SMALL = 7
const string WORD = "w"
const list<i32> NUMBERS = [1, SMALL, 0x10]
const Point ORIGIN = {"x": SMALL, "c": Color.RED}
`

const constMain = `include "lib.thrift"
enum Own { A = 1, B }
typedef lib.Colour Paint
typedef string Text
const i64 BIG = -9223372036854775808
const i32 FROM = lib.SMALL
const i32 CHAIN = FROM
const i32 LOOP1 = LOOP2
const i32 LOOP2 = LOOP1
const list<list<i32>> NESTED = [lib.NUMBERS, []]
service S { void f(1: `

func TestThriftDefaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ field, want string }{
		{"bool a = true", "true"},
		{"bool a = 0", "false"},
		{"bool a = 1", "true"},
		{"bool a = 2", "true"},
		{"bool a = -1", "false"},
		{"bool a = 0.5", "error: 0.5 is no bool"},
		{"i8 a = -128", "-128"},
		{"byte a = 128", "error: 128 is out of the range of i8"},
		{"i16 a = 0x7FFF", "32767"},
		{"i16 a = 32768", "error: 32768 is out of the range of i16"},
		{"i32 a = 2147483648", "error: 2147483648 is out of the range of i32"},
		{"i32 a = +5", "5"},
		{"i32 a = 1.0", "error: 1.0 is no i32"},
		{"i32 a = '1'", `error: "1" is no i32`},
		{"i32 a = true", "1"},
		{"i8 a = false", "0"},
		{"double a = true", "1"},
		{"string a = true", "error: 1 is no string"},
		{"lib.Either a = {}", ""},
		{"lib.Color a = Color.GREEN", `"GREEN"`},
		{"lib.Color a = lib.GREEN", `"GREEN"`},
		{"lib.Color a = Own.GREEN", `error: "Own.GREEN" is no lib.Color`},
		{"i32 a = CHAIN", "7"},
		{"i8 a = BIG", "error: -9223372036854775808 is out of the range of i8"},
		{"i64 a = BIG", "-9223372036854775808"},
		{"i32 a = LOOP1", "error: constant LOOP1 is defined by itself"},
		{"i32 a = Own.B", "2"},
		{"set<i32> a = [1, 2, 1, 0x2, 3]", "[1,2,3]"},
		{"set<list<i32>> a = [[], [], [1]]", "[[],[1]]"},
		{"list<i32> a = [1, 1]", "[1,1]"},
		{"double a = 1", "1"},
		{"double a = -.5e3", "-500"},
		{"double a = 1e3", "1000"},
		{"double a = 5e-324", "5e-324"},
		{"double a = 1.7976931348623157e308", "1.7976931348623157e+308"},
		{"double a = 'x'", `error: "x" is no double`},
		{"string a = 5", "error: 5 is no string"},
		{"Text a = lib.WORD", `"w"`},
		{"binary a = \"h\u00e9\"", `"aMOp"`},
		{"uuid a = 'x'", `error: "x" is no uuid`},
		{"Own a = Own.A", `"A"`},
		{"Own a = A", `"A"`},
		{"Own a = 2", `"B"`},
		{"Own a = 77", "77"},
		{"Own a = Own.C", `error: enum main.Own has no value "C"`},
		{"Own a = C", `error: enum main.Own has no value "C"`},
		{"Own a = lib.Color.RED", `error: "lib.Color.RED" is no main.Own`},
		{"Paint a = lib.Color.BLUE", `"BLUE"`},
		{"Paint a = lib.Colour.GREEN", `"GREEN"`},
		{"lib.Color a = 5", `"GREEN"`},
		{"list<i32> a = lib.NUMBERS", "[1,7,16]"},
		{"list<list<i32>> a = NESTED", "[[1,7,16],[]]"},
		{"set<string> a = ['x'; \"y\" 'z']", `["x","y","z"]`},
		{"list<i32> a = {}", "[]"},
		{"list<i32> a = {1: 2}", "error: a map is no list<i32>"},
		{"map<i32, i32> a = []", "[]"},
		{"map<string, i32> a = {'b': 1, 'a': FROM}", `{"b":1,"a":7}`},
		{"map<string, i32> a = {'b': 1, 'b': 2}", `error: the key "b" occurs twice`},
		{"map<bool, i8> a = {true: 1}", "[[true,1]]"},
		{"map<binary, i8> a = {'a': 1}", `[["YQ==",1]]`},
		{"map<lib.Point, string> a = {{'x': 1}: 'p'}", `[[{"x":1},"p"]]`},
		{"lib.Deep a = {lib.Color.RED: [{'x': 1, 'next': lib.ORIGIN}]}", `[["RED",[{"x":1,"next":{"x":7,"c":"RED"}}]]]`},
		{"lib.Point a = lib.ORIGIN", `{"x":7,"c":"RED"}`},
		{"lib.Point a = {'y': 1}", `error: lib.Point has no field "y"`},
		{"lib.Point a = {'x': 1, 'x': 2}", `error: the field "x" occurs twice`},
		{"lib.Point a = {x: 2}", `error: "x" is no field of lib.Point`},
		{"lib.Point a = 5", "error: 5 is no lib.Point"},
		{"lib.Either a = {'b': 'x'}", `{"b":"x"}`},
		{"lib.Either a = {'a': 1, 'b': 'x'}", "error: union lib.Either has one field set, not 2"},
	} {
		t.Run(c.field, func(t *testing.T) {
			t.Parallel()
			s, err := load.Files(t.Context(), thriftMap("main.thrift", constMain+c.field+") }", "lib.thrift", constLib))
			if err != nil {
				t.Fatal(err)
			}
			m, err := s.Method(t.Context(), "f")
			if want, wrong := strings.CutPrefix(c.want, "error: "); wrong {
				if err == nil || !strings.HasPrefix(err.Error(), "main.thrift:11:") || !strings.HasSuffix(err.Error(), ": default of a: "+want) {
					t.Fatalf("got %v, want %s", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := string(m.Input.(*thrift.Struct).Fields[0].Default); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestThriftDefaultsBounded: constants that repeat each other do not fill memory.
func TestThriftDefaultsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("const list<string> A = ['0123456789', '0123456789']\ntypedef list<string> T0\n")
	last := "A"
	for name := range strings.SplitSeq("BCDEFGHIJKLMNOPQRSTUVWXYZ", "") {
		b.WriteString("const list<string> " + name + " = [" + strings.Repeat(last+",", 10) + "]\n")
		last = name
	}
	typ := strings.Repeat("list<", 26) + "string" + strings.Repeat(">", 26)
	err := loadError(t, thriftMap("a.thrift", b.String()+"service S { void f(1: "+typ+" a = Z) }"), "f")
	if err == nil || !strings.HasSuffix(err.Error(), "the default values are larger than 16 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestThriftAlias(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ annotations, want string }{
		{"", ""},
		{`go.tag = 'json:"name,omitempty"'`, "name"},
		{`go.tag = "json:\"name\""`, "name"},
		{`go.tag = 'json:\"name\"'`, "name"},
		{"go.tag = 'xml:\"x\" json:\"name\"'", "name"},
		{`go.tag = 'json:"-"'`, ""},
		{`go.tag = 'json:",omitempty"'`, ""},
		{`go.tag = 'nonsense'`, ""},
		{`api.key = "k"`, "k"},
		{`go.tag = 'json:"name"', api.key = "k"`, "k"},
	} {
		s := mustLoad(t, thriftMap("a.thrift", "struct A { 1: i32 a ("+c.annotations+") }"))
		m, err := s.Message(t.Context(), "A")
		if err != nil {
			t.Errorf("%s: %v", c.annotations, err)
			continue
		}
		if got := m.(*thrift.Struct).Fields[0].Alias; got != c.want {
			t.Errorf("%s: got %q, want %q", c.annotations, got, c.want)
		}
	}
}

func TestThriftAnnotations(t *testing.T) {
	t.Parallel()
	s := mustLoad(t, thriftMap("a.thrift", `struct A { 1: i32 a (b.c = "d", e, b.c = 'x\d') } (s = "t")
service S { void f(1: i32 x (p)) (api.get = '/a', api.get = '/b') }`))
	m, err := s.Message(t.Context(), "a.A")
	if err != nil {
		t.Fatal(err)
	}
	st := m.(*thrift.Struct)
	want := []thrift.Annotation{{Key: "b.c", Value: "d"}, {Key: "e", Value: "1"}, {Key: "b.c", Value: `x\d`}}
	if got := st.Fields[0].Annotations; len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("got %v", got)
	}
	if len(st.Annotations) != 1 || st.Annotations[0].Value != "t" {
		t.Errorf("got %v", st.Annotations)
	}
	method, err := s.Method(t.Context(), "f")
	if err != nil {
		t.Fatal(err)
	}
	if got := method.Input.(*thrift.Struct).Annotations; len(got) != 2 || got[1].Value != "/b" {
		t.Errorf("got %v", got)
	}
}
