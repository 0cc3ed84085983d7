package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryErrorHasAnOutcome: an error type that a user can meet says how it ends an
// RPC, so that a new one does not end it as unexpected (exit code 1) by accident. Those
// of internal packages become others before anybody meets them.
func TestEveryErrorHasAnOutcome(t *testing.T) {
	t.Parallel()
	errors := 0
	for _, root := range []string{"../pkg", "../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() || strings.Contains(path, "/internal/") || d.Name() == "testdata" {
				return err
			}
			methods := methodsIn(t, path)
			for _, name := range slices.Sorted(maps.Keys(methods)) {
				has := methods[name]
				if !has["Error"] || !ast.IsExported(name) && !strings.HasSuffix(path, "cmd") {
					continue
				}
				errors++
				if !has["Outcome"] && !has["Unwrap"] || !has["Outcome"] && ast.IsExported(name) {
					t.Errorf("%s: %s has no method Outcome", path, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if errors < 40 {
		t.Errorf("only %d error types were found", errors)
	}
}

// methodsIn are the names of the methods of each type of a package, but for tests.
func methodsIn(t *testing.T, dir string) map[string]map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	methods := map[string]map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil {
				continue
			}
			receiver := f.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}
			name, ok := receiver.(*ast.Ident)
			if !ok {
				continue
			}
			if methods[name.Name] == nil {
				methods[name.Name] = map[string]bool{}
			}
			methods[name.Name][f.Name.Name] = true
		}
	}
	return methods
}
