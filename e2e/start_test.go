package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// background is a program that serves while a script goes on.
type background struct {
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr said
}

// said is what a program has written, line by line.
type said struct {
	mu    sync.Mutex
	text  strings.Builder
	lines chan string // "listening on"
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range strings.Lines(string(p)) {
		if address, ok := strings.CutPrefix(line, "listening on "); ok {
			s.lines <- strings.TrimSpace(address)
		}
	}
	return s.text.Write(p)
}

// cmdStart is "start NAME PROGRAM ARGS...": it runs a program until "end NAME", and makes the
// address that the program says it listens on the value of the variable NAME.
func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME PROGRAM ARGS...")
	}
	b := &background{stderr: said{lines: make(chan string, 8)}}
	b.cmd, _ = program(ts, args[1:])
	b.cmd.Stdout, b.cmd.Stderr = &b.stdout, &b.stderr
	ts.Check(b.cmd.Start())
	ts.Defer(func() { _ = b.cmd.Process.Kill() })
	select {
	case address := <-b.stderr.lines:
		ts.Setenv(args[0], address)
		scriptOf(ts).name(address, "$"+args[0])
	case <-time.After(stepPatience):
		ts.Fatalf("%s does not listen:\n%s", args[0], b.stderr.text.String())
	}
	scriptOf(ts).background[args[0]] = b
}

// varying is what is different in each run: times, and the ports of clients.
var varying = []struct {
	is  *regexp.Regexp
	say string
}{
	{regexp.MustCompile(`"(ms|tookMs)":[0-9.]+`), `"$1":0`},
	{regexp.MustCompile(`"time":"[^"]*"`), `"time":"T"`},
	{regexp.MustCompile(`"date":\["[^"]*"\]`), `"date":["D"]`},
	{regexp.MustCompile(`"idlcall/[^"]*"`), `"idlcall/V"`},
	{regexp.MustCompile(`"client":"(127.0.0.1|\[::1\]):[0-9]+"`), `"client":"$1:0"`},
}

// cmdEnd is "end NAME": it sends SIGINT to a program that start has started, which must end well,
// and writes what it had written to NAME.out and NAME.err.
func cmdEnd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || scriptOf(ts).background[args[0]] == nil {
		ts.Fatalf("usage: end NAME, after start NAME")
	}
	b := scriptOf(ts).background[args[0]]
	ts.Check(b.cmd.Process.Signal(os.Interrupt))
	code := wait(ts, b.cmd, patience)
	names := scriptOf(ts).names
	out := names.Replace(b.stdout.String())
	for _, v := range varying {
		out = v.is.ReplaceAllString(out, v.say)
	}
	for name, text := range map[string]string{".out": out, ".err": names.Replace(b.stderr.text.String())} {
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+name), []byte(text), 0o600))
	}
	if code != 0 {
		ts.Fatalf("exit code %d of %s", code, args[0])
	}
}
