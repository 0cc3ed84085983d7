package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// openShell is a screen with a shell in it, whose history is the test's own.
func openShell(t *testing.T, width, height int, args ...string) *screen {
	t.Helper()
	return openShellWith(t, width, height, filepath.Join(t.TempDir(), "history"), args...)
}

func openShellWith(t *testing.T, width, height int, history string, args ...string) *screen {
	t.Helper()
	program, err := exec.LookPath("idlcall")
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"IDLCALL_HISTORY=" + history, "IDLCALL_CACHE=off", "INPUTRC=/dev/null", "HOME=" + t.TempDir()}
	s := openScreen(t, width, height, env, append([]string{program, "shell"}, args...)...)
	s.until("> ")
	return s
}

// While replies come in their thousands, what is typed is seen at once, and none of them is lost or
// garbled.
func TestShellFlood(t *testing.T) {
	t.Parallel()
	const replies = 100_000
	s := openShell(t, 100, 20, peers(t).Env["GRPC"])
	s.line("Chat")
	s.until("Chat →0 ←0>")
	s.line(`{"text": "flood", "replies": 100000}`)
	s.types(`{"text": "typed`)
	text := s.until(`> {"text": "typed`)
	if strings.Contains(text, "←100000>") {
		t.Log("the flood was over before anything could be typed")
	}
	s.types(` while"}`)
	s.until(`Chat →1 ←100000> {"text": "typed while"}`)
	s.keys("Enter")
	s.until("Chat →2 ←100001>")
	s.keys("C-d")
	s.until("\n" + peers(t).Env["GRPC"] + "> ")
	count := 0
	for line := range strings.Lines(s.scrolled()) {
		switch line = strings.TrimSpace(line); {
		case line == `{"text":"flood","requests":"1"}`:
			count++
		case strings.Contains(line, "flood") && !strings.HasSuffix(line, `> {"text": "flood", "replies": 100000}`):
			t.Errorf("garbled: %q", line)
		}
	}
	if count != replies {
		t.Errorf("%d replies are on the screen", count)
	}
}
