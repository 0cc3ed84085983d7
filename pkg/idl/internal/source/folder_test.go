package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
)

func TestCheckSavedName(t *testing.T) {
	long := strings.Repeat("x", maxSavedPart)
	for name, why := range map[string]string{
		"a.proto": "", "a/b_c-d.e/f.proto": "", "x.thrift": "", "a b.proto": "", "größe.proto": "", "console.proto": "", "com.proto": "", "com10.proto": "",
		"build.sh": "not end in", "Makefile": "not end in", ".proto": "hidden", ".envrc": "not end in", "": "not end in",
		"/a.proto": "empty part", "a//b.proto": "empty part", "../a.proto": "the part ..", "a/../b.proto": "the part ..", "./a.proto": "the part .",
		".git/a.proto": "hidden", "a/.b.proto": "hidden", "-rf.proto": "option", `a\b.proto`: "character", `..\a.proto`: "hidden", "c:a.proto": "character", "a.proto:x.proto": "character",
		"a\n.proto": "character", "a\x1b[1m.proto": "character", "a\u202eb.proto": "character", "a\u009b.proto": "character", "a\x00.proto": "character", "a\xff.proto": "UTF-8",
		"a./b.proto": "a dot or a space", "a /b.proto": "a dot or a space", "CON.proto": "device", "nul.proto": "device", "a/Com1.proto": "device", "lpt9/a.proto": "device",
		"aux.x.proto": "device", "conin$.proto": "device", "COM\u00b9.proto": "device",
		long + ".proto": "part that is too long", strings.Repeat("a/", maxSavedDeep) + "a.proto": "too many folders", strings.Repeat(long+"/", 6) + "a.proto": "too long",
	} {
		err := checkName(name)
		if why == "" && err != nil || why != "" && (err == nil || !strings.Contains(err.Error(), why)) {
			t.Errorf("%q: got %v, want %q", name, err, why)
		}
	}
}

// save writes one file into a folder.
func save(dir, name, text string, force bool) error {
	f, err := OpenFolder(dir, force)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Write(name, []byte(text))
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	path := filepath.Join(dir, "a", "x.proto")
	check := func(step, want string) {
		t.Helper()
		if got, err := os.ReadFile(path); string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", step, got, err, want)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o111 != 0 {
			t.Errorf("%s: mode %v, %v", step, info.Mode(), err)
		}
		left, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(left) != 1 {
			t.Errorf("%s: left behind: %v, %v", step, left, err)
		}
	}
	if err := save(dir, "a/x.proto", Marker+"1", false); err != nil {
		t.Fatal(err)
	}
	check("new", Marker+"1")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := save(dir, "a/x.proto", Marker+"2", false); err != nil {
		t.Fatal(err)
	}
	check("ours", Marker+"2")
	if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	var exists *idl.ExistsError
	if err := save(dir, "a/x.proto", "else", false); !errors.As(err, &exists) || exists.Path != path {
		t.Errorf("over another's: %v", err)
	}
	check("refused", "mine")
	if err := save(dir, "a/x.proto", "mine", false); err != nil {
		t.Errorf("the same: %v", err)
	}
	if err := save(dir, "a/x.proto", "forced", true); err != nil {
		t.Errorf("forced: %v", err)
	}
	check("forced", "forced")
	if err := save(dir, "a/x.proto/y.proto", "below a file", true); err == nil {
		t.Error("below a file: no error")
	}
	if err := save(dir, "a", "a folder", true); err == nil {
		t.Error("a folder: no error")
	}
}

// Names that differ in case are one file on some systems.
func TestFolderCase(t *testing.T) {
	f, err := OpenFolder(t.TempDir(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Write("a.proto", nil); err != nil {
		t.Fatal(err)
	}
	var name *idl.NameError
	if err := f.Write("A.proto", nil); !errors.As(err, &name) {
		t.Errorf("got %v", err)
	}
}

// Links are not followed, neither out of the folder nor in it, with or without force.
func TestFolderLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making links takes privileges")
	}
	for _, force := range []bool{false, true} {
		out := t.TempDir()
		outside := filepath.Join(out, "target.proto")
		if err := os.WriteFile(outside, []byte("theirs"), 0o644); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for name, to := range map[string]string{"link.proto": outside, "folder": out, "dangling.proto": filepath.Join(out, "new.proto")} {
			if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"link.proto", "folder/x.proto", "folder/target.proto", "dangling.proto"} {
			err := save(dir, name, Marker+"ours", force)
			if err == nil && (!force || strings.HasPrefix(name, "folder/")) {
				t.Errorf("%s, force %v: no error", name, force)
			}
		}
		if got, err := os.ReadFile(outside); err != nil || string(got) != "theirs" {
			t.Errorf("force %v: outside is %q, %v", force, got, err)
		}
		if left, err := os.ReadDir(out); err != nil || len(left) != 1 {
			t.Errorf("force %v: outside has %v, %v", force, left, err)
		}
	}
}

func TestWriteNamed(t *testing.T) {
	dir := t.TempDir()
	dest, target := filepath.Join(dir, "x.binpb"), filepath.Join(dir, "target")
	for _, text := range []string{"first", "second"} {
		if err := WriteNamed(dest, []byte(text), false); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(dest); string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	link := filepath.Join(dir, "link.binpb")
	if err := errors.Join(os.WriteFile(target, []byte("theirs"), 0o600), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	if err := WriteNamed(link, []byte("ours"), false); err == nil {
		t.Error("over a link: no error")
	}
	if err := WriteNamed(link, []byte("ours"), true); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(target); string(got) != "theirs" {
		t.Errorf("target: %q, %v", got, err)
	}
}

// FuzzSavedName: whatever the name, nothing outside of the folder changes, what was
// there stays as it was, and nothing is made but files that end in .proto or .thrift.
func FuzzSavedName(f *testing.F) {
	for _, name := range []string{
		"a.proto", "a/b.thrift", "../a.proto", "/etc/x.proto", "build.sh", ".git/config", "a/../../x.proto", `..\x.proto`, "own.proto",
		"link/x.proto", "own.proto/x.proto", "a\x00.proto", "con.proto", "a//b.proto", ".proto", "a/.proto", "folder.proto", "a.proto/",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		top := t.TempDir()
		dir := filepath.Join(top, "in", "dir")
		if err := os.MkdirAll(filepath.Join(dir, "folder.proto"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, own := range []string{filepath.Join(dir, "own.proto"), filepath.Join(dir, "build.sh"), filepath.Join(top, "x.proto")} {
			if err := os.WriteFile(own, []byte("own"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(top, filepath.Join(dir, "link")); err != nil {
			t.Skip(err)
		}
		const text = Marker + "$(true)\n"
		saved := save(dir, name, text, false)
		made := 0
		err := filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || e.Type()&fs.ModeSymlink != 0 {
				return err
			}
			data, err := os.ReadFile(path)
			if string(data) == "own" {
				return err
			}
			made++
			rel, inside := Within(dir, path)
			ext := filepath.Ext(path)
			if !inside || string(data) != text || ext != ".proto" && ext != ".thrift" || rel != name {
				t.Errorf("%q made %s: %q", name, path, data)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := 1; (saved == nil) != (made == want) || made > want {
			t.Errorf("%q made %d files: %v", name, made, saved)
		}
		if left, _ := filepath.Glob(filepath.Join(top, "*")); len(left) != 2 {
			t.Errorf("%q: %q", name, left)
		}
	})
}
