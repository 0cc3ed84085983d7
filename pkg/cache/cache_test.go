package cache_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/cache"
)

// store is one of a folder that the first entry makes.
func store(t *testing.T, dir string) *cache.Store {
	t.Helper()
	return of(t, dir, "1.0", func(err error) { t.Errorf("not kept: %v", err) })
}

func of(t *testing.T, dir, version string, failed func(error)) *cache.Store {
	t.Helper()
	s := cache.New(cache.Options{Dir: dir, Version: func() string { return version }, Failed: failed, Patience: time.Minute})
	t.Cleanup(s.Settle)
	return s
}

func content(text string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(text), nil }
}

func put(s *cache.Store, k cache.Key, text string) {
	s.Put(k, content(text))
	s.Settle()
}

func wants(t *testing.T, s *cache.Store, k cache.Key, want string) {
	t.Helper()
	e, ok := s.Get(k)
	if ok != (want != "") || string(e.Data) != want {
		t.Errorf("got %q, %v, want %q", e.Data, ok, want)
	}
}

// only is the one file in a folder.
func only(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	return filepath.Join(dir, files[0].Name())
}

func TestStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	s := store(t, dir)
	k := cache.KeyOf("a", "b")
	wants(t, s, k, "")
	before := time.Now()
	put(s, k, "first")
	put(s, k, "second")
	wants(t, s, k, "second")
	wants(t, store(t, dir), k, "second")
	wants(t, s, cache.KeyOf("ab"), "")
	if e, _ := s.Get(k); e.Made.Before(before) || time.Since(e.Made) < 0 {
		t.Errorf("made %v, put after %v", e.Made, before)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, only(t, dir): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: mode %v, want %v (%v)", path, info.Mode(), want, err)
		}
	}
	s.Drop(k)
	wants(t, s, k, "")
	s.Drop(k)
}

// TestNil: without a store nothing is kept, and nothing else is different.
func TestNil(t *testing.T) {
	var s *cache.Store
	k := cache.KeyOf("x")
	put(s, k, "text")
	wants(t, s, k, "")
	s.Drop(k)
}

func TestNotKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	var told []error
	s := of(t, dir, "1", func(err error) { told = append(told, err) })
	wrong := errors.New("wrong")
	for name, data := range map[string]func() ([]byte, error){
		"nothing": content(""),
		"large":   func() ([]byte, error) { return make([]byte, cache.MaxEntry+1), nil },
		"error":   func() ([]byte, error) { return []byte("x"), wrong },
	} {
		s.Put(cache.KeyOf(name), data)
		s.Settle()
	}
	if _, err := os.Lstat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
	if len(told) != 1 || !errors.Is(told[0], wrong) {
		t.Errorf("told %v", told)
	}
}

// TestLargest: the largest entry there may be comes back.
func TestLargest(t *testing.T) {
	s := store(t, filepath.Join(t.TempDir(), "cache"))
	data := bytes.Repeat([]byte("0123456789abcdef"), cache.MaxEntry/16)
	s.Put(cache.KeyOf("x"), func() ([]byte, error) { return data, nil })
	for _, done := s.Get(cache.KeyOf("x")); !done; _, done = s.Get(cache.KeyOf("x")) {
		s.Settle()
	}
	if e, _ := s.Get(cache.KeyOf("x")); !bytes.Equal(e.Data, data) {
		t.Error("it is not what was put")
	}
}

// TestDamage: what is not a whole entry of this key and version is as good as none, and
// replaced.
func TestDamage(t *testing.T) {
	k := cache.KeyOf("x")
	for name, damage := range map[string]func(path string, data []byte) error{
		"flipped":        func(path string, data []byte) error { data[len(data)-1] ^= 1; return os.WriteFile(path, data, 0o600) },
		"a header":       func(path string, data []byte) error { return os.WriteFile(path, data[:40], 0o600) },
		"truncated":      func(path string, data []byte) error { return os.WriteFile(path, data[:len(data)-1], 0o600) },
		"longer":         func(path string, data []byte) error { return os.WriteFile(path, append(data, 0), 0o600) },
		"empty":          func(path string, _ []byte) error { return os.WriteFile(path, nil, 0o600) },
		"foreign":        func(path string, _ []byte) error { return os.WriteFile(path, []byte("{\"json\": true}"), 0o600) },
		"magic":          func(path string, data []byte) error { data[14]++; return os.WriteFile(path, data, 0o600) },
		"length":         func(path string, data []byte) error { data[88] = 0xff; return os.WriteFile(path, data, 0o600) },
		"a sparse giant": func(path string, _ []byte) error { return os.Truncate(path, 1<<40) },
		"written by all": func(path string, _ []byte) error { return os.Chmod(path, 0o666) },
		"link to it": func(path string, _ []byte) error {
			moved := filepath.Join(filepath.Dir(path), "moved")
			return errors.Join(os.Rename(path, moved), os.Symlink("moved", path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cache")
			s := store(t, dir)
			put(s, k, "text")
			path := only(t, dir)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(path, data); err != nil {
				t.Fatal(err)
			}
			wants(t, s, k, "")
			put(s, k, "again")
			wants(t, s, k, "again")
			if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
		})
	}
}

func TestOtherVersion(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	k := cache.KeyOf("x")
	put(store(t, dir), k, "of 1.0")
	next := of(t, dir, "1.1", nil)
	wants(t, next, k, "")
	put(next, k, "of 1.1")
	wants(t, next, k, "of 1.1")
	wants(t, store(t, dir), k, "")
}

// TestRenamed: an entry under another name is not that entry.
func TestRenamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	s := store(t, dir)
	put(s, cache.KeyOf("x"), "x")
	from := only(t, dir)
	s.Drop(cache.KeyOf("y"))
	put(s, cache.KeyOf("y"), "y")
	s.Drop(cache.KeyOf("x"))
	to := only(t, dir)
	put(s, cache.KeyOf("x"), "x")
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	wants(t, s, cache.KeyOf("y"), "")
}

