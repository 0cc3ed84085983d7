package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeExamples runs the console blocks of README.md and of docs: after a line
// "$ COMMAND" comes exactly what the command prints, on stdout and stderr together, and
// "[exit N]" if it fails. "go run ." stands for idlcall: only a clone has it. Behind a
// command that ends in <Tab> is what completion lists.
func TestReadmeExamples(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		// The examples of a page share a folder, as a reader's would; testdata is there.
		dir := t.TempDir()
		if err := os.Symlink(filepath.Join(root, "testdata"), filepath.Join(dir, "testdata")); err != nil {
			t.Fatal(err)
		}
		for _, e := range parseExamples(string(text)) {
			t.Run(fmt.Sprintf("%s line %d", filepath.Base(page), e.line), func(t *testing.T) {
				if out := e.run(t, dir); out != e.output {
					t.Errorf("$ %s\ngot:\n%s\nwant:\n%s", e.command, out, e.output)
				}
			})
		}
	}
}

// run returns what an example prints.
func (e *example) run(t *testing.T, dir string) string {
	cmd := exec.Command("sh", "-c", strings.Replace(e.command, "go run . ", "idlcall ", 1))
	line, isTab := strings.CutSuffix(e.command, "<Tab>")
	if isTab {
		cmd = exec.Command("idlcall", "__complete-bash", " \t\n\"'><=;|&(:@", "63", "idlcall", line)
	}
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		out = fmt.Appendf(out, "[exit %d]\n", exit.ExitCode())
	} else if err != nil {
		t.Fatal(err)
	}
	if isTab { // without what is for the shell
		out = regexp.MustCompile(`(?m)^:.*\n`).ReplaceAll(out, nil)
	}
	return string(out)
}

// TestReadmeShowsSuite: the suite in README.md is the one that its examples run.
func TestReadmeShowsSuite(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	suite, err := os.ReadFile("../testdata/smoke/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "```yaml\n"+string(suite)+"```\n") {
		t.Error("README.md does not have testdata/smoke/demo.yaml as it is")
	}
}

// example is a command and what it prints.
type example struct {
	line            int
	command, output string
}

// parseExamples finds the commands in the console blocks of Markdown. A command
// goes on in the next line after a backslash, or inside quotes.
func parseExamples(markdown string) []example {
	var examples []example
	inside, open := false, false
	for i, line := range strings.Split(markdown, "\n") {
		last := len(examples) - 1
		switch {
		case !inside:
			inside, open = line == "```console", false
		case line == "```":
			inside = false
		case open:
			examples[last].command += "\n" + line
			open = unfinished(examples[last].command)
		case strings.HasPrefix(line, "$ "):
			examples = append(examples, example{line: i + 1, command: line[2:]})
			open = unfinished(line[2:])
		case last >= 0:
			examples[last].output += line + "\n"
		}
	}
	return examples
}

func unfinished(command string) bool {
	return strings.HasSuffix(command, `\`) || strings.Count(command, "'")%2 == 1 && !strings.HasSuffix(command, "<Tab>")
}

func TestParseExamples(t *testing.T) {
	got := parseExamples("text\n```console\n$ one 'a\nb'\nout\nmore\n$ two \\\n  -x\n```\n$ no\n```sh\n$ no\n```\n")
	want := []example{{3, "one 'a\nb'", "out\nmore\n"}, {7, "two \\\n  -x", ""}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
