package e2e

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// flagLine is a flag in help: its shorthand, if it has one, and its name.
var flagLine = regexp.MustCompile(`(?m)^(?:  (-\w), |      )(--[a-z0-9-]+)`)

// TestEveryFlagHasAScript fails for a flag of a command that no script uses with
// that command.
func TestEveryFlagHasAScript(t *testing.T) {
	t.Parallel()
	lines := commandLines(t)
	for _, command := range []string{"call", "list", "describe", "template", "convert", "diff", "test", "health", "bench", "serve", "proxy", "http"} {
		help, err := exec.Command("idlcall", command, "--help").Output()
		if err != nil {
			t.Fatal(err)
		}
		flags := flagLine.FindAllStringSubmatch(string(help), -1)
		if len(flags) < 20 {
			t.Fatalf("%s --help has %d flags: is its form still the same?", command, len(flags))
		}
		for _, f := range flags {
			// How a server gets IDL and reaches TARGET is what call's scripts are about.
			if (command == "serve" || command == "http" || command == "bench") && used(lines["call"], f[1], f[2]) && f[2] != "--idl" && f[2] != "--max-message-size" {
				continue
			}
			if !used(lines[command], f[1], f[2]) {
				t.Errorf("no script uses %s with idlcall %s", f[2], command)
			}
		}
	}
}

// commandLines are the lines of all scripts that run a command, by command.
func commandLines(t *testing.T) map[string][]string {
	lines := map[string][]string{}
	run := regexp.MustCompile(`\bidlcall (\w+) (.*)`)
	for _, files := range scripts(t, "testdata") {
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range run.FindAllStringSubmatch(string(text), -1) {
				lines[m[1]] = append(lines[m[1]], m[2])
			}
		}
	}
	return lines
}

// used reports whether one of the lines has a flag. Shorthands may have more
// letters: -vv.
func used(lines []string, short, name string) bool {
	long := regexp.MustCompile(`(^| )` + name + `([ =]|$)`)
	abbreviated := regexp.MustCompile(`(^| )` + short + `\w*( |$)`)
	for _, line := range lines {
		if long.MatchString(line) || short != "" && abbreviated.MatchString(line) {
			return true
		}
	}
	return false
}

// TestUsed guards the check itself: a flag must not hide behind a longer one.
func TestUsed(t *testing.T) {
	line := []string{"--idl-string x -vv " + strings.Repeat("y", 3)}
	for _, c := range []struct {
		short, name string
		want        bool
	}{{"", "--idl-string", true}, {"", "--idl", false}, {"-v", "--verbose", true}, {"-y", "--yes", false}} {
		if got := used(line, c.short, c.name); got != c.want {
			t.Errorf("used(%q) = %v", c.name, got)
		}
	}
}
