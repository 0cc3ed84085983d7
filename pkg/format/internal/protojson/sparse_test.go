package protojson

import (
	"bytes"
	"os"
	"testing"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// FuzzSparse: a message too large to be kept decodes as one that is not.
func FuzzSparse(f *testing.F) {
	text, err := os.ReadFile("../../testdata/kinds.proto")
	if err != nil {
		f.Fatal(err)
	}
	docs, err := os.ReadFile("../../testdata/kinds.ndjson")
	if err != nil {
		f.Fatal(err)
	}
	schema, err := load.Files(f.Context(), load.Options{Strings: []load.Text{{Name: "kinds.proto", Text: string(text)}}})
	if err != nil {
		f.Fatal(err)
	}
	m, err := schema.Message(f.Context(), "kinds.All")
	if err != nil {
		f.Fatal(err)
	}
	p := Compile(m.(*idl.ProtoMessage), m.(*idl.ProtoMessage), jsontext.Options{QuoteInt64: true})
	small, large := p.Codec(), p.Codec()
	large.dec.sparse = true
	for doc := range bytes.Lines(docs) {
		body, err := small.Encode(nil, doc)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		want, err := small.Decode(nil, body)
		if got, largeErr := large.Decode(nil, body); !bytes.Equal(got, want) || (largeErr == nil) != (err == nil) {
			t.Fatalf("%x\n   as a large message %s, %v\n           as a small one %s, %v", body, got, largeErr, want, err)
		}
	})
}
