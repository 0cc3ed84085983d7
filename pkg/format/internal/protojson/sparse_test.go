package protojson

import (
	"bytes"
	"os"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// FuzzSparse: a message that is written as it comes decodes as one that is looked through
// first, and as one that is too large to be kept.
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
	small, kept, large := p.Codec(), p.Codec(), p.Codec()
	kept.dec.careful, large.dec.sparse = true, true
	for doc := range bytes.Lines(docs) {
		body, err := small.Encode(nil, doc)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		want, err := small.Decode(nil, body)
		if got, keptErr := kept.Decode(nil, body); !bytes.Equal(got, want) || reason(keptErr) != reason(err) {
			t.Fatalf("%x\n   looked through first %s, %v\n             as it comes %s, %v", body, got, keptErr, want, err)
		}
		if got, largeErr := large.Decode(nil, body); !bytes.Equal(got, want) || (largeErr == nil) != (err == nil) {
			t.Fatalf("%x\n   as a large message %s, %v\n           as a small one %s, %v", body, got, largeErr, want, err)
		}
	})
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestAnew: messages that are not in order are read a second time once, not once for each
// message around them.
func TestAnew(t *testing.T) {
	schema, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Text: `syntax = "proto3"; message M { int32 a = 1; M m = 2; int32 b = 3; }`}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.Message(t.Context(), "M")
	if err != nil {
		t.Fatal(err)
	}
	c := Compile(m.(*idl.ProtoMessage), m.(*idl.ProtoMessage), jsontext.Options{}).Codec()
	var body []byte
	want := "}"
	for range 5000 { // b comes before a on every level
		body = append(protowire.AppendBytes([]byte{2<<3 | 2}, body), 3<<3, 1, 1<<3, 1)
		want += `,"b":1}`
	}
	got, err := c.Decode(nil, body)
	if err != nil || !bytes.HasSuffix(got, []byte(want[len(want)-100:])) {
		t.Fatalf("%.100s, %v", got, err)
	}
}
