package load_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

const (
	baseA = "struct T { 1: i32 fromA }"
	baseB = "struct T { 1: i32 fromB }"
	baseC = "struct T { 1: i32 fromC }"
	user  = "include \"base.thrift\"\nservice S { void f(1: base.T t) }"
)

func fieldOfT(t *testing.T, o load.Options) string {
	t.Helper()
	m, err := mustLoad(t, o).Method(t.Context(), "S/f")
	if err != nil {
		t.Fatal(err)
	}
	return m.Input.(*thrift.Struct).Fields[0].Type.Struct.Fields[0].Name
}

// TestThriftIncludes changes the working folder.
func TestThriftIncludes(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	writeFile(t, dir, "own/main.thrift", user)
	writeFile(t, dir, "own/base.thrift", baseA)
	writeFile(t, dir, "alone/deep/main.thrift", user)
	writeFile(t, dir, "inc1/base.thrift", baseB)
	writeFile(t, dir, "inc2/base.thrift", baseC)
	writeFile(t, dir, "parent/base.thrift", baseC)
	writeFile(t, dir, "parent/x/y/main.thrift", user)
	writeFile(t, dir, "cwd/base.thrift", "struct T { 1: i32 wrong }")
	writeFile(t, dir, "abs/main.thrift", strings.Replace(user, "base.thrift", filepath.ToSlash(path("inc1/base.thrift")), 1))
	writeFile(t, dir, "dots/main.thrift", "include 'a.b.c.thrift'\nservice S { void f(1: a.b.c.T t) }")
	writeFile(t, dir, "dots/a.b.c.thrift", baseA)
	writeFile(t, dir, "twice/main.thrift", "include 'base.thrift'\ninclude './base.thrift'\n"+user)
	writeFile(t, dir, "twice/base.thrift", baseA)
	t.Chdir(path("cwd"))
	for _, c := range []struct {
		name, file string
		includes   []string
		want       string
	}{
		{"own folder before -I", "own/main.thrift", []string{"inc1"}, "fromA"},
		{"first -I", "alone/deep/main.thrift", []string{"inc1", "inc2"}, "fromB"},
		{"second -I", "alone/deep/main.thrift", []string{"own/none", "inc2"}, "fromC"},
		{"absolute", "abs/main.thrift", nil, "fromB"},
		{"folder above", "parent/x/y/main.thrift", nil, "fromC"},
		{"name with dots", "dots/main.thrift", nil, "fromA"},
		{"the same twice", "twice/main.thrift", nil, "fromA"},
		{"named through -I", "main.thrift", []string{"own"}, "fromA"},
	} {
		o := load.Options{Files: []string{path(c.file)}}
		if c.name == "named through -I" {
			o.Files[0] = c.file
		}
		for _, inc := range c.includes {
			o.Includes = append(o.Includes, path(inc))
		}
		if got := fieldOfT(t, o); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	err := loadError(t, load.Options{Files: []string{path("alone/deep/main.thrift")}, Includes: []string{path("own/none")}}, "f")
	want := path("alone/deep/main.thrift") + `:1:9: include "base.thrift" not found in ` + path("alone/deep") + ", " + path("own/none")
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	err = loadError(t, load.Options{Files: []string{path("alone/deep/main.thrift")}}, "f")
	if err == nil || !strings.Contains(err.Error(), "1:9: include") {
		t.Errorf("the working folder was searched: %v", err)
	}
}

func TestThriftStrings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, dir, "base.thrift", baseC)
	const service = "service S { void f(1: b.T t) }"
	for name, c := range map[string]struct {
		o    load.Options
		want string
	}{
		"relative":      {thriftMap("a/a.thrift", "include '../b/b.thrift'\n"+service, "b/b.thrift", baseA), "fromA"},
		"absolute key":  {thriftMap("a/a.thrift", "include 'b/b.thrift'\n"+service, "b/b.thrift", baseA), "fromA"},
		"relative wins": {thriftMap("a/a.thrift", "include 'b.thrift'\n"+service, "b.thrift", baseA, "a/b.thrift", baseB), "fromB"},
		"absolute path": {thriftMap("/x/a.thrift", "include '/y/b.thrift'\n"+service, "/y/b.thrift", baseA), "fromA"},
		"below a path":  {thriftMap("/x/a.thrift", "include '../y/b.thrift'\n"+service, "/y/b.thrift", baseA), "fromA"},
		"on disk":       {load.Options{Strings: []load.Text{{Name: "a.thrift", Text: user}}, Includes: []string{dir}}, "fromC"},
		"no name":       {load.Options{Strings: []load.Text{{Text: user}, {Name: "base.thrift", Text: baseB}}}, "fromB"},
		"stdin":         {load.Options{Files: []string{"-"}, Stdin: strings.NewReader(user), Strings: []load.Text{{Name: "base.thrift", Text: baseB}}}, "fromB"},
	} {
		if got := fieldOfT(t, c.o); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	empty := thriftMap("a.thrift", "")
	if names, err := mustLoad(t, empty).Services(t.Context()); err != nil || len(names) != 0 {
		t.Errorf("empty file: %v %v", names, err)
	}
}

