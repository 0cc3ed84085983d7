package format_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Types of Thrift, built by hand.

func scalar(k thrift.Kind) *thrift.Type { return &thrift.Type{Kind: k, Name: k.String()} }

var (
	tBool   = scalar(thrift.KindBool)
	tI8     = scalar(thrift.KindI8)
	tI16    = scalar(thrift.KindI16)
	tI32    = scalar(thrift.KindI32)
	tI64    = scalar(thrift.KindI64)
	tDouble = scalar(thrift.KindDouble)
	tString = scalar(thrift.KindString)
	tUUID   = scalar(thrift.KindUUID)
	tBinary = &thrift.Type{Kind: thrift.KindString, Name: "binary", Binary: true}
	tColor  = &thrift.Type{Kind: thrift.KindI32, Name: "shop.Color", Enum: &thrift.Enum{
		FullName: "shop.Color", Values: []thrift.EnumValue{{Name: "RED", Number: 1}, {Name: "GREEN", Number: 2}, {Name: "BLUE", Number: -3}},
	}}
)

func listOf(t *thrift.Type) *thrift.Type {
	return &thrift.Type{Kind: thrift.KindList, Name: "list<" + t.Name + ">", Elem: t}
}

func setOf(t *thrift.Type) *thrift.Type {
	return &thrift.Type{Kind: thrift.KindSet, Name: "set<" + t.Name + ">", Elem: t}
}

func mapOf(k, v *thrift.Type) *thrift.Type {
	return &thrift.Type{Kind: thrift.KindMap, Name: "map<" + k.Name + "," + v.Name + ">", Key: k, Elem: v}
}

func record(s *thrift.Struct) *thrift.Type {
	return &thrift.Type{Kind: thrift.KindStruct, Name: s.FullName, Struct: s}
}

func structOf(name string, fields ...*thrift.Field) *thrift.Struct {
	return &thrift.Struct{FullName: name, Fields: fields}
}

func field(id int16, name string, t *thrift.Type) *thrift.Field {
	return &thrift.Field{ID: id, Name: name, Type: t}
}

func required(f *thrift.Field) *thrift.Field {
	f.Requiredness = thrift.Required
	return f
}

func withDefault(f *thrift.Field, json string) *thrift.Field {
	f.Default = []byte(json)
	return f
}

// bare is a method whose messages are s itself.
func bare(s *thrift.Struct) *idl.Method {
	return &idl.Method{Method: stream.Method{Service: "S", Name: "M", Lang: stream.Thrift}, Input: s, Output: s}
}

// over is m with its bodies in another protocol.
func over(p stream.Protocol, m *idl.Method) *idl.Method {
	other := *m
	other.Protocol = p
	return &other
}

// everything has a field of each type.
func everything() *thrift.Struct {
	inner := structOf("shop.Inner", field(1, "name", tString), required(field(2, "id", tI64)))
	choice := structOf("shop.Choice", field(1, "number", tI32), field(2, "text", tString), field(3, "inner", record(inner)))
	choice.Form = thrift.FormUnion
	s := structOf("shop.All")
	s.Fields = []*thrift.Field{
		field(1, "yes", tBool), field(2, "no", tBool), field(3, "byte", tI8), field(4, "short", tI16), field(20, "int", tI32),
		field(5, "long", tI64), field(6, "real", tDouble), field(7, "text", tString), field(8, "blob", tBinary),
		field(9, "color", tColor), field(10, "inner", record(inner)), field(11, "list", listOf(tI32)), field(12, "set", setOf(tString)),
		field(13, "map", mapOf(tString, tI64)), field(14, "byNumber", mapOf(tI32, tString)), field(15, "byFlag", mapOf(tBool, tI8)),
		field(16, "byColor", mapOf(tColor, tI16)), field(17, "byReal", mapOf(tDouble, tBool)), field(18, "byBlob", mapOf(tBinary, tI32)),
		field(19, "byInner", mapOf(record(inner), tI32)), field(21, "choice", record(choice)), field(22, "uuid", tUUID),
		field(-1, "negative", tI32), field(1000, "far", listOf(listOf(tBool))), field(23, "self", nil),
	}
	s.Fields[len(s.Fields)-1].Type = record(s)
	return s
}

