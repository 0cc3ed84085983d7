package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// cached runs idlcall with a cache of its own and returns its output.
func cached(t *testing.T, dir string, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.Command("idlcall", args...)
	cmd.Env = append(os.Environ(), "IDLCALL_CACHE="+dir)
	var out, diagnosis bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnosis
	if err := cmd.Run(); err != nil {
		t.Errorf("%v: %s", err, &diagnosis)
	}
	return out.String(), diagnosis.String()
}

// TestParallelRuns: processes that all begin with an empty cache, or a full one, do what
// one without a cache does, and leave whole entries and nothing else.
func TestParallelRuns(t *testing.T) {
	t.Parallel()
	p := peers(t)
	line := []string{"call", p.Env["GRPC"], "e2e.Calls/Unary", "-d", `{"text": "x"}`, "--cache-time", "5m", "-vv"}
	want, _ := cached(t, "off", line...)
	dir := filepath.Join(t.TempDir(), "cache")
	for _, round := range []string{"empty", "full"} {
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				got, told := cached(t, dir, line...)
				if got != want || strings.Contains(told, "* cache:") {
					t.Errorf("%s: printed %q, %s", round, got, told)
				}
				if round == "full" && strings.Contains(told, "reflection") {
					t.Errorf("the server was asked: %s", told)
				}
			})
		}
		group.Wait()
	}
	for _, path := range entries(t, dir) {
		if len(filepath.Base(path)) != 64 {
			t.Errorf("%s is left", path)
		}
	}
}

// entries are the files of a cache, of which there are some.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("entries %v, %v", found, err)
	}
	return found
}

// TestWrongEntries: whatever becomes of the entries, a call does what it does without
// them, and those that are no good are replaced.
func TestWrongEntries(t *testing.T) {
	t.Parallel()
	p := peers(t)
	both := func(t *testing.T, dir string) string {
		line := []string{"call", p.Env["GRPC"], "e2e.Calls/Unary", "-d", `{"text": "x"}`, "--cache-time", "5m"}
		reflected, _ := cached(t, dir, line...)
		read, _ := cached(t, dir, append(line, "--idl", filepath.Join(p.Env["IDL"], "calls.proto"))...)
		return reflected + read
	}
	want := both(t, "off")
	outside := filepath.Join(t.TempDir(), "outside")
	for name, change := range map[string]func(path string, data []byte) error{
		"emptied":   func(path string, _ []byte) error { return os.WriteFile(path, nil, 0o600) },
		"truncated": func(path string, data []byte) error { return os.WriteFile(path, data[:len(data)/2], 0o600) },
		"flipped": func(path string, data []byte) error {
			data[len(data)-3] ^= 0x40
			return os.WriteFile(path, data, 0o600)
		},
		"foreign": func(path string, _ []byte) error { return os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600) },
		"a folder": func(path string, _ []byte) error {
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o700), os.WriteFile(filepath.Join(path, "x"), nil, 0o600))
		},
		"a link": func(path string, data []byte) error {
			return errors.Join(os.WriteFile(outside, data, 0o600), os.Remove(path), os.Symlink(outside, path))
		},
		"a device": func(path string, _ []byte) error {
			return errors.Join(os.Remove(path), os.Symlink("/dev/zero", path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cache")
			both(t, dir)
			for _, path := range entries(t, dir) {
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := change(path, data); err != nil {
					t.Fatal(err)
				}
			}
			if got := both(t, dir); got != want {
				t.Errorf("printed %q, want %q", got, want)
			}
			for _, path := range entries(t, dir) {
				if info, err := os.Lstat(path); name != "a folder" && (err != nil || info.Mode() != 0o600) {
					t.Errorf("%s was not replaced: %v, %v", path, info.Mode(), err)
				}
			}
		})
	}
}
