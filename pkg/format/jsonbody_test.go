package format_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// bodies are the codecs of one method with bodies in JSON and with encoded ones.
func bodies(t testing.TB) (json, binary format.Codec) {
	m := method(t, "kinds.proto", "Call")
	binary = codec(t, m, format.Options{})
	asJSON := *m
	asJSON.Protocol = stream.JSON
	return codec(t, &asJSON, format.Options{}), binary
}

// checkJSONBody: a document makes a request in JSON where it makes an encoded one, and that
// request as a reply has the text that the encoded one has.
func checkJSONBody(t *testing.T, json, binary format.Codec, doc []byte) {
	t.Helper()
	encoded, err := binary.Encode(nil, doc)
	body, errJSON := json.Encode(nil, doc)
	if err != nil {
		if errJSON == nil {
			t.Fatalf("%s: taken as a body of JSON, but %v", doc, err)
		}
		return
	}
	want, err := binary.Decode(nil, encoded)
	if err != nil || errJSON != nil || bytes.Contains(want, []byte("@value")) {
		return // it has no JSON of its own
	}
	if !bytes.Equal(body, want) {
		t.Fatalf("%s: body\n got %s\nwant %s", doc, body, want)
	}
	got, err := json.Decode(nil, body)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s: %v\n got %s\nwant %s", doc, err, got, want)
	}
}

func FuzzJSONBody(f *testing.F) {
	for _, doc := range kindsDocs(f) {
		f.Add([]byte(doc))
	}
	json, binary := bodies(f)
	f.Fuzz(func(t *testing.T, doc []byte) { checkJSONBody(t, json, binary, doc) })
}

// TestJSONReply: unknown fields are passed over, and what is no reply is a DecodeError that
// names the type.
func TestJSONReply(t *testing.T) {
	t.Parallel()
	json, _ := bodies(t)
	out := method(t, "kinds.proto", "Call").Output.(*idl.ProtoMessage).Name()
	for _, good := range []string{`{}`, ` { "never heard": [1, {"of": null}] } `} {
		if got, err := json.Decode(nil, []byte(good)); err != nil || string(got) != "{}" {
			t.Errorf("%s: %s, %v", good, got, err)
		}
	}
	for _, bad := range []string{``, `{`, `[]`, `<html>`, `{} {}`, "\x00"} {
		_, err := json.Decode(nil, []byte(bad))
		decode, ok := errors.AsType[*format.DecodeError](err)
		if !ok || decode.Type != out || decode.Offset < 0 || decode.Offset > len(bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
