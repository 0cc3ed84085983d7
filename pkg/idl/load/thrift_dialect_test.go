package load_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// TestThriftDialects: what Apache's compiler (0.17, --gen json) and thriftgo (0.4.5)
// make of the same text. A wanted value is ids and defaults of struct S; what only one
// of them accepts is accepted in its reading.
func TestThriftDialects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, thriftgo, apache, differs string }{
		{"struct S { string a, 5: i32 b, i32 c }", "1 5 6", "-1 5 -2", `a.thrift:1:12: field "a", which has no id: thriftgo reads 1, Apache Thrift -1`},
		{"struct S { string a, 1: i32 b }", "-1 1", "-1 1", `a.thrift:1:12: field "a", which has no id: thriftgo reads an error, Apache Thrift -1`},
		{"struct S { 2: string a, i32 b, 3: i32 c }", "2 -1 3", "2 -1 3", `a.thrift:1:25: field "b", which has no id: thriftgo reads an error, Apache Thrift -1`},
		{"struct S { 32767: string a, i32 b }", "32767 -1", "32767 -1", `a.thrift:1:29: field "b", which has no id: thriftgo reads an error, Apache Thrift -1`},
		{"struct S { -3: string a, -1: i32 b }", "-3 -1", "-1 -2", `a.thrift:1:12: the id of field "a": thriftgo reads -3, Apache Thrift -1`},
		{"struct S { 0: string a }", "0", "-1", `a.thrift:1:12: the id of field "a": thriftgo reads 0, Apache Thrift -1`},
		{"struct S { -1: string a, -2: string b }", "-1 -2", "-1 -2", ""},
		{"struct S { 010: string a }", "10", "10", ""},
		{"struct S { 1: i32 n = 010 }", "1=8", "1=10", `a.thrift:1:23: the number "010": thriftgo reads 8, Apache Thrift 10`},
		{"struct S { 1: i32 n = 09 }", "1=9", "1=9", `a.thrift:1:23: the number "09": thriftgo reads an error, Apache Thrift 9`},
		{"struct S { 1: i32 n = 0o17 }", "1=15", "1=15", ""},
		{"struct S { 1: double d = 010 }", "1=8", "1=10", `a.thrift:1:26: the number "010": thriftgo reads 8, Apache Thrift 10`},
		{"const i32 N = -012 struct S { 1: i32 n = N }", "1=-10", "1=-12", `a.thrift:1:15: the number "-012": thriftgo reads -10, Apache Thrift -12`},
		{"enum E { A = 010, B } struct S { 1: i32 n = E.B }", "1=9", "1=11", `a.thrift:1:14: the number of enum value "A": thriftgo reads 8, Apache Thrift 10`},
		{"enum E { A = 09, B } struct S { 1: i32 n = E.B }", "1=1", "1=10", `a.thrift:1:14: the number of enum value "A": thriftgo reads 0, Apache Thrift 9`},
		{"struct S { 1: bool b = 2, 2: bool c = -1, 3: i32 d = true, 4: double e = false }", "1=true 2=false 3=1 4=0", "1=true 2=false 3=1 4=0", ""},
		{"union U { 1: i32 a } struct S { 1: U u = {} }", "1", "1", ""},
		{"struct Other { string unused } struct S { 1: i32 a }", "1", "1", ""},
	} {
		for dialect, want := range []string{c.thriftgo, c.apache} {
			var told []string
			o := thriftMap("a.thrift", c.text)
			o.Dialect = thrift.Dialect(dialect)
			o.Differs = func(d thrift.Difference) { told = append(told, d.String()) }
			got, err := idsAndDefaults(t, o)
			if err != nil || got != want {
				t.Errorf("%s\n%s: got %q, %v, want %q", c.text, o.Dialect, got, err, want)
			}
			differs := strings.Join(told, "\n")
			if i := strings.Index(differs, "; here it is "); i >= 0 {
				differs = differs[:i]
			}
			if differs != c.differs {
				t.Errorf("%s\n%s: told %q, want %q", c.text, o.Dialect, differs, c.differs)
			}
		}
	}
}

func idsAndDefaults(t *testing.T, o load.Options) (string, error) {
	t.Helper()
	s, err := load.Files(t.Context(), o)
	if err != nil {
		return "", err
	}
	m, err := s.Message(t.Context(), "S")
	if err != nil {
		return "", err
	}
	var out []string
	for _, f := range m.(*thrift.Struct).Fields {
		text := fmt.Sprint(f.ID)
		if f.Default != nil {
			text += "=" + string(f.Default)
		}
		out = append(out, text)
	}
	return strings.Join(out, " "), nil
}

// TestThriftDialectOfMethods: parameters and exceptions have ids too.
func TestThriftDialectOfMethods(t *testing.T) {
	t.Parallel()
	o := thriftMap("a.thrift", "exception X { string text } service V { void f(string a, i32 b) throws (X x) }")
	o.Dialect = thrift.DialectApache
	s, err := load.Files(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Method(t.Context(), "f")
	if err != nil {
		t.Fatal(err)
	}
	in, out := m.Input.(*thrift.Struct).Fields, m.Output.(*thrift.Struct).Fields
	if in[0].ID != -1 || in[1].ID != -2 || out[0].ID != -1 || out[0].Type.Struct.Fields[0].ID != -1 {
		t.Errorf("got %d %d %d %d", in[0].ID, in[1].ID, out[0].ID, out[0].Type.Struct.Fields[0].ID)
	}
}

// TestThriftForeign: a word of a dialect that nobody here reads is named.
func TestThriftForeign(t *testing.T) {
	t.Parallel()
	const foreign = " is fbthrift's (Facebook's Thrift), whose dialect neither Apache Thrift nor Kitex reads"
	for text, want := range map[string]string{
		`package "a.b/c"`:                                     `a.thrift:1:1: "package"` + foreign,
		"interaction I { void f() }":                          `a.thrift:1:1: "interaction"` + foreign,
		"@cpp.Type{name = \"x\"} struct S { 1: i32 a }":       `a.thrift:1:1: "@"` + foreign,
		"service S { stream<i32> f() }":                       `a.thrift:1:13: "stream"` + foreign,
		"service S { i32, sink<i32, i32> f() }":               `a.thrift:1:16: expected the name of the method, found ","`,
		"service S { sink<i32, i32> f() }":                    `a.thrift:1:13: "sink"` + foreign,
		"struct stream { 1: i32 a } service S { stream f() }": "",
	} {
		_, err := load.Files(t.Context(), thriftMap("a.thrift", text))
		if want == "" && err == nil {
			continue
		}
		if parse := (*idl.ParseError)(nil); !errors.As(err, &parse) || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// TestThriftUndefinedValue: the error names what would work.
func TestThriftUndefinedValue(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"Color.GREEN":   `constant "Color.GREEN" is not defined, did you mean lib.Color.GREEN?`,
		"lib.GREEN":     `constant "lib.GREEN" is not defined in lib.thrift, did you mean lib.Color.GREEN?`,
		"lib.Color.TEA": `enum lib.Color has no value "TEA"`,
	} {
		s, err := load.Files(t.Context(), thriftMap("main.thrift", constMain+"i32 a = "+value+") }", "lib.thrift", constLib))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Method(t.Context(), "f"); err == nil || !strings.HasPrefix(err.Error(), "main.thrift:11:") || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", value, err, want)
		}
	}
}
