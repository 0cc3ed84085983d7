package load_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cloudwego/thriftgo/parser"

	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

func thriftTreeName(i int) string { return fmt.Sprintf("gen/p%d/file%d.thrift", i%20, i) }

// writeThriftTree writes 500 files with ten structs each, every file using some of
// the files before it, and a root that includes all and has a method for each.
func writeThriftTree(tb testing.TB) (dir, root string) {
	tb.Helper()
	dir = tb.TempDir()
	var includes, methods strings.Builder
	for i := range treeFiles {
		writeFile(tb, dir, thriftTreeName(i), thriftTreeFile(i))
		fmt.Fprintf(&includes, "include %q\n", "../"+thriftTreeName(i))
		fmt.Fprintf(&methods, "  // Method %d.\n  file%d.F%dM1 M%d(1: file%d.F%dM0 req),\n", i, i, i, i, i, i)
	}
	root = writeFile(tb, dir, "root/root.thrift", includes.String()+"service Root {\n"+methods.String()+"}\n")
	return dir, root
}

func thriftTreeFile(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// File %d.\nnamespace go gen.p%d\n\n", i, i%20)
	include := func(j int) { fmt.Fprintf(&b, "include \"../p%d/file%d.thrift\"\n", j%20, j) }
	if j := i / 2; j > 0 && j < i-1 {
		include(j)
	}
	if i > 0 {
		include(i - 1)
	}
	fmt.Fprintf(&b, "\nenum Kind%d { NONE = 0, SOME = 1 }\n", i)
	for m := range treeMessages {
		fmt.Fprintf(&b, "\n// F%dM%d is a struct { with a brace.\nstruct F%dM%d {\n", i, m, i, m)
		fmt.Fprintf(&b, "  1: string name = \"x\" // \"the name\"\n  2: required i64 id,\n  3: list<binary> blobs,\n  4: optional map<string, list<i32>> inner\n  5: Kind%d kind = Kind%d.SOME (go.tag = 'json:\"Kind,omitempty\"')\n", i, i)
		if m+1 < treeMessages && m%3 != 2 {
			fmt.Fprintf(&b, "  6: F%dM%d next\n", i, m+1)
		}
		if j := i / 2; j > 0 && j < i-1 && m == 2 {
			fmt.Fprintf(&b, "  7: file%d.F%dM5 other\n", j, j)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func TestThriftTree(t *testing.T) {
	t.Parallel()
	dir, root := writeThriftTree(t)
	for name, o := range map[string]load.Options{"file": {Files: []string{root}}, "folder": {Files: []string{dir}}} {
		m, err := mustLoad(t, o).Method(t.Context(), "Root/M377")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		in := m.Input.(*thrift.Struct).Fields[0].Type.Struct
		if in.FullName != "file377.F377M0" || in.Fields[5].Type.Struct.Fields[5].Type.Struct.Fields[5].Type.Name != "file188.F188M5" {
			t.Errorf("%s: got %v", name, in)
		}
	}
	names, err := mustLoad(t, load.Options{Files: []string{root}}).Services(t.Context())
	if err != nil || len(names) != 1 || names[0] != "Root" {
		t.Errorf("services: %v %v", names, err)
	}
}

// TestThriftShared: structs that share structs, over 150 files, take linear time.
func TestThriftShared(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const files = 150
	for i := range files {
		text := "struct S { 1: i32 n }\ntypedef map<string, S> M\n"
		if i > 0 {
			text = fmt.Sprintf("include \"f%d.thrift\"\nstruct S { 1: f%d.S a, 2: f%d.S b, 3: f%d.M c, 4: list<f%d.S> d }\ntypedef map<f%d.M, f%d.M> M\n", i-1, i-1, i-1, i-1, i-1, i-1, i-1)
		}
		if i == files-1 {
			text += "service T { S Do(1: S s, 2: M m) }\n"
		}
		writeFile(t, dir, fmt.Sprintf("f%d.thrift", i), text)
	}
	m, err := mustLoad(t, load.Options{Files: []string{fmt.Sprintf("%s/f%d.thrift", dir, files-1)}}).Method(t.Context(), "Do")
	if err != nil {
		t.Fatal(err)
	}
	s := m.Input.(*thrift.Struct).Fields[0].Type.Struct
	for range files - 1 {
		if s.Fields[0].Type.Struct != s.Fields[1].Type.Struct || s.Fields[3].Type.Elem.Struct != s.Fields[0].Type.Struct {
			t.Fatal("built more than once")
		}
		s = s.Fields[0].Type.Struct
	}
}

func BenchmarkThriftTree(b *testing.B) {
	dir, root := writeThriftTree(b)
	for _, bench := range []struct {
		name, path string
	}{{"file", root}, {"folder", dir}} {
		b.Run("method/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := mustLoad(b, load.Options{Files: []string{bench.path}}).Method(b.Context(), "Root/M377"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("services", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := mustLoad(b, load.Options{Files: []string{root}}).Services(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("thriftgo", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parser.ParseFile(root, nil, true); err != nil {
				b.Fatal(err)
			}
		}
	})
}
