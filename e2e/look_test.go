package e2e

import (
	"strings"
	"testing"
)

// TestCaretOnScreen: the caret of an error stands below the mistake by the count of a
// terminal, to which what is before the mistake is printed, too.
func TestCaretOnScreen(t *testing.T) {
	t.Parallel()
	s := openPrompt(t, 80, 12)
	for _, before := range []string{"abc", "日本語", "한글", "Ａ！", "ｱｲ", "e\u0301a\u0308", "жλ", "😀🎉", "…–é"} {
		s.clear()
		// The line that is typed does not have what is waited for.
		s.line(`printf '%s' '  {"mess''age": "` + before + `", '; read x`)
		s.until("  {\"message\": \"" + before + "\",")
		want, _ := s.cursor()
		s.keys("Enter")
		s.clear()
		s.line(`idlcall call demo UnaryEcho -d '{"message": "` + before + `", "x": 1}'`)
		text := s.until("\nhint:")
		caret := ""
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasSuffix(line, "^") && strings.TrimSpace(line) == "^" {
				caret = line
			}
		}
		if got := len(caret) - 1; got != want {
			t.Errorf("%q: the caret is in column %d, the mistake in %d:\n%s", before, got, want, text)
		}
	}
}

// TestErrorsOnScreen: on a terminal, errors have colours, lines are cut to its width, and
// what tries to command it does not.
func TestErrorsOnScreen(t *testing.T) {
	t.Parallel()
	for name, width := range map[string]int{"errors-60": 60, "errors-80": 80, "errors-120": 120} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openPrompt(t, width, 24)
			s.line(`idlcall call demo UnaryEcho -d '{"message": "first 日本語 second third fourth fifth sixth seventh eighth ninth tenth", "massage": "日本語 and a good deal more"}'`)
			s.until("hint: did you mean \"message\"?\n$ ")
			s.line(`idlcall call demo UnaryEcho --until 'if .message == "日本語" then 1 else 2 ) end | .a | .b | .c | .d | .e | .f | .g | .h | .i | .j'`)
			s.until("hint: run 'idlcall call --help' for the")
			s.golden(name)
			painted := s.painted()
			for _, want := range []string{"\x1b[1m\x1b[31merror:", "\x1b[36mhint:", "\x1b[1m\x1b[32m^", "\x1b[1m\x1b[31m\"massage\"", "\x1b[1m\x1b[31m)\x1b"} {
				if !strings.Contains(painted, want) {
					t.Errorf("no %q in\n%s", want, strings.ReplaceAll(painted, "\x1b", "<ESC>"))
				}
			}
		})
	}
}

// TestColoursOnScreen: replies are coloured on a terminal, one kind of value as another is
// not, and not where a variable says no.
func TestColoursOnScreen(t *testing.T) {
	t.Parallel()
	call := `idlcall convert --idl-string 'syntax = "proto3"; import "google/protobuf/struct.proto"; message M { google.protobuf.Value v = 1; }' --type M --from json --to json -d '{"v": [null, true, 1, "s"]}'`
	for name, test := range map[string]struct {
		variable string
		want     []string
	}{
		"usual":      {"IDLCALL_COLORS=", []string{"\x1b[34m\"v\"\x1b", "\x1b[2mnull\x1b", "\x1b[35mtrue\x1b", "\x1b[36m1\x1b", "\x1b[32m\"s\"\x1b"}},
		"configured": {"IDLCALL_COLORS=key=:true=31:null=:number=:string=", []string{"{\"v\":[null,\x1b[31mtrue\x1b[39m,1,\"s\"]}"}},
		"NO_COLOR":   {"NO_COLOR=1", []string{`{"v":[null,true,1,"s"]}`}},
		"CLICOLOR":   {"CLICOLOR=0", []string{`{"v":[null,true,1,"s"]}`}},
		"dumb":       {"TERM=dumb", []string{`{"v":[null,true,1,"s"]}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openPrompt(t, 120, 12)
			s.line("export '" + test.variable + "'; " + call)
			s.until("\n{\"v\":[null,true,1,\"s\"]}\n$ ")
			painted := s.painted()
			for _, want := range test.want {
				if !strings.Contains(painted, want) {
					t.Errorf("got\n%s\nwithout %q", strings.ReplaceAll(painted, "\x1b", "<ESC>"), want)
				}
			}
		})
	}
}
