package shape_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/shape"
)

const protoText = `
syntax = "proto2";
package shop;
import "google/protobuf/any.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Color {
  RED = 0; // like blood
  GREEN = 5;
}
// What is ordered.
message Order {
  // who pays,
  // if anybody
  required string customer_name = 1;
  repeated Order parts = 2;
  map<string, Color> colors = 3;
  optional google.protobuf.Timestamp at = 4;
  optional google.protobuf.Any detail = 5;
  optional google.protobuf.Value free = 6;
  optional google.protobuf.BytesValue wrapped = 7;
  optional Color color = 8 [default = GREEN];
  optional double x = 9 [default = -inf];
  optional float f = 10 [default = 0.1];
  optional bytes b = 11 [default = "\377"];
  optional string s = 12 [default = "a\"b"];
  optional uint64 u = 13 [default = 18446744073709551615];
  optional bool old = 14 [deprecated = true];
  oneof paid_by { string card = 15; int64 cash = 16; }
  optional google.protobuf.Struct extra = 17;
  extensions 100 to 200;
}
extend Order { optional Order more = 100; }
service Shop { rpc Buy(Order) returns (Order); }
`

const thriftText = `
include "base.thrift"
enum Size { SMALL = 1 /* tiny */, LARGE = 7 }
union Pay { 1: string card, 2: required i64 cash }
struct Item {
  1: required string name (go.tag = 'json:"title"') // what it is called
  2: required i32 count = 1
  3: list<Item> parts
  4: Size size = Size.LARGE
  5: map<Item, Size> odd
  6: set<i8> set
  7: Pay pay
  8: uuid id
  9: binary data
  10: i32 old (deprecated = "use count")
  255: base.Base base
}
service S { void buy(1: Item item) void two(1: string a /* the first */, 2: i64 b) }
`

const baseText = `namespace go base
struct Base { 1: string LogID }`

