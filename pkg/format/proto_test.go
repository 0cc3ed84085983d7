package format_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// method loads a method from the IDL in testdata.
func method(t testing.TB, file, name string) *idl.Method {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: file, Text: string(text)}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.Method(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func codec(t testing.TB, m *idl.Method, o format.Options) format.Codec {
	t.Helper()
	p, err := format.Compile(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return p.Codec()
}

// resolver lets protojson, the oracle, find the types that our codec finds.
type resolver struct{ idl.Types }

func (r resolver) FindMessageByName(name protoreflect.FullName) (protoreflect.MessageType, error) {
	d, err := r.FindMessage(name)
	if err != nil {
		return nil, protoregistry.NotFound
	}
	return dynamicpb.NewMessageType(d), nil
}

func (r resolver) FindMessageByURL(url string) (protoreflect.MessageType, error) {
	return r.FindMessageByName(protoreflect.FullName(url[strings.LastIndexByte(url, '/')+1:]))
}

func (r resolver) FindExtensionByName(name protoreflect.FullName) (protoreflect.ExtensionType, error) {
	d, err := r.FindExtension(name)
	if err != nil {
		return nil, protoregistry.NotFound
	}
	return dynamicpb.NewExtensionType(d), nil
}

func (r resolver) FindExtensionByNumber(m protoreflect.FullName, n protoreflect.FieldNumber) (protoreflect.ExtensionType, error) {
	d, err := r.Types.FindExtensionByNumber(m, n)
	if err != nil {
		return nil, protoregistry.NotFound
	}
	return dynamicpb.NewExtensionType(d), nil
}

// oracle is protojson over dynamicpb for one message type.
type oracle struct {
	message *idl.ProtoMessage
}

func (o oracle) encode(doc []byte) (proto.Message, error) {
	m := dynamicpb.NewMessage(o.message.Descriptor)
	return m, protojson.UnmarshalOptions{Resolver: resolver{o.message.Types}}.Unmarshal(doc, m)
}

func (o oracle) parse(t *testing.T, body []byte) proto.Message {
	t.Helper()
	m, err := o.unmarshal(body)
	if err != nil {
		t.Fatalf("our own bytes do not parse: %v\n%x", err, body)
	}
	return m
}

func (o oracle) unmarshal(body []byte) (proto.Message, error) {
	m := dynamicpb.NewMessage(o.message.Descriptor)
	return m, proto.UnmarshalOptions{Resolver: resolver{o.message.Types}}.Unmarshal(body, m)
}

// recovered makes an error of a panic: protobuf-go has one on a map key of the wrong wire
// type, also where an Any holds it.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("protobuf-go panics: %v", r)
	}
}

func (o oracle) decode(body []byte) (_ []byte, err error) {
	defer recovered(&err)
	m, err := o.unmarshal(body)
	if err != nil {
		return nil, err
	}
	text, err := protojson.MarshalOptions{Resolver: resolver{o.message.Types}}.Marshal(m)
	if err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	err = json.Compact(&compact, text)
	return escapeMore(compact.Bytes()), err
}

