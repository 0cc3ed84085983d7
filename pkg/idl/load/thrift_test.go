package load_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

const thriftData = "../../../testdata/thrift/"

// thriftMap loads texts by name; "main" names the file that has the service.
func thriftMap(texts ...string) load.Options {
	var o load.Options
	for i := 0; i < len(texts); i += 2 {
		o.Strings = append(o.Strings, load.Text{Name: texts[i], Text: texts[i+1]})
	}
	return o
}

// showFields prints fields as "1:required string name(alias)=default".
func showFields(m idl.Message) string {
	s := m.(*thrift.Struct)
	var list []string
	for _, f := range s.Fields {
		text := fmt.Sprintf("%d:", f.ID)
		switch f.Requiredness {
		case thrift.Required:
			text += "required "
		case thrift.Optional:
			text += "optional "
		}
		text += f.Type.Name + " " + f.Name
		if f.Alias != "" {
			text += "(" + f.Alias + ")"
		}
		if f.Default != nil {
			text += "=" + string(f.Default)
		}
		if f.Base {
			text += " base"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// loadError is the error of loading, or else of looking for a method.
func loadError(t *testing.T, o load.Options, method string) error {
	t.Helper()
	s, err := load.Files(t.Context(), o)
	if err != nil {
		return err
	}
	_, err = s.Method(t.Context(), method)
	return err
}

// TestThriftSyntax has what thriftgo refuses though Apache accepts it, and other
// corners of the grammar: each is one text with the service S and method f.
func TestThriftSyntax(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"byte order mark", "\ufeffservice S { void f(1: i32 a) }", "1:i32 a"},
		{"flag annotation", "service S { void f(1: i32 a (deprecated)) (flag, x = 'y') }", "1:i32 a"},
		{"uuid", "service S { void f(1: uuid a = '{00112233-4455-6677-8899-AABBCCDDEEFF}') }", `1:uuid a="00112233-4455-6677-8899-aabbccddeeff"`},
		{"own uuid", "typedef string uuid service S { void f(1: uuid a) }", "1:string a"},
		{"slist", "service S { void f(1: slist a) }", "1:string a"},
		{"senum", "senum E { 'a', 'b' } service S { void f(1: E a) }", "1:string a"},
		{"header after a definition", "service S { void f(1: i32 a) }\nnamespace go x", "1:i32 a"},
		{"php_namespace", "php_namespace a.b\nservice S { void f(1: i32 a) }", "1:i32 a"},
		{"hyphen in a namespace", "namespace xx a-b.c-d\nnamespace * y\nservice S { void f(1: i32 a) }", "1:i32 a"},
		{"namespace annotations", "namespace xsd x (uri = 'y')\nservice S { void f(1: i32 a) }", "1:i32 a"},
		{"async", "service S { async void f(1: i32 a) }", "1:i32 a"},
		{"field reference", "struct R { 1: optional R& r } service S { void f(1: list<R> a, 2: R & b) }", "1:list<R> a, 2:R b"},
		{"xsd words", "struct R xsd_all { 1: i32 a xsd_optional xsd_nillable xsd_attrs { 1: i32 b } } service S { void f(1: R a) }", "1:R a"},
		{"cpp types", "cpp_include 'x'\nservice S { void f(1: map cpp_type 'm' <i32, set cpp_type 's' <i8>> a, 2: list<i32> cpp_type 'l' b) }", "1:map<i32, set<i8>> a, 2:list<i32> b"},
		{"type annotations", "typedef string (a = 'b') T (c) service S { void f(1: list<i32 (x)> (y) a, 2: T b) }", "1:list<i32> a, 2:string b"},
		{"no ids", "service S { void f(i32 a, i32 b, 7: i32 c, i32 d) }", "1:i32 a, 2:i32 b, 7:i32 c, 8:i32 d"},
		{"odd ids", "service S { void f(-1: i32 a, 0: i32 b, 0x10: i32 c) }", "-1:i32 a, 0:i32 b, 16:i32 c"},
		{"zeros before ids", "service S { void f(01: i32 a, 08: i32 b, 010: i32 c) }", "1:i32 a, 8:i32 b, 10:i32 c"},
		{"comments in another encoding", "// \xb2\xe2 \xca\\\nservice S { /* \xd6\xd0 */ void f(1: i32 a) } # \xff", "1:i32 a"},
		{"comments", "# a { \n/* } */ service S { // (\n void f(1: i32 a // )\n) }", "1:i32 a"},
		{"separators", "typedef i32 T; struct R {1: T a; 2: T b,}; service S { void f(1: T a; 2: R b;); }, enum E { A; B }", "1:i32 a, 2:R b"},
		{"keywords as names", "struct optionalThing {} struct listed {} service S { void f(1: optionalThing a, 2: string required, 3: listed oneway) }", "1:optionalThing a, 2:string required, 3:listed oneway"},
		{"escapes", `service S { void f(1: string a = "\\", 2: string b = 'it\'s "\n"', 3: string c = "%41", 4: string d = "") }`, `1:string a="\\", 2:string b="it's \"\n\"", 3:string c="%41", 4:string d=""`},
		{"a struct of each form", "union U {1: i32 a} exception X {1: U u} service S { void f(1: U a, 2: X b) }", "1:U a, 2:X b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, err := mustLoad(t, load.Options{Strings: []load.Text{{Text: c.text}}, Lang: "thrift"}).Method(t.Context(), "S/f")
			if err != nil {
				t.Fatal(err)
			}
			if got := showFields(m.Input); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestThriftErrors wants the whole text of errors.
func TestThriftErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"syntax in a struct", "struct A {\n  1: i32 a\n  2 i32 b\n}\nservice S { void f() }", `a.thrift:3:5: expected ":" after the field id, found "i32"`},
		{"no name", "struct A {\n\t1: string }", `a.thrift:2:12: expected the name of the field, found "}"`},
		{"not closed", "struct A {\n  1: i32 a\n", `a.thrift:3:1: expected a field or "}", found the end of the file`},
		{"string not closed", "const string A = \"x\nservice S {}", "a.thrift:1:18: the string does not end"},
		{"comment not closed", "struct A {}\n/* x", "a.thrift:2:1: the comment does not end"},
		{"a word", "hello world", `a.thrift:1:1: expected a definition, found "hello"`},
		{"characters count", "const string É = 1", `a.thrift:1:14: expected the name of the constant, found "É"`},
		{"zero byte", "struct A {}\x00", "a.thrift:1:12: not Thrift IDL: it has a zero byte"},
		{"not UTF-8", "struct A {}\n\xff", "a.thrift:2:1: not Thrift IDL: it is not text in UTF-8"},
		{"string not UTF-8", "// \xb2\xe2\nconst string A = 'a\xff'", "a.thrift:2:20: not Thrift IDL: it is not text in UTF-8"},
		{"annotation with a number", "struct A {} (a = 1)", `a.thrift:1:18: expected the value of the annotation in quotes, found "1"`},
		{"duplicate id", "struct A { 1: i32 a\n 1: i32 b }", "a.thrift:2:2: struct A has two fields with id 1: a and b"},
		{"duplicate field", "struct A { 1: i32 a\n 2: i32 a }", `a.thrift:2:9: struct A has two fields named "a"`},
		{"duplicate enum value", "enum A { X, Y, X }", `a.thrift:1:16: enum A has two values named "X"`},
		{"duplicate struct", "struct A {}\nunion A {}", `a.thrift:2:7: union "A" is defined already in line 1`},
		{"duplicate method", "service S { void f()\nvoid f() }", `a.thrift:2:6: service S has two methods named "f"`},
		{"id out of range", "struct A { 32768: i32 a }", "a.thrift:1:12: field id 32768 is out of the range of i16"},
		{"enum out of range", "enum A { X = 2147483647, Y }", "a.thrift:1:26: value Y is 2147483648, which is out of the range of i32"},
		{"enum hex out of range", "enum A { X = 0xFFFFFFFF }", "a.thrift:1:10: value X is 4294967295, which is out of the range of i32"},
		{"not 64 bits", "const i64 A = 9223372036854775808", `a.thrift:1:15: "9223372036854775808" does not fit 64 bits`},
		{"double out of range", "const double A = 1e999", `a.thrift:1:18: "1e999" is out of the range of double`},
		{"no number", "const i64 A = 12x", `a.thrift:1:15: "12x" is not a whole number`},
		{"undefined type", "struct Info {}\nservice S { void f(1: Inof a) }", `a.thrift:2:23: type "Inof" is not defined, did you mean Info?`},
		{"undefined prefix", "service S { void f(1: b.C a) }", `a.thrift:1:23: type "b.C" is not defined: nothing that is called "b" is included`},
		{"undefined parent", "service S extends Parent { void f() }", `a.thrift:1:19: service "Parent" is not defined`},
		{"parent cycle", "service S extends T { void f() } service T extends S {}", "a.thrift:1:52: service S extends itself: S -> T -> S"},
		{"typedef cycle", "typedef B A typedef list<A> B service S { void f(1: A a) }", "a.thrift:1:11: typedef A is defined by itself"},
		{"oneway with a result", "service S { oneway i32 f() }", "a.thrift:1:20: method S/f is oneway and returns something; it has to be void"},
		{"oneway that throws", "exception X {} service S { oneway void f() throws (1: X x) }", "a.thrift:1:44: method S/f is oneway and cannot throw anything"},
		{"throws no exception", "struct X {} service S { void f() throws (1: X x) }", "a.thrift:1:45: method S/f throws a.X, which is no exception"},
		{"throws with id 0", "exception X {} service S { void f() throws (0: X x) }", "a.thrift:1:45: method S/f throws x with id 0, which is that of the result"},
		{"include not found", "\ninclude \"x.thrift\"\nservice S { void f() }", `a.thrift:2:9: include "x.thrift" not found in the IDL strings`},
		{"includes itself", "include \"a.thrift\"\nservice S { void f(1: a.T t) }", "a.thrift:1:9: include cycle a.thrift -> a.thrift"},
		{"deep type", "service S { void f(1: " + strings.Repeat("list<", 101) + "i32" + strings.Repeat(">", 101) + " a) }", "a.thrift:1:523: nested more than 100 deep"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := loadError(t, thriftMap("a.thrift", c.text), "S/f")
			if err == nil || err.Error() != c.want {
				t.Fatalf("got  %v\nwant %s", err, c.want)
			}
			if _, ok := errors.AsType[*idl.ParseError](err); !ok {
				t.Errorf("%T is no *ParseError", err)
			}
		})
	}
}

