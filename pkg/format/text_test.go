package format_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/format"
)

// anyOf is a kinds.All whose field any = 33 has a type URL and no value.
func anyOf(url string) []byte {
	inner := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), url)
	return protowire.AppendBytes(protowire.AppendTag(nil, 33, protowire.BytesType), inner)
}

// TestTextOfHostileAny: a type URL that cannot stand in brackets is a string, so
// that the peer moves neither the cursor nor the layout.
func TestTextOfHostileAny(t *testing.T) {
	t.Parallel()
	m := method(t, "kinds.proto", "Call")
	for url, want := range map[string]string{
		"a/kinds.All":                "any {\n  [a/kinds.All] {\n  }\n}\n",
		"x\"y/kinds.All":             "any {\n  type_url: \"x\\\"y/kinds.All\"\n}\n",
		"x\x1b[31m\n} bad/kinds.All": "any {\n  type_url: \"x\\033[31m\\n} bad/kinds.All\"\n}\n",
	} {
		var out bytes.Buffer
		p := format.NewPrinter(&out, m, nil, format.Style{Output: format.TextForm, Pretty: true})
		if err := p.Print(anyOf(url)); err != nil {
			t.Fatal(err)
		}
		if err := p.Flush(); err != nil || out.String() != want {
			t.Errorf("%q: %q (%v), want %q", url, out.String(), err, want)
		}
	}
}

// FuzzText: any bytes become text, on one line or several, or an error.
func FuzzText(f *testing.F) {
	m := method(f, "kinds.proto", "Call")
	c := codec(f, m, format.Options{})
	for _, doc := range kindsDocs(f) {
		body, err := c.Encode(nil, []byte(doc))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add(anyOf("x\"y/kinds.All"))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, pretty := range []bool{false, true} {
			var out bytes.Buffer
			p := format.NewPrinter(&out, m, nil, format.Style{Output: format.TextForm, Pretty: pretty})
			if p.Print(body) != nil {
				continue
			}
			if err := p.Flush(); err != nil {
				t.Fatal(err)
			}
			if lines := bytes.Count(out.Bytes(), []byte("\n")); !pretty && lines != 1 {
				t.Fatalf("%x: %d lines", body, lines)
			}
		}
	})
}