func TestThriftIncludeCycle(t *testing.T) {
	t.Parallel()
	o := thriftMap("a.thrift", "include 'b.thrift'\nstruct A { 1: b.B b }\nservice S { void f(1: A a) }",
		"b.thrift", "// b\ninclude 'a.thrift'\nstruct B { 1: a.A a }")
	s := mustLoad(t, o)
	const want = "b.thrift:2:9: include cycle b.thrift -> a.thrift -> b.thrift"
	for range 2 {
		if _, err := s.Method(t.Context(), "f"); err == nil || err.Error() != want {
			t.Errorf("method: got %v", err)
		}
	}
	dir := t.TempDir()
	writeFile(t, dir, "a.thrift", "include 'b.thrift'\nservice S { void f(1: b.B b) }")
	writeFile(t, dir, "b.thrift", "include 'c.thrift'\nstruct B { 1: i32 b }")
	writeFile(t, dir, "c.thrift", "include 'a.thrift'\nstruct C { 1: i32 c }")
	_, err := mustLoad(t, load.Options{Files: []string{filepath.Join(dir, "a.thrift")}}).Services(t.Context())
	if err == nil || !strings.Contains(err.Error(), "c.thrift:1:9: include cycle") || strings.Count(err.Error(), "->") != 3 {
		t.Errorf("services: got %v", err)
	}
}

// TestThriftLanguage tells the languages of texts without a name apart.
func TestThriftLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		thrift bool
	}{
		{"service S { void f() }", true},
		{"# comment\nservice S { void f() }", true},
		{"// comment\nnamespace go x\nservice S { void f() }", true},
		{"enum E { A = 1; B } service S { void f() }", true},
		{"enum E { A, B }\nservice S { void f() }", true},
		{"enum E {} service S { void f() }", true},
		{"struct A {}\nservice S { void f() }", true},
		{"service P {} service S extends P { void f() }", true},
		{"syntax = \"proto3\"; message M {} service S { rpc f(M) returns (M); }", false},
		{"message M {} service S { rpc f(M) returns (M); }", false},
		{"enum E { A = 0; } message M {} service S { rpc f(M) returns (M); }", false},
		{"service S { rpc f(M) returns (M); } message M {}", false},
	} {
		for name, o := range map[string]load.Options{
			"string": {Strings: []load.Text{{Text: c.text}}},
			"stdin":  {Files: []string{"-"}, Stdin: strings.NewReader(c.text)},
			"file":   {Files: []string{writeFile(t, t.TempDir(), "x.idl", c.text)}},
		} {
			m, err := mustLoad(t, o).Method(t.Context(), "S/f")
			if err != nil {
				t.Errorf("%s %q: %v", name, c.text, err)
				continue
			}
			if _, ok := m.Input.(*thrift.Struct); ok != c.thrift {
				t.Errorf("%s %q: Thrift is %v", name, c.text, ok)
			}
		}
	}
}

