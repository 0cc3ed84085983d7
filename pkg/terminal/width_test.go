package terminal_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/terminal"
)

func TestWidth(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       int
	}{
		{"empty", "", 0},
		{"ASCII", "a b~", 4},
		{"Latin", "é", 1},
		{"combining accent", "e\u0301x", 2},
		{"CJK", "日本語", 6},
		{"fullwidth", "Ａ！", 4},
		{"halfwidth katakana", "ｱｲ", 2},
		{"Hangul", "한글", 4},
		{"Hangul of Jamo", "\u1112\u1161\u11ab", 2},
		{"Cyrillic and Greek", "жλ", 2},
		{"emoji", "😀", 2},
		{"emoji of several", "👩\u200d👩\u200d👧", 2},
		{"flag", "🇩🇪", 2},
		{"zero width space", "a\u200bb", 2},
		{"replacement", "\ufffd", 1},
		{"ellipsis", "…", 1},
	} {
		if got := terminal.Width(test.text); got != test.want {
			t.Errorf("%s: %q takes %d cells, want %d", test.name, test.text, got, test.want)
		}
	}
}

func TestAround(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, line string
		at, cells  int
		want       string
		before     int
	}{
		{"it fits", "abc", 1, 3, "abc", 1},
		{"behind the end", "abc", 3, 4, "abc", 3},
		{"the end goes", "abcdefghij", 1, 6, "abcde…", 1},
		{"the beginning goes", "abcdefghij", 9, 6, "…fghij", 5},
		{"both go", "abcdefghijklmnop", 8, 9, "…defghij…", 6},
		{"wide, the end goes", "日本語日本語", 0, 5, "日本…", 0},
		{"wide, the beginning goes", "日本語日本語", 5, 6, "…本語", 2},
		{"no room at all", "abcdef", 3, 0, "……", 1},
	} {
		shown, before := terminal.Around(test.line, test.at, test.cells)
		if shown != test.want || before != test.before {
			t.Errorf("%s: got %q, %d, want %q, %d", test.name, shown, before, test.want, test.before)
		}
	}
}

func FuzzAround(f *testing.F) {
	f.Add("one two three", 5, 7)
	f.Add("日本語e\u0301😀👩\u200d👧", 4, 6)
	f.Add("\xff\xfe\u200d", 2, 1)
	f.Fuzz(func(t *testing.T, line string, at, cells int) {
		line = strings.ToValidUTF8(line, "?")
		at, cells = max(0, min(at, utf8.RuneCountInString(line))), max(0, min(cells, 200))
		shown, before := terminal.Around(line, at, cells)
		if terminal.Width(line) <= cells {
			if shown != line || before != at {
				t.Fatalf("%q fits into %d, but is %q", line, cells, shown)
			}
			return
		}
		if w := terminal.Width(shown); w > max(cells, 2) {
			t.Errorf("%q in %d cells at %d: %q takes %d", line, cells, at, shown, w)
		}
		marked := []rune(shown)
		if before < 0 || before > len(marked) {
			t.Fatalf("%q: %d is not in %q", line, before, shown)
		}
	})
}
