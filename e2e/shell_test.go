package e2e

import (
	"context"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
)

// openShell is a screen with a shell in it, whose history is the test's own.
func openShell(t *testing.T, width, height int, args ...string) *screen {
	t.Helper()
	return openShellWith(t, width, height, filepath.Join(t.TempDir(), "history"), args...)
}

func openShellWith(t *testing.T, width, height int, history string, args ...string) *screen {
	t.Helper()
	return openShellIn(t, width, height, ".", history, args...)
}

// openShellIn is one that is started in a folder.
func openShellIn(t *testing.T, width, height int, folder, history string, args ...string) *screen {
	t.Helper()
	program, err := exec.LookPath("idlcall")
	if err != nil {
		t.Fatal(err)
	}
	return openShellOf(t, program, width, height, folder, history, args...)
}

// openShellOf is one of a program.
func openShellOf(t *testing.T, program string, width, height int, folder, history string, args ...string) *screen {
	t.Helper()
	env := []string{"IDLCALL_HISTORY=" + history, "IDLCALL_CACHE=off", "INPUTRC=/dev/null", "HOME=" + t.TempDir()}
	s := openScreen(t, width, height, env, append([]string{"sh", "-c", `cd "$0" && exec "$@"`, folder, program, "shell"}, args...)...)
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

// Lines of one session are there in the next, found by Ctrl-R, and have no secrets.
func TestShellHistory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "history")
	s := openShellWith(t, 80, 20, file, "demo")
	s.line(`UnaryEcho {"message": "first"}`)
	s.until(`{"message":"first"}`)
	s.line(`:header authorization: Bearer hunter2`)
	s.line(`UnaryEcho -H 'token: hunter3' {"message": "second"}`)
	s.until(`{"message":"second"}`)
	s.keys("C-d")
	s.ended()
	kept, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(kept), "hunter") || strings.Count(string(kept), "\n") != 3 {
		t.Errorf("%v: the file has\n%s", err, kept)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	s = openShellWith(t, 80, 20, file, "demo")
	s.keys("Up", "Up")
	s.until("Bearer ***")
	s.keys("C-u", "C-r")
	for i := range "first" {
		s.until("(inc-search): " + "first"[:i] + "_")
		s.types("first"[i : i+1])
	}
	s.until("(inc-search): first_")
	s.golden("shell-search")
	s.keys("Enter")
	s.until(`{"message":"first"}`)
}

// A paste of many lines is one input, which nothing runs before Enter; brackets that are open go
// on over lines; a terminal that becomes narrower in the midst of it shows all of it.
func TestShellLines(t *testing.T) {
	t.Parallel()
	s := openShell(t, 80, 20, "demo")
	s.paste("UnaryEcho {\n  \"message\": \"日本語 and more\"\n}\n")
	s.until("and more\"\n")
	s.resize(40, 20)
	s.types(" -v")
	s.until(" -v")
	s.golden("shell-lines")
	s.keys("BSpace", "BSpace", "BSpace", "Enter")
	s.until(`{"message":"日本語 and more"}`)
	s.resize(80, 20)
	s.line("UnaryEcho {")
	s.line(`"message":`)
	s.line(`"z"}`)
	s.until(`{"message":"z"}`)
}

