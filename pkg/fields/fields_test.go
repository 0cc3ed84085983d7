package fields_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/fields"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/stream"
)

const protoText = `
syntax = "proto2";
import "google/protobuf/timestamp.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto";
message M {
  optional string name = 1;
  optional int32 age = 2;
  optional bool ok = 3;
  optional double score = 4;
  optional bytes photo = 5;
  optional Color color = 6;
  repeated string tags = 7;
  repeated M kids = 8;
  map<string, string> attrs = 9;
  map<int32, M> by_id = 10;
  optional M child_node = 11;
  oneof pick { string left = 12; int32 right = 13; }
  optional google.protobuf.Timestamp at = 14;
  optional google.protobuf.Struct opts = 15;
  optional google.protobuf.Int64Value wrapped = 16;
  repeated Color colors = 17;
  optional string json = 18 [json_name = "other"];
  extensions 100 to 200;
}
enum Color { RED = 0; GREEN = 1; }
extend M { optional M more = 100; }
service S { rpc Call(M) returns (M); }
`

const thriftText = `
enum Color { RED, GREEN }
struct Item { 1: string name (go.tag = 'json:"title"') 2: i32 count 3: optional list<Item> parts 4: optional binary data 5: map<i64, string> notes 6: map<Item, i32> odd 7: Color color 8: U u }
union U { 1: string a 2: i64 b }
service S { void one(1: Item item) void two(1: Item item, 2: list<i32> n) }
`

func schema(t testing.TB, name, text string) idl.Schema {
	t.Helper()
	s, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: name, Text: text}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(nil) })
	return s
}

