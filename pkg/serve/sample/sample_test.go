package sample_test

import (
	"encoding/json"
	"testing"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/serve/sample"
)

const proto = `syntax = "proto2";
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Color { RED = 1; GREEN = 2; }
message Inner { required string name = 1; optional Outer back = 2; }
message Outer {
  required int32 a = 1; optional sint64 b = 2; optional fixed64 c = 3; required Color color = 4; repeated bool d = 5;
  map<string, Inner> e = 6; map<int64, bytes> f = 7; map<bool, double> g = 8; repeated Outer h = 9; required Inner i = 10;
  oneof one { string x = 11; Inner y = 12; Color z = 13; }
  optional google.protobuf.Any any = 20; optional google.protobuf.Duration duration = 21; optional google.protobuf.FieldMask mask = 22;
  optional google.protobuf.Struct struct = 23; optional google.protobuf.Value value = 24; optional google.protobuf.ListValue list = 25;
  optional google.protobuf.Timestamp time = 26; optional google.protobuf.UInt64Value u64 = 27; optional google.protobuf.BytesValue raw = 28;
  optional google.protobuf.NullValue null = 29; optional float h2 = 30; optional uint32 u32 = 31;
  optional group Grouped = 32 { optional string in = 1; }
  optional google.protobuf.BoolValue bv = 33; optional google.protobuf.Int32Value i32 = 34; optional google.protobuf.DoubleValue dv = 35; optional google.protobuf.StringValue sv = 36;
}
service P { rpc Get(Outer) returns (Outer); }
`

const thrift = `
enum Color { RED = 1, GREEN = 2 }
union One { 1: string a, 2: One b, 3: list<i64> c }
struct Inner { 1: required string name, 2: optional Outer back }
struct Outer {
  1: required i32 a, 2: i64 b, 3: required One one, 4: Color color, 5: set<bool> d, 6: map<string, Inner> e, 7: map<Inner, binary> f,
  8: map<bool, double> g, 9: list<Outer> h, 10: required Inner i, 11: i8 j, 12: i16 k, 13: uuid u, 14: optional list<list<set<i8>>> l,
}
exception Gone { 1: string why }
service T { Outer Get(1: Outer o) throws (1: Gone gone), void Nothing(), map<i32, Outer> Many(1: i32 n), binary Raw(), One Union() }
`

// TestValuesFit: whatever a source makes, the codec takes it, and the least of all, too.
func TestValuesFit(t *testing.T) {
	t.Parallel()
	schema, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: "p.proto", Text: proto}, {Name: "t.thrift", Text: thrift}}})
	if err != nil {
		t.Fatal(err)
	}
	defer schema.Close(nil)
	for _, name := range []string{"P/Get", "T/Get", "T/Nothing", "T/Many", "T/Raw", "T/Union"} {
		m, err := schema.Method(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		turned := *m
		turned.Input, turned.Output = m.Output, m.Input
		program, err := format.Compile(&turned, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sizes := map[int]bool{}
		for seed := range uint64(300) {
			text := sample.Random(seed, 1).Append(nil, m.Output)
			if again := sample.Random(seed, 1).Append(nil, m.Output); string(again) != string(text) {
				t.Errorf("%s, seed %d: not the same twice", name, seed)
			}
			fits(t, name, program, text)
			sizes[len(text)] = true
		}
		if len(sizes) < 5 && name != "T/Nothing" {
			t.Errorf("%s: %d sizes of values", name, len(sizes))
		}
		fits(t, name, program, sample.Least().Append(nil, m.Output))
	}
}

func fits(t *testing.T, name string, program *format.Program, text []byte) {
	t.Helper()
	if !json.Valid(text) {
		t.Errorf("%s: no JSON: %s", name, text)
	}
	if _, err := program.Codec().Encode(nil, text); err != nil {
		t.Errorf("%s: %v\n%s", name, err, text)
	}
}

// TestLeast: nothing that need not be there.
func TestLeast(t *testing.T) {
	t.Parallel()
	schema, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: "p.proto", Text: proto}}})
	if err != nil {
		t.Fatal(err)
	}
	defer schema.Close(nil)
	var m idl.Message
	if m, err = schema.Message(t.Context(), "Outer"); err != nil {
		t.Fatal(err)
	}
	if got := string(sample.Least().Append(nil, m)); got != `{"a":0,"color":"RED","i":{"name":""}}` {
		t.Error(got)
	}
}
