package jsontext

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTextAtEachOffset: whatever stands at whatever place of a string, at the end of a document
// and before more of it, is read as encoding/json reads it, and refused where it has no meaning.
func TestTextAtEachOffset(t *testing.T) {
	t.Parallel()
	inserts := []string{`\n`, `\"`, `\\`, `\u00e9`, `\ud83d\ude00`, `\ud83d`, `\ude00\ud83d`, `\x`, `\u12g4`, `\u12`, `\`, "é", "日", "😀", "\x7f", "\u0080", "/"}
	for c := range 256 {
		inserts = append(inserts, string([]byte{byte(c)}), string([]byte{0xc3, byte(c)}), string([]byte{0xe6, 0x97, byte(c)}))
	}
	for _, insert := range inserts {
		for size := range 18 {
			for at := range size + 1 {
				plain := "abcdefghijklmnopq"[:size]
				doc := `"` + plain[:at] + insert + plain[at:] + `"`
				checkText(t, doc)
				checkText(t, doc+`:"and more that is a text"`)
			}
		}
	}
}

// checkText reads the string that a document begins with.
func checkText(t *testing.T, doc string) {
	t.Helper()
	p := Parser{Src: []byte(doc)}
	got, err := p.Text()
	var raw json.RawMessage
	var want string
	wantErr := json.NewDecoder(strings.NewReader(doc)).Decode(&raw)
	if wantErr == nil {
		wantErr = json.Unmarshal(raw, &want)
	}
	if wantErr == nil && (!utf8.Valid(raw) || strings.ContainsRune(want, utf8.RuneError)) {
		wantErr = fmt.Errorf("encoding/json has put U+FFFD")
	}
	switch {
	case (err == nil) != (wantErr == nil):
		t.Fatalf("%q: %v, but encoding/json: %v", doc, err, wantErr)
	case err == nil && (string(got) != want || p.Pos != len(raw)):
		t.Fatalf("%q: %q up to %d, want %q up to %d", doc, got, p.Pos, want, len(raw))
	}
}

// TestTextMistakes: a mistake stands where its first byte is, whatever has been read at once.
func TestTextMistakes(t *testing.T) {
	t.Parallel()
	for size := range 20 {
		plain := strings.Repeat("a", size)
		for _, test := range []struct {
			doc     string
			off     int
			message string
		}{
			{`"` + plain + "\x01" + `b"`, 1 + size, "control character 0x01 in a string: write it as \\u0001"},
			{`"é` + plain + "\n" + `b"`, 3 + size, "control character 0x0a in a string: write it as \\u000a"},
			{`"é` + plain + "\x80" + `b"`, 3 + size, "invalid UTF-8 (byte 0x80) in a string"},
			{`"\n` + plain + "\xff" + `b"`, 3 + size, "invalid UTF-8 (byte 0xff) in a string"},
			{`"` + plain + `\q"`, 1 + size, `unknown escape sequence \q`},
			{`"` + plain, 0, "string has no closing quote"},
			{`"é` + plain, 0, "string has no closing quote"},
			{`"\n` + plain, 0, "string has no closing quote"},
			{"  1" + plain, 2, "expected a string, found a number"},
		} {
			p := Parser{Src: []byte(test.doc)}
			_, err := p.Text()
			if v, ok := err.(*ValueError); !ok || v.Offset != test.off || v.Message != test.message {
				t.Errorf("%q: %#v, want %q at %d", test.doc, err, test.message, test.off)
			}
		}
	}
}

// TestNextSpecial: eight bytes at a time stop where single ones do.
func TestNextSpecial(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for at := range 20 {
			for _, filler := range []string{"a", "\x80", "\xff"} {
				b := []byte(strings.Repeat(filler, at) + string([]byte{byte(c)}) + "bbbbbbbbb")
				for from := range at + 1 {
					syntax := bytes.IndexFunc(b[from:], func(r rune) bool { return r < ' ' || r == '"' || r == '\\' })
					special := bytes.IndexFunc(b[from:], func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r >= utf8.RuneSelf })
					for _, test := range [][2]int{{nextSyntax(b, from), syntax}, {nextSpecial(b, from), special}} {
						got, want := test[0], test[1]
						if want < 0 {
							want = len(b) - from
						}
						if got != from+want {
							t.Fatalf("%q from %d: %d, want %d", b, from, got, from+want)
						}
					}
				}
			}
		}
	}
}
