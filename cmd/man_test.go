package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestManPages: groff has nothing to say against the pages, and shows what they say.
func TestManPages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if code := Main([]string{"man", dir}, strings.NewReader(""), os.Stderr, os.Stderr); code != 0 {
		t.Fatal("exit", code)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < len(commandNames)+len(topicNames)-1 {
		t.Fatalf("%d pages: %v", len(files), err)
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for _, name := range files {
		c := exec.Command(groff, "-man", "-Tutf8", "-ww", "-rF0", name)
		var stderr strings.Builder
		c.Stderr = &stderr
		shown, err := c.Output()
		if err != nil || stderr.Len() > 0 {
			t.Errorf("%s: %v\n%s", name, err, stderr.String())
		}
		if filepath.Base(name) == "idlcall-call.1" && !strings.Contains(string(shown), "'{\"number\": 2}'") {
			t.Errorf("%s", shown)
		}
	}
}
