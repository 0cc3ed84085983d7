package cmd

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/format"
)

func TestTheme(t *testing.T) {
	t.Parallel()
	usual, err := newTheme("")
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(themeNames) {
		if usual.place(name) == nil {
			t.Errorf("%s has no place", name)
		}
	}
	for _, test := range []struct {
		name, setting string
		change        func(*theme)
		err           string
	}{
		{"all names", "null=1:false=2:true=3:number=4:string=5:array=6:object=7:key=8:comment=9:error=10:warning=11:hint=12:detail=13:caret=14:mistake=15", func(t *theme) {
			*t = theme{
				Palette: format.Palette{
					Null: "\x1b[1m", False: "\x1b[2m", True: "\x1b[3m", Number: "\x1b[4m", String: "\x1b[5m", Array: "\x1b[6m", Object: "\x1b[7m",
					Key: "\x1b[8m", Comment: "\x1b[9m", Reset: "\x1b[0m",
				},
				inks: [...]string{"", "\x1b[10m", "\x1b[11m", "\x1b[12m", "\x1b[13m", "\x1b[14m", "\x1b[15m"},
			}
		}, ""},
		{"256 colours", "key=38;5;208:", func(t *theme) { t.Key = "\x1b[38;5;208m" }, ""},
		{"plain", "key=", func(t *theme) { t.Key = "" }, ""},
		{"the last counts", "key=1:key=2", func(t *theme) { t.Key = "\x1b[2m" }, ""},
		{"unknown", "kay=1:null=1", func(t *theme) { t.Null = "\x1b[1m" }, `IDLCALL_COLORS: unknown name "kay" (did you mean key?)`},
		{"jq's", "0;90:0;39", func(*theme) {}, `IDLCALL_COLORS: unknown name "0;90" (there are null, false, true, number, string, array, object, key, comment, error, warning, hint, detail, caret, mistake); unknown name "0;39" (there are null, false, true, number, string, array, object, key, comment, error, warning, hint, detail, caret, mistake)`},
		{"no value", "key", func(*theme) {}, `IDLCALL_COLORS: "key": want key=SGR, such as key=1;31`},
		{"a name of a colour", "key=red", func(*theme) {}, `IDLCALL_COLORS: "key=red": want key=SGR, such as key=1;31`},
		{"another escape", "key=1m\x1b]0;x\a", func(*theme) {}, `IDLCALL_COLORS: "key=1m\x1b]0;x\a": want key=SGR, such as key=1;31`},
		{"ends early", "key=1J", func(*theme) {}, `IDLCALL_COLORS: "key=1J": want key=SGR, such as key=1;31`},
	} {
		want := usual
		test.change(&want)
		got, err := newTheme(test.setting)
		if got != want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, want)
		}
		if text := ""; err != nil && err.Error() != test.err || err == nil && test.err != text {
			t.Errorf("%s: error %v, want %s", test.name, err, test.err)
		}
	}
}

// FuzzTheme: whatever the setting, no sequence but those for colours comes of it.
func FuzzTheme(f *testing.F) {
	f.Add("key=1;31:null=")
	f.Add("key=1m\x1b[2J")
	f.Fuzz(func(t *testing.T, setting string) {
		made, _ := newTheme(setting)
		for name := range strings.FieldsSeq(themeNames) {
			sequence := *made.place(name)
			if sgr, ok := strings.CutPrefix(strings.TrimSuffix(sequence, "m"), "\x1b["); sequence != "" && (!ok || strings.Trim(sgr, "0123456789;") != "") {
				t.Errorf("%s is %q", name, sequence)
			}
		}
	})
}

