package fill_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/shape"
	"github.com/idlcall/idlcall/pkg/shell/fill"
)

const protoText = `
syntax = "proto2";
package shop;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Color { RED = 0; GREEN = 1; DARK_GREEN = 2; }
// What is bought.
message Item {
  required string name = 1; // what it is called
  optional int32 count = 2 [default = 1];
  repeated Item parts = 3;
}
message Empty {}
message Order {
  // who pays
  optional string customer_name = 1;
  repeated Item items = 2;
  optional Color color = 3;
  optional bool gift = 4;
  map<int32, Item> by_id = 5;
  oneof paid_by { string card = 7; int64 cash = 8; Item item = 9; }
  optional google.protobuf.Timestamp at = 10;
  optional google.protobuf.Duration wait = 11;
  optional google.protobuf.Struct extra = 12;
  optional google.protobuf.Value any_json = 13;
  optional google.protobuf.UInt32Value wrapped = 14;
  optional bytes photo = 15;
  repeated string tags = 16;
  optional Empty empty = 18;
  optional int32 old = 19 [deprecated = true];
  map<bool, Color> shades = 20;
  optional float ratio = 21;
}
service Shop { rpc Buy(Order) returns (Empty); rpc Flat(google.protobuf.Int32Value) returns (Empty); rpc Nothing(Empty) returns (Empty); }
`

const thriftText = `
enum Size { SMALL = 1, LARGE = 2 }
union Pay { 1: string card, 2: i64 cash, 3: Pay twice }
struct Base { 1: string LogID }
struct Item {
  1: required string name (go.tag = 'json:"title"') // what it is called
  2: i8 count = 1
  3: optional list<Item> parts
  4: optional Size size = Size.LARGE
  5: map<Size, string> sizes
  6: map<Item, i32> odd
  7: set<Size> set
  8: list<list<i32>> grid
  9: Pay pay
  10: uuid id
  11: binary data
  12: map<i64, list<Item>> deep
  13: required list<i64> must
}
service S { void one(1: Item item) void two(1: list<Item> items, 2: string customer) void none() void pay(1: Pay p) }
`

type request struct {
	*idl.Method
	notes *shape.Notes
}

func input(t testing.TB, name string) request {
	t.Helper()
	file, text := "m.thrift", thriftText
	if strings.HasPrefix(name, "Shop/") {
		file, text = "m.proto", protoText
	}
	s, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: file, Text: text}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(nil) })
	m, err := s.Method(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return request{m, shape.NewNotes(t.Context(), s, name)}
}

func readFile(name string) ([]byte, error) {
	if name == "cat.png" {
		return []byte("\x89PNG"), nil
	}
	return nil, fmt.Errorf("%s: no such file", name)
}

