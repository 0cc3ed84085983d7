package format_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// plainKey is a key that has no escape yet.
var plainKey = regexp.MustCompile(`([{,]")([a-z])(\w*":)`)

// lookedUp writes the first letter of each key of a document as an escape, so that no key is
// the expected one as it stands.
func lookedUp(doc string) string {
	return plainKey.ReplaceAllStringFunc(doc, func(key string) string {
		return fmt.Sprintf(`%s\u%04x%s`, key[:2], key[2], key[3:])
	})
}

// sameByLookUp: keys that are expected and keys that are looked up lead to one result.
func sameByLookUp(t *testing.T, c format.Codec, doc string) {
	t.Helper()
	quick, quickErr := c.Encode(nil, []byte(doc))
	slow, slowErr := c.Encode(nil, []byte(lookedUp(doc)))
	if !bytes.Equal(quick, slow) {
		t.Fatalf("%s\n%x\n%x by look-up", doc, quick, slow)
	}
	message := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	if got, want := message(quickErr), message(slowErr); got != want {
		t.Fatalf("%s: %s, but %s by look-up", doc, got, want)
	}
}

// wide is a struct with more fields than a word has bits.
func wide() *thrift.Struct {
	s := structOf("Wide")
	for i := range int16(70) {
		s.Fields = append(s.Fields, field(i+1, fmt.Sprintf("field%d", i), scalar(thrift.KindI32)))
	}
	s.Fields = append(s.Fields, required(field(80, "last", scalar(thrift.KindString))), field(81, "self", record(s)))
	return s
}

// TestKeysInAnyOrder: members in the order of the IDL, some left out, in any other order, and
// given twice.
func TestKeysInAnyOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	c := codec(t, bare(wide()), format.Options{})
	for range 2000 {
		var members []string
		leftOut := r.IntN(8)
		for i := range 70 {
			if r.IntN(8) >= leftOut {
				members = append(members, fmt.Sprintf(`"field%d":%d`, i, i))
			}
		}
		members = append(members, `"last":"x"`, `"self":{"last":"y","field3":1}`)
		switch r.IntN(4) {
		case 0:
			r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		case 1:
			i := r.IntN(len(members))
			members = append(members[:i:i], append([]string{members[r.IntN(len(members))]}, members[i:]...)...)
		case 2:
			members[r.IntN(len(members))] = `"field5":null`
		}
		sameByLookUp(t, c, "{"+strings.Join(members, ",")+"}")
	}
}

// TestKeysOfKinds is TestKeysInAnyOrder for all kinds of Protobuf.
func TestKeysOfKinds(t *testing.T) {
	t.Parallel()
	c := codec(t, method(t, "kinds.proto", "Call"), format.Options{})
	for _, doc := range kindsDocs(t) {
		if !strings.Contains(doc, "@type") { // an Any in a map of strings may have any key
			sameByLookUp(t, c, doc)
		}
	}
	for _, doc := range []string{
		`{"fInt32":1,"fInt32":2}`, `{"fInt32":null,"fInt32":2}`, `{"cInt":1,"cString":"x"}`, `{"cString":"x","fInt32":1,"cInt":2}`,
		`{"cNull":null,"cInt":1}`, `{"cInt":null,"cString":"x"}`, `{"fDouble":1,"fBool":true,"fFloat":2,"fInt32":3}`, `{"numbers":[1,null]}`,
		`{"numbers":[]}`, `{"numbers":[],"names":[],"children":[]}`, `{"unknown":1}`, `{"fBool":true,"unknown":1}`, `{}`,
	} {
		sameByLookUp(t, c, doc)
	}
}

// TestTypeIsNoField: inside an Any "@type" is its own, also where the message has a field of
// that name.
func TestTypeIsNoField(t *testing.T) {
	t.Parallel()
	const text = `syntax = "proto3"; package p; import "google/protobuf/any.proto";
message M { google.protobuf.Any any = 1; string odd = 2 [json_name = "@type"]; int32 n = 3; }
message Odd { string odd = 1 [json_name = "@type"]; int32 n = 2; }`
	schema, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: "m.proto", Text: text}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.Message(t.Context(), "p.M")
	if err != nil {
		t.Fatal(err)
	}
	c := codec(t, &idl.Method{Input: m, Output: m}, format.Options{})
	for doc, want := range map[string]string{
		`{"any":{"@type":"x/p.Odd","n":5}}`:           "\x0a\x0d\x0a\x07x/p.Odd\x12\x02\x10\x05",
		`{"any":{"n":5,"@type":"x/p.Odd","odd":"y"}}`: "\x0a\x10\x0a\x07x/p.Odd\x12\x05\x10\x05\x0a\x01y",
		`{"@type":"f","n":5}`:                         "\x12\x01f\x18\x05",
	} {
		if got, err := c.Encode(nil, []byte(doc)); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", doc, got, err, want)
		}
	}
}
