package dialect

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cloudwego/gopkg/protocol/thrift/base"
	"github.com/cloudwego/kitex/pkg/generic/descriptor"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/kitexjson"
	"github.com/idlcall/idlcall/pkg/serve/sample"
	"github.com/idlcall/idlcall/pkg/stream"
)

// values is the file of valuesIDL, with what it includes beside it.
func values(t testing.TB) string {
	t.Helper()
	return valuesOf(t, valuesIDL)
}

func valuesOf(t testing.TB, text string) string {
	t.Helper()
	path := writeIDL(t, text)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "base.thrift"), []byte(baseIDL), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func dynamic(path string) format.Options {
	return format.Options{Dialect: kitexjson.New(load.Options{Files: []string{path}})}
}

// sameRequest has both encode a document: the bytes are the same, or both refuse it.
func sameRequest(t *testing.T, our ours, their *kitexJSON, document string, b *base.Base) {
	t.Helper()
	want, wantErr := their.request(document, b)
	got, err := our.Encode(nil, []byte(document))
	switch {
	case (err == nil) != (wantErr == nil):
		t.Errorf("%s %q: error %v, Kitex has %v", our.Name, document, err, wantErr)
	case err == nil && !bytes.Equal(got, want):
		t.Errorf("%s %q: %x\nKitex has %x", our.Name, document, got, want)
	case err != nil && !strings.Contains(oneLine(wantErr), err.Error()):
		t.Errorf("%s %q: error %v\nKitex has %v", our.Name, document, err, wantErr)
	}
}

// sameReply has both decode a body.
func sameReply(t *testing.T, our ours, their *kitexJSON, body []byte) {
	t.Helper()
	want, wantErr := their.reply(body)
	got, err := our.Decode(nil, body)
	name := fmt.Sprintf("%s %x", our.Name, body)
	if declared, ok := errors.AsType[*format.Exception](err); ok {
		if wantErr == nil || !sameJSON([]byte(wantErr.Error()), declared.JSON) {
			t.Errorf("%s: exception %s, Kitex has %v", name, declared.JSON, wantErr)
		}
		return
	}
	if (err == nil) != (wantErr == nil) {
		if text, isText := want.(string); isText && !json.Valid([]byte(text)) && err != nil {
			return // no JSON, which a gateway passes on
		}
		t.Errorf("%s: %s, %v\nKitex has %v, %v", name, got, err, want, wantErr)
		return
	}
	if err != nil {
		return
	}
	text := "null"
	if _, void := want.(descriptor.Void); !void {
		text = want.(string)
	}
	success := successOf(our.Method)
	if success != nil && success.Kind == thrift.KindString {
		quoted, _ := json.Marshal(text) // invalid UTF-8 becomes U+FFFD, as ours
		text = string(quoted)
	}
	if !sameJSON([]byte(strings.ToValidUTF8(text, "\uFFFD")), got) {
		t.Errorf("%s: %s\nKitex has %s", name, got, text)
	}
}

// successOf is what a method returns, nil where that is not one value of a result.
func successOf(m *idl.Method) *thrift.Type {
	out := m.Output.(*thrift.Struct)
	if out.Form == thrift.FormResult && len(out.Fields) > 0 && out.Fields[0].ID == 0 {
		return out.Fields[0].Type
	}
	return nil
}

// sameJSON compares values with all their digits.
func sameJSON(a, b []byte) bool {
	var x, y any
	decode := func(text []byte, v *any) error {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		return d.Decode(v)
	}
	return decode(a, &x) == nil && decode(b, &y) == nil && reflect.DeepEqual(x, y)
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func TestJSONRequests(t *testing.T) {
	t.Parallel()
	path := values(t)
	kitex := service(t, path, "")
	for method, list := range documents {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			our, their := compile(t, path, method, dynamic(path)), newKitexJSON(kitex, method)
			for _, document := range list {
				sameRequest(t, our, their, document, nil)
			}
		})
	}
}

// TestJSONBase: what --base has, and what the document has, become one.
func TestJSONBase(t *testing.T) {
	t.Parallel()
	path := values(t)
	o := dynamic(path)
	o.Base = []format.BaseValue{{Path: "LogID", Value: "id"}, {Path: "Caller", Value: "me"}, {Path: "Extra.k", Value: "v"}}
	our, their := compile(t, path, "All", o), newKitexJSON(service(t, path, ""), "All")
	for _, document := range documents["All"] {
		b := base.NewBase()
		b.LogID, b.Caller, b.Extra = "id", "me", map[string]string{"k": "v"}
		want, wantErr := their.request(document, b)
		got, err := our.Encode(nil, []byte(document))
		if (err == nil) != (wantErr == nil) || err == nil && len(got) != len(want) { // the order of Extra is any
			t.Errorf("%q: %x, %v\nKitex has %x, %v", document, got, err, want, wantErr)
		}
	}
}