// TestFolders: a folder that is not ours alone is not used, and not changed.
func TestFolders(t *testing.T) {
	for name, prepare := range map[string]func(dir string) error{
		"a link": func(dir string) error {
			return errors.Join(os.Mkdir(dir+"-real", 0o700), os.Symlink(dir+"-real", dir))
		},
		"a file":         func(dir string) error { return os.WriteFile(dir, nil, 0o600) },
		"below a file":   func(dir string) error { return os.WriteFile(filepath.Dir(dir), nil, 0o600) },
		"a broken link":  func(dir string) error { return os.Symlink(dir+"-nowhere", dir) },
		"written by all": func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a", "cache")
			if name != "below a file" {
				if err := os.Mkdir(filepath.Dir(dir), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := prepare(dir); err != nil {
				t.Fatal(err)
			}
			var told []error
			s := of(t, dir, "1", func(err error) { told = append(told, err) })
			put(s, cache.KeyOf("x"), "text")
			wants(t, s, cache.KeyOf("x"), "")
			if len(told) != 1 {
				t.Errorf("told %v", told)
			}
			if files, _ := os.ReadDir(dir); len(files) > 0 {
				t.Errorf("it has %v", files)
			}
		})
	}
}

// TestParallel: readers see whole entries only, whoever writes.
func TestParallel(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	k := cache.KeyOf("x")
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			s := store(t, dir)
			text := bytes.Repeat([]byte{byte('a' + i%26)}, 10_000+i)
			for range 10 {
				s.Put(k, func() ([]byte, error) { return text, nil })
				if e, ok := s.Get(k); ok && len(bytes.Trim(e.Data, string(e.Data[:1]))) > 0 {
					t.Error("half of two entries")
				}
			}
			s.Settle()
		})
	}
	group.Wait()
	only(t, dir) // nothing is left beside it
}

// TestPrune: a folder that has become large loses its oldest entries, and what was never
// finished; what is no entry stays.
func TestPrune(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	s := store(t, dir)
	large := make([]byte, 15<<20)
	old := time.Now().Add(-2 * time.Hour)
	for i, name := range []string{"new-abandoned", "README"} {
		if i == 0 {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Chtimes(path, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		k := cache.KeyOf(fmt.Sprint(i))
		s.Put(k, func() ([]byte, error) { return large, nil })
		for _, ok := s.Get(k); !ok; _, ok = s.Get(k) {
			s.Settle()
		}
	}
	s.Settle()
	for i, want := range []bool{false, false, true, true, true} {
		if _, ok := s.Get(cache.KeyOf(fmt.Sprint(i))); ok != want {
			t.Errorf("entry %d: %v", i, ok)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 4 || files[3].Name() != "README" && files[0].Name() != "README" {
		t.Errorf("left: %v, %v", files, err)
	}
}

// TestSlow: who hangs holds up nobody for long.
func TestSlow(t *testing.T) {
	s := cache.New(cache.Options{Dir: t.TempDir(), Version: func() string { return "1" }, Patience: 10 * time.Millisecond})
	release := make(chan struct{})
	defer close(release)
	s.Put(cache.KeyOf("x"), func() ([]byte, error) { <-release; return nil, nil })
	s.Settle() // the test's own time limit tells if it does not end
}

func TestKeyOf(t *testing.T) {
	seen := map[cache.Key][]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"\x01a"}} {
		k := cache.KeyOf(parts...)
		if other, ok := seen[k]; ok {
			t.Errorf("%q and %q have one key", parts, other)
		}
		seen[k] = parts
	}
}