// TestFill: answers, one a line, and what comes of them. "<" is a step back, "!" leaves out
// the rest.
func TestFill(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, method, answers, want string }{
		{"nothing", "Shop/Buy", "!", `{}`},
		{"text", "Shop/Buy", "bob \n!", `{"customerName": "bob "}`},
		{"empty text", "Shop/Buy", "\"\"\n!", `{"customerName": ""}`},
		{"messages", "Shop/Buy", "bob\ny\nhat\n2\n\ny\ncap\n\n\n\ngr\ny\n!", `{"customerName": "bob", "items": [{"name": "hat", "count": 2}, {"name": "cap"}], "color": "GREEN", "gift": true}`},
		{"a message as JSON", "Shop/Buy", "\n{\"name\":\"hat\"}\n!", `{"items": [{"name":"hat"}]}`},
		{"nested", "Shop/Buy", "\ny\nhat\n\ny\nbrim\n!", `{"items": [{"name": "hat", "parts": [{"name": "brim"}]}]}`},
		{"map and oneof", "Shop/Buy", "\n\n\n\n7\nhat\n\n\n\ncash\n12\n!", `{"byId": {"7": {"name": "hat"}}, "cash": 12}`},
		{"back", "Shop/Buy", "bob\n<\neve\n\n<\n<\nann\n!", `{"customerName": "ann"}`},
		{"back over what was left out", "Shop/Buy", "bob\n!\n<\n\ndark\n!", `{"customerName": "bob", "color": "DARK_GREEN"}`},
		{"one value", "Shop/Flat", "7", `7`},
		{"no fields", "Shop/Nothing", "", `{}`},
		{"forms", "Shop/Buy", "\n\n\n\n\n\n2026-01-02T03:04:05Z\n1.5s\n{\"a\": [1]}\nplain\n7\n@cat.png\na\n\"\"\n\n!", `{"at": "2026-01-02T03:04:05Z", "wait": "1.5s", "extra": {"a": [1]}, "anyJson": "plain", "wrapped": 7, "photo": "iVBORw==", "tags": ["a", ""]}`},
		{"required", "S/one", "hat\n!", `{"title": "hat", "must": []}`},
		{"a union", "S/pay", "tw\nca\n\ncash\n7", `{"twice": {"cash": 7}}`},
		{"arguments", "S/two", "\nbob", `{"customer": "bob"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := input(t, test.method)
			f := fill.New(r.Input, fill.Options{Notes: r.notes, Read: readFile})
			for a := range strings.SplitSeq(test.answers, "\n") {
				var err error
				switch a {
				case "<":
					f.Back()
				case "!":
					err = f.Skip()
				default:
					err = f.Answer(a)
				}
				if err != nil {
					t.Logf("%q: %v", a, err)
				}
			}
			if q, more := f.Next(); more {
				t.Errorf("a further question: %+v", q)
			}
			if got := string(f.JSON()); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			encodes(t, r, f.JSON())
		})
	}
}

func encodes(t testing.TB, r request, text []byte) {
	t.Helper()
	program, err := format.Compile(r.Method, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := program.Codec().Encode(nil, text); err != nil {
		t.Errorf("%v: %s", err, text)
	}
}

// TestMistakes: the question stays.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ method, answers, want string }{
		{"Shop/Buy", "\nx", `items[0]: want y or n, or the message as JSON, not "x"`},
		{"Shop/Buy", "\ny\n", `items[0].name: it is required: "" is an empty string`},
		{"Shop/Buy", "\ny\nhat\n3000000000", `items[0].count: 3000000000 is out of range for int32 (-2147483648 to 2147483647)`},
		{"Shop/Buy", "\ny\nhat\nx", `items[0].count: want an integer, not "x"`},
		{"Shop/Buy", "\n{\"nam\": 1}", `items[0]: unknown field "nam" in shop.Item [name]`},
		{"Shop/Buy", "\n\nGREN", `color: unknown value "GREN" of enum shop.Color [GREEN]`},
		{"Shop/Buy", "\n\n\n\n7\nhat\n\n\n7", `byId[1]: duplicate key "7"`},
		{"Shop/Buy", "\n\n\n\n\n\nyesterday", `at: "yesterday" is not a timestamp like "2006-01-02T15:04:05Z" (RFC 3339)`},
		{"Shop/Buy", "\n\n\n\n\ncar", ``},
		{"Shop/Buy", "\n\n\n\n\nca", `paid_by: "ca" begins several [card cash]`},
		{"Shop/Flat", "", `it is required`},
		{"S/one", "hat\n300", `count: 300 is out of range for i8 (-128 to 127)`},
		{"S/one", "hat\n\n\n\n\n\nSMALL\nsmall", `set[1]: the set has this element already`},
	} {
		t.Run(test.method+" "+test.answers, func(t *testing.T) {
			t.Parallel()
			r := input(t, test.method)
			f := fill.New(r.Input, fill.Options{Notes: r.notes})
			var err error
			var before fill.Question
			for a := range strings.SplitSeq(test.answers, "\n") {
				if err != nil {
					t.Fatalf("%v before the end", err)
				}
				before, _ = f.Next()
				err = f.Answer(a)
			}
			got := ""
			if err != nil {
				got = err.Error()
				if e, ok := errors.AsType[*fill.Error](err); !ok {
					t.Errorf("%T", err)
				} else if len(e.Nearest) > 0 {
					got += fmt.Sprint(" ", e.Nearest)
				}
				if after, _ := f.Next(); after.Path != before.Path || after.Kind != before.Kind {
					t.Errorf("the question went from %+v to %+v", before, after)
				}
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestQuestion: what is said of a field.
func TestQuestion(t *testing.T) {
	t.Parallel()
	r := input(t, "Shop/Buy")
	f := fill.New(r.Input, fill.Options{Notes: r.notes})
	q, _ := f.Next()
	if fmt.Sprint(q) != `{0 customerName string [who pays] [] false false []}` {
		t.Error(q)
	}
	for _, a := range []string{"", "y", "hat"} {
		if err := f.Answer(a); err != nil {
			t.Fatal(err)
		}
	}
	if q, _ = f.Next(); q.Path != "items[0].count" || string(q.Default) != "1" || q.Type != "int32" {
		t.Errorf("%+v", q)
	}
}

// random answers at random, mostly as the question would have it.
func random(rng *rand.Rand, q *fill.Question) string {
	if len(q.Choices) > 0 && rng.IntN(3) > 0 {
		return q.Choices[rng.IntN(len(q.Choices))].Name
	}
	words := []string{"", "", "", "y", "n", "7", "-3", "1.5", "x y", "\"\"", "true", "2026-01-02T03:04:05Z", "2s", "{}", "[]", "aGk=", "{\"name\": \"x\"}", "123e4567-e89b-42d3-a456-426614174000", "99999999999999999999", "\xff", "null"}
	return words[rng.IntN(len(words))]
}

// TestRandom: whatever has been answered, the codec takes what comes of it.
func TestRandom(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Shop/Buy", "S/one", "S/two", "S/pay", "Shop/Flat"} {
		r := input(t, name)
		for seed := range uint64(150) {
			run(t, r, seed)
		}
	}
}

// TestDemo: the IDL of the demo, each of its methods.
func TestDemo(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"../../serve/demo/*.proto", "../../serve/demo/*.thrift"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) < 2 {
			t.Fatal(files, err)
		}
		s, err := load.Files(t.Context(), load.Options{Files: files})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close(nil) })
		services, err := s.Services(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, service := range services {
			methods, err := s.Methods(t.Context(), service)
			if err != nil {
				t.Fatal(err)
			}
			for _, info := range methods {
				m, err := s.Method(t.Context(), service+"/"+info.Name)
				if err != nil {
					t.Fatal(err)
				}
				for seed := range uint64(10) {
					run(t, request{m, shape.NewNotes(t.Context(), s, service+"/"+info.Name)}, seed)
				}
			}
		}
	}
}

func run(t testing.TB, r request, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	f := fill.New(r.Input, fill.Options{Notes: r.notes, All: seed%2 == 0})
	for n := 0; ; n++ {
		q, more := f.Next()
		if !more {
			break
		}
		if !json.Valid(f.JSON()) && len(f.JSON()) > 0 {
			t.Fatalf("seed %d, at %s: no JSON: %s", seed, q.Path, f.JSON())
		}
		switch {
		case n > 60 && !q.Required:
			_ = f.Skip()
		case n > 2000:
			t.Fatalf("seed %d: no end: %+v", seed, q)
		case rng.IntN(20) == 0:
			f.Back()
		default:
			_ = f.Answer(random(rng, &q))
		}
	}
	encodes(t, r, f.JSON())
}

func FuzzFill(f *testing.F) {
	f.Add(uint64(1), "bob\ny\nhat")
	f.Fuzz(func(t *testing.T, seed uint64, answers string) {
		names := []string{"Shop/Buy", "S/one", "S/two", "S/pay"}
		r := input(t, names[seed%uint64(len(names))])
		filler := fill.New(r.Input, fill.Options{})
		for a := range strings.SplitSeq(answers, "\n") {
			_ = filler.Answer(a)
		}
		for range 100 {
			q, more := filler.Next()
			if !more {
				encodes(t, r, filler.JSON())
				return
			}
			if !q.Required {
				_ = filler.Skip()
			} else if filler.Answer("7") != nil && filler.Answer("true") != nil && len(q.Choices) > 0 {
				_ = filler.Answer(q.Choices[0].Name)
			}
		}
	})
}

// TestMany: a message of many fields is asked for without a wait.
func TestMany(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("syntax = \"proto3\"; message M {\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "  M field_%d = %d;\n", i, i+1)
	}
	b.WriteString("}\nservice S { rpc Call(M) returns (M); }")
	s, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: "big.proto", Text: b.String()}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Method(t.Context(), "S/Call")
	if err != nil {
		t.Fatal(err)
	}
	f := fill.New(m.Input, fill.Options{})
	begin := time.Now()
	if err := errors.Join(f.Answer("y"), f.Skip()); err != nil {
		t.Fatal(err)
	}
	if q, more := f.Next(); more || string(f.JSON()) != `{"field0": {}}` {
		t.Errorf("%s, then %+v", f.JSON(), q)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func Example() {
	s, err := load.Files(context.Background(), load.Options{Strings: []load.Text{{Name: "shop.thrift", Text: "service Shop { void Buy(1: string item, 2: i32 count) }"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close(nil)
	m, err := s.Method(context.Background(), "Shop/Buy")
	if err != nil {
		fmt.Println(err)
		return
	}
	f := fill.New(m.Input, fill.Options{})
	for _, text := range []string{"hat", "two", "2"} {
		q, _ := f.Next()
		fmt.Println(q.Path, q.Type, f.Answer(text))
	}
	fmt.Println(string(f.JSON()))
	// Output:
	// item string <nil>
	// count i32 count: want an integer, not "two"
	// count i32 <nil>
	// {"item": "hat", "count": 2}
}
