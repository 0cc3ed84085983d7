package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// progressLine is what stands at the bottom of a screen while a stream lasts.
var progressLine = regexp.MustCompile(`(?m)^0:\d\d  sent \d+, [\d.]+ k?B  received \d+, [\d.]+ k?B  \d+/s, \d+ B/s$`)

// slowly is a stream of nine messages that lasts for nearly four seconds.
const slowly = `idlcall call demo BidirectionalStreamServer/Sqrt --interval 450ms -d '` + nine + `'`

const nine = `{"number":1}{"number":4}{"number":9}{"number":16}{"number":25}{"number":36}{"number":49}{"number":64}{"number":81}`

// TestProgressOnScreen: a stream that lasts has a line, which follows the terminal's width
// and is gone when the stream ends.
func TestProgressOnScreen(t *testing.T) {
	t.Parallel()
	for name, width := range map[string]int{"80": 80, "120": 120} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openPrompt(t, width, 12)
			file := filepath.Join(t.TempDir(), "replies")
			s.line("clear; " + slowly + " >" + file + "; wc -l <" + file)
			s.untilIt("has the line", progressLine.MatchString)
			s.resize(30, 12)
			s.untilIt("has it in 29 columns", func(text string) bool {
				return regexp.MustCompile(`(?m)^0:\d\d  sent .{10,18}$`).MatchString(text) && !strings.Contains(text, "B/s")
			})
			s.resize(width, 12)
			s.untilIt("has the line again", progressLine.MatchString)
			if text := s.until("9\n$ "); text != "9\n$" {
				t.Errorf("a trace is left:\n%s", text)
			}
		})
	}
}

// TestProgressAmongReplies: replies on the same terminal stay whole, and those that come
// fast have no line between them.
func TestProgressAmongReplies(t *testing.T) {
	t.Parallel()
	s := openPrompt(t, 80, 24)
	s.line("clear; " + slowly)
	s.untilIt("has the line", progressLine.MatchString)
	want := ""
	for _, n := range "123456789" {
		want += `{"sqrt":` + string(n) + "}\n"
	}
	if text := s.until(":9}\n$ "); text != want+"$" {
		t.Errorf("got\n%s\nwant\n%s$", text, want)
	}
}

// TestProgressInterrupted: Ctrl-C and errors leave none of it either.
func TestProgressInterrupted(t *testing.T) {
	t.Parallel()
	s := openPrompt(t, 80, 12)
	s.line("clear; " + slowly + " >/dev/null")
	s.untilIt("has the line", progressLine.MatchString)
	s.keys("C-c")
	if text := s.until("interrupted\n$ "); strings.Contains(text, "sent") {
		t.Errorf("a trace is left:\n%s", text)
	}
	s.line("clear; " + slowly + " --timeout 1500ms >/dev/null")
	s.untilIt("has the line", progressLine.MatchString)
	if text := s.until("no answer within"); strings.Contains(text, "sent ") || !strings.HasPrefix(text, "error: ") {
		t.Errorf("a trace is left:\n%s", text)
	}
}

// TestNoProgress: what tells on stderr what happens has the terminal for itself.
func TestNoProgress(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"verbose": slowly + " -v >/dev/null", "events": slowly + " --events - >/dev/null", "JSON": slowly + " --error-format json >/dev/null",
		"dumb": "TERM=dumb " + slowly + " >/dev/null", "no terminal": slowly + " >/dev/null 2>errors; cat errors; rm errors",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openPrompt(t, 80, 24)
			file := s.status + ".bytes"
			s.tmux("", "pipe-pane", "-O", "cat >"+file)
			s.line(line + "; echo over")
			s.until("\nover\n$ ")
			bytes, err := os.ReadFile(file)
			if err != nil || len(bytes) == 0 || strings.Contains(string(bytes), "0:01") {
				t.Errorf("there is a line, or nothing: %q (%v)", bytes, err)
			}
		})
	}
}