// escapeMore escapes what protojson leaves as it is and ours does not: DEL, C1 and
// bidi controls.
func escapeMore(text []byte) []byte {
	var out []byte
	for _, r := range string(text) {
		if r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			out = fmt.Appendf(out, "\\u%04x", r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}

// kindsDocs are documents of kinds.All.
func kindsDocs(t testing.TB) []string {
	t.Helper()
	docs, err := os.ReadFile("testdata/kinds.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(docs)), "\n")
}

// TestProtoAgainstProtojson compares both directions with protojson over
// dynamicpb for documents that are fine.
func TestProtoAgainstProtojson(t *testing.T) {
	t.Parallel()
	m := method(t, "kinds.proto", "Call")
	compare(t, m, kindsDocs(t))
}

func TestProto2AgainstProtojson(t *testing.T) {
	t.Parallel()
	compare(t, method(t, "old.proto", "Call"), []string{
		`{"id":1}`, `{"id":0,"name":"none"}`, `{"id":1,"numbers":[1,2],"packed":[3,4]}`,
		`{"id":1,"part":{"size":2,"inner":{"id":3}},"item":[{"sku":"a"},{"sku":""}]}`,
		`{"id":1,"[old.extra]":5,"[old.Holder.tags]":["a","b"],"[old.more]":{"id":2}}`,
		`{"id":1,"Part":{"size":1}}`,
	})
}

func compare(t *testing.T, m *idl.Method, docs []string) {
	t.Helper()
	c, ref := codec(t, m, format.Options{}), oracle{m.Input.(*idl.ProtoMessage)}
	for _, doc := range docs {
		want, err := ref.encode([]byte(doc))
		if err != nil {
			t.Errorf("%s: protojson: %v", doc, err)
			continue
		}
		body, err := c.Encode(nil, []byte(doc))
		if err != nil {
			t.Errorf("Encode(%s): %v", doc, err)
			continue
		}
		if got := ref.parse(t, body); !proto.Equal(got, want) {
			t.Errorf("Encode(%s)\n got %v\nwant %v", doc, got, want)
		}
		wantText, err := ref.decode(body)
		if err != nil {
			t.Errorf("%s: protojson: %v", doc, err)
			continue
		}
		text, err := c.Decode(nil, body)
		if err != nil || string(text) != string(wantText) {
			t.Errorf("Decode(%s)\n got %s (%v)\nwant %s", doc, text, err, wantText)
		}
	}
}

func TestEncodeMistakes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ doc, path, want string }{
		{`{"fInt32":2147483648}`, "fInt32", "2147483648 is out of range for int32 (-2147483648 to 2147483647)"},
		{`{"fUint32":-1}`, "fUint32", "-1 is out of range for uint32 (0 to 4294967295)"},
		{`{"fUint64":18446744073709551616}`, "fUint64", "18446744073709551616 is out of range for uint64 (0 to 18446744073709551615)"},
		{`{"fInt64":1e30}`, "fInt64", "1e30 is out of range for int64 (-9223372036854775808 to 9223372036854775807)"},
		{`{"fInt32":1.5}`, "fInt32", "1.5 is not an integer, as int32 needs"},
		{`{"fInt32":"abc"}`, "fInt32", `"abc" is not a number`},
		{`{"fInt32":true}`, "fInt32", "expected a number, found a boolean"},
		{`{"fFloat":1e39}`, "fFloat", "1e39 is out of range for a 32-bit float"},
		{`{"fEnum":"GREN"}`, "fEnum", `unknown value "GREN" of enum kinds.Color`},
		{`{"fBool":1}`, "fBool", "expected true or false, found a number"},
		{`{"fBytes":"a*"}`, "fBytes", "not base64"},
		{`{"nmae":1}`, "", `unknown field "nmae" in kinds.All`},
		{`{"children":[{},{"fInt32":"x"}]}`, "children[1].fInt32", `"x" is not a number`},
		{`{"byNumber":{"1":{"fBool":3}}}`, `byNumber["1"].fBool`, "expected true or false, found a number"},
		{`{"byName":{"a":1,"a":2}}`, "byName", `duplicate key "a"`},
		{`{"byNumber":{"x":{}}}`, "byNumber", `"x" is not a key of kind int64`},
		{`{"byNumber":{"1.0":{}}}`, "byNumber", `"1.0" is not a key of kind int64`},
		{`{"byNumber":{"1e0":{}}}`, "byNumber", `"1e0" is not a key of kind int64`},
		{`{"byNumber":{"01":{}}}`, "byNumber", `"01" is not a key of kind int64`},
		{`{"fInt32":1,"f_int32":2}`, "", `duplicate field "fInt32"`},
		{`{"cInt":1,"cString":"x"}`, "", `"cString" is of the oneof "choice", of which another field is set already`},
		{`{"numbers":[null]}`, "numbers[0]", "expected a number, found null"},
		{`{"any":{"fInt32":1}}`, "any", `missing "@type" in google.protobuf.Any`},
		{`{"any":{"@type":"a/no.Such"}}`, "any.@type", `unknown message type "no.Such"`},
		{`{"time":"yesterday"}`, "time", `"yesterday" is not a timestamp like "2006-01-02T15:04:05Z" (RFC 3339)`},
		{`{"duration":"1"}`, "duration", `"1" is not a duration like "1.5s"`},
		{`{"duration":"01s"}`, "duration", `"01s" is not a duration like "1.5s"`},
		{`{"fInt32":1.5e-9223372036854775808}`, "fInt32", "1.5e-9223372036854775808 is not an integer, as int32 needs"},
		{`{"mask":"a..b"}`, "mask", `"a..b" is not a field mask: want paths in lowerCamelCase, separated by commas`},
		{`{"child":[]}`, "child", "expected '{' to open an object, found an array"},
		{`[]`, "", "expected '{' to open an object, found an array"},
		{`{`, "", "expected a key in double quotes, found the end of the input"},
		{`{"fInt32":01}`, "fInt32", `"01" is not a JSON number`},
		{`{} x`, "", "unexpected 'x' after the document"},
		{`{"fString":"\ud800"}`, "fString", `lone surrogate \ud800 is not a character`},
		{"{\"fString\":\"\xff\"}", "fString", "invalid UTF-8 (byte 0xff) in a string"},
	} {
		_, err := codec(t, method(t, "kinds.proto", "Call"), format.Options{}).Encode(nil, []byte(test.doc))
		v, ok := err.(*format.ValueError)
		if !ok || v.Path != test.path || v.Message != test.want {
			t.Errorf("%s:\n got %#v\nwant path %q, %q", test.doc, err, test.path, test.want)
		}
	}
}

func TestRequiredFields(t *testing.T) {
	t.Parallel()
	c := codec(t, method(t, "old.proto", "Call"), format.Options{})
	for _, doc := range []string{`{}`, `{"id":null}`, `{"id":1,"child":{}}`, `{"id":1,"item":[{}]}`} {
		if _, err := c.Encode(nil, []byte(doc)); err == nil || !strings.Contains(err.Error(), "missing required field") {
			t.Errorf("Encode(%s) = %v", doc, err)
		}
	}
}

func TestDecodeOptions(t *testing.T) {
	t.Parallel()
	m := method(t, "kinds.proto", "Call")
	body, err := codec(t, m, format.Options{}).Encode(nil, []byte(`{"fInt64":"5","fEnum":"RED","fBytes":"aGk=","maybeText":"m"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		o    format.Options
		want string
	}{
		{format.Options{}, `{"fInt64":"5","fBytes":"aGk=","fEnum":"RED","maybeText":"m"}`},
		{format.Options{Int64: format.Int64Number}, `{"fInt64":5,"fBytes":"aGk=","fEnum":"RED","maybeText":"m"}`},
		{format.Options{EnumNumbers: true}, `{"fInt64":"5","fBytes":"aGk=","fEnum":1,"maybeText":"m"}`},
		{format.Options{IDLNames: true}, `{"f_int64":"5","f_bytes":"aGk=","f_enum":"RED","maybe_text":"m"}`},
		{format.Options{Binary: format.Hex}, `{"fInt64":"5","fBytes":"6869","fEnum":"RED","maybeText":"m"}`},
		{format.Options{Binary: format.Text}, `{"fInt64":"5","fBytes":"hi","fEnum":"RED","maybeText":"m"}`},
	} {
		got, err := codec(t, m, test.o).Decode(nil, body)
		if err != nil || string(got) != test.want {
			t.Errorf("%+v: got %s (%v)\nwant %s", test.o, got, err, test.want)
		}
	}
}

// TestEmitDefaults compares with protojson's EmitDefaultValues.
func TestEmitDefaults(t *testing.T) {
	t.Parallel()
	m := method(t, "kinds.proto", "Call")
	c := codec(t, m, format.Options{EmitDefaults: true})
	for _, doc := range kindsDocs(t) {
		body, err := c.Encode(nil, []byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		o := oracle{m.Input.(*idl.ProtoMessage)}
		text, err := protojson.MarshalOptions{EmitDefaultValues: true, Resolver: resolver{o.message.Types}}.Marshal(o.parse(t, body))
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, text); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Decode(nil, body); err != nil || string(got) != want.String() {
			t.Errorf("%s\n got %s (%v)\nwant %s", doc, got, err, want.String())
		}
	}
}

// TestAnyFallback: a type that nobody knows keeps its bytes, both ways.
func TestAnyFallback(t *testing.T) {
	t.Parallel()
	c := codec(t, method(t, "kinds.proto", "Call"), format.Options{})
	doc := `{"any":{"@type":"example.com/no.Such","@value":"CAE="}}`
	body, err := c.Encode(nil, []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.Decode(nil, body)
	if want := `{"any":{"@type":"example.com/no.Such","@error":"no message type \"no.Such\"","@value":"CAE="}}`; err != nil || string(text) != want {
		t.Fatalf("got %s (%v)\nwant %s", text, err, want)
	}
	if again, err := c.Encode(nil, text); err != nil || !bytes.Equal(again, body) {
		t.Fatalf("what Decode wrote does not read back: %x (%v), want %x", again, err, body)
	}
}
