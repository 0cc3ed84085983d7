package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestHandOver: idlcall finds idlcall-kitex beside itself, or else in PATH, and says what to do
// where it is in neither place, or is idlcall itself.
func TestHandOver(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a shell script stands for idlcall-kitex")
	}
	const install = "\nhint: go install github.com/idlcall/idlcall/cmd/idlcall-kitex@latest\n"
	say := func(what string) string { return "#!/bin/sh\necho " + what + " \"$@\" $$\nexit 7\n" }
	for _, test := range []struct {
		name, beside, inPath string
		code                 int
		stdout, stderr       string
	}{
		{"nowhere", "", "", 2, "", "error: --json-dialect kitex needs the program idlcall-kitex, which is neither beside idlcall nor in PATH" + install},
		{"beside", say("beside"), say("path"), 7, "beside call demo UnaryEcho --json-dialect kitex PID\n", ""},
		{"in PATH", "", say("path"), 7, "path call demo UnaryEcho --json-dialect kitex PID\n", ""},
		{"itself", "#!/bin/sh\nexec \"$(dirname \"$0\")/idlcall\" \"$@\"\n", "", 2, "", "error: --json-dialect kitex: the program DIR/idlcall-kitex is idlcall itself" + install},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, path := t.TempDir(), t.TempDir()
			own := copyOf(t, "idlcall", dir)
			for at, text := range map[string]string{dir: test.beside, path: test.inPath} {
				if text == "" {
					continue
				}
				writeProgram(t, filepath.Join(at, "idlcall-kitex"), []byte(text))
			}
			var stdout, stderr bytes.Buffer
			c := exec.Command(own, "call", "demo", "UnaryEcho", "--json-dialect", "kitex")
			c.Env = append(os.Environ(), "PATH="+path+":/usr/bin:/bin")
			c.Stdout, c.Stderr = &stdout, &stderr
			err := c.Run()
			if c.ProcessState == nil {
				t.Fatal(err)
			}
			// The other program has the id of the process that was started.
			out := strings.ReplaceAll(stdout.String(), " "+strconv.Itoa(c.Process.Pid)+"\n", " PID\n")
			said := strings.ReplaceAll(stderr.String(), dir, "DIR")
			if code := c.ProcessState.ExitCode(); code != test.code || out != test.stdout || said != test.stderr {
				t.Errorf("exit code %d, %q, %q\nwant %d, %q, %q", code, out, said, test.code, test.stdout, test.stderr)
			}
		})
	}
}

// copyOf is one of the programs of the scripts, in a folder of its own.
func copyOf(t *testing.T, program, dir string) string {
	t.Helper()
	found, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(found)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, program)
	writeProgram(t, path, text)
	return path
}

// writeProgram writes a program while no other test starts one: a process that has inherited
// the open file would make it a busy text, which cannot be run.
func writeProgram(t *testing.T, path string, text []byte) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, text, 0o700); err != nil {
		t.Fatal(err)
	}
}
