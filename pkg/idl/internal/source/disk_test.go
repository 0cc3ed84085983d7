package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestDisk(t *testing.T) {
	top := t.TempDir()
	for _, name := range []string{"a/b/x.proto", "a/c/y.proto", "a/c/z.proto", "d/w.proto"} {
		path := filepath.Join(top, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(filepath.Join(top, "a"))
	k, err := NewDisk([]string{"c", "../d"})
	if err != nil {
		t.Fatal(err)
	}
	in := func(dir string) string { return filepath.Join(top, dir) }
	if want := []string{in("a/c"), in("d")}; !slices.Equal(k.Includes, want) {
		t.Errorf("includes %q, want %q", k.Includes, want)
	}
	k.Folders = []string{in("d")}
	x := in("a/b/x.proto")
	if got := k.Roots(x, nil)[:3]; !slices.Equal(got, []string{in("a/b"), in("a"), top}) {
		t.Errorf("roots %q", got)
	}
	if got := k.Roots(x, []string{"c/y.proto", "c/z.proto", "x.proto"})[:2]; !slices.Equal(got, []string{in("a"), in("a/b")}) {
		t.Errorf("roots by imports %q", got)
	}
	if got := k.Roots("", nil); !slices.Equal(got, []string{in("d"), in("a")}) {
		t.Errorf("roots of text %q", got)
	}
	if got, want := k.LookedIn(x), " in c, "+in("d")+", b and the folders above it, ."; got != want {
		t.Errorf("looked%s, want%s", got, want)
	}
	if path, ok := Find(k.Includes, "w.proto"); !ok || path != in("d/w.proto") {
		t.Errorf("found %s, %v", path, ok)
	}
	if got := k.ImportName(in("a/c/y.proto")) + " " + k.ImportName(x) + " " + k.Shown(x) + " " + k.Shown(in("d")); got != "y.proto x.proto "+filepath.FromSlash("b/x.proto")+" "+in("d") {
		t.Errorf("names %s", got)
	}
}

func TestMistake(t *testing.T) {
	t.Parallel()
	const text = "\ufeffé = 1;\nab\nü?"
	for at, want := range map[int]string{
		0: "a:1:1: m", len("\ufeff"): "a:1:1: m", strings.Index(text, "="): "a:1:3: m", strings.Index(text, "b"): "a:2:2: m",
		strings.Index(text, "?"): "a:3:2: m", len(text) + 9: "a:3:3: m",
	} {
		if got := Mistake("a", text, at, "m").Error(); got != want {
			t.Errorf("%d: %s, want %s", at, got, want)
		}
	}
}

func TestSift(t *testing.T) {
	t.Parallel()
	have := func(symbols []string) (string, error) {
		for _, s := range symbols {
			if strings.HasPrefix(s, "bad") {
				return "", errors.New(s + " is wrong")
			}
		}
		return strings.Join(symbols, " "), nil
	}
	for symbols, want := range map[string]string{
		"a b":        "a b, <nil>, <nil>",
		"bad1":       ", <nil>, bad1 is wrong",
		"a bad1 b":   "a b, bad1 is wrong, <nil>",
		"bad1 bad2":  ", bad1 is wrong; bad2 is wrong, <nil>",
		"bad1 b bad": "b, bad1 is wrong; bad is wrong, <nil>",
	} {
		got, broken, err := Sift(t.Context(), strings.Fields(symbols), have)
		if s := got + ", " + text(broken) + ", " + text(err); s != want {
			t.Errorf("%s: %s, want %s", symbols, s, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, broken, err := Sift(ctx, []string{"a", "bad"}, have); broken != nil || err == nil {
		t.Errorf("ended: %v, %v", broken, err)
	}
}

func text(err error) string {
	if err == nil {
		return "<nil>"
	}
	return err.Error()
}