func method(t testing.TB, name string) *idl.Method {
	t.Helper()
	file, text := "m.proto", protoText
	if name != "Call" {
		file, text = "m.thrift", thriftText
	}
	m, err := schema(t, file, text).Method(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func noFile(name string) ([]byte, error) {
	if name == "cat.png" {
		return []byte("\x89PNG"), nil
	}
	if name == "item.json" {
		return []byte(`{"age": 1}`), nil
	}
	return nil, fmt.Errorf("%s: no such file", name)
}

func build(m *idl.Method, texts ...string) (*fields.Fields, error) {
	var pairs []fields.Pair
	for _, text := range texts {
		p, err := fields.Parse(text)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	return fields.New(m.Input, pairs, noFile)
}

// TestOver: pairs over documents. What comes out is a request that the codec takes.
func TestOver(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ method, pairs, document, want string }{
		{"Call", "name=bob", "", `{"name":"bob"}`},
		{"Call", "name=a=b", "{}", `{"name":"a=b"}`},
		{"Call", "name=", "{}", `{"name":""}`},
		{"Call", "name=@cat.png", "{}", `{"name":"@cat.png"}`},
		{"Call", "name=\"q\"\\", "{}", `{"name":"\"q\"\\"}`},
		{"Call", "name=bob|age=7|ok=true|score=1e3", `{"name": "x", "tags": ["t"]}`, `{"name":"bob","tags":["t"],"age":7,"ok":true,"score":1e3}`},
		{"Call", "score=NaN", "{}", `{"score":"NaN"}`},
		{"Call", "photo=@cat.png", "{}", `{"photo":"iVBORw=="}`},
		{"Call", "photo=aGk=", "{}", `{"photo":"aGk="}`},
		{"Call", "color=GREEN|colors[]=RED|colors[]=1", "{}", `{"color":"GREEN","colors":["RED",1]}`},
		{"Call", "tags[]=a|tags[]=b", `{"tags": ["t"]}`, `{"tags":["t","a","b"]}`},
		{"Call", "tags[0]=a", `{"tags": ["t","u"]}`, `{"tags":["a","u"]}`},
		{"Call", "tags[0]=a|tags[1]=b", "{}", `{"tags":["a","b"]}`},
		{"Call", "tags:=[\"x\"]", `{"tags": ["t"]}`, `{"tags":["x"]}`},
		{"Call", "kids[].name=a|kids[].age=1|kids[].name=b", "{}", `{"kids":[{"name":"a","age":1},{"name":"b"}]}`},
		{"Call", "kids[].tags[]=a|kids[].tags[]=b", "{}", `{"kids":[{"tags":["a","b"]}]}`},
		{"Call", "kids[].name=a", `{"kids": [{"name": "z"}]}`, `{"kids":[{"name": "z"},{"name":"a"}]}`},
		{"Call", "kids[0].child_node.age=3", `{"kids": [{"childNode": {"name": "z"}}]}`, `{"kids":[{"childNode":{"name":"z","age":3}}]}`},
		{"Call", "child_node.name=a", `{"child_node": {"age": 1}}`, `{"child_node":{"age":1,"name":"a"}}`},
		{"Call", "childNode.name=a", `{"child_node": null}`, `{"child_node":{"name":"a"}}`},
		{"Call", "attrs.k=v|attrs[k.x]=w|attrs[\"k=]\"]=z|attrs[3]=i", `{"attrs": {"k": "old", "o": "1"}}`, `{"attrs":{"k":"v","o":"1","k.x":"w","k=]":"z","3":"i"}}`},
		{"Call", "byId.7.name=x|byId[8].name=y", "{}", `{"byId":{"7":{"name":"x"},"8":{"name":"y"}}}`},
		{"Call", "left=a", `{"right": 3, "name": "x"}`, `{"name":"x","left":"a"}`},
		{"Call", "at=2020-01-02T03:04:05Z", "{}", `{"at":"2020-01-02T03:04:05Z"}`},
		{"Call", "opts.a.b=1|opts.c[]=x|opts.d:=[1,{}]", "{}", `{"opts":{"a":{"b":"1"},"c":["x"],"d":[1,{}]}}`},
		{"Call", "wrapped=9007199254740993", "{}", `{"wrapped":9007199254740993}`},
		{"Call", "other=x|json=y", "{}", "given twice"},
		{"Call", "json=y", `{"other": "x"}`, `{"other":"y"}`},
		{"Call", "[more].name=x", "{}", `{"[more]":{"name":"x"}}`},
		{"Call", "childNode:=@item.json", "{}", `{"childNode":{"age": 1}}`},
		{"Call", "childNode:={\"age\":1}|childNode.name=x", "{}", "given already, as a whole"},
		{"Call", "childNode.name=x|childNode:={}", "{}", "given twice"},
		{"Call", "name=x", ` [1] `, ` [1] `},
		{"Call", "tags[1]=x", `{"tags":["a"]}`, `{"tags":["a","x"]}`},
		{"Call", "tags[2]=x", `{"tags":["a"]}`, "tags[2]: there is no element 2: the list has 1, and [] adds one"},
		{"Call", "tags[0]=x", `{"tags":"a"}`, "tags[0]: the document has a string there, at tags"},
		{"one", "name=hat|count=2", "", `{"title":"hat","count":2}`},
		{"one", "title=hat", `{"name":"x"}`, `{"name":"hat"}`},
		{"one", "notes.7=x|notes[8]=y|u.a=z", `{"u":{"b":1}}`, `{"u":{"a":"z"},"notes":{"7":"x","8":"y"}}`},
		{"one", "parts[].name=x|color=1|data=@cat.png", "{}", `{"parts":[{"title":"x"}],"color":1,"data":"iVBORw=="}`},
		{"two", "item.name=x|n[]=1|n[]=2", "{}", `{"item":{"title":"x"},"n":[1,2]}`},
	} {
		m := method(t, test.method)
		f, err := build(m, strings.Split(test.pairs, "|")...)
		var got []byte
		if err == nil {
			got, err = f.Over(nil, []byte(test.document))
		}
		if err != nil {
			if !strings.Contains(err.Error(), test.want) || test.want[0] == '{' {
				t.Errorf("%s over %s: %v, want %s", test.pairs, test.document, err, test.want)
			}
			continue
		}
		if string(got) != test.want {
			t.Errorf("%s over %s:\ngot  %s\nwant %s", test.pairs, test.document, got, test.want)
		}
		program, err := format.Compile(m, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := program.Codec().Encode(nil, got); err != nil && got[0] == '{' {
			t.Errorf("%s: the codec: %v", test.pairs, err)
		}
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ method, pair, want, nearest string }{
		{"Call", "nam=x", `nam: unknown field "nam" in M`, "name"},
		{"Call", "kids[].childNod.age=1", `kids[].childNod: unknown field "childNod" in M`, "kids[].childNode"},
		{"Call", "[mor].name=x", `[mor]: unknown extension "mor" in M`, ""},
		{"Call", "age=x", `age: want an integer, not "x"`, ""},
		{"Call", "age=", `age: want an integer, not ""`, ""},
		{"Call", "age=true", `age: want an integer, not "true"`, ""},
		{"Call", "ok=1", `ok: want true or false, not "1"`, ""},
		{"Call", "score=one", `score: want a number, not "one"`, ""},
		{"Call", "color=GREN", `color: unknown value "GREN" of enum Color`, "GREEN"},
		{"Call", "tags=x", "tags: it is a list: add elements (tags[]=VALUE), or give JSON (tags:='[...]')", ""},
		{"Call", "tags.x=1", "tags: it is a list: name an element ([0]), or add one ([])", ""},
		{"Call", "childNode=x", "childNode: it is a message of type M: give its fields (childNode.FIELD=VALUE), or JSON (childNode:='{...}')", ""},
		{"Call", "childNode[0]=x", "childNode: it is a message of type M, not a list", ""},
		{"Call", "attrs=x", "attrs: it is a map: give entries (attrs.KEY=VALUE), or JSON (attrs:='{...}')", ""},
		{"Call", "attrs[]=x", `attrs: it is a map, not a list: give a key (.KEY or ["KEY"])`, ""},
		{"Call", "name.x=1", "name: it is of type string, which has nothing inside", ""},
		{"Call", "name", `"name" has no =: want PATH=VALUE or PATH:=JSON`, ""},
		{"Call", "=x", "a name is missing", ""},
		{"Call", ".name=x", "a name is missing", ""},
		{"Call", "kids[0]name=x", "kids[0]: want . or [ to follow", ""},
		{"Call", "kids[0=x", `"kids[0=x" has no =: want PATH=VALUE or PATH:=JSON`, ""},
		{"Call", "attrs[\"x=1", `"attrs[\"x=1" has no =: want PATH=VALUE or PATH:=JSON`, ""},
		{"Call", "kids..name=x", "kids.: a name is missing", ""},
		{"Call", "age:=x", "age: behind := there must be one JSON value", ""},
		{"Call", "age:=1 2", "age: behind := there must be one JSON value", ""},
		{"Call", "photo=@none", "photo: none: no such file", ""},
		{"Call", "name=\xff", "name: the text is not valid UTF-8", ""},
		{"one", "naem=x", `naem: unknown field "naem" in m.Item`, "name"},
		{"one", "odd.x=1", "", ""},
		{"two", "itm.name=x", `itm: unknown field "itm" in S.two_args`, "item"},
	} {
		_, err := build(method(t, test.method), test.pair)
		if test.want == "" {
			continue
		}
		e, ok := errors.AsType[*fields.Error](err)
		if !ok || e.Error() != test.want || test.nearest != "" && (len(e.Nearest) == 0 || e.Nearest[0] != test.nearest) {
			t.Errorf("%s: %v, nearest %v; want %s, %s", test.pair, err, e, test.want, test.nearest)
		}
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ method, typed, want string }{
		{"Call", "na", "name= string"},
		{"Call", "t", "tags[]= repeated string"},
		{"Call", "child", "childNode. M"},
		{"Call", "child_", "child_node. M"},
		{"Call", "kids[].ag", "kids[].age= int32"},
		{"Call", "byId.7.ag", "byId.7.age= int32"},
		{"Call", "attrs.", ""},
		{"Call", "opt", "opts:= google.protobuf.Struct"},
		{"Call", "color=", "color=RED Color; color=GREEN Color"},
		{"Call", "color=G", "color=GREEN Color"},
		{"Call", "colors[]=G", "colors[]=GREEN Color"},
		{"Call", "ok=", "ok=true bool; ok=false bool"},
		{"Call", "name=", ""},
		{"Call", "nope.", ""},
		{"Call", "kids[", ""},
		{"Call", "kids]", ""},
		{"one", "ti", "title= string"},
		{"one", "na", "name= string"},
		{"one", "parts[].co", "parts[].count= i32; parts[].color= m.Color"},
		{"two", "", "item. m.Item; n[]= list<i32>"},
	} {
		var got []string
		for _, c := range fields.Complete(method(t, test.method).Input, test.typed) {
			got = append(got, c.Text+" "+c.Note)
		}
		if s := strings.Join(got, "; "); s != test.want {
			t.Errorf("%q: %s, want %s", test.typed, s, test.want)
		}
	}
}

// FuzzParse: no text is a panic, and what is taken fits the codec or is an error.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"name=x", "kids[].tags[]=a", `attrs["a\"]="]=x`, "by_id[3].age:=1", "[more].name=x", "opts[0].x=1", "left=1"} {
		f.Add(seed, `{"kids":[{}], "right": 1}`, seed)
	}
	m := method(f, "Call")
	program, err := format.Compile(m, format.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, a, document, b string) {
		built, err := build(m, a, b)
		if err != nil {
			return
		}
		merged, err := built.Over(nil, []byte(document))
		if err == nil {
			_, _ = program.Codec().Encode(nil, merged)
		}
		for _, c := range fields.Complete(m.Input, a) {
			if !strings.HasPrefix(c.Text, a) && !strings.Contains(a, "_") {
				t.Errorf("%q completes to %q", a, c.Text)
			}
		}
	})
}

// A request is built from pairs, over what a document has.
func Example() {
	s, err := load.Files(context.Background(), load.Options{Strings: []load.Text{{Name: "shop.thrift", Text: `
		struct Item { 1: string name, 2: i32 count }
		service Shop { void Buy(1: list<Item> items, 2: string customer) }`}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	buy, _ := s.Method(context.Background(), "Shop/Buy")
	var pairs []fields.Pair
	for _, text := range []string{"items[].name=hat", "items[].count=2", "items[].name=coat"} {
		pair, _ := fields.Parse(text)
		pairs = append(pairs, pair)
	}
	f, err := fields.New(buy.Input, pairs, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	request, err := f.Over(nil, []byte(`{"customer": "Ann"}`))
	fmt.Println(string(request), err)
	fmt.Println(fields.Complete(buy.Input, "cust")[0].Text, stream.OutcomeOf(err).Kind == stream.KindOK)
	// Output:
	// {"customer":"Ann","items":[{"name":"hat","count":2},{"name":"coat"}]} <nil>
	// customer= true
}