// Ctrl-C ends the call and not the shell; a second one at an empty prompt leaves. Vi's keys edit,
// where they are wanted.
func TestShellKeys(t *testing.T) {
	t.Parallel()
	s := openShell(t, 80, 24, "demo")
	s.line(`Sleep {"seconds": 60} -v`)
	s.until("> end of requests")
	s.keys("C-c")
	s.until("error: interrupted\ndemo>")
	s.line("Sum")
	s.until("Sum →0>")
	s.keys("C-c")
	s.line(":keys vi") // typed before the prompt is there again
	s.until("demo> :keys vi\ndemo>")
	s.types(`UnaryEcho {"message": "abcd"}`)
	at := func(column int) {
		s.untilIt("has its cursor there", func(string) bool { is, _ := s.cursor(); return is == column })
	}
	end := len(`demo> UnaryEcho {"message": "abcd"}`)
	s.keys("Escape")
	at(end - 1)
	s.keys("h", "h")
	at(end - 3)
	s.keys("x", "Enter")
	s.until(`{"message":"abc"}`)
	s.keys("C-c")
	s.until("Ctrl-C again leaves")
	s.keys("C-c")
	if code := s.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A server that ends a stream first gives the prompt back at once, and says what was not sent; a
// connection that is gone is made anew, with a note.
func TestShellServerEnds(t *testing.T) {
	t.Parallel()
	s := openShell(t, 100, 24, peers(t).Env["GRPC"])
	s.line("Chat")
	s.until("Chat →0 ←0>")
	s.line(`{"text": "a", "replies": 2, "stop": true}`)
	s.prompt(peers(t).Env["GRPC"])
	s.line(`Unary {"text": "after"}`)
	s.until(`{"text":"after","requests":"1"}`)
}

// "METHOD ?" asks for each field: Enter leaves out, a menu has the values of an enum, and the
// request is shown before it is sent.
func TestShellAsks(t *testing.T) {
	t.Parallel()
	s := openShell(t, 80, 30, "demo")
	s.line("Buy ?")
	s.until("add one?")
	s.line("y")
	s.until("items[0].name (required string):")
	s.line("hat")
	s.until("items[0].count (i32, default 1):")
	s.line("many")
	s.until("error: ")
	s.keys("C-u")
	s.line("3")
	s.until("3) LARGE")
	s.line("2")
	s.until("items[1]")
	s.line("")
	s.line("me")
	s.until("Buy {")
	s.golden("shell-asks")
	s.keys("Enter")
	s.until(`"count":3,"size":"MEDIUM"`)
}

// Streams of all protocols that have them, request by request.
func TestShellStreams(t *testing.T) {
	t.Parallel()
	env := maps.Clone(peers(t).Env)
	more, err := peers(t).Using("$KITEX_STREAMS $WEB_H2 $IDL $THRIFT")
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(env, more)
	for name, args := range map[string][]string{
		"grpc":     {env["GRPC"]},
		"grpc-web": {env["WEB_H2"], "-t", "grpc-web", "--http2", "--idl", env["IDL"] + "/calls.proto"},
		"ttstream": {env["KITEX_STREAMS"], "--idl", env["THRIFT"] + "/streams.thrift"},
		"thrift":   {env["KITEX_STREAMS"], "-t", "grpc", "--idl", env["THRIFT"] + "/streams.thrift"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShell(t, 100, 24, args...)
			s.line("Chat")
			s.until("Chat →0 ←0>")
			s.line(`{"text": "a"}`)
			s.until("Chat →1 ←1>")
			s.line(`{"text": 1}`)
			s.until("expected a string")
			s.keys("C-u")
			s.line(`{"text": "b", "replies": 2}`)
			s.until("Chat →2 ←3>")
			s.keys("C-d")
			s.prompt(args[0])
			s.line("Collect")
			s.until("Collect →0>")
			s.line(`{"text": "c"}{"text": "d"}`)
			s.until("Collect →2>")
			s.keys("C-c")
			s.until("error: interrupted")
			s.line(`Expand {"text": "e", "replies": 3} | .text`)
			s.until("\n\"e\"\n\"e\"\n\"e\"\n" + args[0] + ">")
		})
	}
}

// prompt waits for the empty prompt of a shell.
func (s *screen) prompt(target string) {
	s.t.Helper()
	s.untilIt("has a prompt", func(text string) bool { return strings.HasSuffix(text, "\n"+target+">\n") })
}

// A server that is gone is called again once it is there, over a new connection, of which a note
// tells.
func TestShellConnectsAnew(t *testing.T) {
	t.Parallel()
	serve := func(address string) (string, func()) {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		server := grpc.NewServer()
		healthpb.RegisterHealthServer(server, health.NewServer())
		reflection.Register(server)
		go func() { _ = server.Serve(l) }()
		return l.Addr().String(), server.Stop
	}
	address, stop := serve("127.0.0.1:0")
	s := openShell(t, 100, 24, address)
	s.line("Check")
	s.until(`{"status":"SERVING"}`)
	s.line("Watch")
	s.until("{\"status\":\"SERVING\"}\n" + address + "> Watch\n{\"status\":\"SERVING\"}\n")
	stop()
	s.until("error: ")
	s.prompt(address)
	_, stop = serve(address)
	defer stop()
	s.line("Check | .status")
	s.until("* connected anew to " + address + "\n\"SERVING\"\n" + address + ">")
}

// IDL that has changed on disk counts after :reload, for calls and for Tab.
func TestShellReloads(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "m.proto")
	write := func(field string) {
		text := `syntax = "proto3"; package m; service S { rpc Call(M) returns (M); } message M { string ` + field + ` = 1; }`
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("before")
	s := openShell(t, 80, 24, "--idl", file)
	s.line(":describe m.M")
	s.until("string before = 1;")
	write("after")
	s.line(":reload")
	s.until("is read again")
	s.line(":describe m.M")
	s.until("string after = 1;")
	s.types("Call {")
	s.keys("Tab")
	s.until(`Call {"after": "`)
}

