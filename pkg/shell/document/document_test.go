package document_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/shape"
	"github.com/idlcall/idlcall/pkg/shell/document"
)

const protoText = `
syntax = "proto2";
package shop;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Color {
  RED = 0; // like blood
  GREEN = 1;
  DARK_GREEN = 2;
}
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
  map<string, Item> by_name = 5;
  map<bool, int32> by_bool = 6;
  oneof paid_by { string card = 7; int64 cash = 8; }
  optional google.protobuf.Timestamp at = 9;
  optional google.protobuf.Duration wait = 10;
  optional google.protobuf.Any detail = 11;
  optional google.protobuf.Struct extra = 12;
  optional google.protobuf.Value any_json = 13;
  optional google.protobuf.Int64Value wrapped = 14;
  optional bytes photo = 15;
  repeated string tags = 16;
  repeated Color colors = 17;
  optional Empty empty = 18;
  optional int32 old = 19 [deprecated = true];
  map<int32, Color> shades = 20;
  extensions 100 to 200;
}
extend Order { optional Item more = 100; }
service Shop { rpc Buy(Order) returns (Empty); rpc Flat(google.protobuf.Int32Value) returns (Empty); rpc Nothing(Empty) returns (Empty); }
`

const thriftText = `
enum Size { SMALL = 1, LARGE = 2 }
// one way to pay
union Pay { 1: string card, 2: i64 cash, 3: Pay twice }
struct Item {
  1: required string name (go.tag = 'json:"title"') // what it is called
  2: i32 count = 1
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
}
service S { void one(1: Item item) void two(1: list<Item> items /* bought */, 2: string customer) void none() }
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

func input(t testing.TB, name string) (*idl.Method, *shape.Notes) {
	t.Helper()
	s := schema(t, "m.proto", protoText)
	if !strings.HasPrefix(name, "Shop/") {
		s = schema(t, "m.thrift", thriftText)
	}
	m, err := s.Method(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return m, shape.NewNotes(t.Context(), s, name)
}

// TestAt: the cursor is at the bar.
func TestAt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ method, text, want, hint string }{
		{"Shop/Buy", "|", "{", "shop.Order"},
		{"Shop/Buy", "{|", `"customerName": " | "items": [{ | "color": " | "gift":  | "byName": {" | "byBool": {" | "card": " | "cash":  | "at": " | "wait": " | "detail": {"@type": " | "extra": { | "anyJson":  | "wrapped":  | "photo": " | "tags": [" | "colors": [" | "empty": {} | "shades": {" | "old": `, "a field of shop.Order"},
		{"Shop/Buy", "{|}", `"customerName": " | "items": [{ | "color": " | "gift":  | "byName": {" | "byBool": {" | "card": " | "cash":  | "at": " | "wait": " | "detail": {"@type": " | "extra": { | "anyJson":  | "wrapped":  | "photo": " | "tags": [" | "colors": [" | "empty": {} | "shades": {" | "old": `, "a field of shop.Order"},
		{"Shop/Buy", `{"|`, `" -> "customerName": " | "items": [{ | "color": " | "gift":  | "byName": {" | "byBool": {" | "card": " | "cash":  | "at": " | "wait": " | "detail": {"@type": " | "extra": { | "anyJson":  | "wrapped":  | "photo": " | "tags": [" | "colors": [" | "empty": {} | "shades": {" | "old": `, "a field of shop.Order"},
		{"Shop/Buy", `{"c|`, `"c -> "customerName": " | "color": " | "card": " | "cash":  | "colors": ["`, "a field of shop.Order"},
		{"Shop/Buy", `{"customer_n|`, `"customer_n -> "customer_name": "`, "a field of shop.Order"},
		{"Shop/Buy", `{"name|`, `"name -> "customerName": " | "byName": {"`, "a field of shop.Order"},
		{"Shop/Buy", `{"custmr|`, `"custmr -> "customerName": "`, "a field of shop.Order"},
		{"Shop/Buy", "{cust|", `cust -> "customerName": "`, "a field of shop.Order"},
		{"Shop/Buy", `{"cust|": "bob"}`, `"cust" -> "customerName"`, "a field of shop.Order"},
		{"Shop/Buy", `{"gift"|`, `"gift" -> "gift": `, "gift: bool"},
		{"Shop/Buy", `{"gift" |`, ": ", "gift: bool"},
		{"Shop/Buy", `{"gift": |`, "true | false", "gift: bool"},
		{"Shop/Buy", `{"gift": t|`, "t -> true", "gift: bool"},
		{"Shop/Buy", `{"gift": true|`, `, "customerName": " | , "items": [{ | , "color": " | , "byName": {" | , "byBool": {" | , "card": " | , "cash":  | , "at": " | , "wait": " | , "detail": {"@type": " | , "extra": { | , "anyJson":  | , "wrapped":  | , "photo": " | , "tags": [" | , "colors": [" | , "empty": {} | , "shades": {" | , "old":  | }`, "gift: bool"},
		{"Shop/Buy", `{"color": |`, `"RED" | "GREEN" | "DARK_GREEN"`, "color: shop.Color"},
		{"Shop/Buy", `{"color": "|`, `" -> "RED" | "GREEN" | "DARK_GREEN"`, "color: shop.Color"},
		{"Shop/Buy", `{"color": "gr|"}`, `"gr" -> "GREEN"`, "color: shop.Color"},
		{"Shop/Buy", `{"color": GRE|`, `GRE -> "GREEN"`, "color: shop.Color"},
		{"Shop/Buy", `{"color": "GREEN"|`, `, "customerName": " | , "items": [{ | , "gift":  | , "byName": {" | , "byBool": {" | , "card": " | , "cash":  | , "at": " | , "wait": " | , "detail": {"@type": " | , "extra": { | , "anyJson":  | , "wrapped":  | , "photo": " | , "tags": [" | , "colors": [" | , "empty": {} | , "shades": {" | , "old":  | }`, "color: shop.Color"},
		{"Shop/Buy", `{"items": |`, "[{", "items: repeated shop.Item"},
		{"Shop/Buy", `{"items": [|`, "{", "items[0]: shop.Item, What is bought."},
		{"Shop/Buy", `{"items": [{|`, `"name": " | "count":  | "parts": [{`, "a field of shop.Item"},
		{"Shop/Buy", `{"items": [{"name": "hat"|`, `, "count":  | , "parts": [{ | }`, "name: required string, what it is called"},
		{"Shop/Buy", `{"items": [{"count": 2|`, `, "name": " | , "parts": [{`, "count: int32, by default 1"},
		{"Shop/Buy", `{"items": [{"name": "hat", "count": 2, "parts": []|`, "}", ""},
		{"Shop/Buy", `{"items": [{"name": "hat"}|`, ", { | ]", ""},
		{"Shop/Buy", `{"items": [{"count": |`, "1", "count: int32, by default 1"},
		{"Shop/Buy", `{"byName": {|`, `"`, "key: string"},
		{"Shop/Buy", `{"byName": {"x"|`, `"x" -> "x": {`, `byName["x"]: shop.Item, What is bought.`},
		{"Shop/Buy", `{"byName": {"x": {|`, `"name": " | "count":  | "parts": [{`, "a field of shop.Item"},
		{"Shop/Buy", `{"byBool": {"|`, `" -> "true":  | "false": `, "key: bool"},
		{"Shop/Buy", `{"byBool": {"true": 1|`, `, "false":  | }`, `byBool["true"]: int32`},
		{"Shop/Buy", `{"by_bool": {"true": 1, |`, `"false": `, "key: bool"},
		{"Shop/Buy", `{"card": "x", "ca|`, `"ca -> "customerName": "`, "a field of shop.Order"},
		{"Shop/Buy", `{"ca|", "cash": 1}`, `"ca" -> "customerName": "`, "a field of shop.Order"},
		{"Shop/Buy", `{"at": "|`, `" -> "2026-01-02T03:04:05Z"`, `at: google.protobuf.Timestamp, like "2026-01-02T03:04:05Z"`},
		{"Shop/Buy", `{"wait": |`, `"1.5s"`, `wait: google.protobuf.Duration, like "1.5s"`},
		{"Shop/Buy", `{"detail": |`, `{"@type": "`, "detail: google.protobuf.Any"},
		{"Shop/Buy", `{"detail": {"@type": "|`, `" -> `, "@type: type URL"},
		{"Shop/Buy", `{"detail": {"@type": "x/shop.Item", |`, `"name": " | "count":  | "parts": [{`, "@type, or a field of the message that it names"},
		{"Shop/Buy", `{"detail": {"|", "@type": "x/shop.Item"}`, `"" -> "name": " | "count":  | "parts": [{`, "@type, or a field of the message that it names"},
		{"Shop/Buy", `{"detail": {"@type": "x/google.protobuf.Duration", |`, `"value": "`, "@type, or a field of the message that it names"},
		{"Shop/Buy", `{"extra": {"a": |`, "", ""},
		{"Shop/Buy", `{"anyJson": |`, "true | false | null", "anyJson: google.protobuf.Value"},
		{"Shop/Buy", `{"wrapped": |`, "", "wrapped: int64"},
		{"Shop/Buy", `{"photo": |`, `"`, "photo: bytes, in base64"},
		{"Shop/Buy", `{"tags": [|`, `"`, "tags[0]: string"},
		{"Shop/Buy", `{"tags": ["a"|`, `, " | ]`, "tags[0]: string"},
		{"Shop/Buy", `{"tags": ["a", |`, `"`, "tags[1]: string"},
		{"Shop/Buy", `{"colors": ["RED"|`, `, " | ]`, "colors[0]: shop.Color"},
		{"Shop/Buy", `{"customerName": $last.items[0].id|`, `, "items": [{ | , "color": " | , "gift":  | , "byName": {" | , "byBool": {" | , "card": " | , "cash":  | , "at": " | , "wait": " | , "detail": {"@type": " | , "extra": { | , "anyJson":  | , "wrapped":  | , "photo": " | , "tags": [" | , "colors": [" | , "empty": {} | , "shades": {" | , "old":  | }`, "customerName: string, who pays"},
		{"Shop/Buy", `{"customerName": $last.items[0].id, "gif|`, `"gif -> "gift": `, "a field of shop.Order"},
		{"Shop/Buy", `{"empty"|`, `"empty" -> "empty": {}`, "empty: shop.Empty"},
		{"Shop/Buy", `{"[shop.more]": {|`, `"name": " | "count":  | "parts": [{`, "a field of shop.Item"},
		{"Shop/Buy", `{"nope": {|`, "}", ""},
		{"Shop/Buy", `{"nope": 1, "gif|`, `"gif -> "gift": `, "a field of shop.Order"},
		{"Shop/Buy", `{"shades": {"1": |`, `"RED" | "GREEN" | "DARK_GREEN"`, `shades["1"]: shop.Color`},
		{"Shop/Buy", "{}|", "", ""},
		{"Shop/Buy", "{} |", "", ""},
		{"Shop/Buy", `{"gift": true} {"gi|`, `"gi -> "gift": `, "a field of shop.Order"},
		{"Shop/Buy", `{"gift": true "col|`, `"col -> , "color": " | , "colors": ["`, ""},
		{"Shop/Buy", `]} {"gi|`, `"gi -> "gift": `, "a field of shop.Order"},
		{"Shop/Buy", "{\"customerName\": \"x\n\"gi|", `"gi -> , "gift": `, ""},
		{"Shop/Buy", `{"gift": true|, "color": "RED"}`, `, "customerName": " | , "items": [{ | , "byName": {" | , "byBool": {" | , "card": " | , "cash":  | , "at": " | , "wait": " | , "detail": {"@type": " | , "extra": { | , "anyJson":  | , "wrapped":  | , "photo": " | , "tags": [" | , "colors": [" | , "empty": {} | , "shades": {" | , "old": `, "gift: bool"},
		{"Shop/Flat", "|", "", "int32"},
		{"Shop/Flat", "7|", "", "int32"},
		{"Shop/Nothing", "|", "{}", "shop.Empty"},
		{"Shop/Nothing", "{|", "}", "a field of shop.Empty"},
		{"S/one", "{|", `"title": " | "count":  | "parts": [{ | "size": " | "sizes": {" | "odd": [[{ | "set": [" | "grid": [[ | "pay": { | "id": " | "data": " | "deep": {"`, "a field of m.Item"},
		{"S/one", `{"title": "|`, `" -> `, "title: required string, what it is called"},
		{"S/one", `{"name": "x", "t|`, `"t -> "count":  | "parts": [{ | "set": [" | "data": "`, "a field of m.Item"},
		{"S/one", `{"size": "|`, `" -> "SMALL" | "LARGE"`, `size: m.Size, by default "LARGE"`},
		{"S/one", `{"sizes": {|`, `"SMALL": " | "LARGE": "`, "key: m.Size"},
		{"S/one", `{"sizes": {"SMALL": "x"|`, `, "LARGE": " | }`, `sizes["SMALL"]: string`},
		{"S/one", `{"odd": |`, "[[{", "odd: map<m.Item, i32>"},
		{"S/one", `{"odd": [[|`, "{", "key of odd: m.Item"},
		{"S/one", `{"odd": [[{"title": "x"}|`, ", ", ""},
		{"S/one", `{"odd": [[{"title": "x"}, |`, "", "value of odd: i32"},
		{"S/one", `{"odd": [[{"title": "x"}, 1|`, "]", "value of odd: i32"},
		{"S/one", `{"odd": [[{"title": "x"}, 1]|`, ", [{ | ]", ""},
		{"S/one", `{"grid": |`, "[[", "grid: list<list<i32>>"},
		{"S/one", `{"grid": [[1]|`, ", [ | ]", ""},
		{"S/one", `{"pay": {|`, `"card": " | "cash":  | "twice": {`, "a field of m.Pay"},
		{"S/one", `{"pay": {"card": "x"|`, "}", "card: string"},
		{"S/one", `{"id": |`, `"123e4567-e89b-42d3-a456-426614174000"`, `id: uuid, like "123e4567-e89b-42d3-a456-426614174000"`},
		{"S/one", `{"data": "|`, `" -> `, "data: binary, in base64"},
		{"S/one", `{"deep": {"|`, `" -> `, "key: i64"},
		{"S/one", `{"deep": {"1": |`, "[{", `deep["1"]: list<m.Item>`},
		{"S/one", `{"set": ["LARGE", |`, `"SMALL"`, "set[1]: m.Size"},
		{"S/one", `{"set": ["LARGE", "SMALL"|`, "]", "set[1]: m.Size"},
		{"S/two", "{|", `"items": [{ | "customer": "`, "an argument of S.two"},
		{"S/none", "|", "{}", "the arguments of S.none"},
	} {
		t.Run(test.method+" "+test.text, func(t *testing.T) {
			t.Parallel()
			got, hint := complete(t, test.method, test.text)
			if got != test.want || hint != test.hint {
				t.Errorf("got\n%s\n%s\nwant\n%s\n%s", got, hint, test.want, test.hint)
			}
		})
	}
}

// complete is what the candidates make of a text, with a bar for the cursor.
func complete(t testing.TB, method, text string) (results, hint string) {
	t.Helper()
	m, notes := input(t, method)
	before, after, _ := strings.Cut(text, "|")
	c := document.At(m.Input, notes, before+after, len(before))
	var list []string
	for _, candidate := range c.Candidates {
		list = append(list, candidate.Text)
	}
	replaced := (before + after)[c.From:c.To]
	if replaced != "" {
		replaced += " -> "
	}
	return replaced + strings.Join(list, " | "), c.Hint
}

// TestNotes: what a menu shows.
func TestNotes(t *testing.T) {
	t.Parallel()
	m, notes := input(t, "Shop/Buy")
	for _, test := range []struct{ text, shown, note, group string }{
		{"{", "customerName", "string  who pays", "fields"},
		{"{", "items", "repeated shop.Item", "fields"},
		{"{", "card", "string", "oneof paid_by"},
		{"{", "old", "deprecated int32", "fields"},
		{`{"items": [{`, "name", "required string  what it is called", "fields"},
		{`{"color": "`, "RED", "like blood", "values"},
		{`{"items": [{"count": `, "1", "default", "values"},
		{`{"gift": true`, "}", "", "end"},
	} {
		c := document.At(m.Input, notes, test.text, len(test.text))
		found := false
		for _, candidate := range c.Candidates {
			if candidate.Shown == test.shown {
				found = true
				if candidate.Note != test.note || candidate.Group != test.group {
					t.Errorf("%s: %+v", test.text, candidate)
				}
			}
		}
		if !found {
			t.Errorf("%s: no %s in %+v", test.text, test.shown, c.Candidates)
		}
	}
}

// big is a method whose request has many fields.
func big(t testing.TB) (*idl.Method, *shape.Notes) {
	t.Helper()
	var b strings.Builder
	b.WriteString("syntax = \"proto3\"; message M {\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "  // comment %d\n  M field_%d = %d;\n", i, i, i+1)
	}
	b.WriteString("}\nservice S { rpc Call(M) returns (M); }")
	s := schema(t, "big.proto", b.String())
	m, err := s.Method(t.Context(), "S/Call")
	if err != nil {
		t.Fatal(err)
	}
	return m, shape.NewNotes(t.Context(), s, "S/Call")
}

func BenchmarkAt(b *testing.B) {
	m, notes := input(b, "Shop/Buy")
	long := `{"items": [` + strings.Repeat(`{"name": "a hat, and more", "count": 12},`, 2500) + `{"name": "x", "co`
	many, manyNotes := big(b)
	for _, bench := range []struct {
		name  string
		m     *idl.Method
		notes *shape.Notes
		text  string
		at    int
	}{
		{"the end of 100 KB", m, notes, long, len(long)},
		{"the begin of 100 KB", m, notes, long, 12},
		{"all of 5000 fields", many, manyNotes, "{", 1},
		{"some of 5000 fields", many, manyNotes, `{"field12`, 9},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				document.At(bench.m.Input, bench.notes, bench.text, bench.at)
			}
		})
	}
	b.Run("highlight 100 KB", func(b *testing.B) {
		for b.Loop() {
			document.Highlight(long)
		}
	})
}

// TestMany: of many fields all are there, with their comments.
func TestMany(t *testing.T) {
	t.Parallel()
	m, notes := big(t)
	c := document.At(m.Input, notes, `{"field0": {`, 12)
	if len(c.Candidates) != 5000 || c.Candidates[4999].Note != "M  comment 4999" {
		t.Errorf("%d candidates, the last %+v", len(c.Candidates), c.Candidates[len(c.Candidates)-1])
	}
}

func Example() {
	s, err := load.Files(context.Background(), load.Options{Strings: []load.Text{{Name: "shop.thrift", Text: `
service Shop { void Buy(
  1: string item // what is bought
  2: i32 count
) }`}}})
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
	text := `{"it`
	c := document.At(m.Input, shape.NewNotes(context.Background(), s, "Shop/Buy"), text, len(text))
	for _, candidate := range c.Candidates {
		fmt.Println(text[:c.From]+candidate.Text, "-", candidate.Note)
	}
	// Output:
	// {"item": " - string  what is bought
}
