package e2e

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// stepPatience bounds the wait for a line of output, and for the end.
const stepPatience = 10 * time.Second

// keyRepeat is the time between two strokes of a key that is held down.
const keyRepeat = 50 * time.Millisecond

// stuckAfter is how long a pipe must stay as it is to be taken for full.
const stuckAfter = 300 * time.Millisecond

// dialog is a program whose stdin and stdout a script holds in its hands.
type dialog struct {
	ts     *testscript.TestScript
	cmd    *exec.Cmd
	tty    bool
	stdin  io.WriteCloser
	pipe   *os.File    // our end of its stdout
	lines  chan string // of its stdout
	closed bool
	kept   string // the key that is held down until the end
	all    strings.Builder
	stderr bytes.Buffer
	names  *strings.Replacer
}

// cmdDialog is "dialog [-tty] CODE STEPS PROGRAM ARGS...". The file STEPS has a step a
// line:
//
//	> TEXT      write a line to stdin
//	< TEXT      wait for this line on stdout
//	eof         close stdin
//	close       close our end of stdout
//	sleep TIME  do nothing for so long, where nothing tells that the server has
//	            what was sent
//	interrupt   send SIGINT
//	terminate   send SIGTERM
//	key ctrl-d  press it on the terminal; also ctrl-c
//	keep KEY    press it again and again until the program has ended
//	stuck       wait until stdout is full, since no step reads it
//	kill NAME, pause NAME, continue NAME
//	            to a server that "private NAME" has started
//
// With -tty, stdin is a terminal, which the program controls in a session of its own,
// so that Ctrl-C is the signal that it is to a user. It does not echo. Stdout and
// stderr stay pipes: what is on them is exactly what the program wrote. The exit code
// of a program that a signal has killed is that of a shell, 128 and its number.
//
// Stdin stays open unless a step closes it. After the last step the program must
// end by itself with the exit code; what it had written to stdout and stderr is
// then there for other commands.
func cmdDialog(ts *testscript.TestScript, neg bool, args []string) {
	tty := len(args) > 0 && args[0] == "-tty"
	if tty {
		args = args[1:]
	}
	if neg || len(args) < 3 {
		ts.Fatalf("usage: dialog [-tty] CODE STEPS PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	cmd, _ := program(ts, args[2:])
	d := &dialog{ts: ts, cmd: cmd, tty: tty, lines: make(chan string, 1<<10), names: scriptOf(ts).names}
	d.start()
	defer func() { _ = d.cmd.Process.Kill() }() // no more than a precaution: it has ended, or a step failed
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		d.step(strings.TrimSuffix(line, "\n"))
	}
	code := d.wait()
	for line := range d.lines {
		if !d.closed { // what came too late is of no interest
			d.all.WriteString(line)
		}
	}
	d.stdin.Close()
	show(ts, d.all.String(), d.stderr.String())
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func (d *dialog) start() {
	in, stdin, err := d.input()
	d.ts.Check(err)
	stdout, out, err := os.Pipe()
	d.ts.Check(err)
	d.cmd.Stdin, d.cmd.Stdout, d.cmd.Stderr = in, out, &d.stderr
	d.stdin, d.pipe = stdin, stdout
	d.ts.Check(d.cmd.Start())
	in.Close()
	out.Close()
	go func() {
		defer close(d.lines)
		for r := bufio.NewReader(stdout); ; {
			line, err := r.ReadString('\n')
			if line != "" {
				d.lines <- line
			}
			if err != nil {
				return
			}
		}
	}()
}

// input makes both ends of stdin.
func (d *dialog) input() (in, stdin *os.File, err error) {
	if !d.tty {
		return os.Pipe()
	}
	d.cmd.SysProcAttr = controlsTerminal
	return openTerminal()
}

// keys are what a terminal sends.
var keys = map[string]string{"ctrl-c": "\x03", "ctrl-d": "\x04"}

func (d *dialog) step(line string) {
	word, text, _ := strings.Cut(line, " ")
	switch word {
	case ">":
		_, err := io.WriteString(d.stdin, text+"\n")
		d.ts.Check(err)
	case "<":
		d.expect(text)
	case "eof":
		d.stdin.Close()
	case "close":
		d.pipe.Close()
		d.closed = true
	case "sleep":
		rest, err := time.ParseDuration(text)
		d.ts.Check(err)
		time.Sleep(rest)
	case "interrupt":
		d.ts.Check(d.cmd.Process.Signal(os.Interrupt))
	case "terminate":
		d.ts.Check(d.cmd.Process.Signal(syscall.SIGTERM))
	case "key":
		d.press(text)
	case "keep":
		d.kept = text
	case "stuck":
		d.waitStuck()
	case "kill", "pause", "continue":
		signal(d.ts, word, text)
	case "":
	default:
		d.ts.Fatalf("unknown step %q", line)
	}
}

// press types a key.
func (d *dialog) press(key string) {
	if keys[key] == "" || !d.tty {
		d.ts.Fatalf("no key %q, or no terminal", key)
	}
	_, err := io.WriteString(d.stdin, keys[key])
	d.ts.Check(err)
}

// wait waits for the end of the program and returns its exit code.
func (d *dialog) wait() int {
	if d.kept != "" {
		d.press(d.kept)
		again := time.NewTicker(keyRepeat)
		defer again.Stop()
		done := make(chan struct{})
		defer close(done)
		go func() {
			for {
				select {
				case <-again.C:
					_, _ = io.WriteString(d.stdin, keys[d.kept]) // the terminal may be gone
				case <-done:
					return
				}
			}
		}()
	}
	code := wait(d.ts, d.cmd, stepPatience)
	if status, ok := d.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	return code
}

// waitStuck waits until as much waits to be read from stdout as ever will: what a
// pipe holds when it is full is not known, but then it does not change.
func (d *dialog) waitStuck() {
	deadline := time.Now().Add(stepPatience)
	before, since := 0, time.Now()
	for time.Since(since) < stuckAfter {
		time.Sleep(time.Millisecond)
		now, err := waiting(d.pipe)
		d.ts.Check(err)
		if len(d.lines) < cap(d.lines) || now == 0 || now != before {
			before, since = now, time.Now()
		}
		if since.After(deadline) {
			d.givef("stdout is not full")
		}
	}
}

// expect waits for a line of output.
func (d *dialog) expect(want string) {
	select {
	case line, ok := <-d.lines:
		d.all.WriteString(line)
		if got := strings.TrimSuffix(d.names.Replace(line), "\n"); !ok || got != want {
			d.givef("output %q, want %q", got, want)
		}
	case <-time.After(stepPatience):
		d.givef("no output, want %q", want)
	}
}

// givef fails the script with what the program wrote to stderr.
func (d *dialog) givef(format string, args ...any) {
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
	d.ts.Logf("[stderr]\n%s", d.stderr.String())
	d.ts.Fatalf(format, args...)
}
