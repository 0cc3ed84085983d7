package jsontext

import (
	"bytes"
	"strings"
	"testing"
)

// TestHasKey: a key stands where its bytes do, however long it is and near whatever end.
func TestHasKey(t *testing.T) {
	t.Parallel()
	for size := range 40 {
		text := QuotedKey("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"[:size])
		k := NewKey(text)
		for _, behind := range []string{"", "1", `1,"x":2}`, strings.Repeat(" ", 40)} {
			doc := append([]byte("{"), append(bytes.Clone(text), behind...)...)
			p := Parser{Src: doc, Pos: 1}
			if !p.HasKey(&k) || p.Pos != 1+len(text) {
				t.Fatalf("%s: not there, or up to %d", doc, p.Pos)
			}
			for i := range text {
				wrong := bytes.Clone(doc)
				wrong[1+i] ^= 0x20
				if p := (Parser{Src: wrong, Pos: 1}); p.HasKey(&k) || p.Pos != 1 {
					t.Fatalf("%s is taken for %s", wrong, text)
				}
				if p := (Parser{Src: doc[:1+i], Pos: 1}); p.HasKey(&k) || p.Pos != 1 {
					t.Fatalf("%s is taken for %s", doc[:1+i], text)
				}
			}
		}
	}
}

// TestHasNoKey: where a field is not meant by the name that is shown, no key is there.
func TestHasNoKey(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{"", `""`, `"":1`, strings.Repeat("\x00", 40)} {
		if p := (Parser{Src: []byte(doc)}); p.HasKey(new(Key)) || p.Pos != 0 {
			t.Errorf("%q has it", doc)
		}
	}
}

// TestWhiteSpace: all four kinds stand between tokens, and no other.
func TestWhiteSpace(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for _, space := range []string{string([]byte{byte(c)}), string([]byte{' ', byte(c), '\n'})} {
			doc := strings.ReplaceAll(`{~"a"~:~[~1~,~2~]~,~"b"~:~{~}~}~`, "~", space)
			p := Parser{Src: []byte(doc)}
			err := p.Skip(0)
			if err == nil {
				err = p.End()
			}
			if allowed := strings.IndexByte(" \t\r\n", byte(c)) >= 0; (err == nil) != allowed {
				t.Errorf("byte 0x%02x: %v", c, err)
			}
		}
	}
}

// TestComma: a comma is consumed where it stands right here, and nothing else is.
func TestComma(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{",", ",,", " ,", "", "]", "1,"} {
		want := len(doc) - len(strings.TrimPrefix(doc, ","))
		if p := (Parser{Src: []byte(doc)}); p.Comma() != (want > 0) || p.Pos != want {
			t.Errorf("%q: up to %d", doc, p.Pos)
		}
	}
}
