package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// screen is what a person sits in front of: a terminal of tmux with a program in it. What
// it shows is what tmux made of the bytes, as other terminals would.
type screen struct {
	t      testing.TB
	env    []string
	status string // the file for the exit code of the program
}

// screenPatience is how long a screen may take to show what a test waits for.
const screenPatience = 30 * time.Second

// openScreen starts a program in a terminal of that size, whose environment is the test's
// with env on top. Each screen has a tmux of its own, without anybody's configuration, so
// that tests may run at once. Where the program has ended, what it wrote stays.
func openScreen(t testing.TB, width, height int, env []string, program ...string) *screen {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir, err := os.MkdirTemp("", "screen-") //nolint:usetesting // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &screen{t: t, status: filepath.Join(dir, "status")}
	s.env = append(os.Environ(), "TMUX_TMPDIR="+dir, "TMUX=", "LC_ALL=C.UTF-8", "NO_COLOR=", "CLICOLOR=", "CLICOLOR_FORCE=")
	s.env = append(s.env, env...)
	start := []string{
		"start-server", ";", "set-option", "-g", "status", "off", ";", "set-option", "-g", "remain-on-exit", "on", ";",
		"set-option", "-g", "escape-time", "0", ";", "set-option", "-g", "history-limit", "200000", ";",
		"new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height), "--",
		"sh", "-c", `trap : INT QUIT; "$@"; echo $? >"$0"`, s.status, // tmux does not always learn of the end
	}
	s.tmux("", append(start, program...)...)
	t.Cleanup(func() { s.tmux("", "kill-server") })
	return s
}

// openPrompt is a screen with a plain shell, whose prompt is "$ ".
func openPrompt(t testing.TB, width, height int, env ...string) *screen {
	t.Helper()
	s := openScreen(t, width, height, append([]string{"PS1=$ ", "ENV="}, env...), "sh", "-i")
	s.until("$ ")
	return s
}

// tmux runs one of tmux's commands and returns what it prints.
func (s *screen) tmux(stdin string, args ...string) string {
	s.t.Helper()
	//nolint:noctx // it also runs in clean-ups, when the test's context has ended
	c := exec.Command("tmux", append([]string{"-u", "-L", "screen", "-f", "/dev/null"}, args...)...)
	c.Env, c.Stdin = s.env, strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		s.t.Fatalf("tmux %q: %v\n%s", args, err, stderr.Bytes())
	}
	return stdout.String()
}

// keys presses keys by tmux's names: "Enter", "Tab", "C-c", "Up", "M-b".
func (s *screen) keys(names ...string) {
	s.t.Helper()
	s.tmux("", append([]string{"send-keys", "--"}, names...)...)
}

// types types text, key by key.
func (s *screen) types(text string) {
	s.t.Helper()
	s.tmux("", "send-keys", "-l", "--", text)
}

// line types a line and ends it.
func (s *screen) line(text string) {
	s.t.Helper()
	s.types(text)
	s.keys("Enter")
}

// clear leaves nothing but the prompt.
func (s *screen) clear() {
	s.t.Helper()
	s.line("clear")
	s.untilIt("is clear", func(text string) bool { return text == "$ \n" })
}

// paste hands over text as a terminal does that a person pastes into: bracketed, where the
// program has asked for that.
func (s *screen) paste(text string) {
	s.t.Helper()
	s.tmux(text, "load-buffer", "-b", "pasted", "-", ";", "paste-buffer", "-d", "-p", "-r", "-b", "pasted")
}

