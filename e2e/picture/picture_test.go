package picture

import (
	"encoding/xml"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	s, err := Parse("a\x1b[1;31m日本\x1b[0m b\n\x1b[7mr\x1b[27;38;5;208;48;2;1;2;3mx\n\x1b[my")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]Run{
		{{"a", 0, 1, Look{}}, {"日本", 1, 4, Look{Front: basic[1], Bold: true}}, {" b", 5, 2, Look{}}},
		{{"r", 0, 1, Look{Reverse: true}}, {"x", 1, 1, Look{Front: "#ff8700", Back: "#010203"}}},
		{{"y", 0, 1, Look{}}},
	}
	if !reflect.DeepEqual(s.Rows, want) {
		t.Errorf("got %+v, want %+v", s.Rows, want)
	}
	for _, wrong := range []string{"\x1b[2J", "\x1b]8;;x\x1b\\", "\x1b[38;5m", "\x1b[38;5;256m", "\x1b[99m", "\x1b"} {
		if s, err := Parse(wrong); err == nil {
			t.Errorf("%q is %+v", wrong, s)
		}
	}
}

// The picture is XML, and has the text of the screen.
func TestSVG(t *testing.T) {
	t.Parallel()
	s, err := Parse("\x1b[1ma <&>\x1b[0m  b\n\x1b[41m  \x1b[0m日本")
	if err != nil {
		t.Fatal(err)
	}
	s.Row = 1
	d := xml.NewDecoder(strings.NewReader(s.SVG("a & b", 40)))
	var texts []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			texts = append(texts, string(text))
		}
	}
	if want := []string{"a & b", "a & b", "a <&>", "b", "日本"}; !reflect.DeepEqual(append(texts[:1:1], texts[2:]...), want) {
		t.Errorf("got %q, want %q", texts, want)
	}
}
