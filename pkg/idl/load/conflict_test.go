package load_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// TestConflict gives two sources for one package. What they define differently
// cannot be used, the rest can.
func TestConflict(t *testing.T) {
	const a = `syntax = "proto3"; package p;
		message M { int32 n = 1; N inner = 2; }
		message N { repeated int32 list = 1; string snake_case = 2; map<string, N> map = 3; enum E { ZERO = 0; } }
		enum Color { RED = 0; }
		service A { rpc Do(M) returns (N); rpc Same(N) returns (N); }`
	const b = `syntax = "proto3"; package p;
		// Comments do not count, nor does the order of declarations.
		message N {
			repeated int32 list = 1;
			string snake_case = 2;
			map<string, N> map = 3;
			enum E { ZERO = 0; }
		}
		message M { string n = 1; N inner = 2; }
		enum Color { RED = 0; GREEN = 1; }
		service B { rpc Do(M) returns (N); rpc Same(N) returns (N); }`
	dir := t.TempDir()
	t.Chdir(dir)
	writeFile(t, dir, "a.proto", a)
	writeFile(t, dir, "b.proto", b)
	writeFile(t, dir, "copy/a.proto", b)
	set := fullSet(fullCompile(t, dir, "b.proto"))
	writeFile(t, dir, "b.binpb", string(marshal(t, set)))
	set.File[0].Name = new("a.proto")
	writeFile(t, dir, "a.binpb", string(marshal(t, set)))

	asks := map[string]func(context.Context, idl.Schema) error{
		"message":       func(ctx context.Context, s idl.Schema) error { _, err := s.Message(ctx, "p.M"); return err },
		"describe":      func(ctx context.Context, s idl.Schema) error { _, err := s.Describe(ctx, "p.M"); return err },
		"field":         func(ctx context.Context, s idl.Schema) error { _, err := s.Describe(ctx, "p.M.n"); return err },
		"method":        func(ctx context.Context, s idl.Schema) error { _, err := s.Method(ctx, "Do"); return err },
		"enum":          func(ctx context.Context, s idl.Schema) error { _, err := s.Describe(ctx, "p.Color"); return err },
		"other message": func(ctx context.Context, s idl.Schema) error { _, err := s.Message(ctx, "p.N"); return err },
		"other method":  func(ctx context.Context, s idl.Schema) error { _, err := s.Method(ctx, "p.A/Same"); return err },
	}
	for name, test := range map[string]struct {
		o    load.Options
		want string // of the first five
	}{
		"two files":     {load.Options{Files: []string{"a.proto", "b.proto"}}, "a.proto and b.proto"},
		"other order":   {load.Options{Files: []string{"b.proto", "a.proto"}}, "a.proto and b.proto"},
		"file and set":  {load.Options{Files: []string{"a.proto", "b.binpb"}}, "a.proto and b.proto in b.binpb"},
		"set and file":  {load.Options{Files: []string{"b.binpb", "a.proto"}}, "a.proto and b.proto in b.binpb"},
		"one name":      {load.Options{Files: []string{"a.proto", "a.binpb"}}, "a.proto and a.proto in a.binpb"},
		"one name, set": {load.Options{Files: []string{"a.binpb", "a.proto"}}, "a.proto and a.proto in a.binpb"},
		"string":        {load.Options{Files: []string{"b.proto"}, Strings: []load.Text{{Text: a}}}, ""},
		"folder":        {load.Options{Files: []string{"a.proto", "copy"}}, ""},
	} {
		for ask, f := range asks {
			t.Run(name+"/"+ask, func(t *testing.T) {
				o := test.o
				if ask == "method" || ask == "describe" {
					o.Service = "p.A"
				}
				err := f(t.Context(), mustLoad(t, o))
				ambiguous, is := errors.AsType[*idl.AmbiguousError](err)
				switch {
				case strings.HasPrefix(ask, "other"), test.want == "":
					if err != nil {
						t.Error(err)
					}
				case !is || !ambiguous.Conflict || len(ambiguous.Candidates) != 2 || !strings.HasSuffix(err.Error(), "is defined differently in "+test.want):
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

// TestNoConflict gives one schema in several forms.
func TestNoConflict(t *testing.T) {
	full := fullCompile(t, "testdata", featuresRoot)
	set := writeSet(t, fullSet(full))
	renamed := fullSet(full)
	for _, f := range renamed.File {
		f.Name = new("renamed/" + f.GetName())
		for i, name := range f.Dependency {
			f.Dependency[i] = "renamed/" + name
		}
	}
	again := writeSet(t, renamed)
	var named []string
	for _, name := range []string{"common", "inner", "legacy", "options", "shapes"} {
		named = append(named, "testdata/features/"+name+".proto")
	}
	for name, files := range map[string][]string{
		"file, set":  append(named, set),
		"file, copy": append(named, again),
		"sets":       {set, again},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustLoad(t, load.Options{Files: files})
			if _, err := s.Method(t.Context(), "Things/Do"); err != nil {
				t.Error(err)
			}
			for _, symbol := range []string{"features.legacy.Old", "features.legacy.note", "features.legacy.Extra", "features.inner.Color", "features.inner.Things", "features.Point"} {
				if _, err := s.Describe(t.Context(), symbol); err != nil {
					t.Errorf("%s: %v", symbol, err)
				}
			}
		})
	}
}

func TestConflictOfServices(t *testing.T) {
	dir := t.TempDir()
	head := `edition = "2023"; package p; message M { int32 n = 1; } extend X { int32 x = 100; } message X { extensions 100 to max; } `
	files := []string{
		writeFile(t, dir, "a.proto", head+`service S { rpc Do(M) returns (M); }`),
		writeFile(t, dir, "b.proto", head+`service S { rpc Do(M) returns (M); rpc Undo(M) returns (M); }`),
	}
	s := mustLoad(t, load.Options{Files: files})
	for _, ask := range []func() error{
		func() error { _, err := s.Methods(t.Context(), "S"); return err },
		func() error { _, err := s.Method(t.Context(), "S/Do"); return err },
		func() error { _, err := s.Method(t.Context(), "S/Undo"); return err },
		func() error { _, err := s.Describe(t.Context(), "p.S"); return err },
	} {
		if ambiguous, ok := errors.AsType[*idl.AmbiguousError](ask()); !ok || ambiguous.Kind != "service" || ambiguous.Name != "p.S" {
			t.Errorf("got %v", ambiguous)
		}
	}
	for _, symbol := range []string{"p.M", "p.x", "p.X"} {
		if _, err := s.Describe(t.Context(), symbol); err != nil {
			t.Errorf("%s: %v", symbol, err)
		}
	}
}
