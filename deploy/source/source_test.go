package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain lets tests run the program itself.
func TestMain(m *testing.M) {
	if os.Getenv("SOURCE_MAIN") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A patch of a module that the tool requires; %s is a version, and a line of the file.
const pflagPatch = `Subject: [PATCH] a test

Module: github.com/spf13/pflag %s
---
diff --git a/bool.go b/bool.go
--- a/bool.go
+++ b/bool.go
@@ -1,3 +1,3 @@
-%s
+package pflag // patched
 
 import "strconv"
`

const pflagVersion = "v1.0.9"

// TestWrongPatches runs the program: it fails, says what to do, and writes nothing.
func TestWrongPatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{
			"another version", fmt.Sprintf(pflagPatch, "v1.0.1", "package pflag"),
			"source: x.patch was made for github.com/spf13/pflag v1.0.1, and go.mod has " + pflagVersion +
				": make it anew for that version, or remove it where the module has the change (see deploy/patches/README.md)\n",
		},
		{
			"another text", fmt.Sprintf(pflagPatch, pflagVersion, "package flags"),
			"source: x.patch does not apply to github.com/spf13/pflag " + pflagVersion + ": git apply --whitespace=nowarn -: exit status 1\nerror: patch failed: bool.go:1\nerror: bool.go: patch does not apply\n",
		},
		{"no such file", strings.ReplaceAll(fmt.Sprintf(pflagPatch, pflagVersion, "package pflag"), "bool.go", "bull.go"), "source: x.patch: open "},
		{"no such module", strings.ReplaceAll(fmt.Sprintf(pflagPatch, pflagVersion, "package pflag"), "spf13/pflag", "spf13/plague"), "source: x.patch: go list -m -f "},
		{"no module", strings.ReplaceAll(pflagPatch, "Module: ", "For: "), `source: x.patch: no line "Module: PATH VERSION" before the first diff` + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			patches, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
			if err := os.WriteFile(filepath.Join(patches, "x.patch"), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			stderr, code := program(t, "-o", out, "-patches", patches)
			if code != 1 || !strings.HasPrefix(stderr, c.want) {
				t.Errorf("exit code %d, and it said:\n%swanted:\n%s", code, stderr, c.want)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("it has written a tree")
			}
		})
	}
}

// program runs this program in the module.
func program(t *testing.T, args ...string) (stderr string, code int) {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	var b strings.Builder
	c.Env, c.Stderr = append(os.Environ(), "SOURCE_MAIN=1"), &b
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return b.String(), c.ProcessState.ExitCode()
}

// TestForeignDirectory names a directory that nobody would want to lose.
func TestForeignDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := dir + " is not empty, and has no PATCHED of an earlier run: remove it, or name another directory"
	if err := clear(dir); err == nil || err.Error() != want {
		t.Errorf("%v, not %s", err, want)
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
	if err := mark(dir, nil); err != nil {
		t.Fatal(err)
	}
	if err := clear(dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a tree of an earlier run is still there")
	}
}

// TestInRepository applies a patch in a folder of a git repository: git apply alone would skip all of
// it there, and be content.
func TestInRepository(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	repository := t.TempDir()
	if _, err := output(repository, os.Environ(), nil, "git", "init", "--quiet"); err != nil {
		t.Fatal(err)
	}
	p, err := parsePatch("x.patch", fmt.Appendf(nil, pflagPatch, pflagVersion, "package pflag"))
	if err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(repository, "folder")
	if err := p.apply(root, work); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(work, "github.com", "spf13", "pflag", "bool.go"))
	if err != nil || !bytes.HasPrefix(text, []byte("package pflag // patched\n")) {
		t.Errorf("%.40s, %v", text, err)
	}
}

// TestNewFile makes a file of a package, and one of a package that nobody needs.
func TestNewFile(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	const made = "diff --git a/%[1]s b/%[1]s\nnew file mode 100644\n--- /dev/null\n+++ b/%[1]s\n@@ -0,0 +1 @@\n+package pflag\n"
	text := "Module: github.com/spf13/pflag " + pflagVersion + "\n---\n" + fmt.Sprintf(made, "made.go") + fmt.Sprintf(made, "made_test.go") + fmt.Sprintf(made, "tools/made.go")
	p, err := parsePatch("x.patch", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	work, vendor := t.TempDir(), t.TempDir()
	if err := p.apply(root, work); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(vendor, "github.com", "spf13", "pflag"), 0o700); err != nil {
		t.Fatal(err)
	}
	paths, err := install(work, vendor)
	if err != nil || !slices.Equal(paths, []string{"github.com/spf13/pflag/made.go"}) {
		t.Errorf("installed %v, %v", paths, err)
	}
	if _, err := os.Stat(filepath.Join(vendor, "github.com", "spf13", "pflag", "made.go")); err != nil {
		t.Error(err)
	}
	// Where the module has the file, the patch is wrong.
	p, err = parsePatch("x.patch", []byte(strings.ReplaceAll(text, "made.go", "bool.go")))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.apply(root, t.TempDir()); err == nil || !strings.Contains(err.Error(), "bool.go is in github.com/spf13/pflag "+pflagVersion+" already") {
		t.Errorf("a file that is there: %v", err)
	}
}

func TestParsePatch(t *testing.T) {
	t.Parallel()
	good := fmt.Sprintf(pflagPatch, pflagVersion, "package pflag")
	for _, c := range []struct{ name, text, want string }{
		{"as it should be", good, ""},
		{"lines of Windows", strings.ReplaceAll(good, "\n", "\r\n"), ""},
		{"no version", strings.Replace(good, " "+pflagVersion, "", 1), `x.patch: no line "Module: PATH VERSION" before the first diff`},
		{"a module too late", strings.Replace(good, "Module: ", "diff --git a/x b/x\nModule: ", 1), `x.patch: no line "Module: PATH VERSION" before the first diff`},
		{"no diff", strings.Replace(good, "diff --git", "diff", 1), "x.patch: no diff in the form of git"},
		{"a file elsewhere", strings.ReplaceAll(good, "bool.go", "../bool.go"), `x.patch: "../bool.go" is no file of a module`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := parsePatch("x.patch", []byte(c.text))
			if c.want != "" {
				if err == nil || err.Error() != c.want {
					t.Errorf("%v, not %s", err, c.want)
				}
				return
			}
			if err != nil || p.module != "github.com/spf13/pflag" || p.version != pflagVersion || len(p.files) != 1 || p.files[0] != "bool.go" || bytes.Contains(p.text, []byte("\r")) {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
}