func TestThriftBesideProto(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, dir, "a.thrift", "service T { void thrifty() }")
	writeFile(t, dir, "sub/b.proto", "syntax = \"proto3\"; package p; message M {} service P { rpc Proto(M) returns (M); }")
	for name, o := range map[string]load.Options{
		"folder": {Files: []string{dir}},
		"files":  {Files: []string{filepath.Join(dir, "a.thrift"), filepath.Join(dir, "sub/b.proto")}},
	} {
		s := mustLoad(t, o)
		services, err := s.Services(t.Context())
		if got := strings.Join(services, " "); err != nil || got != "T p.P" {
			t.Errorf("%s: %s %v", name, got, err)
		}
		for _, method := range []string{"thrifty", "Proto", "p.P/Proto", "T/thrifty"} {
			if _, err := s.Method(t.Context(), method); err != nil {
				t.Errorf("%s: %s: %v", name, method, err)
			}
		}
	}
	_, err := load.Files(t.Context(), load.Options{Files: []string{filepath.Join(dir, "b.thrift")}})
	missing, ok := errors.AsType[*idl.NotFoundError](err)
	if !ok || len(missing.Nearest) != 1 || filepath.Base(missing.Nearest[0]) != "a.thrift" {
		t.Errorf("missing file: %+v", missing)
	}
	loop := filepath.Join(dir, "loop.thrift")
	if err := os.Symlink(loop, loop); err != nil {
		t.Skip(err)
	}
	if _, err := load.Files(t.Context(), load.Options{Files: []string{loop}}); err == nil {
		t.Error("no error for a symlink loop")
	}
}

func TestThriftMessage(t *testing.T) {
	t.Parallel()
	o := thriftMap("a.thrift", "include 'lib/b.thrift'\nstruct A { 1: A self, 2: list<map<string, A>> more }\nunion U { 1: A a }\ntypedef A Alias\nenum E { X }",
		"lib/b.thrift", "include 'c.thrift'\nexception B { 1: i32 b }", "lib/c.thrift", "struct C {}\nstruct A {}")
	for _, s := range []idl.Schema{mustLoad(t, o)} {
		for name, want := range map[string]string{
			"A": "type \"A\" is ambiguous: a.A, c.A", "a.A": "a.A", "U": "a.U", "b.B": "b.B", "B": "b.B", "c.C": "c.C", "Alias": "a.A",
			"E": `no message type "E"`, "Aa": `no message type "Aa"`,
		} {
			m, err := s.Message(t.Context(), name)
			switch {
			case err != nil && err.Error() != want:
				t.Errorf("%s: got %v, want %s", name, err, want)
			case err == nil && m.Name() != want:
				t.Errorf("%s: got %s, want %s", name, m.Name(), want)
			}
		}
	}
}

func TestThriftSave(t *testing.T) {
	t.Parallel()
	dir, inc := t.TempDir(), t.TempDir()
	main := writeFile(t, dir, "svc/main.thrift", "// main\ninclude \"../lib/base.thrift\"\ninclude 'far/other.thrift'\nservice S { void f(1: base.T t, 2: other.O o) }")
	writeFile(t, dir, "lib/base.thrift", baseA)
	writeFile(t, inc, "far/other.thrift", "struct O {}")
	s := mustLoad(t, load.Options{Files: []string{main}, Includes: []string{inc}})
	out := t.TempDir()
	if err := s.Save(t.Context(), idl.SaveOptions{Dest: out}, "S/f"); err != nil {
		t.Fatal(err)
	}
	var saved string
	_ = filepath.WalkDir(out, func(path string, _ os.DirEntry, _ error) error {
		if filepath.Base(path) == "main.thrift" {
			saved = path
		}
		return nil
	})
	if got := fieldOfT(t, load.Options{Files: []string{saved}, Includes: []string{t.TempDir()}}); got != "fromA" {
		t.Errorf("got %s", got)
	}
	text, err := os.ReadFile(saved)
	if err != nil || !strings.HasPrefix(string(text), "// main\ninclude \"../lib/base.thrift\"\ninclude \"../") {
		t.Errorf("%s %v", text, err)
	}
	if err := s.Save(t.Context(), idl.SaveOptions{Dest: filepath.Join(out, "x.binpb")}, "S"); err == nil {
		t.Error("saved as a descriptor set")
	}
	strs := mustLoad(t, thriftMap("a/a.thrift", "include '../b/b.thrift'\nservice S { void f(1: b.T t) }", "b/b.thrift", baseA))
	out = t.TempDir()
	if err := strs.Save(t.Context(), idl.SaveOptions{Dest: out}, "S"); err != nil {
		t.Fatal(err)
	}
	if got := fieldOfT(t, load.Options{Files: []string{filepath.Join(out, "a/a.thrift")}}); got != "fromA" {
		t.Errorf("got %s", got)
	}
}

