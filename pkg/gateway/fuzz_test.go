package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/session"
)

// A pattern that parses matches what is made of it, with the values that went in.
func FuzzPattern(f *testing.F) {
	for _, text := range []string{"/", "/v1/{name=shelves/*/books/**}:read", "/a/:id", "/f/*rest", "/{a.b}/*/x%20y"} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, colon bool) {
		style := idl.PathTemplate
		if colon {
			style = idl.PathColon
		}
		p, err := parsePattern(text, style)
		if err != nil {
			return
		}
		var path strings.Builder
		for _, s := range p.segments {
			part := "value"
			if s.kind == segLiteral {
				part = ""
				for i := range len(s.literal) {
					part += "%" + strings.ToUpper(string("0123456789abcdef"[s.literal[i]>>4])+string("0123456789abcdef"[s.literal[i]&15]))
				}
			}
			path.WriteString("/" + part)
		}
		if p.verb != "" {
			path.WriteString(":" + p.verb)
		}
		if path.Len() == 0 {
			path.WriteString("/")
		}
		tr := &tree{}
		tr.add(p, &Route{Rule: idl.HTTPRule{Verb: "GET", Path: text}, pattern: p})
		if got := tr.find("GET", path.String()); got.route == nil {
			t.Fatalf("%q does not match %q", text, path.String())
		}
	})
}

// Finding a route ends, and its parameters are cut out of the path.
func FuzzTree(f *testing.F) {
	tr := newTree(f,
		"GET /", "GET /v1/{name=shelves/*}", "GET /v1/{name=shelves/*/books/**}:x", "POST /v1/{id}", "GET /f/*rest",
		"GET /tail/{x=**}/a/b", "GET /tail/*/{x=**}/c",
	)
	f.Add("GET", "/v1/shelves/1")
	f.Add("POST", "/v1/a%2fb:x")
	f.Fuzz(func(t *testing.T, verb, path string) {
		got := tr.find(verb, path)
		for _, p := range got.params {
			if !strings.Contains(path, p.raw) && !strings.HasSuffix(path, ":x") {
				t.Fatalf("%q is not in %q", p.raw, path)
			}
			_, _ = p.value()
		}
	})
}

const fuzzThrift = `enum Color { RED = 1, BLUE = 2 }
struct Inner { 1: i64 id (api.query = "id"), 2: list<string> names (api.header = "names") }
struct Req {
    1: required string name (api.path = "name")
    2: i64 big (api.query = "big", api.body = "big", api.vd = "$<5")
    3: list<Color> colors (api.query = "colors", api.form = "colors")
    4: Inner inner (api.no_body_struct = "")
    5: map<string, i32> counts
    6: binary raw (api.raw_body = "")
    7: double d (api.cookie = "d")
}
service S { Req Do(1: Req r) (api.any = "/do/:name") }`

const fuzzProto = `syntax = "proto3"; package p;
import "google/api/annotations.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/field_mask.proto";
message Req { string name = 1; Req inner = 2; repeated int32 numbers = 3; map<string, string> labels = 4; google.protobuf.Timestamp time = 5;
  google.protobuf.FieldMask mask = 6; bytes data = 7; oneof o { string a = 8; string b = 9; } }
service P { rpc Do(Req) returns (Req) { option (google.api.http) = { post: "/p/{inner.name=*}" body: "inner" additional_bindings { get: "/q/{name=**}" } additional_bindings { put: "/w" body: "*" } }; } }`

// Whatever a client sends becomes one valid JSON document, or an error with a place.
func FuzzRequest(f *testing.F) {
	s, err := session.Open(context.Background(), session.Options{Target: "localhost:1", Files: &load.Options{
		Strings: []load.Text{{Name: "s.thrift", Text: fuzzThrift}, {Name: "p.proto", Text: fuzzProto}},
	}})
	if err != nil {
		f.Fatal(err)
	}
	g, err := New(context.Background(), s, Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("GET", "/do/x?big=1&colors=RED,2&id=5", "", "", "d=1.5")
	f.Add("POST", "/do/x", `{"big": 1, "counts": {"a": 1}}`, "application/json", "")
	f.Add("POST", "/do/x", "colors=RED&big=3", "application/x-www-form-urlencoded", "")
	f.Add("POST", "/p/n", `{"numbers": [1]}`, "", "")
	f.Add("GET", "/q/a/b?labels[k]=v&time=2020-01-01T00:00:00Z&mask=a_b&inner.numbers=1&data=aGk=&a=1", "", "", "")
	f.Add("PUT", "/w", "\x0a\x01x", "application/x-protobuf", "")
	f.Add("POST", "/do/x", "--b\r\nContent-Disposition: form-data; name=\"colors\"\r\n\r\n1\r\n--b--", "multipart/form-data; boundary=b", "")
	f.Fuzz(func(t *testing.T, verb, target, body, contentType, cookie string) {
		u, err := URL(target)
		if err != nil {
			return
		}
		r := &http.Request{Method: verb, URL: u, Header: http.Header{}}
		for name, value := range map[string]string{"Content-Type": contentType, "Cookie": cookie} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		found, err := g.find(r)
		if err != nil {
			return
		}
		document, err := g.document(r, []byte(body), found)
		if err != nil {
			if !is[*RequestError](err) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		isBody := found.route.Rule.Body == "*" // passed on as it is, for the codec to judge
		if !isBody && !json.Valid(document) {
			t.Fatalf("no JSON: %s", document)
		}
		codec, err := found.route.Method.Codec()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = codec.Encode(nil, document)
	})
}

// Any reply of JSON has an answer, or an error.
func FuzzReply(f *testing.F) {
	s, err := session.Open(context.Background(), session.Options{Target: "localhost:1", Files: &load.Options{
		Strings: []load.Text{{Name: "s.thrift", Text: `struct R { 1: i32 code (api.http_code = ""), 2: string h (api.header = "H"), 3: map<i64, list<i64>> m (api.js_conv = ""), 4: string c (api.cookie = "c") }
service S { R Do() (api.get = "/") }`}},
	}})
	if err != nil {
		f.Fatal(err)
	}
	g, err := New(context.Background(), s, Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`{"code": 201, "h": "x\ny", "m": {"1": [2]}, "c": "a b"}`)
	f.Fuzz(func(t *testing.T, reply string) {
		if !json.Valid([]byte(reply)) {
			return
		}
		a, err := g.routes[0].mapping.reply([]byte(reply), false)
		if err == nil {
			w := &answerWriter{ResponseWriter: httptest.NewRecorder()}
			w.send(a)
		}
	})
}