func input(t testing.TB, name string) (shape.Shape, *shape.Notes, idl.Schema) {
	t.Helper()
	texts := []load.Text{{Name: "m.thrift", Text: thriftText}, {Name: "base.thrift", Text: baseText}}
	if strings.HasPrefix(name, "Shop/") {
		texts = []load.Text{{Name: "m.proto", Text: protoText}}
	}
	s, err := load.Files(t.Context(), load.Options{Strings: texts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(nil) })
	m, err := s.Method(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return shape.Of(m.Input), shape.NewNotes(t.Context(), s, name), s
}

// TestFields: what is known of each field.
func TestFields(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ method, name, want string }{
		{"Shop/Buy", "customerName", "[customerName customer_name] required string"},
		{"Shop/Buy", "customer_name", "[customerName customer_name] required string"},
		{"Shop/Buy", "parts", "[parts] repeated shop.Order"},
		{"Shop/Buy", "colors", "[colors] map<string, shop.Color>"},
		{"Shop/Buy", "at", "[at] google.protobuf.Timestamp form 1"},
		{"Shop/Buy", "detail", "[detail] google.protobuf.Any form 7"},
		{"Shop/Buy", "free", "[free] google.protobuf.Value null"},
		{"Shop/Buy", "extra", "[extra] google.protobuf.Struct form 5"},
		{"Shop/Buy", "wrapped", "[wrapped] bytes"},
		{"Shop/Buy", "color", `[color] shop.Color "GREEN" [{RED 0} {GREEN 5}]`},
		{"Shop/Buy", "x", `[x] double "-Infinity"`},
		{"Shop/Buy", "f", "[f] float 0.1"},
		{"Shop/Buy", "b", `[b] bytes "/w=="`},
		{"Shop/Buy", "s", `[s] string "a\"b"`},
		{"Shop/Buy", "u", "[u] uint64 18446744073709551615"},
		{"Shop/Buy", "old", "[old] bool deprecated"},
		{"Shop/Buy", "card", "[card] string of paid_by"},
		{"Shop/Buy", "[shop.more]", "[[shop.more]] shop.Order"},
		{"Shop/Buy", "[shop.less]", "none"},
		{"Shop/Buy", "nope", "none"},
		{"S/buy", "title", "[title name] required string"},
		{"S/buy", "count", "[count] i32 1"},
		{"S/buy", "parts", "[parts] list<m.Item>"},
		{"S/buy", "size", `[size] m.Size "LARGE" [{SMALL 1} {LARGE 7}]`},
		{"S/buy", "odd", "[odd] map<m.Item, m.Size>"},
		{"S/buy", "set", "[set] set<i8> distinct"},
		{"S/buy", "pay", "[pay] m.Pay union"},
		{"S/buy", "id", "[id] uuid form 4"},
		{"S/buy", "old", "[old] i32 deprecated"},
		{"S/buy", "base", "[base] base.Base base"},
		{"S/two", "b", "[b] i64"},
	} {
		t.Run(test.method+" "+test.name, func(t *testing.T) {
			t.Parallel()
			s, _, _ := input(t, test.method)
			if got := describe(s.Find(test.name)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func describe(f shape.Field, found bool) string {
	if !found {
		return "none"
	}
	s := f.Shape()
	text := fmt.Sprint(f.Names, " ", f.Type())
	if f.Default != nil {
		text += " " + string(f.Default)
	}
	if f.Oneof != "" {
		text += " of " + f.Oneof
	}
	if s.Form != shape.Plain {
		text += fmt.Sprint(" form ", s.Form)
	}
	if v := s.Values(); v != nil {
		text += fmt.Sprint(" ", v)
	}
	for word, is := range map[string]bool{"deprecated": f.Deprecated, "base": f.Base, "union": s.Union, "distinct": s.Distinct, "null": s.TakesNull()} {
		if is {
			text += " " + word
		}
	}
	return text
}

// TestKeys: where entries of a map stand as pairs.
func TestKeys(t *testing.T) {
	t.Parallel()
	item, _, _ := input(t, "S/buy")
	order, _, _ := input(t, "Shop/Buy")
	odd, _ := item.Find("odd")
	colors, _ := order.Find("colors")
	if odd.Shape().KeyIsText() || odd.Shape().Key().Name != "m.Item" || !colors.Shape().KeyIsText() || colors.Shape().Elem().Kind != shape.Enum {
		t.Errorf("%+v, %+v", odd.Shape().Key(), colors.Shape().Key())
	}
}

// TestAny: what stands in a google.protobuf.Any.
func TestAny(t *testing.T) {
	t.Parallel()
	order, _, _ := input(t, "Shop/Buy")
	detail, _ := order.Find("detail")
	s := detail.Shape()
	if inside, ok := s.Inside("type.googleapis.com/shop.Order"); !ok || inside.Name != "shop.Order" || len(inside.Fields()) != len(order.Fields()) {
		t.Errorf("%+v", inside)
	}
	if inside, ok := s.Inside("x/google.protobuf.Timestamp"); !ok || len(inside.Names()) != 1 || inside.Names()[0] != "value" {
		t.Errorf("%+v", inside.Names())
	}
	for _, url := range []string{"", "x/", "x/no.Such", "/.."} {
		if _, ok := s.Inside(url); ok {
			t.Errorf("%q has something inside", url)
		}
	}
}

// TestNotes: comments, of the arguments of a method too.
func TestNotes(t *testing.T) {
	t.Parallel()
	_, proto, _ := input(t, "Shop/Buy")
	_, thrift, _ := input(t, "S/two")
	var none *shape.Notes
	for want, got := range map[string][]string{
		"who pays,|if anybody": proto.Field("shop.Order", "customer_name"),
		"What is ordered.":     proto.Message("shop.Order"),
		"like blood":           proto.Value("shop.Color", "RED"),
		"what it is called":    thrift.Field("m.Item", "name"),
		"tiny":                 thrift.Value("m.Size", "SMALL"),
		"the first":            thrift.Field("S.two_args", "a"),
	} {
		if strings.Join(got, "|") != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if none.Field("m.Item", "name") != nil || thrift.Field("m.Item", "parts") != nil || thrift.Field("no.Such", "name") != nil {
		t.Error("there are notes of nothing")
	}
}

// TestJSON: values as text.
func TestJSON(t *testing.T) {
	t.Parallel()
	s, _, _ := input(t, "Shop/Buy")
	read := func(string) ([]byte, error) { return []byte{0xff}, nil }
	for _, test := range []struct{ field, text, want string }{
		{"customerName", `<a"b>`, `"<a\"b>"`},
		{"customerName", "", `""`},
		{"customerName", "\xff", "!the text is not valid UTF-8"},
		{"old", "true", "true"},
		{"old", "yes", `!want true or false, not "yes"`},
		{"u", "7", "7"},
		{"u", "null", `!want an integer, not "null"`},
		{"x", "NaN", `"NaN"`},
		{"x", "", `!want a number, not ""`},
		{"color", "RED", `"RED"`},
		{"color", "5", "5"},
		{"color", "RDE", `!unknown value "RDE" of enum shop.Color [RED]`},
		{"b", "@file", `"/w=="`},
		{"parts", "x", "!want JSON for repeated shop.Order"},
	} {
		f, _ := s.Find(test.field)
		value, err := f.Shape().JSON(test.text, read)
		got := string(value)
		if err != nil {
			got = "!" + err.Error()
			if v, ok := errors.AsType[*shape.ValueError](err); ok && len(v.Nearest) > 0 {
				got += fmt.Sprint(" ", v.Nearest)
			}
		}
		if got != test.want {
			t.Errorf("%s of %q: %s, want %s", test.field, test.text, got, test.want)
		}
	}
}

func Example() {
	s, err := load.Files(context.Background(), load.Options{Strings: []load.Text{{Name: "shop.proto", Text: `
syntax = "proto3";
message Item { string name = 1; repeated Item parts = 2; }
service Shop { rpc Buy(Item) returns (Item); }`}}})
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
	for _, f := range shape.Of(m.Input).Fields() {
		fmt.Println(f.Names[0], f.Type())
	}
	// Output:
	// name string
	// parts repeated Item
}