// TestColorVariables: the order of what decides.
func TestColorVariables(t *testing.T) {
	for _, test := range []struct {
		name string
		mode colorMode
		env  map[string]string
		want bool
	}{
		{"no terminal", colorAuto, nil, false},
		{"forced", colorAuto, map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{"not forced", colorAuto, map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{"forced on a dumb terminal", colorAuto, map[string]string{"CLICOLOR_FORCE": "1", "TERM": "dumb", "CLICOLOR": "0"}, true},
		{"NO_COLOR comes first", colorAuto, map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
		{"the flag comes before all", colorAlways, map[string]string{"NO_COLOR": "1"}, true},
		{"and the other way", colorNever, map[string]string{"CLICOLOR_FORCE": "1"}, false},
		{"no such mode", "purple", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range []string{"NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"} {
				t.Setenv(name, test.env[name])
			}
			if got := test.mode.wanted(&bytes.Buffer{}); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestPaint: colours stand around text, and text brings none of its own.
func TestPaint(t *testing.T) {
	t.Setenv(colorsVariable, "error=31:hint=:kay=1")
	var out bytes.Buffer
	l := &look{args: []string{"x", "--color", "always"}}
	s := &screen{&out, l}
	l.err = s
	label(s, inkError, "error", "a \x1b[2Jb")
	label(s, inkHint, "hint", "c\u202e")
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	mode := ""
	flags.Var(choice{&mode, []string{"never"}}, "color", "")
	if err := flags.Set("color", "never"); err != nil {
		t.Fatal(err)
	}
	l.flags = flags
	label(s, inkError, "error", "d")
	want := "warning: IDLCALL_COLORS: unknown name \"kay\" (did you mean key?)\n" +
		"\x1b[31merror:\x1b[0m a \ufffd[2Jb\nhint: c\ufffd\nerror: d\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// TestPoint: the caret is below the mistake, whatever is before it.
func TestPoint(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, line, mistake string
		want                string
	}{
		{"a word", `{"a": trve, "b": 1}`, "trve", "  {\"a\": [trve], \"b\": 1}\n        ^\n"},
		{"a string", `{"a": "x\"y z", "b": 1}`, `"x`, "  {\"a\": [\"x\\\"y z\"], \"b\": 1}\n        ^\n"},
		{"a string without end", `{"a": "xyz`, `"x`, "  {\"a\": [\"]xyz\n        ^\n"},
		{"a bracket", "[1, }", "}", "  [1, [}]\n      ^\n"},
		{"behind wide characters", `{"名前": あ}`, "あ", "  {\"名前\": [あ]}\n           ^\n"},
		{"behind an emoji of several", `["👩` + "\u200d" + `👧", x]`, "x", "  [\"👩\u200d👧\", [x]]\n         ^\n"},
		{"behind a combining accent", "[\"e\u0301\", x]", "x", "  [\"e\u0301\", [x]]\n        ^\n"},
		{"at the end", "[1, ", "", "  [1, \n      ^\n"},
	} {
		caret := len([]rune(test.line))
		if test.mistake != "" {
			caret = len([]rune(test.line[:strings.LastIndex(test.line, test.mistake)]))
		}
		var out recorder
		point(&out, test.line, caret)
		if out.String() != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.name, out.String(), test.want)
		}
	}
}

// recorder has brackets where a mistake is painted.
type recorder struct{ bytes.Buffer }

func (r *recorder) paint(spans []span) {
	for _, s := range spans {
		if s.ink == inkMistake && s.text != "" {
			s.text = "[" + s.text + "]"
		}
		r.WriteString(s.text)
	}
}

// TestReportText: what is coloured is what we say, not what it is about.
func TestReportText(t *testing.T) {
	t.Setenv(colorsVariable, "error=1:hint=2:caret=3:mistake=4")
	var out bytes.Buffer
	l := &look{args: []string{"--color=always"}}
	in := &format.InputError{Source: "-d", Index: 1, Line: 1, Col: 9, Text: `{"日本": x}`, Caret: 7, Err: &format.ValueError{Message: "no value", Nearest: []string{"y"}}}
	report(&screen{&out, l}, "text", errors.Join(in), commandLine{})
	want := "\x1b[1merror:\x1b[0m -d: document 1, line 1, column 9: no value\n" +
		"  {\"日本\": \x1b[4mx\x1b[0m}\n           \x1b[3m^\x1b[0m\n\x1b[2mhint:\x1b[0m did you mean \"y\"?\n"
	if out.String() != want {
		t.Errorf("got\n%q\nwant\n%q", out.String(), want)
	}
}
