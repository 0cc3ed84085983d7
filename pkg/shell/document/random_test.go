package document_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shape"
	"github.com/idlcall/idlcall/pkg/shell/document"
)

// sample is a value of a type, for what no candidate ends.
func sample(s *shape.Shape, n int) string {
	switch {
	case s.Name == "type URL":
		return `"x/shop.Item"`
	case s.Form == shape.Object:
		return "{}"
	case s.Kind == shape.Bytes:
		return `"aGk="`
	case s.Kind == shape.Text:
		return `"x"`
	}
	return string(rune('0' + n%10))
}

// key is a key of a map that no other has.
func key(n int) string {
	return `"` + strings.Repeat("1", n%7+1) + string(rune('0'+n/7%10)) + string(rune('0'+n/70%10)) + `"`
}

// grow completes a text at random until the document is complete.
func grow(t testing.TB, m *idl.Method, notes *shape.Notes, seed uint64) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 2))
	text := ""
	for n := range 3000 {
		c := document.At(m.Input, notes, text, len(text))
		list := c.Candidates
		if n > 40 { // to an end
			if i := slices.IndexFunc(list, func(c document.Candidate) bool { return c.Group == "end" }); i >= 0 {
				list = list[i : i+1]
			} else if i := slices.IndexFunc(list, func(c document.Candidate) bool { return strings.HasPrefix(c.Note, "required") }); i >= 0 {
				list = list[i : i+1]
			}
		}
		opened := c.From < len(text) && text[c.From:] == `"`
		switch {
		case len(list) > 1 || len(list) == 1 && list[0].Text != `"`:
			text = text[:c.From] + list[rng.IntN(len(list))].Text
		case len(list) == 1 && list[0].Group == "keys", opened && c.Expected == nil:
			text = text[:c.From] + key(n) + ": "
		case len(list) == 1, c.Expected != nil:
			if c.Expected == nil {
				t.Fatalf("seed %d: a quote for what? %s", seed, text)
			}
			text = text[:c.From] + sample(c.Expected, n)
		default:
			if opened := document.Open(text); opened.Brackets != "" {
				t.Fatalf("seed %d: nothing can follow %s", seed, text)
			}
			return text
		}
	}
	t.Fatalf("seed %d: no end: %s", seed, text)
	return ""
}

// TestGrow: candidates, and values where there are none, lead to a document that the codec
// takes.
func TestGrow(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Shop/Buy", "S/one", "S/two", "S/none", "Shop/Nothing"} {
		m, notes := input(t, name)
		program, err := format.Compile(m, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(200) {
			text := grow(t, m, notes, seed)
			if _, err := program.Codec().Encode(nil, []byte(text)); err != nil {
				t.Errorf("%s, seed %d: %v: %s", name, seed, err, text)
			}
		}
	}
}

// everywhere completes at each place of a text.
func everywhere(t *testing.T, m *idl.Method, notes *shape.Notes, text string) {
	t.Helper()
	for at := range len(text) + 1 {
		c := document.At(m.Input, notes, text, at)
		if c.From > at || c.To < at || c.From < 0 || c.To > len(text) {
			t.Errorf("%q at %d: %d to %d", text, at, c.From, c.To)
		}
		for _, candidate := range c.Candidates {
			if candidate.Text == "" || candidate.Shown == "" || candidate.Group == "" {
				t.Errorf("%q at %d: %+v", text, at, candidate)
			}
		}
	}
}

// tokens checks what all tokens of a text have in common.
func tokens(t *testing.T, text string) {
	t.Helper()
	last := 0
	wrong := false
	for _, s := range document.Highlight(text) {
		if s.From < last || s.To <= s.From || s.To > len(text) || strings.Trim(text[last:s.From], " \t\r\n") != "" {
			t.Errorf("%q: %+v behind %d", text, s, last)
		}
		if utf8.ValidString(text) && !utf8.ValidString(text[s.From:s.To]) {
			t.Errorf("%q: %+v cuts a character", text, s)
		}
		wrong = wrong || s.Token == document.Error
		last = s.To
	}
	opened := document.Open(text)
	if len(opened.At) != len(opened.Brackets) {
		t.Errorf("%q: %+v", text, opened)
	}
	for i, at := range opened.At {
		if _, found := document.Match(text, at); found || text[at] != opened.Brackets[i] {
			t.Errorf("%q: %+v", text, opened)
		}
	}
	if json.Valid([]byte(text)) && (wrong || opened.Brackets != "" || opened.InString) {
		t.Errorf("%q is JSON: %+v", text, opened)
	}
}

func FuzzAt(f *testing.F) {
	for _, seed := range []string{
		`{"items": [{"name": "hat", "count": 2}], "color": "RED"}`, `{"detail": {"@type": "x/shop.Item", "na`,
		`{"odd": [[{"title": "x"}, 1], [{`, `{"customerName": $last.items[0]["a]"].id, "gi`, "{\"a\n}]{,:", `{"a\u00e9\`, `{é: 1 "ü`, `-1e`, `$[`,
	} {
		f.Add(seed)
	}
	shop, shopNotes := input(f, "Shop/Buy")
	item, itemNotes := input(f, "S/one")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 300 {
			return
		}
		everywhere(t, shop, shopNotes, text)
		everywhere(t, item, itemNotes, text)
		tokens(t, text)
	})
}

// TestOpen: what a text leaves open.
func TestOpen(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, brackets string
		inString       bool
	}{
		{"", "", false},
		{`{"a": [1, {`, "{[{", false},
		{`{"a": "}`, "{", true},
		{`{"a": "x\"`, "{", true},
		{"{\"a\": \"x\n", "{", false},
		{`{"a": 1} {`, "{", false},
		{`{"a": 1}]`, "", false},
		{`{"a": $last["]"].b`, "{", false},
	} {
		if got := document.Open(test.text); got.Brackets != test.brackets || got.InString != test.inString {
			t.Errorf("%s: %+v", test.text, got)
		}
	}
	text := `{"a": ["]", {}]}`
	for from, want := range map[int]int{0: 15, 15: 0, 6: 14, 14: 6, 12: 13, 1: -1} {
		got, ok := document.Match(text, from)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("the bracket at %d: %d, want %d", from, got, want)
		}
	}
}

// TestHighlight: one letter for each token.
func TestHighlight(t *testing.T) {
	t.Parallel()
	letters := "ksnlrpE"
	for text, want := range map[string]string{
		`{"a": "b", "c": [1, true, null], "d": $last.id}`: "pkpspkppnplplppkprp",
		`{a: 1}`:          "pEpnp",
		`{"a": tr`:        "pkpl",
		`{"a": tr}`:       "pkpEp",
		`{"a": -`:         "pkpn",
		`{"a": 01}`:       "pkpEp",
		"{\"a\": \"b\n}":  "pkpEp",
		`{"a": "b`:        "pkps",
		`]{}}`:            "EppE",
		`{"a": [1}`:       "pkppnE",
		`{"a": #1}`:       "pkpEnp",
		`{"a": 1} {"b":2`: "pkpnppkpn",
	} {
		got := ""
		for _, s := range document.Highlight(text) {
			got += letters[s.Token : s.Token+1]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
