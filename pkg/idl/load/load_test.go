package load_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

func mustLoad(tb testing.TB, o load.Options) idl.Schema {
	tb.Helper()
	s, err := load.Files(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestTreeMethod(t *testing.T) {
	dir, root := writeTree(t)
	full := fullCompile(t, dir, "root/root.proto")
	want := full.Services().ByName("Root").Methods().ByName("M123")
	set := writeSet(t, fullSet(full))
	for name, o := range map[string]load.Options{
		"root file":    {Files: []string{root}},
		"with include": {Files: []string{root}, Includes: []string{dir}},
		"folder":       {Files: []string{dir}},
		"set":          {Files: []string{set}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{"root.Root/M123", "Root.M123", "M123"} {
				m, err := mustLoad(t, o).Method(t.Context(), method)
				if err != nil {
					t.Fatalf("%s: %v", method, err)
				}
				c := &comparer{t, typesOf(t, full), map[protoreflect.FullName]bool{}}
				c.same(m.Input.(*idl.ProtoMessage).Descriptor, want.Input())
				c.same(m.Output.(*idl.ProtoMessage).Descriptor, want.Output())
				if m.FullName() != "root.Root/M123" || m.Input.Name() != "gen.p3.F123M0" {
					t.Errorf("%s: got %s of %s", method, m.FullName(), m.Input.Name())
				}
			}
		})
	}
}

func BenchmarkMethod(b *testing.B) {
	dir, root := writeTree(b)
	set := writeSet(b, fullSet(fullCompile(b, dir, "root/root.proto")))
	for _, bench := range []struct {
		name string
		o    load.Options
	}{
		{"files", load.Options{Files: []string{root}}},
		{"folder", load.Options{Files: []string{dir}}},
		{"set", load.Options{Files: []string{set}}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := mustLoad(b, bench.o).Method(b.Context(), "root.Root/M377"); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(bench.name+"/services", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := mustLoad(b, bench.o).Services(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParse compiles small files whole, for the choice of the limit.
func BenchmarkParse(b *testing.B) {
	dir := b.TempDir()
	text := strings.ReplaceAll(treeFile(0), "package gen.p0;", "package gen.p0;\nservice S { rpc M(F0M0) returns (F0M1); }")
	path := writeFile(b, dir, "a.proto", text)
	b.ReportMetric(float64(len(text)), "size")
	for b.Loop() {
		if _, err := mustLoad(b, load.Options{Files: []string{path}}).Method(b.Context(), "gen.p0.S/M"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(text)), "size")
}

func BenchmarkDescribe(b *testing.B) {
	dir, root := writeTree(b)
	set := writeSet(b, fullSet(fullCompile(b, dir, "root/root.proto")))
	for name, path := range map[string]string{"files": root, "set": set} {
		for _, symbol := range []string{"gen.p7.F127M2", "root.Root", "root.Root.M55"} {
			b.Run(name+"/"+symbol, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := mustLoad(b, load.Options{Files: []string{path}}).Describe(b.Context(), symbol); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