// resize gives the terminal another size, of which the program is told.
func (s *screen) resize(width, height int) {
	s.t.Helper()
	s.tmux("", "resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
}

// text is what the screen shows, without the empty ends of lines and of the screen.
func (s *screen) text() string {
	s.t.Helper()
	return trimmed(s.tmux("", "capture-pane", "-p"))
}

// painted is text with the sequences that colour it, as tmux writes them.
func (s *screen) painted() string {
	s.t.Helper()
	return trimmed(s.tmux("", "capture-pane", "-p", "-e"))
}

// scrolled is text with what has left the screen at its top before it.
func (s *screen) scrolled() string {
	s.t.Helper()
	return trimmed(s.tmux("", "capture-pane", "-p", "-S", "-"))
}

func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// cursor is where the cursor stands, from 0.
func (s *screen) cursor() (column, row int) {
	s.t.Helper()
	at := s.tmux("", "display-message", "-p", "#{cursor_x} #{cursor_y}")
	if _, err := fmt.Sscan(at, &column, &row); err != nil {
		s.t.Fatalf("tmux: cursor at %q: %v", at, err)
	}
	return column, row
}

// until waits until the screen shows some text, and returns all it shows then.
func (s *screen) until(want string) string {
	s.t.Helper()
	return s.untilIt("shows "+strconv.Quote(want), func(text string) bool { return strings.Contains(text, want) })
}

// untilIt waits until what the screen shows is as it should be.
func (s *screen) untilIt(does string, holds func(text string) bool) string {
	s.t.Helper()
	text, ok := s.await(func() (string, bool) {
		text := s.text()
		return text, holds(text+"\n") || holds(text+" \n") // "$ " is the end of a line
	})
	if !ok {
		s.t.Fatalf("the screen never %s; it has:\n%s", does, text)
	}
	return text
}

// await asks until the answer holds, or patience ends.
func (s *screen) await(ask func() (string, bool)) (string, bool) {
	deadline := time.Now().Add(screenPatience)
	for {
		text, ok := ask()
		if ok || time.Now().After(deadline) {
			return text, ok
		}
		time.Sleep(10 * time.Millisecond) // tmux tells nobody that a screen has changed
	}
}

// ended waits until the program has ended, and returns its exit code. tmux may add a line to
// the screen then.
func (s *screen) ended() int {
	s.t.Helper()
	status, ok := s.await(func() (string, bool) {
		status, _ := os.ReadFile(s.status)
		return strings.TrimSpace(string(status)), bytes.HasSuffix(status, []byte{'\n'})
	})
	if !ok {
		s.t.Fatalf("the program does not end; the screen has:\n%s", s.text())
	}
	code, err := strconv.Atoi(status)
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// golden waits until the screen shows what testdata/screens/NAME.txt has; with
// UPDATE_SCRIPTS it writes there what the screen shows once it has become quiet.
func (s *screen) golden(name string) {
	s.t.Helper()
	file := filepath.Join("testdata", "screens", name+".txt")
	if updateScripts {
		s.update(file)
	}
	want, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		s.t.Fatalf("%v; UPDATE_SCRIPTS=1 writes it, of:\n%s", err, s.text())
	} else if err != nil {
		s.t.Fatal(err)
	}
	text, ok := s.await(func() (string, bool) {
		text := s.text() + "\n"
		return text, text == string(want)
	})
	if !ok {
		s.t.Errorf("%s: the screen has\n%s\nand not\n%s", file, text, want)
	}
}

func (s *screen) update(file string) {
	s.t.Helper()
	before := ""
	text, _ := s.await(func() (string, bool) {
		time.Sleep(400 * time.Millisecond)
		was := before
		before = s.text() + "\n"
		return before, before == was
	})
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// TestScreen holds that a screen is one: it shows what a program draws, sends keys and
// sizes, and keeps what is left when the program ends.
func TestScreen(t *testing.T) {
	t.Parallel()
	s := openPrompt(t, 40, 6)
	s.line(`printf 'gone\r\033[K\033[31mred\033[m 日本|\n'; stty size`)
	text := s.until("6 40\n$ ")
	if !strings.Contains(text, "\nred 日本|\n") || strings.Contains(text, "gone\n") {
		t.Errorf("got\n%s", text)
	}
	if painted := s.painted(); !strings.Contains(painted, "\x1b[31mred\x1b[39m") {
		t.Errorf("no red in %q", painted)
	}
	s.types("cat")
	s.until("$ cat")
	if column, row := s.cursor(); column != len("$ cat") || row != 4 {
		t.Errorf("the cursor is at column %d of row %d", column, row)
	}
	s.keys("C-u")
	s.resize(30, 8)
	s.line("stty size")
	s.until("8 30\n$ ")
	s.line("cat")
	s.paste("pasted\n")
	s.until("pasted\npasted\n")
	s.keys("C-c")
	s.line("clear; seq 12")
	s.golden("prompt")
	if text := s.scrolled(); !strings.Contains(text, "\n5\n6\n7\n") {
		t.Errorf("what has left the screen is lost: %q", text)
	}
	s.line("exit 3")
	if code := s.ended(); code != 3 {
		t.Errorf("exit code %d", code)
	}
}
