package cmd

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated files")

// TestCompletions: the committed scripts are those of today's commands.
func TestCompletions(t *testing.T) {
	for shell, name := range map[string]string{
		"bash": "idlcall.bash", "zsh": "_idlcall", "fish": "idlcall.fish", "powershell": "idlcall.ps1",
	} {
		var out, stderr bytes.Buffer
		if code := Main([]string{"completion", shell}, strings.NewReader(""), &out, &stderr); code != 0 {
			t.Fatalf("completion %s: exit %d: %s", shell, code, stderr.String())
		}
		path := filepath.Join("..", "completions", name)
		if *update {
			if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if committed, err := os.ReadFile(path); err != nil || !bytes.Equal(committed, out.Bytes()) {
			t.Errorf("%s is stale (%v): run make generate", path, err)
		}
	}
}

// TestCompletionsWithoutDescriptions: each script asks for words alone.
func TestCompletionsWithoutDescriptions(t *testing.T) {
	t.Parallel()
	for shell, want := range map[string]string{"bash": `"$COMP_WORDBREAKS" 9 `, "zsh": " __completeNoDesc ", "fish": " __completeNoDesc ", "powershell": " __completeNoDesc "} {
		var out, stderr bytes.Buffer
		if code := Main([]string{"completion", shell, "--no-descriptions"}, strings.NewReader(""), &out, &stderr); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit %d, no %q", shell, code, want)
		}
	}
}

// TestCompleteChoices: flags with a fixed set of words offer them.
func TestCompleteChoices(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{
		"--color": "auto\nalways\nnever\n:4\n", "--output": "json\ntext\nbinary\nenvelope\n:4\n", "--transport": "grpc\ngrpc-web\nconnect\nttheader\nttheader-framed\nframed\nbuffered\nttheader-streaming\nhttp\nheader\n:4\n",
	} {
		var out, stderr bytes.Buffer
		Main([]string{"__complete", "call", "demo", "Sum", flag, ""}, strings.NewReader(""), &out, &stderr)
		if out.String() != want {
			t.Errorf("%s: %q, want %q", flag, out.String(), want)
		}
	}
}

// TestCompleteMethods: completion knows the services of the target.
func TestCompleteMethods(t *testing.T) {
	t.Parallel()
	var out, stderr bytes.Buffer
	Main([]string{"__complete", "call", "demo", "stream.S"}, strings.NewReader(""), &out, &stderr)
	if want := "stream.ServerStream/Pow\tserver streaming\n"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("got %q, want it to begin with %q", out.String(), want)
	}
}
