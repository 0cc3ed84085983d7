package protojson

import (
	"errors"
	"os"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// source counts how often it is asked for an extension by its number, and has none.
type source struct {
	idl.Types
	err   error
	asked int
}

func (s *source) FindExtensionByNumber(protoreflect.FullName, protoreflect.FieldNumber) (protoreflect.ExtensionDescriptor, error) {
	s.asked++
	return nil, s.err
}

// TestAbsentExtensions: that there is no extension is remembered for good, up to a
// bound; that a source failed is for one codec, since it may be well again.
func TestAbsentExtensions(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../testdata/old.proto")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: "old.proto", Text: string(text)}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.Message(t.Context(), "old.Old")
	if err != nil {
		t.Fatal(err)
	}
	var body []byte
	for _, num := range []protowire.Number{150, 151, 150, 150} {
		body = protowire.AppendVarint(protowire.AppendTag(body, num, protowire.VarintType), 1)
	}
	for _, test := range []struct {
		name  string
		err   error
		full  bool // nothing more is remembered
		asked int
	}{
		{"absent", &idl.NotFoundError{}, false, 2},
		{"failed", errors.New("no route to host"), false, 6},
		{"absent, beyond the bound", &idl.NotFoundError{}, true, 6},
	} {
		types := &source{err: test.err}
		message := &idl.ProtoMessage{Descriptor: m.(*idl.ProtoMessage).Descriptor, Types: types}
		p := Compile(message, message, jsontext.Options{})
		if test.full {
			for i := range maxAbsent {
				p.out.extended.setAbsent(protowire.Number(1000 + i))
			}
		}
		for range 3 {
			if got, err := p.Codec().Decode(nil, body); err != nil || string(got) != "{}" {
				t.Errorf("%s: %s, %v", test.name, got, err)
			}
		}
		if types.asked != test.asked {
			t.Errorf("%s: asked %d times, want %d", test.name, types.asked, test.asked)
		}
	}
}
