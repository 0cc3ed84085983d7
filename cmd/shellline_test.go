package cmd

import (
	"strings"
	"testing"
)

const bashBreaks = " \t\n\"'><=;|&(:@"

func TestParseLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line, words, before string
		quote               byte
	}{
		{"idlcall ca", "idlcall|ca", "", 0},
		{"idlcall call ", "idlcall|call|", "", 0},
		{"", "", "", 0},
		{"a 'b c' d", "a|b c|d", "", 0},
		{"a 'b c", "a|b c", "", '\''},
		{`a "b \"c \n`, `a|b "c \n`, "", '"'},
		{`a b\ c\'`, `a|b c'`, "", 0},
		{"a x.y=z", "a|x.y=z", "x.y=", 0},
		{"a h:50", "a|h:50", "h:", 0},
		{"a k=@fi", "a|k=@fi", "k=", 0},
		{"a 'k=v", "a|k=v", "", '\''},
		{"a k='v", "a|k=v", "k=", '\''},
		{"a b | c d", "c|d", "", 0},
		{"x && a b;c", "c", "", 0},
		{"$(a b", "a|b", "", 0},
		{"a '' b", "a||b", "", 0},
		{`a b\`, `a|b\`, "", 0},
	} {
		l := parseLine(tt.line, bashBreaks)
		if got := strings.Join(l.words, "|"); got != tt.words || l.before != tt.before || l.quote != tt.quote {
			t.Errorf("%s: words %s before %q quote %q, want %s %q %q", tt.line, got, l.before, l.quote, tt.words, tt.before, tt.quote)
		}
	}
	if l := parseLine("a b < fi", bashBreaks); !l.redirected {
		t.Error("not redirected")
	}
	if l := parseLine("a b <f c", bashBreaks); l.redirected || strings.Join(l.words, "|") != "a|b|c" {
		t.Errorf("%+v", l)
	}
}

// FuzzParseLine: what is quoted means itself.
func FuzzParseLine(f *testing.F) {
	f.Add("a 'b", "it's $HOME `x` \"y\"")
	f.Add("a \"b", "\\")
	f.Add("a ", "x y[]{}!")
	f.Fuzz(func(t *testing.T, line, text string) {
		l := parseLine(line, bashBreaks)
		if !strings.HasPrefix(l.words[len(l.words)-1], l.before) || strings.ContainsAny(text, "\n\t\r\x00") || strings.HasSuffix(line, `\`) {
			return
		}
		base := line
		if l.quote == 0 {
			base += "x"
		}
		before := parseLine(base, "")
		after := parseLine(base+before.quoted(text), "")
		got, want := after.words[len(after.words)-1], before.words[len(before.words)-1]+text
		if !before.redirected && (got != want || after.quote != before.quote) {
			t.Errorf("%q and %q: %q, want %q", line, text, got, want)
		}
	})
}