// What is typed, pasted and recalled is what is sent: letters with accents, characters of several
// runes, wide ones in the midst of a line; what a terminal would obey stands as JSON writes it.
func TestShellCharacters(t *testing.T) {
	t.Parallel()
	s := openShell(t, 100, 30, "demo")
	for _, text := range []string{"äöüß é ñ", "日本", "👩‍👩‍👧 👍🏽 🇩🇪 ❤️", "กำ é"} {
		s.line(`UnaryEcho {"message": "` + text + `"} | .message | explode | map(tostring) | join(" ")`)
		want := ""
		for _, r := range text {
			want += " " + strconv.Itoa(int(r))
		}
		s.until(`"` + want[1:] + `"`)
	}
	s.paste("UnaryEcho {\"message\": \"é\x1b]0;title\a\x1b[2J\u202e\"} | .message | length")
	s.until(`"é\u001b]0;title\u0007\u001b[2J\u202e"`)
	s.keys("Enter")
	s.until("\n16\n")
	s.keys("Up")
	s.until(`\u001b[2J\u202e"} | .message | length` + "\n16\n")
	s.keys("C-u")
	s.types(`UnaryEcho {"message": "ab"}`)
	s.keys("Left", "Left", "Left")
	s.types("日é")
	s.keys("Enter")
	s.until(`{"message":"a日éb"}`)
}

// Keys do what people expect who know readline: Up goes up a line, Ctrl-D deletes nothing behind
// the text, Enter takes what a menu has selected, Ctrl-R goes on to the next.
func TestShellMovements(t *testing.T) {
	t.Parallel()
	s := openShell(t, 80, 30, "demo")
	s.line(`UnaryEcho {"message": "one"}`)
	s.until(`{"message":"one"}`)
	s.line(`UnaryEcho {"message": "two"}`)
	s.until(`{"message":"two"}`)
	s.line(":template Buy")
	s.until(`"customer": ""`)
	s.keys("Up", "Up")
	s.types("x")
	s.until(" x ],\n") // two lines above the last
	s.keys("C-c")
	s.keys("C-r")
	s.until("(inc-search): _")
	s.types("o")
	s.until("(inc-search): o_")
	s.untilIt("finds the latest", func(text string) bool { return strings.Contains(text, `> UnaryEcho {"message": "two"}`+"\n (inc") })
	s.keys("C-r")
	s.untilIt("finds the one before", func(text string) bool { return strings.Contains(text, `> UnaryEcho {"message": "one"}`+"\n (inc") })
	s.keys("C-c", "C-u")
	s.types("Bu")
	s.keys("C-d", "C-d")
	s.types("y {")
	s.keys("Tab")
	s.until("customer   ")
	s.keys("Tab", "Tab")
	s.until(`Buy {"customer": "`)
	s.keys("Enter")
	s.types(`me"}`)
	s.until(`Buy {"customer": "me"}`)
	s.keys("C-c")
	s.types(`Buy {"`)
	s.keys("Tab")
	s.until("items   ")
	s.keys("Tab")
	s.until(`Buy {"items": [{`)
	s.keys("Escape")
	s.until(`Buy {"` + "\n")
	s.types(`customer": "x"}`)
	s.until(`Buy {"customer": "x"}`)
	s.keys("C-c")
	s.resize(20, 10)
	s.line(":describe ")
	s.keys("C-c")
	s.types(":describe stream.")
	s.keys("Tab")
	s.until("more; type some")
}

// Ctrl-C brings the prompt back though the line waits for what no context ends, here the reader of
// a FIFO. Ctrl-\ means nothing to a call.
func TestShellLeavesBehind(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "fifo")
	if out, err := exec.CommandContext(t.Context(), "mkfifo", fifo).CombinedOutput(); err != nil {
		t.Skip("no FIFOs here: ", err, string(out))
	}
	s := openShell(t, 100, 30, peers(t).Env["GRPC"])
	s.line(`Unary {"text": "a"} -v > ` + fifo)
	s.until("< content-type")
	s.keys(`C-\`)
	s.keys("C-c")
	s.until("* what the line waits for does not end: it is left behind\n" + peers(t).Env["GRPC"] + "> ")
	s.line(`Unary {"text": "b"}`)
	s.until(`{"text":"b","requests":"1"}`)
}

// A terminal that has no keys, as in Emacs' shell, gets prompts and no codes; so does a person
// whose replies go to a file.
func TestShellDumb(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("idlcall")
	if err != nil {
		t.Fatal(err)
	}
	target := peers(t).Env["GRPC"]
	env := []string{"IDLCALL_HISTORY=off", "IDLCALL_CACHE=off", "HOME=" + t.TempDir()}
	s := openScreen(t, 100, 30, env, "env", "TERM=dumb", program, "shell", target)
	s.until(target + "> ")
	s.line(`Unary {`)
	s.until("\n... ")
	s.line(`"text": "a"}`)
	s.until(`{"text":"a","requests":"1"}`)
	s.line("Collect")
	s.until("Collect →0> ")
	s.keys("C-c")
	s.until("error: interrupted\n" + target + "> ")

	file := filepath.Join(t.TempDir(), "replies")
	s = openScreen(t, 100, 30, env, "sh", "-c", program+" shell "+target+" > "+file)
	s.until(target + "> ")
	s.line(`Unary {"text": "b"}`)
	s.until("{\"text\": \"b\"}\n" + target + "> ")
	if text, err := os.ReadFile(file); err != nil || string(text) != `{"text":"b","requests":"1"}`+"\n" {
		t.Errorf("%q, %v", text, err)
	}
}
