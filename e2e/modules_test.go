package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestModuleSumsAreComplete: commands that look at all modules, as go list -m all and go
// doc do, find every sum, and leave the tree as it is.
func TestModuleSumsAreComplete(t *testing.T) {
	t.Parallel()
	names := []string{"go.work", "go.work.sum", "go.mod", "go.sum", "e2e/go.mod", "e2e/go.sum"}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "e2e"), 0o755); err != nil {
		t.Fatal(err)
	}
	before := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		before[name] = string(text)
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"list", "-m", "all"}, {"mod", "graph"}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK="+filepath.Join(dir, "go.work"), "GOFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %v: %v\n%s", args, err, out)
		}
	}
	for _, name := range names {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != before[name] {
			t.Errorf("%s is not complete: go has changed it (%v); run `go list -m all` and commit it", name, err)
		}
	}
}
