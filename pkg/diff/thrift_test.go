package diff_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/diff"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// A case whose texts have no service is of one with a method that takes and returns M.
func thriftText(text string) string {
	if strings.Contains(text, "service ") {
		return text
	}
	return text + "\nservice S { M Do(1: M m) }"
}

func TestThrift(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		want           []string
	}{
		{"nothing", "struct M { 1: i32 a }", "struct M { 1: i32 a }", nil},
		{"additions", "struct M { 1: i32 a }", "struct M { 1: i32 a, 2: optional i32 b, 3: string c }", nil},
		{"typedefs are types", "struct M { 1: i32 a }", "typedef i32 Number\nstruct M { 1: Number a }", nil},
		{"removed", "struct M { 1: i32 a, 2: i32 b }", "struct M { 1: i32 a }", []string{"field-removed x.M.b wire json"}},
		{"renumbered", "struct M { 1: i32 a }", "struct M { 2: i32 a }", []string{"field-renumbered x.M.a wire"}},
		{"renamed", "struct M { 1: i32 a }", "struct M { 1: i32 b }", []string{"field-renamed x.M.a json"}},
		{"go.tag", "struct M { 1: i32 a }", "struct M { 1: i32 a (go.tag = 'json:\"A\"') }", []string{"json-name-changed x.M.a json"}},
		{"i32 to i64", "struct M { 1: i32 a }", "struct M { 1: i64 a }", []string{"field-retyped x.M.a wire"}},
		{"i32 to string", "struct M { 1: i32 a }", "struct M { 1: string a }", []string{"field-retyped x.M.a wire json"}},
		{"string to binary", "struct M { 1: string a }", "struct M { 1: binary a }", []string{"field-retyped x.M.a json"}},
		{"enum to i32", "enum E { A = 1 }\nstruct M { 1: E a }", "struct M { 1: i32 a }", []string{"field-retyped x.M.a json"}},
		{"list to set", "struct M { 1: list<i32> a }", "struct M { 1: set<i32> a }", []string{"field-retyped x.M.a wire"}},
		{"element of a list", "struct M { 1: list<i32> a }", "struct M { 1: list<i64> a }", []string{"field-retyped x.M.a wire"}},
		{"key of a map", "struct M { 1: map<string, i32> a }", "struct M { 1: map<i64, i32> a }", []string{"field-retyped x.M.a wire json"}},
		{"key of a map that JSON has no text for", "struct K { 1: i32 a }\nstruct M { 1: map<i32, i32> a }", "struct K { 1: i32 a }\nstruct M { 1: map<K, i32> a }", []string{"field-retyped x.M.a wire json"}},
		{
			"in a map of lists", "struct N { 1: i32 x }\nstruct M { 1: map<string, list<N>> a }", "struct N { 1: string x }\nstruct M { 1: map<string, list<N>> a }",
			[]string{"field-retyped x.N.x wire json"},
		},
		{"struct to union", "struct M { 1: optional i32 a, 2: optional i32 b }", "union M { 1: i32 a, 2: i32 b }", []string{"oneof-changed x.M.a wire json", "oneof-changed x.M.b wire json"}},
		{"required added", "struct M { 1: optional i32 a }", "struct M { 1: required i32 a }", []string{"required-added x.M.a wire json"}},
		{"new and required", "struct M { }", "struct M { 1: required i32 a }", []string{"required-added x.M wire json"}},
		{"required removed", "struct M { 1: required i32 a }", "struct M { 1: optional i32 a }", []string{"required-removed x.M.a wire json"}},
		{
			"required in one direction", "struct M { 1: i32 a }\nstruct R { 1: required i32 b }\nservice S { R Do(1: M m) }",
			"struct M { 1: i32 a }\nstruct R { 1: required i32 b, 2: required i32 c }\nservice S { R Do(1: M m) }", nil,
		},
		{"default of an optional field", "struct M { 1: optional i32 a = 1 }", "struct M { 1: optional i32 a = 2 }", []string{"default-changed x.M.a wire json"}},
		{"default of a field", "struct M { 1: i32 a = 1 }", "struct M { 1: i32 a = 2 }", []string{"default-changed x.M.a wire json"}},
		{"default added", "struct M { 1: i32 a }", "struct M { 1: i32 a = 5 }", []string{"default-changed x.M.a wire json"}},
		{"default removed", "struct M { 1: string a = 'x' }", "struct M { 1: string a }", []string{"default-changed x.M.a wire json"}},
		{"default that is nothing", "struct M { 1: i32 a, 2: string b, 3: list<i32> c = [], 4: E e }\nenum E { A }", "struct M { 1: i32 a = 0, 2: string b = '', 3: list<i32> c, 4: E e = E.A }\nenum E { A }", nil},
		{"default of an optional field that is nothing", "struct M { 1: optional i32 a }", "struct M { 1: optional i32 a = 0 }", []string{"default-changed x.M.a wire json"}},
		{"optional without a default", "struct M { 1: i32 a }", "struct M { 1: optional i32 a }", nil},
		{"default of a required field", "struct M { 1: required i32 a = 1 }", "struct M { 1: required i32 a = 2 }", nil},
		{"default of a parameter", "service S { void Do(1: i32 a = 1) }", "service S { void Do(1: i32 a = 2) }", []string{"default-changed S/Do.a wire json"}},
		{"default that is renamed", "enum E { A = 1 }\nstruct M { 1: E a = E.A }", "enum E { B = 1 }\nstruct M { 1: E a = E.B }", []string{"enum-value-renamed x.E.A json"}},
		{"default that is renumbered", "enum E { A = 1 }\nstruct M { 1: E a = E.A }", "enum E { A = 2 }\nstruct M { 1: E a = E.A }", []string{"enum-value-renumbered x.E.A wire"}},
		{"enum value removed", "enum E { A = 1, B = 2 }\nstruct M { 1: E a }", "enum E { A = 1 }\nstruct M { 1: E a }", []string{"enum-value-removed x.E.B wire json"}},
		{"enum value renamed", "enum E { A = 1 }\nstruct M { 1: E a }", "enum E { B = 1 }\nstruct M { 1: E a }", []string{"enum-value-renamed x.E.A json"}},
		{
			"enum values swapped", "enum E { A = 1, B = 2 }\nstruct M { 1: list<E> a }", "enum E { B = 1, A = 2 }\nstruct M { 1: list<E> a }",
			[]string{"enum-value-reused x.E.A wire", "enum-value-reused x.E.B wire"},
		},
		{"service removed", "service S { void Do() }", "service T { void Do() }", []string{"service-removed S wire json"}},
		{"method removed", "service S { void Do(), void Go() }", "service S { void Do() }", []string{"method-removed S/Go wire json"}},
		{"method of a parent", "service P { void Go() }\nservice S extends P { void Do() }", "service P { void Go() }\nservice S { void Do(), void Go() }", nil},
		{"parameter renamed", "service S { void Do(1: i32 a, 2: i32 b) }", "service S { void Do(1: i32 a, 2: i32 c) }", []string{"field-renamed S/Do.b json"}},
		{"parameter removed", "service S { void Do(1: i32 a, 2: i32 b) }", "service S { void Do(1: i32 a) }", []string{"field-removed S/Do.b wire json"}},
		{"parameter retyped", "service S { void Do(1: i32 a) }", "service S { void Do(1: string a) }", []string{"field-retyped S/Do.a wire json"}},
		{"one parameter, then two", "struct M { }\nservice S { void Do(1: M m) }", "struct M { }\nservice S { void Do(1: M m, 2: i32 n) }", []string{"request-form-changed S/Do json"}},
		{"returns another type", "service S { i32 Do() }", "service S { string Do() }", []string{"field-retyped S/Do wire json"}},
		{"returns nothing now", "service S { i32 Do() }", "service S { void Do() }", []string{"result-changed S/Do wire json"}},
		{"returns something now", "service S { void Do() }", "service S { i32 Do() }", nil},
		{"oneway now", "service S { void Do() }", "service S { oneway void Do() }", []string{"oneway-changed S/Do wire json"}},
		{"oneway no more", "service S { oneway void Do() }", "service S { void Do() }", []string{"oneway-changed S/Do wire json"}},
		{
			"streaming", "struct M { }\nservice S { M Do(1: M m) }", "struct M { }\nservice S { M Do(1: M m) (streaming.mode = 'server') }",
			[]string{"streaming-changed S/Do wire json"},
		},
		{"exception added", "exception X { 1: i32 a }\nservice S { void Do() }", "exception X { 1: i32 a }\nservice S { void Do() throws (1: X x) }", []string{"exception-added S/Do wire json"}},
		{"exception removed", "exception X { 1: i32 a }\nservice S { void Do() throws (1: X x) }", "exception X { 1: i32 a }\nservice S { void Do() }", []string{"exception-removed S/Do.x wire json"}},
		{"exception renamed", "exception X { 1: i32 a }\nservice S { void Do() throws (1: X x) }", "exception X { 1: i32 a }\nservice S { void Do() throws (1: X y) }", nil},
		{
			"exception replaced", "exception X { 1: i32 a }\nexception Y { 1: i32 a }\nservice S { void Do() throws (1: X x) }",
			"exception X { 1: i32 a }\nexception Y { 1: i32 a }\nservice S { void Do() throws (1: Y x) }", []string{"exception-replaced S/Do.x wire json"},
		},
		{
			"exceptions swapped", "exception X { 1: i32 a }\nexception Y { 1: i32 a }\nservice S { void Do() throws (1: X x, 2: Y y) }",
			"exception X { 1: i32 a }\nexception Y { 1: i32 a }\nservice S { void Do() throws (1: Y x, 2: X y) }",
			[]string{"exception-replaced S/Do.x wire json", "exception-replaced S/Do.y wire json"},
		},
		{
			"exception behind another name", "exception X { 1: i32 a }\nservice S { void Do() throws (1: X x) }",
			"exception X { 1: i32 a }\ntypedef X Y\nservice S { void Do() throws (1: Y x) }", nil,
		},
		{
			"inside an exception", "exception X { 1: i32 a }\nservice S { void Do() throws (1: X x) }", "exception X { 1: string a }\nservice S { void Do() throws (1: X x) }",
			[]string{"field-retyped x.X.a wire json"},
		},
		{"recursion", "struct M { 1: optional M m, 2: i32 a }", "struct M { 1: optional M m, 2: string a }", []string{"field-retyped x.M.a wire json"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(t, "x.thrift", thriftText(c.from), thriftText(c.to), diff.Options{}); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// TestFileNames: Thrift's names of files are not on the wire.
func TestFileNames(t *testing.T) {
	const text = "struct M { 1: i32 a }\nenum E { A }\nservice S { M Do(1: M m) }"
	for _, texts := range [][2]string{{text, text}, {"struct M { 1: i32 a }", "struct M { 1: i32 a }"}} {
		report := compare(t, diff.Options{AllTypes: true}, load.Text{Name: "old.thrift", Text: texts[0]}, load.Text{Name: "new.thrift", Text: texts[1]})
		if len(report.Findings) > 0 || report.Types == 0 {
			t.Errorf("%+v", report)
		}
	}
}
