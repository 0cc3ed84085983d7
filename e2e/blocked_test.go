//go:build unix

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// blockedPlaces are where a program waits for somebody who does not come: a file
// that nobody reads or writes. FIFO is a named pipe, FOLDER one that has such a pipe
// among its IDL, CA a certificate file; full is which of the program's own streams
// nobody reads, or stdin, to which nobody writes. A shell has no --timeout of its own.
var blockedPlaces = []struct{ name, args, env, full string }{
	{name: "stdout", args: "call demo Pow -d {\"number\":1}", full: "stdout"},
	{name: "stdout of an envelope", args: "call demo Pow -d {\"number\":1} --output envelope", full: "stdout"},
	{name: "stderr of -vv", args: "call demo Pow -d {\"number\":1} -vv -o /dev/null", full: "stderr"},
	{name: "stderr of --events -", args: "call demo Pow -d {\"number\":1} --events - -o /dev/null", full: "stderr"},
	{name: "-o", args: "call demo Pow -d {\"number\":1} -o FIFO"},
	{name: "--events", args: "call demo Pow -d {\"number\":1} --events FIFO"},
	{name: "--idl", args: "call demo Pow --idl FIFO"},
	{name: "--idl to convert", args: "convert --idl FIFO --type T -d {}"},
	{name: "--idl to list", args: "list --idl FIFO"},
	{name: "a folder's member", args: "call demo Pow --idl FOLDER"},
	{name: "an include of a folder's member", args: "list --idl FOLDER"},
	{name: "-H @", args: "call demo UnaryEcho -H @FIFO"},
	{name: "-d @", args: "call demo UnaryEcho -d @FIFO"},
	{name: "--cacert", args: "call localhost:1 a/B --cacert FIFO"},
	{name: "--cert", args: "call localhost:1 a/B --cert FIFO --key FIFO"},
	{name: "key log", args: "call --tls localhost:1 a/B", env: "SSLKEYLOGFILE=FIFO"},
	{name: "convert --from hex", args: "convert --target demo --type shop.Item --from hex -d @FIFO"},
	{name: "list", args: "list --target demo", full: "stdout"},
	{name: "describe", args: "describe --target demo", full: "stdout"},
	{name: "-d @ of stdin", args: "call demo UnaryEcho -d @", full: "stdin"},
	{name: "--each of stdin", args: "call demo UnaryEcho --each -d @", full: "stdin"},
	{name: "convert of stdin", args: "convert --target demo --type shop.Item -d @", full: "stdin"},
	{name: "shell", args: "shell demo", full: "stdin"},
}

// TestBlocked ends the program at each such place by a signal and by --timeout, and
// prints how long that took.
func TestBlocked(t *testing.T) {
	idlcall, err := exec.LookPath("idlcall")
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range blockedPlaces {
		for _, how := range []string{"SIGINT", "SIGTERM", "--timeout"} {
			if place.name == "shell" && how == "--timeout" {
				continue
			}
			t.Run(place.name+"/"+how, func(t *testing.T) {
				t.Parallel()
				dir := blockedFolder(t)
				args := blockedArgs(place.args, dir)
				if how == "--timeout" {
					args = append(args, "--timeout", "1s")
				}
				p := exec.Command(idlcall, args...)
				p.Env = append(os.Environ(), blockedArgs(place.env, dir)...)
				stderr := blockStreams(t, p, place.full)
				took := endBlocked(t, p, how)
				// Who waits for input ends by itself, not as one that has to be ended.
				if place.full == "stdin" && took > 1500*time.Millisecond {
					t.Errorf("it took %v", took)
				}
				want, text := 130, "error: interrupted\n"
				if how == "--timeout" {
					want, text = 6, "error: no answer within 1s\n"
				}
				if code := p.ProcessState.ExitCode(); code != want {
					t.Errorf("exit code %d, want %d", code, want)
				}
				if place.full != "stderr" && stderr.String() != text {
					t.Errorf("stderr %q, want %q", stderr.String(), text)
				}
				t.Logf("ended after %v", took.Round(time.Millisecond))
			})
		}
	}
}

// blockedFolder has a FIFO that nobody else opens, and a folder with one.
func blockedFolder(t *testing.T) string {
	dir := t.TempDir()
	folder := filepath.Join(dir, "FOLDER")
	err := errors.Join(
		os.Mkdir(folder, 0o700),
		syscall.Mkfifo(filepath.Join(dir, "FIFO"), 0o600),
		syscall.Mkfifo(filepath.Join(folder, "a.proto"), 0o600),
		os.WriteFile(filepath.Join(folder, "b.proto"), []byte(`syntax = "proto3"; import "a.proto"; service S {}`), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// blockedArgs splits words and gives names of files their folder.
func blockedArgs(line, dir string) []string {
	words := strings.Fields(line)
	for i, w := range words {
		for _, name := range []string{"FIFO", "FOLDER"} {
			if at := strings.Index(w, name); at == 0 || at > 0 && (w[at-1] == '@' || w[at-1] == '=') {
				w = w[:at] + filepath.Join(dir, w[at:])
				break
			}
		}
		words[i] = w
	}
	return words
}

// blockStreams gives the program a full pipe where nobody reads, and starts it.
func blockStreams(t *testing.T, p *exec.Cmd, full string) *bytes.Buffer {
	stderr := &bytes.Buffer{}
	p.Stderr = stderr
	if full != "" {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close(); w.Close() })
		switch full {
		case "stdin":
			p.Stdin = r
		case "stdout":
			fillPipe(t, w)
			p.Stdout = w
		default:
			fillPipe(t, w)
			p.Stderr = w
		}
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	return stderr
}

// fillPipe writes until no byte more goes in.
func fillPipe(t *testing.T, w *os.File) {
	t.Helper()
	raw, err := w.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Write(func(fd uintptr) bool {
		for size := 1 << 16; size > 0; {
			if _, err := syscall.Write(int(fd), make([]byte, size)); err != nil {
				size /= 2
			}
		}
		return true
	})
}

// endBlocked ends the program, once it had time to get to where it blocks, and
// returns how long the end took.
func endBlocked(t *testing.T, p *exec.Cmd, how string) time.Duration {
	t.Helper()
	const wait = time.Second // a busy machine takes half of that to start a process
	start := time.Now()
	if how == "--timeout" {
		start = start.Add(wait) // that is when it is over
	} else {
		time.Sleep(wait)
		start = time.Now()
		signal := map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM}[how]
		if err := p.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	timer := time.AfterFunc(stepPatience, func() { _ = p.Process.Kill() })
	_ = p.Wait() // the exit code is looked at later
	if !timer.Stop() {
		t.Fatalf("it did not end within %v", stepPatience)
	}
	return time.Since(start)
}