func TestThriftStreaming(t *testing.T) {
	t.Parallel()
	const types = "struct Q {} struct R {} exception X {}\nservice S { "
	for _, c := range []struct {
		name, method string
		want         stream.Type
		err          string
	}{
		{"bidirectional", "R f(1: Q q) (streaming.mode = 'bidirectional')", stream.Bidi, ""},
		{"client", "R f(1: Q q) (streaming.mode = 'client')", stream.Client, ""},
		{"server", "R f(1: Q q) (streaming.mode = \"server\")", stream.Server, ""},
		{"unary", "R f(1: Q q) (streaming.mode = 'unary')", stream.Unary, ""},
		{"with throws", "R f(1: Q q) throws (1: X x) (streaming.mode = 'client')", stream.Client, ""},
		{"other value", "R f(1: Q q) (streaming.mode = 'both')", 0, `2:26: method S/f has streaming.mode "both"; it is bidirectional, client, server or unary`},
		{"upper case", "R f(1: Q q) (streaming.mode = 'Client')", 0, `2:26: method S/f has streaming.mode "Client"; it is bidirectional, client, server or unary`},
		{"no value", "R f(1: Q q) (streaming.mode)", 0, `2:26: method S/f has streaming.mode "1"; it is bidirectional, client, server or unary`},
		{"twice", "R f(1: Q q) (streaming.mode = 'client', streaming.mode = 'client')", 0, "2:53: method S/f has streaming.mode more than once"},
		{"no parameter", "R f() (streaming.mode = 'unary')", 0, "2:15: method S/f has streaming.mode and 0 parameters; it takes exactly one"},
		{"two parameters", "R f(1: Q a, 2: Q b) (streaming.mode = 'client')", 0, "2:15: method S/f has streaming.mode and 2 parameters; it takes exactly one"},
		{"oneway", "oneway void f(1: Q q) (streaming.mode = 'client')", 0, "2:25: method S/f is oneway and has streaming.mode"},
		{"void", "void f(1: Q q) (streaming.mode = 'client')", 0, "2:13: method S/f has streaming.mode and returns nothing; it has to be a struct"},
		{"returns no struct", "list<R> f(1: Q q) (streaming.mode = 'client')", 0, "2:13: method S/f has streaming.mode and returns list<s.R>; it has to be a struct"},
		{"takes no struct", "R f(1: string q) (streaming.mode = 'client')", 0, "2:20: method S/f has streaming.mode and takes string; it has to be a struct"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, err := mustLoad(t, thriftMap("s.thrift", types+c.method+" }")).Method(t.Context(), "f")
			if c.err != "" {
				if err == nil || err.Error() != "s.thrift:"+c.err {
					t.Fatalf("got  %v\nwant s.thrift:%s", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			in, out := "s.Q", "s.R"
			if c.want == stream.Unary { // the messages are those of a plain method
				in, out = "S.f_args", "S.f_result"
			}
			if m.Type != c.want || !m.Streaming || m.Input.Name() != in || m.Output.Name() != out {
				t.Errorf("got %+v", m)
			}
		})
	}
}

func TestThriftMethods(t *testing.T) {
	t.Parallel()
	s := mustLoad(t, thriftMap("m.thrift", `
exception A {} exception B {}
service Up { i32 two(1: i32 a, 2: string b) throws (1: A a, 3: B b), void none() }
service Down extends Up { oneway void go(1: i32 a), string none() }`))
	for _, c := range []struct{ method, full, in, out string }{
		{"Up/two", "Up/two", "1:i32 a, 2:string b", "0:optional i32 success, 1:optional m.A a, 3:optional m.B b"},
		{"Down.two", "Down/two", "1:i32 a, 2:string b", "0:optional i32 success, 1:optional m.A a, 3:optional m.B b"},
		{"Up/none", "Up/none", "", ""},
		{"m.Down/none", "Down/none", "", "0:optional string success"},
		{"go", "Down/go", "1:i32 a", ""},
	} {
		m, err := s.Method(t.Context(), c.method)
		if err != nil {
			t.Fatalf("%s: %v", c.method, err)
		}
		if m.FullName() != c.full || showFields(m.Input) != c.in || showFields(m.Output) != c.out {
			t.Errorf("%s: got %s\n%s\n%s", c.method, m.FullName(), showFields(m.Input), showFields(m.Output))
		}
		in, out := m.Input.(*thrift.Struct), m.Output.(*thrift.Struct)
		if want := strings.ReplaceAll(c.full, "/", "."); in.FullName != want+"_args" || in.Form != thrift.FormArguments || out.FullName != want+"_result" || out.Form != thrift.FormResult {
			t.Errorf("%s: got %s and %s", c.method, in.FullName, out.FullName)
		}
		if m.Oneway != (m.Name == "go") || m.Streaming || m.Type != stream.Unary {
			t.Errorf("%s: got %+v", c.method, m)
		}
	}
	list, err := s.Methods(t.Context(), "Down")
	var names []string
	for _, m := range list {
		names = append(names, m.FullName())
	}
	if got := strings.Join(names, " "); err != nil || got != "Down/go Down/none Down/two" {
		t.Errorf("methods: %s %v", got, err)
	}
}

func TestThriftLookup(t *testing.T) {
	t.Parallel()
	options := thriftMap("a.thrift", "include 'lib/base.thrift'\nservice A extends base.Base { void own() }\nservice Both { void same() }",
		"b.thrift", "service B { void other(), void same() }\nservice Both {}")
	dir := t.TempDir()
	writeFile(t, dir, "lib/base.thrift", "include 'deep.thrift'\nservice Base { void base() }\nservice Extra { void extra() }")
	writeFile(t, dir, "lib/deep.thrift", "service Deep { void deep() }")
	options.Includes = []string{dir}
	s := mustLoad(t, options)
	services, err := s.Services(t.Context())
	if got := strings.Join(services, " "); err != nil || got != "A B a.Both b.Both base.Base base.Extra deep.Deep" {
		t.Fatalf("services: %s %v", got, err)
	}
	for _, c := range []struct{ name, want string }{
		{"own", "A/own"},
		{"A/base", "A/base"},
		{"base.Base/base", "base.Base/base"},
		{"base.Base.base", "base.Base/base"},
		{"Base/base", "base.Base/base"},
		{"base", "A/base"},
		{"extra", "base.Extra/extra"},
		{"deep", "deep.Deep/deep"},
		{"a.Both/same", "a.Both/same"},
		{"same", `method "same" is ambiguous: B/same, a.Both/same`},
		{"Both/same", `service "Both" is ambiguous: a.Both, b.Both`},
		{"A/onw", `no method "onw" in A; A/own`},
		{"onw", `no method "onw"; A/own`},
		{"C/own", `no service "C"; A B`},
		{"base.Bsae/base", `no service "base.Bsae"; base.Base`},
		{"A", `no method "A"; `},
		{"a.A", `no method "a.A"; A/own A/base`},
	} {
		m, err := s.Method(t.Context(), c.name)
		var got string
		if err == nil {
			got = m.FullName()
		} else {
			got = err.Error()
			if missing, ok := errors.AsType[*idl.NotFoundError](err); ok {
				got += "; " + strings.Join(missing.Nearest, " ")
			}
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	options.Service = "B"
	m, err := mustLoad(t, options).Method(t.Context(), "same")
	if err != nil || m.FullName() != "B/same" {
		t.Errorf("with a service: %v %v", m, err)
	}
}

func TestThriftSameServiceAndFile(t *testing.T) {
	t.Parallel()
	const f, g = "service S { void f() }", "service S { void f(), void g() }"
	s := mustLoad(t, thriftMap("x/a.thrift", f, "y/a.thrift", g))
	for _, name := range []string{"S/f", "f"} {
		_, err := s.Method(t.Context(), name)
		if want := "is defined differently in x/a.thrift and y/a.thrift"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	s = mustLoad(t, thriftMap("x/a.thrift", f, "y/a.thrift", f))
	for _, name := range []string{"S/f", "f"} {
		if m, err := s.Method(t.Context(), name); err != nil || m.FullName() != "a.S/f" {
			t.Errorf("copies: %s: got %v %v", name, m, err)
		}
	}
}

// TestThriftGuides loads the IDL of Kitex's guides.
func TestThriftGuides(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, method, in string }{
		{"echo_types", "Echo", "1:string Msg, 2:i8 I8, 3:i16 I16, 4:i32 I32, 5:i64 I64, 6:binary Binary, 7:map<string, string> Map, 8:set<string> Set, 9:list<string> List, 10:echo_types.ErrorCode ErrorCode, 11:echo_types.Info Info, 255:optional base.Base Base base"},
		{"example_service", "ExampleMethod", "1:required string Msg, 255:base.Base Base base"},
		{"defaults", "Probe", `1:optional byte a=0, 2:optional i32 b=0, 3:optional double c=5.1, 4:optional string d="123", 5:optional list<defaults.BaseElem> e=[{"a":34}], 6:optional map<i32, defaults.BaseElem> f=[[12,{"a":34}]]`},
		{"bizservice", "BizMethod1", "1:optional i64 v_int64, 2:optional string text, 3:optional i32 token, 4:optional map<i64, bizservice.ReqItem> req_items_map, 5:optional bizservice.ReqItem some, 6:optional list<string> req_items, 7:optional i32 api_version, 8:optional i64 uid, 9:optional list<i64> cids, 10:optional list<string> vids"},
		{"multi", "Second/Chat", "1:string text"},
		{"stream_echo", "EchoPingPong", "1:required string message"},
	} {
		m, err := mustLoad(t, load.Options{Files: []string{thriftData + c.file + ".thrift"}}).Method(t.Context(), c.method)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if got := showFields(m.Input.(*thrift.Struct).Fields[0].Type.Struct); got != c.in {
			t.Errorf("%s: got  %s\nwant %s", c.file, got, c.in)
		}
	}
	_, err := mustLoad(t, load.Options{Files: []string{thriftData + "multi.thrift"}}).Method(t.Context(), "Chat")
	if want := `method "Chat" is ambiguous: ExampleService/Chat, First/Chat, Second/Chat`; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	s := mustLoad(t, load.Options{Files: []string{thriftData + "stream_echo.thrift"}})
	for name, want := range map[string]stream.Type{"Echo": stream.Bidi, "EchoClient": stream.Client, "EchoServer": stream.Server, "EchoUnary": stream.Unary} {
		in := "stream_echo.Request"
		if want == stream.Unary {
			in = "TestService.EchoUnary_args"
		}
		if m, err := s.Method(t.Context(), name); err != nil || m.Type != want || !m.Streaming || m.Input.Name() != in {
			t.Errorf("%s: %+v %v", name, m, err)
		}
	}
}

// TestThriftTest loads the IDL of Apache's cross test.
func TestThriftTest(t *testing.T) {
	t.Parallel()
	s := mustLoad(t, load.Options{Files: []string{thriftData + "ThriftTest.thrift"}})
	count := 0
	for _, service := range []string{"ThriftTest", "SecondService"} {
		methods, err := s.Methods(t.Context(), service)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range methods {
			full, err := s.Method(t.Context(), m.FullName())
			if err != nil || full.FullName() != m.FullName() || full.Oneway != (m.Name == "testOneway") {
				t.Errorf("%s: %+v %v", m.FullName(), full, err)
			}
			count++
		}
	}
	if count != 24 {
		t.Errorf("%d methods", count)
	}
	d, err := s.Describe(t.Context(), "ThriftTest.thrift")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range d.Value.(*thrift.Element).Definitions {
		one, err := s.Describe(t.Context(), e.Name)
		if err != nil || one.Kind != e.Kind || !strings.Contains(one.Text, one.Kind) {
			t.Errorf("%s: %v %v", e.Name, one, err)
		}
		if e.Kind == "struct" || e.Kind == "exception" {
			if m, err := s.Message(t.Context(), e.Name); err != nil || m.Name() != e.Name || len(m.(*thrift.Struct).Fields) != len(e.Fields) {
				t.Errorf("%s: %v %v", e.Name, m, err)
			}
		}
	}
	m, err := s.Message(t.Context(), "CrazyNesting")
	if err != nil {
		t.Fatal(err)
	}
	if got := showFields(m); !strings.Contains(got, "3:required list<map<set<i32>, map<i32, set<list<map<ThriftTest.Insanity, string>>>>>> list_field, 4:binary binary_field") {
		t.Error(got)
	}
}
