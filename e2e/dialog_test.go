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

// dialog is a program whose stdin and stdout a script holds in its hands.
type dialog struct {
	ts     *testscript.TestScript
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	pipe   *os.File    // our end of its stdout
	lines  chan string // of its stdout
	closed bool
	all    strings.Builder
	stderr bytes.Buffer
	names  *strings.Replacer
}

// cmdDialog is "dialog CODE STEPS PROGRAM ARGS...". The file STEPS has a step a
// line:
//
//	> TEXT      write a line to stdin
//	< TEXT      wait for this line on stdout
//	eof         close stdin
//	close       close our end of stdout
//	wait D      go on after the duration D, where nothing tells that the server has
//	            what was sent
//	interrupt   send SIGINT
//	terminate   send SIGTERM
//	kill NAME, pause NAME, continue NAME
//	            to a server that "private NAME" has started
//
// Stdin stays open unless a step closes it. After the last step the program must
// end by itself with the exit code; what it had written to stdout and stderr is
// then there for other commands.
func cmdDialog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: dialog CODE STEPS PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	cmd, _ := program(ts, args[2:])
	d := &dialog{ts: ts, cmd: cmd, lines: make(chan string, 1<<10), names: scriptOf(ts).names}
	d.start()
	defer func() { _ = d.cmd.Process.Kill() }() // no more than a precaution: it has ended, or a step failed
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		d.step(strings.TrimSuffix(line, "\n"))
	}
	code := wait(ts, d.cmd, stepPatience)
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
	in, stdin, err := os.Pipe()
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
	case "wait":
		duration, err := time.ParseDuration(text)
		d.ts.Check(err)
		time.Sleep(duration)
	case "interrupt":
		d.ts.Check(d.cmd.Process.Signal(os.Interrupt))
	case "terminate":
		d.ts.Check(d.cmd.Process.Signal(syscall.SIGTERM))
	case "kill", "pause", "continue":
		signal(d.ts, word, text)
	case "":
	default:
		d.ts.Fatalf("unknown step %q", line)
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
