package diff_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/diff"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/stream"
)

func schema(t *testing.T, text load.Text) idl.Schema {
	t.Helper()
	s, err := load.Files(t.Context(), load.Options{Strings: []load.Text{text}, Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func compare(t *testing.T, o diff.Options, from, to load.Text) *diff.Report {
	t.Helper()
	report, err := diff.Compare(t.Context(), schema(t, from), schema(t, to), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestTypes: without services, and where it is asked for, all types are compared.
func TestTypes(t *testing.T) {
	const head = "syntax = \"proto3\"; package p;\n"
	const service = "service S { rpc Do(M) returns (M); }\nmessage M {}\n"
	for _, c := range []struct {
		name, from, to string
		o              diff.Options
		want           []string
	}{
		{"no services", head + "message M { int32 a = 1; }\nmessage N { message I { int32 b = 1; } }", head + "message M { string a = 1; }", diff.Options{}, []string{
			"field-retyped p.M.a wire json", "type-removed p.N wire json",
		}},
		{"nested types", head + "message N { message I { int32 b = 1; } message G { } map<string, I> m = 1; }", head + "message N { message I { string b = 1; } map<string, I> m = 1; }", diff.Options{}, []string{
			"field-retyped p.N.I.b wire json", "type-removed p.N.G wire json",
		}},
		{"an enum now", head + "message N { }", head + "enum N { Z = 0; }", diff.Options{}, []string{"type-removed p.N wire json"}},
		{"services", head + service + "message N { int32 a = 1; }", head + service + "message N { string a = 1; }", diff.Options{}, []string{}},
		{"all types", head + service + "message N { int32 a = 1; }", head + service + "message N { string a = 1; }", diff.Options{AllTypes: true}, []string{"field-retyped p.N.a wire json"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(t, "x.proto", c.from, c.to, c.o); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// TestMethods: a finding names the methods that it concerns, each once.
func TestMethods(t *testing.T) {
	const head = `syntax = "proto3"; service S { rpc B(M) returns (R); rpc A(M) returns (M); rpc C(R) returns (R); } message R { } `
	report := compare(t, diff.Options{},
		load.Text{Name: "x.proto", Text: head + "message M { N n = 1; } message N { int32 a = 1; }"},
		load.Text{Name: "x.proto", Text: head + "message M { N n = 1; } message N { string a = 1; }"})
	if len(report.Findings) != 1 || !slices.Equal(report.Findings[0].Methods, []string{"S/A", "S/B"}) {
		t.Errorf("%+v", report.Findings)
	}
	if report.Services != 1 || report.Methods != 3 {
		t.Errorf("compared %d services, %d methods", report.Services, report.Methods)
	}
}

// TestMethodsOfCycles: in types that refer to each other, what breaks requests names those
// who send, whichever of the types they begin with.
func TestMethodsOfCycles(t *testing.T) {
	const head = `syntax = "proto2"; service S { rpc C(.A) returns (R); rpc A(.B) returns (R); rpc B(R) returns (.A); } message R { } message A { optional B b = 1; } `
	report := compare(t, diff.Options{},
		load.Text{Name: "x.proto", Text: head + "message B { optional A a = 1; optional int32 n = 2; optional int32 m = 3; }"},
		load.Text{Name: "x.proto", Text: head + "message B { optional A a = 1; required int32 n = 2; optional string m = 3; }"})
	if len(report.Findings) != 2 || !slices.Equal(report.Findings[0].Methods, []string{"S/A", "S/C"}) || !slices.Equal(report.Findings[1].Methods, []string{"S/A", "S/B", "S/C"}) {
		t.Errorf("%+v", report.Findings)
	}
}

// TestPlaces: what stands in no file of the user has the place of what leads to it.
func TestPlaces(t *testing.T) {
	const head = `syntax = "proto3"; import "google/protobuf/struct.proto"; service S {` + "\n"
	const in = `message M { N n = 1; }` + "\n"
	for _, c := range []struct {
		name, from, to string
		line           int
		want           []string
	}{
		{
			"a field", head + "rpc Do(M) returns (M); }\n" + in + "message N { google.protobuf.Struct a = 1; }", head + "rpc Do(M) returns (M); }\n" + in + "message N { google.protobuf.Value a = 1; }", 4,
			[]string{"field-retyped N.a json", "cardinality-changed google.protobuf.Struct.fields wire", "field-retyped google.protobuf.Struct.fields wire"},
		},
		{
			"a method", head + "rpc Do(google.protobuf.ListValue) returns (M); }\nmessage M { }", head + "rpc Do(M) returns (M); }\nmessage M { }", 2,
			[]string{"field-removed google.protobuf.ListValue.values wire json"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(t, "x.proto", c.from, c.to, diff.Options{}); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
			report := compare(t, diff.Options{}, load.Text{Name: "x.proto", Text: c.from}, load.Text{Name: "x.proto", Text: c.to})
			for _, f := range report.Findings {
				if f.Old.Line != c.line {
					t.Errorf("%+v, want line %d", f, c.line)
				}
			}
		})
	}
}

// TestSame: an IDL has no differences from itself, whichever way it is read.
func TestSame(t *testing.T) {
	for _, pattern := range []string{"../../testdata/proto/*.proto", "../../testdata/thrift/*.thrift", "../../e2e/testdata/idl/*.proto", "../idl/load/testdata/print/*.proto", "../../e2e/testdata/idl"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, files, err)
		}
		for _, file := range files {
			read := func(whole bool) idl.Schema {
				s, err := load.Files(t.Context(), load.Options{Files: []string{file}, Whole: whole, Includes: []string{filepath.Dir(file)}})
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			report, err := diff.Compare(t.Context(), read(true), read(false), diff.Options{AllTypes: true})
			if err != nil || len(report.Findings) > 0 || report.Types == 0 {
				t.Errorf("%s: %+v, %v", file, report, err)
			}
		}
	}
}

// TestBroken: what is broken in a set or a folder concerns only who needs it.
func TestBroken(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good.proto": `syntax = "proto3"; service S { rpc Do(M) returns (M); } message M { int32 a = 1; }`,
		"bad.proto":  `syntax = "proto3"; message Bad { Missing a = 1; }`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func() idl.Schema {
		s, err := load.Files(t.Context(), load.Options{Files: []string{dir}, Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	report, err := diff.Compare(t.Context(), read(), read(), diff.Options{})
	if err != nil || report.Types != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	_, err = diff.Compare(t.Context(), read(), read(), diff.Options{AllTypes: true})
	if mistake, ok := errors.AsType[*idl.ParseError](err); !ok || filepath.Base(mistake.File) != "bad.proto" {
		t.Errorf("got %v", err)
	}
}

func TestLanguages(t *testing.T) {
	const proto, thrift = `syntax = "proto3"; service S { rpc Do(M) returns (M); } message M {}`, "service S { void Do() }"
	for _, c := range []struct {
		name, from, to string
		want           string // what the error is about
	}{
		{"the same method", proto, thrift, "S"},
		{"from Thrift", thrift, proto, "S"},
		{"another method", proto, "service S { void Go() }", "S"},
		{"another service", proto, "service T { void Do() }", "S"},
		{"types only in NEW", proto, "struct M { }", "S"},
		{"types only", "struct M { }", `syntax = "proto3"; message N {}`, "x.M"},
		{"no language", proto, "enum E { A }", ""},
		{"no methods", `syntax = "proto3"; service S { }`, "service T { void Do() }", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			read := func(text string) idl.Schema {
				if strings.HasPrefix(text, "syntax") {
					return schema(t, load.Text{Name: "x.proto", Text: text})
				}
				return schema(t, load.Text{Name: "x.thrift", Text: text})
			}
			_, err := diff.Compare(t.Context(), read(c.from), read(c.to), diff.Options{})
			wrong, ok := errors.AsType[*diff.LanguageError](err)
			if ok != (c.want != "") || ok && (wrong.Symbol != c.want || wrong.From == wrong.To || wrong.From == stream.Protobuf != (c.from == proto)) {
				t.Errorf("got %v", err)
			}
			if !ok && err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBothLanguages: where one of the two has both languages, what is gone is gone.
func TestBothLanguages(t *testing.T) {
	one := schema(t, load.Text{Name: "x.thrift", Text: "service S { void Do() }"})
	both := load.Join(
		schema(t, load.Text{Name: "x.proto", Text: `syntax = "proto3"; service P { rpc Do(M) returns (M); } message M {}`}),
		schema(t, load.Text{Name: "y.thrift", Text: "service T { void Do() }"}),
	)
	report, err := diff.Compare(t.Context(), one, both, diff.Options{})
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Rule != diff.ServiceRemoved {
		t.Errorf("%+v, %v", report, err)
	}
	report, err = diff.Compare(t.Context(), both, one, diff.Options{})
	if err != nil || len(report.Findings) != 2 || report.Findings[0].Rule != diff.ServiceRemoved || report.Findings[1].Rule != diff.ServiceRemoved {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestServersOwn: what servers have besides is compared where NEW has it.
func TestServersOwn(t *testing.T) {
	const head = `syntax = "proto3"; package grpc.health.v1; message M {} service Health { rpc Check(M) returns (M); `
	own, s := load.Text{Name: "x.proto", Text: head + "rpc Watch(M) returns (stream M); }"}, load.Text{Name: "y.proto", Text: proto3Head + "message M {}"}
	old := load.Join(schema(t, own), schema(t, s))
	for _, c := range []struct {
		name string
		to   load.Text
		want []diff.Rule
	}{
		{"without", s, nil},
		{"less of it", load.Text{Name: "z.proto", Text: head + "}"}, []diff.Rule{diff.MethodRemoved, diff.ServiceRemoved}},
	} {
		t.Run(c.name, func(t *testing.T) {
			report, err := diff.Compare(t.Context(), old, schema(t, c.to), diff.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []diff.Rule
			for _, f := range report.Findings {
				got = append(got, f.Rule)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}
