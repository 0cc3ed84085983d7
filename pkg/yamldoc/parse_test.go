package yamldoc_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// text is a document as JSON, or its error.
func text(t testing.TB, source string) string {
	t.Helper()
	n, err := yamldoc.Parse("f.yaml", []byte(source))
	if err == nil {
		var b []byte
		if b, err = n.AppendJSON(nil); err == nil {
			return string(b)
		}
	}
	if !is(err) {
		t.Errorf("%q: %T is no *Error", source, err)
	}
	return err.Error()
}

func is(err error) bool {
	_, ok := errors.AsType[*yamldoc.Error](err)
	return ok
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, source, want string }{
		{"empty", "", "null"},
		{"comments only", "# one\n\n# two\n", "null"},
		{"mapping", "b: 1\na: x # y\n", `{"b":1,"a":"x"}`},
		{"nested", "a:\n  - b: 1\n    c: [2, {d: e}]\n  -\n    - x\n    - - y\n", `{"a":[{"b":1,"c":[2,{"d":"e"}]},["x",["y"]]]}`},
		{"list at the indentation of its key", "a:\n- 1\n- 2\nb: 3\n", `{"a":[1,2],"b":3}`},
		{"null", "a:\nb: ~\nc: null\nd: NULL\ne: ''\n", `{"a":null,"b":null,"c":null,"d":null,"e":""}`},
		{"booleans", "[true, False, TRUE, yes, no, on, tRue]", `[true,false,true,"yes","no","on","tRue"]`},
		{"whole numbers", "[0, -1, +2, 18446744073709551616, 123456789012345678901234567890]", `[0,-1,2,18446744073709551616,123456789012345678901234567890]`},
		{"other bases", "[0x1F, 0o17, 0xffffffffffffffffffff, 0b11]", `[31,15,1208925819614629174706175,"0b11"]`},
		{"fractions", "[1.50, .5, -.5e3, 1., 1e5, 12e03, +1.0E-7, 1.e2]", `[1.50,0.5,-0.5e3,1,1e5,12e03,1.0E-7,1e2]`},
		{"no numbers", "[1_000, 1:30, '1', .., -, 0x, 1e, +, 2001-01-01]", `["1_000","1:30","1","..","-","0x","1e","+","2001-01-01"]`},
		{"quotes", `["a\tb\u00e9\x41", 'it''s', "1", 'true', "null"]`, `["a\tbéA","it's","1","true","null"]`},
		{"literal block", "a: |\n  x\n   y\n\n  z\nb: |-\n  x\nc: |+\n  x\n\n", `{"a":"x\n y\n\nz\n","b":"x","c":"x\n\n"}`},
		{"folded block", "a: >\n  x\n  y\n\n  z\n", `{"a":"x y\nz\n"}`},
		{"text of several lines", "a: x\n  y\nb: 'x\n\n  y'\n", `{"a":"x y","b":"x\ny"}`},
		{"flow of several lines", "a: [1,\n  2, # c\n  3]\nb: {\"x\": 1,\n  'y': 2}\n", `{"a":[1,2,3],"b":{"x":1,"y":2}}`},
		{"JSON", `{"a": [1, "x", null, {"b": -1.5e3}], "c": {}}`, `{"a":[1,"x",null,{"b":-1.5e3}],"c":{}}`},
		{"carriage returns", "a: 1\r\nb:\r\n  - x\r\n", `{"a":1,"b":["x"]}`},
		{"byte order mark", "\ufeffa: 1", `{"a":1}`},
		{"keys that are no strings", "1: a\ntrue: b\n~: c\n", `{"1":"a","true":"b","~":"c"}`},
		{"anchors", "a: &x {b: 1}\nc: *x\nd: [*x, *x]\n", `{"a":{"b":1},"c":{"b":1},"d":[{"b":1},{"b":1}]}`},
		{"an anchor anew", "a: &x 1\nb: *x\nc: &x 2\nd: *x\n", `{"a":1,"b":1,"c":2,"d":2}`},
		{"merge", "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n", `{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}`},
		{"merge of several", "a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}\n", `{"a":{"b":1},"c":{"b":2,"d":3},"e":{"b":1,"d":3}}`},
		{"tags", "[!!str 5, !!int '5', !!str true, !!float 1.5]", `["5",5,"true",1.5]`},
		{"directive and end", "%YAML 1.2\n---\na: 1\n...\n", `{"a":1}`},
		{"explicit key", "? a\n: b\n", `{"a":"b"}`},

		{"doubled key", "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", `f.yaml:5:3: the key "c" stands in line 3 already`},
		{"two documents", "a: 1\n---\nb: 2\n", "f.yaml:3:1: a second document begins here: one is wanted"},
		{"unknown anchor", "a: *x\n", "f.yaml:1:4: there is no anchor &x before this"},
		{"anchor in itself", "a: &x [1, *x]\n", "f.yaml:1:11: the anchor &x holds itself"},
		{"merge of a string", "a: {<<: x}\n", "f.yaml:1:9: << merges a string: want a mapping or a list of mappings"},
		{"unknown tag", "a: !foo x\n", "f.yaml:1:4: unknown tag !foo"},
		{"wrong tag", "a: !!int x\n", "f.yaml:1:4: !!int before a string"},
		{"leading zeros", "a: 007\n", "f.yaml:1:4: 007 has leading zeros: put it in quotes if it is text"},
		{"infinity", "a: [.inf]\n", "f.yaml:1:5: JSON has no number .inf: put the name of the value in quotes"},
		{"a list as key", "[1]: 2\n", "f.yaml:1:4: found an invalid key for this map"},
		{"colon in text", "a: b: c\n", "f.yaml:1:4: mapping value is not allowed in this context"},
		{"tab", "a:\n\t- x\n", "f.yaml:2:1: a tab stands here: YAML indents with spaces"},
		{"open list", "a: [1,\n", "f.yaml:1:4: sequence end token ']' not found"},
		{"open quotes", "a: 'x\n", "f.yaml:1:4: could not find end character of single-quoted text"},
		{"no UTF-8", "a: é\xff\n", "f.yaml:1:5: this is not UTF-8"},
		{"control character", "a: 1\nb: \x1b[2J\n", "f.yaml:2:4: control character U+001B: in double quotes it is written \\x1b"},
		{"deep list", strings.Repeat("[", 200), "f.yaml:1:101: values are nested more than 100 levels deep"},
		{"deep entries", strings.Repeat("- ", 200), "f.yaml:1:201: values are nested more than 100 levels deep"},
		{"many keys", strings.Repeat("? a\n", 3000), "f.yaml:2001:1: the file has more than 2000 tags, anchors, aliases and keys behind ?"},
		{"too large", strings.Repeat("#", yamldoc.MaxSize+1), "f.yaml:1:1: the file has more than 256 KiB"},
		{"many aliases", "a: &x 1\nb: [" + strings.Repeat("*x, ", 3000) + "]", "f.yaml:2:8001: the file has more than 2000 tags, anchors, aliases and keys behind ?"},
	} {
		if got := text(t, test.source); got != test.want {
			t.Errorf("%s: got %s\nwant %s", test.name, got, test.want)
		}
	}
}

