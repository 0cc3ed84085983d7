package format_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
)

// FuzzEncode: whatever our encoder accepts protojson accepts too, with the same
// message as the result. (It refuses more: protojson takes some ranges lightly.)
func FuzzEncode(f *testing.F) {
	for _, doc := range kindsDocs(f) {
		f.Add([]byte(doc))
	}
	m := method(f, "kinds.proto", "Call")
	c, ref := codec(f, m, format.Options{}), oracle{m.Input.(*idl.ProtoMessage)}
	f.Fuzz(func(t *testing.T, doc []byte) {
		body, err := c.Encode(nil, doc)
		if err != nil || bytes.Contains(doc, []byte("@value")) {
			return
		}
		want, err := ref.encode(doc)
		if err != nil {
			t.Skip("protojson is stricter here:", err)
		}
		if got := ref.parse(t, body); !proto.Equal(got, want) && !hasNaN(want) {
			t.Fatalf("%s\n got %v\nwant %v", doc, got, want)
		}
	})
}

func hasNaN(m proto.Message) bool { return !proto.Equal(m, m) }

// FuzzDecode: any bytes decode to valid JSON or to an error, and where protojson
// has an answer it is ours.
func FuzzDecode(f *testing.F) {
	m := method(f, "kinds.proto", "Call")
	c, ref := codec(f, m, format.Options{}), oracle{m.Input.(*idl.ProtoMessage)}
	for _, doc := range kindsDocs(f) {
		body, err := c.Encode(nil, []byte(doc))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := c.Decode(nil, body)
		if err == nil && !json.Valid(got) {
			t.Fatalf("%x: not JSON: %s", body, got)
		}
		if !ref.accepts(body) {
			return // theirs is stricter about UTF-8
		}
		if err != nil {
			t.Fatalf("%x: %v, but it is a message", body, err)
		}
		want, err := ref.decode(body)
		if err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%x\n got %s\nwant %s", body, got, want)
		}
	})
}

// accepts reports whether protobuf-go parses the body.
func (o oracle) accepts(body []byte) bool {
	parse := func() (err error) {
		defer recovered(&err)
		return proto.Unmarshal(body, dynamicpb.NewMessage(o.message.Descriptor))
	}
	return parse() == nil
}
