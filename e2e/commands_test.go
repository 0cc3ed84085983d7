package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience bounds every process that a script starts.
const patience = 60 * time.Second

// memoryLimit bounds what idlcall may need for a stream of any length.
const memoryLimit = 64 << 20

// program is a process with the environment and folder of a script. An argument
// "<FILE" at the end is its stdin.
func program(ts *testscript.TestScript, args []string) (*exec.Cmd, func()) {
	closing := func() {}
	var stdin io.Reader
	if n := len(args) - 1; n > 0 && strings.HasPrefix(args[n], "<") {
		f, err := os.Open(ts.MkAbs(args[n][1:]))
		ts.Check(err)
		stdin, args, closing = f, args[:n], func() { f.Close() }
	}
	path, err := exec.LookPath(args[0]) // the test's own PATH has idlcall in front
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Stdin = stdin
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environment(ts)
	return cmd, closing
}

// environment is the variables that the script has set, as far as a program
// may care: the flags and what libraries read.
func environment(ts *testscript.TestScript) []string {
	env := []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "TMPDIR=" + ts.Getenv("TMPDIR")}
	for _, name := range passed {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// passed are the variables that reach programs.
var passed = []string{
	"IDLCALL_IDL", "IDLCALL_CACERT", "IDLCALL_TRANSPORT", "IDLCALL_HTTP2", "IDLCALL_PRETTY", "IDLCALL_TIMEOUT",
	"IDLCALL_ERROR_FORMAT", "IDLCALL_COLORS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "TOKEN", "HTTPS_PROXY", "NO_PROXY", "SSLKEYLOGFILE", "GOCOVERDIR",
	"IDLCALL_CACHE", "IDLCALL_CACHE_TIME", "IDLCALL_OUTPUT", "IDLCALL_CONFIG", "XDG_CONFIG_HOME", "EDITOR", "LINE", "GRPC_ADDRESS",
	"IDLCALL_TARGET", "IDLCALL_JSON_DIALECT", "SMOKE_GRPC", "SMOKE_KITEX", "SMOKE_APACHE", "CI",
}

// run runs a program to its end and returns its exit code; one that does not end
// in time is killed and fails the script.
func run(ts *testscript.TestScript, cmd *exec.Cmd) int {
	ts.Check(cmd.Start())
	return wait(ts, cmd, patience)
}

func wait(ts *testscript.TestScript, cmd *exec.Cmd, limit time.Duration) int {
	timer := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !timer.Stop() {
		ts.Fatalf("%s did not end within %v", filepath.Base(cmd.Path), limit)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	return cmd.ProcessState.ExitCode()
}

// cmdExits is "exits CODE PROGRAM ARGS... [<STDIN]": the program must end with
// exactly this code. In its output, addresses are replaced by the names of their
// variables.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS... [<STDIN]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	cmd, closing := program(ts, args[1:])
	defer closing()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	code := run(ts, cmd)
	show(ts, stdout.String(), stderr.String())
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// show makes output available to the script's other commands.
func show(ts *testscript.TestScript, stdout, stderr string) {
	names := scriptOf(ts).names
	_, _ = io.WriteString(ts.Stdout(), names.Replace(stdout))
	_, _ = io.WriteString(ts.Stderr(), names.Replace(stderr))
}

// cmdWithin is "within DURATION exits ...": it must not take longer.
func cmdWithin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || args[1] != "exits" {
		ts.Fatalf("usage: within DURATION exits ...")
	}
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	start := time.Now()
	cmdExits(ts, false, args[2:])
	if took := time.Since(start); took > limit {
		ts.Fatalf("took %v, longer than %v", took, limit)
	}
}

// cmdAtLeast is "atleast DURATION exits ...": it must not take less.
func cmdAtLeast(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || args[1] != "exits" {
		ts.Fatalf("usage: atleast DURATION exits ...")
	}
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	start := time.Now()
	cmdExits(ts, false, args[2:])
	if took := time.Since(start); took < limit {
		ts.Fatalf("took %v, less than %v", took, limit)
	}
}

// cmdFill is "fill FILE COUNT TEXT": a file with the text so many times. "\n" in
// the text stands for a newline.
func cmdFill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fill FILE COUNT TEXT")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	ts.Check(err)
	_, err = io.Copy(f, repeat(n, strings.ReplaceAll(args[2], `\n`, "\n")))
	ts.Check(errors.Join(err, f.Close()))
}

// repeat reads as text n times.
func repeat(n int, text string) io.Reader {
	r, w := io.Pipe()
	chunk := strings.Repeat(text, 1000)
	go func() {
		var err error
		for ; n >= 1000 && err == nil; n -= 1000 {
			_, err = io.WriteString(w, chunk)
		}
		if err == nil {
			_, err = io.WriteString(w, strings.Repeat(text, n))
		}
		w.CloseWithError(err)
	}()
	return r
}

// counter counts what is written.
type counter struct{ lines, bytes int }

func (c *counter) Write(p []byte) (int, error) {
	c.lines += bytes.Count(p, []byte("\n"))
	c.bytes += len(p)
	return len(p), nil
}

// cmdCounted is "counted [-repeat N TEXT] PROGRAM ARGS...": stdout is counted, not
// kept; the script sees "N lines, M bytes". The text, N times, a line each, is the
// stdin. The program must succeed, in bounded memory.
func cmdCounted(ts *testscript.TestScript, neg bool, args []string) {
	var stdin io.Reader
	if len(args) > 3 && args[0] == "-repeat" {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		stdin, args = repeat(n, args[2]+"\n"), args[3:]
	}
	if neg || len(args) < 1 {
		ts.Fatalf("usage: counted [-repeat N TEXT] PROGRAM ARGS...")
	}
	cmd, closing := program(ts, args)
	defer closing()
	if stdin != nil {
		cmd.Stdin = stdin
	}
	peak := ts.MkAbs(".peak")
	cmd.Env = append(cmd.Env, peakFile+"="+peak)
	var stdout counter
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	code := run(ts, cmd)
	show(ts, fmt.Sprintf("%d lines, %d bytes\n", stdout.lines, stdout.bytes), stderr.String())
	if code != 0 {
		ts.Fatalf("exit code %d", code)
	}
	if filepath.Base(args[0]) == "idlcall" {
		checkPeak(ts, peak)
	}
}

// vmHWM is the peak of resident memory in /proc/PID/status.
var vmHWM = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// checkPeak compares the memory that idlcall needed with the limit.
func checkPeak(ts *testscript.TestScript, file string) {
	status, err := os.ReadFile(file)
	ts.Check(err)
	m := vmHWM.FindSubmatch(status)
	if m == nil {
		if runtime.GOOS == "linux" {
			ts.Fatalf("no peak memory in %q", status)
		}
		return
	}
	kb, err := strconv.Atoi(string(m[1]))
	ts.Check(err)
	ts.Logf("peak memory %d MiB", kb>>10)
	if kb<<10 > memoryLimit {
		ts.Fatalf("peak memory %d MiB, more than %d", kb>>10, memoryLimit>>20)
	}
}