func TestJSONReplies(t *testing.T) {
	t.Parallel()
	path := values(t)
	kitex := service(t, path, "")
	for method, list := range replies {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			our, their := compile(t, path, method, dynamic(path)), newKitexJSON(kitex, method)
			for _, text := range list {
				body, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
				if err != nil {
					t.Fatal(err)
				}
				if len(body) == 0 {
					continue // Kitex reads no bytes with its classic codec
				}
				sameReply(t, our, their, body)
			}
		})
	}
}

// TestJSONRandom has random documents of the IDLs that Kitex can read.
func TestJSONRandom(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ path, method, service string }{
		{shared("echo_types.thrift"), "EchoTypes/Echo", ""}, {shared("bizservice.thrift"), "BizService/BizMethod1", ""},
		{shared("stream_echo.thrift"), "TestService/Echo", ""}, {shared("stream_echo.thrift"), "TestService/EchoUnary", ""},
		{shared("stream_echo.thrift"), "TestService/EchoClient", ""}, {values(t), "Values/All", ""},
	} {
		t.Run(filepath.Base(test.path)+"/"+filepath.Base(test.method), func(t *testing.T) {
			t.Parallel()
			our := compile(t, test.path, test.method, dynamic(test.path))
			their := newKitexJSON(service(t, test.path, test.service), our.Name)
			own, request := compile(t, test.path, test.method, format.Options{}), argumentOf(our.Method)
			plain := plainly(t, request)
			for seed := range uint64(200) {
				document := sample.Random(seed, 3).Append(nil, request)
				body, err := plain.Encode(nil, document)
				if err != nil {
					t.Fatalf("%s: %v", document, err)
				}
				if document, err = plain.Decode(nil, body); err != nil {
					t.Fatal(err)
				}
				sameRequest(t, our, their, string(document), nil)
				ownAgrees(t, own, their, string(document))
				if reply := resultBody(t, our.Method, seed); reply != nil {
					sameReply(t, our, their, reply)
				}
			}
		})
	}
}

// ownAgrees compares our own mapping with Kitex's where both define a result: all that a document
// has is the same in both requests, and Kitex's has more, for what the document does not have.
func ownAgrees(t *testing.T, own ours, their *kitexJSON, document string) {
	t.Helper()
	ownBody, err := own.Encode(nil, []byte(document))
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	theirBody, err := their.request(document, nil)
	if err != nil {
		return
	}
	var a, b any
	if json.Unmarshal(fieldsOf(t, own, ownBody), &a) != nil || json.Unmarshal(fieldsOf(t, own, theirBody), &b) != nil || !within(a, b) {
		t.Errorf("%s: we send %x\nKitex sends %x", document, ownBody, theirBody)
	}
}

// within reports whether b has all that a has.
func within(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		other, ok := b.(map[string]any)
		for k, v := range a {
			ok = ok && within(v, other[k])
		}
		return ok
	case []any:
		other, ok := b.([]any)
		ok = ok && len(a) == len(other)
		for i := range a {
			ok = ok && within(a[i], other[i])
		}
		return ok
	}
	return a == b
}

// argumentOf is the struct that a method takes.
func argumentOf(m *idl.Method) *thrift.Struct {
	in := m.Input.(*thrift.Struct)
	if in.Form == thrift.FormArguments {
		return in.Fields[0].Type.Struct
	}
	return in
}

// plainly is our own mapping of a type, with enums as Kitex has them.
func plainly(t *testing.T, s *thrift.Struct) format.Codec {
	t.Helper()
	m := &idl.Method{Method: stream.Method{Lang: stream.Thrift}, Input: s, Output: s}
	p, err := format.Compile(m, format.Options{EnumNumbers: true})
	if err != nil {
		t.Fatal(err)
	}
	return p.Codec()
}

// resultBody is a random reply, nil of a method that returns no struct.
func resultBody(t *testing.T, m *idl.Method, seed uint64) []byte {
	t.Helper()
	s, wrapped := m.Output.(*thrift.Struct), false
	if success := successOf(m); success != nil {
		if success.Struct == nil {
			return nil
		}
		s, wrapped = success.Struct, true
	}
	body, err := plainly(t, s).Encode(nil, sample.Random(seed, 5).Append(nil, s))
	if err != nil {
		t.Fatal(err)
	}
	if wrapped {
		body = append(append([]byte{12, 0, 0}, body...), 0)
	}
	return body
}
