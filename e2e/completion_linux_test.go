package e2e

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// shells are what completion is tried in, with the file that each reads when it starts.
var shells = map[string]struct {
	args    []string
	startup string
	text    string
}{
	"bash": {[]string{"--rcfile", "HOME/rc", "-i"}, "rc", "PS1=; bind 'set bell-style none'\nsource <(idlcall completion bash)\n"},
	"zsh":  {[]string{"-i"}, ".zshrc", "PS1=; unsetopt beep; autoload -Uz compinit; compinit -u; source <(idlcall completion zsh)\n"},
	"fish": {[]string{"-i"}, "fish/config.fish", "function fish_prompt; end; function fish_greeting; end\nidlcall completion fish | source\n"},
}

// TestCompletionInShells types lines with Tabs into real shells, and looks at what the
// command line has then become. In a word, | is where Tab is pressed.
func TestCompletionInShells(t *testing.T) {
	grpc := peers(t).Env["GRPC"]
	for _, tt := range []struct{ name, typed, want string }{
		{"command", "ca| x y", "call x y"},
		{"target", "call de| x", "call demo x"},
		{"saved target", "call @sh| x", "call @shop x"},
		{"method", "call demo stream.Serv| x", "call demo stream.ServerStream/Pow x"},
		{"bare method", "call demo Sqr| x", "call demo Sqrt x"},
		{"method of a server", "call " + grpc + " e2e.Calls/Coll| x", "call " + grpc + " e2e.Calls/Collect x"},
		{"method of a URL", "call grpc://" + grpc + " e2e.Calls/Coll| x", "call grpc://" + grpc + " e2e.Calls/Collect x"},
		{"method of a saved target", "call @grpc e2e.Calls/Coll| x", "call @grpc e2e.Calls/Collect x"},
		{"symbol", "describe demo shop.Sold| x", "describe demo shop.SoldOut x"},
		{"field", "call demo Shop/Buy -f custo|Ann", "call demo Shop/Buy -f customer=Ann"},
		{"enum", "call demo Shop/Buy -f items[].size=L| x", "call demo Shop/Buy -f items[].size=LARGE x"},
		{"enum in single quotes", "call demo Shop/Buy -f 'items[].size=L| x", "call demo Shop/Buy -f items[].size=LARGE x"},
		{"enum in double quotes", "call demo Shop/Buy -f \"items[].size=L| x", "call demo Shop/Buy -f items[].size=LARGE x"},
		{"field in single quotes", "call demo Shop/Buy -f 'items[].si|LARGE'", "call demo Shop/Buy -f items[].size=LARGE"},
		{"after a quoted header", "call demo -H 'a: b \"c' Shop/B| x", "call demo -H a: b \"c Shop/Buy x"},
		{"flag", "call demo Shop/Buy --fail-f| x", "call demo Shop/Buy --fail-fast x"},
		{"value of a flag", "call demo Shop/Buy -t ttheader-s| x", "call demo Shop/Buy -t ttheader-streaming x"},
		{"value behind =", "call demo Shop/Buy --idl-lang=th| x", "call demo Shop/Buy --idl-lang=thrift x"},
		{"file behind @", "call demo Shop/Buy -d @reques| x", "call demo Shop/Buy -d @request one.json x"},
		{"file behind =@", "call demo Shop/Buy -f customer=@reques| x", "call demo Shop/Buy -f customer=@request one.json x"},
		{"file of a flag", "call demo Shop/Buy --idl shop.pro| x", "call demo Shop/Buy --idl shop.proto x"},
		{"page", "help exit| x", "help exit-codes x"},
	} {
		for shell := range shells {
			t.Run(shell+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				typed := tt.typed
				if shell == "bash" { // readline has closed the quote
					typed = strings.TrimSuffix(typed, "'")
				}
				if got := completedIn(t, shell, typed, grpc); got != tt.want {
					t.Errorf("%s became\n%s, want\n%s", typed, got, tt.want)
				}
			})
		}
	}
}

// completedIn types a line into a shell, and returns the arguments of the command that runs.
func completedIn(t *testing.T, shell, typed, grpc string) string {
	t.Helper()
	program, err := exec.LookPath(shell)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	home := shellHome(t, shell, grpc)
	tty, keyboard, err := openTerminal()
	if err != nil {
		t.Fatal(err)
	}
	defer keyboard.Close()
	args := slices.Clone(shells[shell].args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "HOME", home)
	}
	c := exec.Command(program, args...)
	c.Dir, c.SysProcAttr = home, controlsTerminal
	c.Env = []string{
		"HOME=" + home, "ZDOTDIR=" + home, "XDG_CONFIG_HOME=" + home, "IDLCALL_CACHE=" + filepath.Join(home, "cache"),
		"TERM=dumb", "LC_ALL=C.UTF-8", "PATH=" + filepath.Join(home, "bin") + ":" + os.Getenv("PATH"),
	}
	c.Stdin, c.Stdout, c.Stderr = tty, tty, tty
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	var seen screenText
	go func() { _, _ = io.Copy(&seen, keyboard) }()
	defer func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	}()
	if _, err := io.WriteString(keyboard, "idlcall "+strings.Replace(typed, "|", "\t", 1)+"\r"); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(stepPatience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if got, err := os.ReadFile(filepath.Join(home, "ran")); err == nil && bytes.HasSuffix(got, []byte("\n")) {
			return strings.TrimSuffix(string(got), "\n")
		}
	}
	t.Fatalf("%s did not run the line; the screen:\n%s", shell, seen.text())
	return ""
}

// shellHome is a folder in which "idlcall" is the real one for Tab only: otherwise it notes
// its arguments.
func shellHome(t *testing.T, shell, grpc string) string {
	t.Helper()
	idlcall, err := exec.LookPath("idlcall")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for name, text := range map[string]string{
		shells[shell].startup: shells[shell].text,
		".idlcall.yaml":       "targets: {shop: demo, grpc: '" + grpc + "'}\n",
		"request one.json":    "{}",
		"shop.proto":          "syntax = \"proto3\";",
		"bin/idlcall": "#!/bin/sh\ncase $1 in __complete*|completion) exec '" + idlcall + "' \"$@\";; esac\n" +
			"echo \"$*\" > '" + home + "/ran.new'; mv '" + home + "/ran.new' '" + home + "/ran'\n",
	} {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

// screenText is what a shell has shown.
type screenText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screenText) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screenText) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