// TestThriftStringBeforeFile: what a string defines goes before what a file
// defines.
func TestThriftStringBeforeFile(t *testing.T) {
	t.Parallel()
	path := writeFile(t, t.TempDir(), "a.thrift", "service S { void old() }")
	s := mustLoad(t, load.Options{Files: []string{path}, Strings: []load.Text{{Name: "b.thrift", Text: "service S { void f() }"}}})
	if m, err := s.Method(t.Context(), "S/f"); err != nil || m.FullName() != "b.S/f" {
		t.Errorf("%v %v", m, err)
	}
	if m, err := s.Method(t.Context(), "a.S/old"); err != nil || m.FullName() != "a.S/old" {
		t.Errorf("%v %v", m, err)
	}
}

// TestThriftLazy: what a method does not need is not read.
func TestThriftLazy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	main := writeFile(t, dir, "main.thrift", "include 'broken.thrift'\ninclude 'good.thrift'\nservice S { void f(1: good.T t), void g(1: broken.T t) }")
	writeFile(t, dir, "broken.thrift", "struct T { 1: }")
	writeFile(t, dir, "good.thrift", "include 'missing.thrift'\nstruct T { 1: i32 fine }\nstruct Not { 1: }")
	if got := fieldOfT(t, load.Options{Files: []string{main}}); got != "fine" {
		t.Errorf("got %s", got)
	}
	err := loadError(t, load.Options{Files: []string{main}}, "g")
	if want := filepath.Join(dir, "broken.thrift") + `:1:15: expected a type, found "}"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	err = loadError(t, load.Options{Files: []string{writeFile(t, dir, "next.thrift", "struct A { 1: i32 a }\nstruct B { 1: }")}}, "none")
	if err == nil || !strings.HasSuffix(err.Error(), `next.thrift:2:15: expected a type, found "}"`) {
		t.Errorf("a mistake in the named file: got %v", err)
	}
}

func TestThriftTypes(t *testing.T) {
	t.Parallel()
	s := mustLoad(t, thriftMap("a.thrift", `include "b.thrift"
struct Node { 1: list<Node> nodes, 2: map<b.Key, Node> byKey, 3: b.Names names, 4: Fault fault, 5: binary raw }
exception Fault { 1: Node node, 2: Fault cause }`, "b.thrift", "enum E { X = 0x10, Y, Z = -1 }\ntypedef E Inner\ntypedef Inner Key\ntypedef set<string> Names"))
	m, err := s.Message(t.Context(), "Node")
	if err != nil {
		t.Fatal(err)
	}
	node := m.(*thrift.Struct)
	if node.Fields[0].Type.Elem.Struct != node || node.Fields[1].Type.Elem.Struct != node {
		t.Error("the struct is not in itself")
	}
	key := node.Fields[1].Type.Key
	if key.Kind != thrift.KindI32 || key.Enum == nil || key.Name != "b.E" {
		t.Errorf("key: %+v", key)
	}
	want := []thrift.EnumValue{{Name: "X", Number: 16}, {Name: "Y", Number: 17}, {Name: "Z", Number: -1}}
	for i, v := range key.Enum.Values {
		if v != want[i] {
			t.Errorf("value %d: %v", i, v)
		}
	}
	fault := node.Fields[3].Type.Struct
	if fault.Form != thrift.FormException || fault.Fields[0].Type.Struct != node || fault.Fields[1].Type.Struct != fault {
		t.Errorf("exception: %+v", fault)
	}
	if names, raw := node.Fields[2].Type, node.Fields[4].Type; names.Kind != thrift.KindSet || names.Name != "set<string>" || !raw.Binary {
		t.Errorf("got %+v and %+v", names, raw)
	}
}