// TestLaughs: aliases of aliases of aliases end in an error, and soon.
func TestLaughs(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("a0: &a0 laugh\n")
	for i := range 60 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9))
	}
	if got := text(t, b.String()); !strings.Contains(got, "aliases make the document larger than 16 MiB") {
		t.Error(got)
	}
}

func TestErrorLine(t *testing.T) {
	t.Parallel()
	_, err := yamldoc.Parse("f.yaml", []byte("a: 1\n"+strings.Repeat("é", 100)+": [\tx, *y]\n"))
	e, ok := errors.AsType[*yamldoc.Error](err)
	if !ok || e.Line != 2 || e.Col != 107 || e.Text != "…"+strings.Repeat("é", 53)+": [ x, *y]" || e.Caret != 60 {
		t.Errorf("%+v", e)
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, source, want string }{
		{"all", "s: x\nlist: [a, 1]\none: b\nyes: true\ni: 7\nd: 1m30s\nseconds: 0.5\n", `x, [a 1] [b] true 7 1m30s 500ms`},
		{"number as a string", "s: 1.50\n", `1.50, [] [] false 0 0s 0s`},
		{"nothing", "", `, [] [] false 0 0s 0s`},
		{"unknown key", "lits: [a]\n", `f.yaml:1:1: unknown key "lits" (list)`},
		{"no mapping", "[1]\n", `f.yaml:1:1: want a mapping, got a list`},
		{"no string", "s: true\n", `f.yaml:1:4: want a string, got a boolean`},
		{"no list of strings", "list: {}\n", `f.yaml:1:7: want a string or a list of strings, got a mapping`},
		{"no string in a list", "list: [a, [b]]\n", `f.yaml:1:11: want a string, got a list`},
		{"no boolean", "yes: yes\n", `f.yaml:1:6: want true or false, got a string`},
		{"number out of range", "i: 101\n", `f.yaml:1:4: want a whole number from 0 to 100`},
		{"no number", "i: '1'\n", `f.yaml:1:4: want a whole number from 0 to 100`},
		{"no duration", "d: soon\n", `f.yaml:1:4: want a duration like 500ms, 2s or 1m`},
		{"quoted duration", "d: \"2s\"\n", `, [] [] false 0 2s 0s`},
		{"negative duration", "d: -1s\n", `f.yaml:1:4: want a duration like 500ms, 2s or 1m`},
		{"endless duration", "d: 1e300\n", `f.yaml:1:4: want a duration like 500ms, 2s or 1m`},
	} {
		if got := decoded(t, test.source); got != test.want {
			t.Errorf("%s: got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ source, want string }{
		{"header: ['a: b', 'c: d']\ntls: True\ntimeout: 5\ntransport: grpc\n", "header=a: b|c: d tls=true timeout=5 transport=grpc"},
		{"header: []\n", "header="},
		{"heeder: x\n", `f.yaml:1:1: unknown key "heeder" (header)`},
		{"header: {a: b}\n", `f.yaml:1:9: want a string, a number, true or false, or a list of them, got a mapping`},
		{"tls:\n", `f.yaml:1:6: want a string, a number, true or false, or a list of them, got null`},
		{"x\n", `f.yaml:1:1: want a mapping, got a string`},
	} {
		n, err := yamldoc.Parse("f.yaml", []byte(test.source))
		if err != nil {
			t.Fatal(err)
		}
		list, err := n.Settings([]string{"header", "timeout", "tls", "transport"})
		var got []string
		for _, s := range list {
			var values []string
			for _, v := range s.Values {
				values = append(values, v.Text)
			}
			got = append(got, s.Name+"="+strings.Join(values, "|"))
		}
		if s := withNearest(strings.Join(got, " "), err); s != test.want {
			t.Errorf("%s: got %s\nwant %s", test.source, s, test.want)
		}
	}
}

func withNearest(result string, err error) string {
	e, ok := errors.AsType[*yamldoc.Error](err)
	switch {
	case !ok:
		return result
	case len(e.Nearest) > 0:
		return e.Error() + " (" + strings.Join(e.Nearest, ", ") + ")"
	}
	return e.Error()
}

// FuzzParse: what is read is JSON with places inside the text; all else is an *Error, in
// time.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: &x [1, {b: *x}]\n", "? a\n: |\n  x\n", "<<: {a: 1}\n", "!!str 5", "- - [[{", "%YAML 1.2\n---\n", "\"\\u12\"", "a: >-2\n   x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		begun := time.Now()
		n, err := yamldoc.Parse("f", []byte(source))
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if err != nil {
			if !is(err) {
				t.Errorf("%T %v", err, err)
			}
			return
		}
		walk(t, n, strings.Count(source, "\n")+strings.Count(source, "\r")+1)
		if b, err := n.AppendJSON(nil); err == nil && !json.Valid(b) {
			t.Errorf("%q is no JSON", b)
		}
	})
}

func walk(t *testing.T, n *yamldoc.Node, lines int) {
	if n.Line < 1 || n.Line > lines+1 || n.Col < 1 {
		t.Errorf("%s at %d:%d of %d lines", n.Kind, n.Line, n.Col, lines)
	}
	for _, item := range n.Items {
		walk(t, item, lines)
	}
	for _, f := range n.Fields {
		walk(t, f.Key, lines)
		walk(t, f.Value, lines)
	}
}
