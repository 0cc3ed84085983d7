package wholefile_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/idlcall/idlcall/pkg/internal/wholefile"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, link := filepath.Join(dir, "a"), filepath.Join(dir, "link")
	for _, text := range []string{"one", "two"} {
		if err := wholefile.Write(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); string(got) != text || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", link); err != nil {
		t.Skip(err)
	}
	if err := wholefile.Write(link, []byte("three")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(name)
	info, statErr := os.Lstat(name)
	if linked, _ := os.Readlink(link); string(got) != "three" || err != nil || statErr != nil || info.Mode().Perm() != 0o644 || linked != "a" {
		t.Errorf("%q, %v, %v, link to %q", got, err, info.Mode(), linked)
	}
	var not *wholefile.NotRegularError
	if err := wholefile.Write(os.DevNull, nil); !errors.As(err, &not) {
		t.Errorf("a device: %v", err)
	}
	if err := wholefile.Write(dir, nil); !errors.As(err, &not) {
		t.Errorf("a folder: %v", err)
	}
	if err := wholefile.Write(filepath.Join(dir, "missing", "a"), nil); err == nil {
		t.Error("written to a folder that is not there")
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 2 {
		t.Errorf("%v is left", left)
	}
}