func TestThriftValues(t *testing.T) {
	t.Parallel()
	m := bare(everything())
	for _, test := range []struct{ name, json, binary, compact, tjson string }{
		{"empty", `{}`, `00`, `00`, `{}`},
		{"bools", `{"yes":true,"no":false}`, `0200010102000200 00`, `1112 00`, `{"1":{"tf":1},"2":{"tf":0}}`},
		{"i8", `{"byte":-128}`, `03000380 00`, `3380 00`, `{"3":{"i8":-128}}`},
		{"i16", `{"short":-2}`, `060004fffe 00`, `4403 00`, `{"4":{"i16":-2}}`},
		{"i32", `{"int":2147483647}`, `0800147fffffff 00`, `0528feffffff0f 00`, `{"20":{"i32":2147483647}}`},
		{"i64", `{"long":-9223372036854775808}`, `0a00058000000000000000 00`, `56ffffffffffffffffff01 00`, `{"5":{"i64":-9223372036854775808}}`},
		{"double", `{"real":1.5}`, `0400063ff8000000000000 00`, `67000000000000f83f 00`, `{"6":{"dbl":1.5}}`},
		{"infinity", `{"real":"-Infinity"}`, `040006fff0000000000000 00`, `67000000000000f0ff 00`, `{"6":{"dbl":"-Infinity"}}`},
		{"text", `{"text":"hé\n"}`, `0b00070000000468c3a90a 00`, `780468c3a90a 00`, `{"7":{"str":"hé\n"}}`},
		{"binary", `{"blob":"/+8="}`, `0b000800000002ffef 00`, `8802ffef 00`, `{"8":{"str":"/+8="}}`},
		{"enum", `{"color":"BLUE"}`, `080009fffffffd 00`, `9505 00`, `{"9":{"i32":-3}}`},
		{"unknown enum value", `{"color":77}`, `0800090000004d 00`, `959a01 00`, `{"9":{"i32":77}}`},
		{"struct", `{"inner":{"name":"x","id":3}}`, `0c000a0b000100000001780a0002000000000000000300 00`, `ac180178160600 00`, `{"10":{"rec":{"1":{"str":"x"},"2":{"i64":3}}}}`},
		{"list", `{"list":[1,-1]}`, `0f000b080000000200000001ffffffff 00`, `b9250201 00`, `{"11":{"lst":["i32",2,1,-1]}}`},
		{"empty list", `{"list":[]}`, `0f000b0800000000 00`, `b905 00`, `{"11":{"lst":["i32",0]}}`},
		{"long list", `{"list":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}`, `0f000b0800000010` + strings.Repeat("00000001", 16) + `00`, `b9f510` + strings.Repeat("02", 16) + `00`, `{"11":{"lst":["i32",16` + strings.Repeat(",1", 16) + `]}}`},
		{"set", `{"set":["a","b"]}`, `0e000c0b0000000200000001610000000162 00`, `ca2801610162 00`, `{"12":{"set":["str",2,"a","b"]}}`},
		{"map", `{"map":{"k":300}}`, `0d000d0b0a00000001000000016b000000000000012c 00`, `db0186016bd804 00`, `{"13":{"map":["str","i64",1,{"k":300}]}}`},
		{"empty map", `{"map":{}}`, `0d000d0b0a00000000 00`, `db00 00`, `{"13":{"map":["str","i64",0,{}]}}`},
		{"number keys", `{"byNumber":{"-5":"a","6":"b"}}`, `0d000e080b00000002fffffffb0000000161000000060000000162 00`, `eb0258090161 0c0162 00`, `{"14":{"map":["i32","str",2,{"-5":"a","6":"b"}]}}`},
		{"bool keys", `{"byFlag":{"true":1,"false":2}}`, `0d000f02030000000201010002 00`, `fb021301010202 00`, `{"15":{"map":["tf","i8",2,{"1":1,"0":2}]}}`},
		{"enum keys", `{"byColor":{"RED":1,"9":2}}`, `0d001008060000000200000001000100000009 0002 00`, `0b2002540202 1204 00`, `{"16":{"map":["i32","i16",2,{"1":1,"9":2}]}}`},
		{"double keys", `{"byReal":{"1.5":true}}`, `0d00110402000000013ff800000000000001 00`, `0b220171000000000000f83f01 00`, `{"17":{"map":["dbl","tf",1,{"1.5":1}]}}`},
		{"binary keys", `{"byBlob":[["/w==",1]]}`, `0d00120b080000000100000001ff00000001 00`, `0b24018501ff02 00`, `{"18":{"map":["str","i32",1,{"/w==":1}]}}`},
		{"struct keys", `{"byInner":[[{"id":1},2]]}`, `0d00130c08000000010a000200000000000000010000000002 00`, `0b2601c526020004 00`, `{"19":{"map":["rec","i32",1,{{"2":{"i64":1}}:2}]}}`},
		{"union", `{"choice":{"text":"t"}}`, `0c00150b0002000000017400 00`, `0c2a28017400 00`, `{"21":{"rec":{"2":{"str":"t"}}}}`},
		{"uuid", `{"uuid":"00112233-4455-6677-8899-aabbccddeeff"}`, `10001600112233445566778899aabbccddeeff 00`, `0d2c00112233445566778899aabbccddeeff 00`, `{"22":{"uid":"00112233-4455-6677-8899-aabbccddeeff"}}`},
		{"negative id", `{"negative":1}`, `08ffff00000001 00`, `050102 00`, `{"-1":{"i32":1}}`},
		{"lists in a list", `{"far":[[true,false],[]]}`, `0f03e80f000000020200000002010002 00000000 00`, `09d00f29210102 01 00`, `{"1000":{"lst":["lst",2,["tf",2,1,0],["tf",0]]}}`},
		{"recursion", `{"self":{"self":{"byte":1}}}`, `0c00170c001703000301000000`, `0c2e0c2e33010000 00`, `{"23":{"rec":{"23":{"rec":{"3":{"i8":1}}}}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range []stream.Protocol{stream.Binary, stream.Compact, stream.JSON} {
				want := test.tjson
				if p != stream.JSON {
					want = string(unhex(t, map[stream.Protocol]string{stream.Binary: test.binary, stream.Compact: test.compact}[p]))
				}
				c := codec(t, over(p, m), format.Options{})
				got, err := c.Encode(nil, []byte(test.json))
				if err != nil {
					t.Fatalf("%s: %v", p, err)
				}
				if string(got) != want {
					t.Errorf("%s: encoded %s\nwant %s", p, shown(p, got), shown(p, []byte(want)))
				}
				back, err := c.Decode(nil, []byte(want))
				if err != nil {
					t.Fatalf("%s: %v", p, err)
				}
				if string(back) != test.json {
					t.Errorf("%s: decoded %s\nwant %s", p, back, test.json)
				}
			}
		})
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func shown(p stream.Protocol, b []byte) string {
	if p == stream.JSON {
		return string(b)
	}
	return hex.EncodeToString(b)
}

// TestThriftAccepts: other forms of the same value.
func TestThriftAccepts(t *testing.T) {
	t.Parallel()
	aliased := structOf("shop.Aliased", &thrift.Field{ID: 1, Name: "user_name", Alias: "userName", Type: tString}, &thrift.Field{ID: 2, Name: "other", Alias: "userName", Type: tI32})
	crossed := structOf("shop.Crossed", &thrift.Field{ID: 1, Name: "a", Alias: "b", Type: tI32}, &thrift.Field{ID: 2, Name: "b", Type: tI32}, &thrift.Field{ID: 3, Name: "c", Alias: "d", Type: tI32}, &thrift.Field{ID: 4, Name: "d", Alias: "c", Type: tI32})
	all := everything()
	for _, test := range []struct {
		name     string
		s        *thrift.Struct
		in, want string
	}{
		{"alias that is another's name", crossed, `{"b":1,"a":2}`, `{"a":2,"b":1}`},
		{"aliases that change places", crossed, `{"d":1,"c":2}`, `{"d":1,"c":2}`},
		{"white space", all, " {\n\"byte\" : 1 , \"list\" : [ 1 , 2 ] } ", `{"byte":1,"list":[1,2]}`},
		{"whole fraction", all, `{"int":1.0,"long":1e3,"byte":0.1e2}`, `{"byte":10,"int":1,"long":1000}`},
		{"numbers in quotes", all, `{"int":"7","long":"-9223372036854775808","real":"2.5"}`, `{"int":7,"long":-9223372036854775808,"real":2.5}`},
		{"NaN", all, `{"real":"NaN"}`, `{"real":"NaN"}`},
		{"integer for a double", all, `{"real":3}`, `{"real":3}`},
		{"enum by number", all, `{"color":2}`, `{"color":"GREEN"}`},
		{"base64 without padding, URL alphabet", all, `{"blob":"_-8"}`, `{"blob":"/+8="}`},
		{"null is not given", all, `{"int":null,"inner":null,"list":null}`, `{}`},
		{"another order", all, `{"int":1,"byte":2,"yes":true}`, `{"yes":true,"byte":2,"int":1}`},
		{"another order, with nested structs", all, `{"self":{"int":1,"yes":true},"inner":{"id":1,"name":"a"},"yes":false}`, `{"yes":false,"inner":{"name":"a","id":1},"self":{"yes":true,"int":1}}`},
		{"pairs for an object", all, `{"map":[["a",1],["b",2]],"byFlag":[[true,1]]}`, `{"map":{"a":1,"b":2},"byFlag":{"true":1}}`},
		{"object with JSON in its keys", all, `{"byInner":{"{\"id\":1}":2}}`, `{"byInner":[[{"id":1},2]]}`},
		{"object with base64 keys", all, `{"byBlob":{"/w":1}}`, `{"byBlob":[["/w==",1]]}`},
		{"enum keys by number", all, `{"byColor":{"2":1}}`, `{"byColor":{"GREEN":1}}`},
		{"NaN as a key", all, `{"byReal":{"NaN":true}}`, `{"byReal":{"NaN":true}}`},
		{"UUID without hyphens", all, `{"uuid":"00112233445566778899AABBCCDDEEFF"}`, `{"uuid":"00112233-4455-6677-8899-aabbccddeeff"}`},
		{"alias", aliased, `{"userName":"x"}`, `{"userName":"x"}`},
		{"name for an alias", aliased, `{"user_name":"x"}`, `{"userName":"x"}`},
		{"alias that is taken", aliased, `{"other":1}`, `{"other":1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range []stream.Protocol{stream.Binary, stream.Compact, stream.JSON} {
				c := codec(t, over(p, bare(test.s)), format.Options{})
				body, err := c.Encode(nil, []byte(test.in))
				if err != nil {
					t.Fatalf("%s: %v", p, err)
				}
				back, err := c.Decode(nil, body)
				if err != nil {
					t.Fatalf("%s: %v", p, err)
				}
				if string(back) != test.want {
					t.Errorf("%s: %s, want %s", p, back, test.want)
				}
			}
		})
	}
}

