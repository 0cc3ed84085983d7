package cmd

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIsWhole: what may wait for somebody is not whole.
func TestIsWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func(name string) *os.File {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	closed := open(name)
	closed.Close()
	for _, tt := range []struct {
		name string
		src  io.Reader
		want bool
	}{
		{"text", strings.NewReader("{}"), true},
		{"file", open(name), true},
		{"null device", open(os.DevNull), true},
		{"pipe", r, false},
		{"closed file", closed, false},
		{"reader", struct{ io.Reader }{strings.NewReader("{}")}, false},
	} {
		if got := isWhole(tt.src); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