func TestThriftRefuses(t *testing.T) {
	t.Parallel()
	m := bare(everything())
	for _, test := range []struct{ name, in, want, at, nearest string }{
		{"i8 too large", `{"byte": 300}`, "byte: 300 is out of range for i8 (-128 to 127)", `300`, ""},
		{"i8 too small", `{"byte": -129}`, "byte: -129 is out of range for i8 (-128 to 127)", `-129`, ""},
		{"i16", `{"short": 32768}`, "short: 32768 is out of range for i16 (-32768 to 32767)", `32768`, ""},
		{"i32", `{"int": 4294967297}`, "int: 4294967297 is out of range for i32 (-2147483648 to 2147483647)", `4294967297`, ""},
		{"i64", `{"long": 9223372036854775808}`, "long: 9223372036854775808 is out of range for i64 (-9223372036854775808 to 9223372036854775807)", `9223372036854775808`, ""},
		{"fraction", `{"int": 1.5}`, "int: 1.5 is not an integer, as i32 needs", `1.5`, ""},
		{"string for a number", `{"int": "x"}`, `int: "x" is not a number`, `"x"`, ""},
		{"bool for a number", `{"int": true}`, "int: expected an integer, found a boolean", `true`, ""},
		{"number for a bool", `{"yes": 1}`, "yes: expected true or false, found a number", `1}`, ""},
		{"number for a string", `{"text": 1}`, "text: expected a string, found a number", `1}`, ""},
		{"base64", `{"blob": "a$b"}`, "blob: not base64", `$b`, ""},
		{"enum name", `{"color": "GREN"}`, `color: unknown value "GREN" of enum shop.Color`, `"GREN"`, "GREEN"},
		{"enum type", `{"color": true}`, `color: expected a name or number of enum shop.Color, found a boolean`, `true`, ""},
		{"unknown field", `{"lits": [1]}`, `unknown field "lits" in shop.All`, `"lits"`, "list"},
		{"unknown nested field", `{"inner": {"nam": "x", "id": 1}}`, `inner: unknown field "nam" in shop.Inner`, `"nam"`, "name"},
		{"missing required", `{"inner": {"name": "x"}}`, `inner: missing required field "id"`, `{"name"`, ""},
		{"required is null", `{"inner": {"id": null}}`, `inner: missing required field "id"`, `{"id"`, ""},
		{"required is null twice", `{"inner": {"id": null, "id": null}}`, `inner: duplicate field "id"`, `"id": null}}`, ""},
		{"duplicate field", `{"int": 1, "int": 2}`, `duplicate field "int"`, `"int": 2`, ""},
		{"two union fields", `{"choice": {"number": 1, "text": "x"}}`, `choice: "text" is the second field of union shop.Choice, which takes exactly one`, `"text"`, ""},
		{"no union field", `{"choice": {}}`, `choice: union shop.Choice takes exactly one field (number, text, inner), found 0`, `{}`, ""},
		{"list element", `{"list": [1, "a"]}`, `list[1]: "a" is not a number`, `"a"`, ""},
		{"null in a list", `{"list": [null]}`, `list[0]: expected an integer, found null`, `null`, ""},
		{"object for a list", `{"list": {}}`, `list: expected an array for list<i32>, found an object`, `{}`, ""},
		{"duplicate in a set", `{"set": ["a", "a"]}`, `set[1]: the set has this element already`, `"a"]`, ""},
		{"duplicate key", `{"map": {"a": 1, "a": 2}}`, `map: duplicate map key "a"`, `"a": 2`, ""},
		{"the same key twice in other words", `{"byNumber": {"1": "a", "1.0": "b"}}`, `byNumber: duplicate map key "1.0"`, `"1.0"`, ""},
		{"duplicate key in pairs", `{"map": [["a", 1], ["a", 2]]}`, `map[1][0]: duplicate map key`, `"a", 2`, ""},
		{"key out of range", `{"byNumber": {"3000000000": "a"}}`, "byNumber: 3000000000 is out of range for i32 (-2147483648 to 2147483647)", `"3000000000"`, ""},
		{"no bool key", `{"byFlag": {"yes": 1}}`, `byFlag: "yes" is not a key of type bool: want "true" or "false"`, `"yes"`, ""},
		{"no enum key", `{"byColor": {"GREN": 1}}`, `byColor: unknown value "GREN" of enum shop.Color`, `"GREN"`, "GREEN"},
		{"map value", `{"map": {"a": "b"}}`, `map["a"]: "b" is not a number`, `"b"`, ""},
		{"half a pair", `{"map": [["a"]]}`, `map[0]: expected ',' between key and value, found ']'`, `]]`, ""},
		{"text after the document", `{} {}`, `unexpected an object after the document`, `{}`, ""},
		{"no object", `[1]`, `expected '{' to open an object, found an array`, `[1]`, ""},
		{"UUID", `{"uuid": "1234"}`, `uuid: "1234" is not a UUID, as 00112233-4455-6677-8899-aabbccddeeff is`, `"1234"`, ""},
		{"double", `{"real": 1e999}`, `real: 1e999 is out of range for a 64-bit float`, `1e999`, ""},
		{"too deep", strings.Repeat(`{"self":`, 10002), "nested deeper than 10000 levels", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range []stream.Protocol{stream.Binary, stream.Compact, stream.JSON} {
				_, err := codec(t, over(p, m), format.Options{}).Encode(nil, []byte(test.in))
				var v *format.ValueError
				if !errors.As(err, &v) {
					t.Fatalf("%s: %v, want a ValueError", p, err)
				}
				if test.at == "" {
					if !strings.HasSuffix(v.Message, test.want) {
						t.Errorf("%s: %v", p, v)
					}
					continue
				}
				if v.Error() != test.want || strings.Join(v.Nearest, " ") != test.nearest {
					t.Errorf("%s: %q (nearest %q)\nwant %q (%q)", p, v, v.Nearest, test.want, test.nearest)
				}
				if want := strings.LastIndex(test.in, test.at); v.Offset != want {
					t.Errorf("%s: at %d (%s), want %d", p, v.Offset, test.in[v.Offset:], want)
				}
			}
		})
	}
}

// TestThriftNullFirst: a required field that is null and then has a value came twice, as
// any other would.
func TestThriftNullFirst(t *testing.T) {
	t.Parallel()
	m := bare(structOf("x.S", required(field(1, "id", tI32)), field(2, "n", tI32)))
	for _, doc := range []string{`{"id":null,"id":1}`, `{"id":1,"id":null}`, `{"id":1,"n":null,"n":1}`} {
		if _, err := codec(t, m, format.Options{}).Encode(nil, []byte(doc)); err == nil || !strings.HasPrefix(err.Error(), "duplicate field") {
			t.Errorf("%s: %v", doc, err)
		}
	}
}
