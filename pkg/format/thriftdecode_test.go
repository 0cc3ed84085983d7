package format_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// thriftMethod builds the arguments and the result of a method. A nil result is void.
func thriftMethod(result *thrift.Type, args []*thrift.Field, throws ...*thrift.Field) *idl.Method {
	in := structOf("Shop.Buy_args", args...)
	in.Form = thrift.FormArguments
	out := structOf("Shop.Buy_result")
	out.Form = thrift.FormResult
	if result != nil {
		out.Fields = append(out.Fields, field(0, "success", result))
	}
	out.Fields = append(out.Fields, throws...)
	return &idl.Method{Method: stream.Method{Service: "Shop", Name: "Buy", Lang: stream.Thrift}, Input: in, Output: out}
}

func exception(name string, fields ...*thrift.Field) *thrift.Type {
	s := structOf(name, fields...)
	s.Form = thrift.FormException
	return record(s)
}

func args(fields ...*thrift.Field) []*thrift.Field { return fields }

// TestThriftArguments: one struct or union stands for all arguments.
func TestThriftArguments(t *testing.T) {
	t.Parallel()
	req := structOf("shop.Request", field(1, "message", tString))
	choice := structOf("shop.Choice", field(1, "a", tI32))
	choice.Form = thrift.FormUnion
	for _, test := range []struct {
		name string
		args []*thrift.Field
		json string
		want string
	}{
		{"one struct", args(field(1, "req", record(req))), `{"message":"hi"}`, `0c0001 0b0001000000026869 00 00`},
		{"one struct, empty", args(field(1, "req", record(req))), `{}`, `0c0001 00 00`},
		{"one union", args(field(1, "req", record(choice))), `{"a":1}`, `0c0001 08000100000001 00 00`},
		{"none", nil, `{}`, `00`},
		{"one scalar", args(field(1, "n", tI32)), `{"n":1}`, `08000100000001 00`},
		{"one list", args(field(1, "n", listOf(tI8))), `{"n":[1]}`, `0f0001030000000101 00`},
		{"several", args(field(1, "req", record(req)), field(2, "n", tI32)), `{"n":1,"req":{}}`, `08000200000001 0c000100 00`},
		{"several, none given", args(field(1, "req", record(req)), field(2, "n", tI32)), `{}`, `00`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := codec(t, thriftMethod(nil, test.args), format.Options{}).Encode(nil, []byte(test.json))
			if err != nil || string(got) != string(unhex(t, test.want)) {
				t.Errorf("%x, %v, want %s", got, err, test.want)
			}
		})
	}
	_, err := codec(t, thriftMethod(nil, args(field(1, "first", tI32), field(2, "second", tI32))), format.Options{}).Encode(nil, []byte(`{"frist":1}`))
	if want := `unknown argument "frist" of Shop.Buy`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestThriftResult(t *testing.T) {
	t.Parallel()
	res := record(structOf("shop.Response", field(1, "message", tString)))
	sold := exception("shop.SoldOut", field(1, "code", tI32))
	broke := exception("shop.Broke", field(1, "reason", tString))
	throws := []*thrift.Field{field(1, "sold", sold), field(2, "broke", broke)}
	for _, test := range []struct {
		name   string
		result *thrift.Type
		body   string
		want   string // JSON, or an error behind "!"
	}{
		{"struct", res, `0c0000 0b0001000000026869 00 00`, `{"message":"hi"}`},
		{"scalar", tString, `0b0000000000026869 00`, `"hi"`},
		{"list", listOf(tI8), `0f0000030000000101 00`, `[1]`},
		{"enum", tColor, `08000000000001 00`, `"RED"`},
		{"void", nil, `00`, `null`},
		{"void of a generic server", nil, `010000 00 00`, `null`},
		{"first exception", res, `0c0001 08000100000007 00 00`, `!exception shop.SoldOut: {"code":7}`},
		{"second exception", res, `0c0002 0b00010000000178 00 00`, `!exception shop.Broke: {"reason":"x"}`},
		{"exception of void", nil, `0c0001 08000100000007 00 00`, `!exception shop.SoldOut: {"code":7}`},
		{"lowest of several", tI32, `0c0001 08000100000007 00 08000000000005 00`, `5`},
		{"lowest of several, in order", tI32, `08000000000005 0c0001 08000100000007 00 00`, `5`},
		{"nothing", res, `00`, `!Shop.Buy answered without a result: neither shop.Response nor an exception that the IDL declares`},
		{"undeclared exception", nil, `0c0009 00 00`, `!Shop.Buy: the result has only field 9, which the IDL does not declare (a newer exception?), at byte 0`},
		{"unknown beside success", tI32, `0c0009 00 08000000000005 00`, `5`},
		{"other type", tI32, `0a00000000000000000005 00`, `!Shop.Buy: the IDL has i32, but the peer sent i64 at byte 3`},
		{"other type of exception", tI32, `080001 00000001 00`, `!Shop.Buy.sold: the IDL has shop.SoldOut, but the peer sent i32 at byte 3`},
		{"cut short", tI32, `080000 0000`, `!Shop.Buy: the message ends inside a value: 4 wanted, 2 left at byte 3`},
		{"empty body", tI32, ``, `!Shop.Buy: the message ends inside a value: 1 wanted, 0 left at byte 0`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := codec(t, thriftMethod(test.result, nil, throws...), format.Options{}).Decode(nil, unhex(t, test.body))
			if err != nil {
				got = []byte("!" + err.Error())
			}
			if string(got) != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
		})
	}
}

// TestThriftMismatch: what does not fit names the field and both types.
func TestThriftMismatch(t *testing.T) {
	t.Parallel()
	m := bare(everything())
	for _, test := range []struct{ name, body, want string }{
		{"field", `0a0014 0000000000000001 00`, "shop.All.int: the IDL has i32, but the peer sent i64 at byte 3"},
		{"nested field", `0c000a 08000200000001 00 00`, "shop.All.inner.id: the IDL has i64, but the peer sent i32 at byte 6"},
		{"list element", `0f000b 0a 00000001 0000000000000001 00`, "shop.All.list: the IDL has list<i32>, but the peer sent a list of i64 at byte 8"},
		{"map", `0d000d 0b 08 00000001 00000000 00000001 00`, "shop.All.map: the IDL has map<string,i64>, but the peer sent a map of string to i32 at byte 9"},
		{"set as a list", `0f000c 0b 00000000 00`, "shop.All.set: the IDL has set<string>, but the peer sent list at byte 3"},
		{"struct in a list of lists", `0f03e8 0f 00000001 0c 00000001 00 00`, "shop.All.far[0]: the IDL has list<bool>, but the peer sent a list of struct at byte 13"},
		{"negative length", `0b0007 ffffffff`, "shop.All.text: a string of negative length -1 at byte 7"},
		{"length of 2 GB", `0b0007 7fffffff 616161`, "shop.All.text: the message ends inside a value: 2147483647 wanted, 3 left at byte 7"},
		{"list of 2^31-1", `0f000b 08 7fffffff 00000001`, "shop.All.list: a list of 2147483647 elements, but only 4 bytes are left at byte 8"},
		{"negative count", `0f000b 08 ffffffff`, "shop.All.list: a list of negative length -1 at byte 8"},
		{"map of 2^31-1", `0d000d 0b0a 7fffffff 00`, "shop.All.map: a map of 2147483647 elements, but only 1 bytes are left at byte 9"},
		{"bool", `020001 02 00`, "shop.All.yes: byte 0x02 in place of a bool at byte 4"},
		{"no STOP", `020001 01`, "shop.All: the message ends inside a value: 1 wanted, 0 left at byte 4"},
		{"unknown field of unknown type", `050063 00`, "shop.All: unknown field: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := codec(t, m, format.Options{}).Decode(nil, unhex(t, test.body))
			var e *format.DecodeError
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v\nwant %s", err, test.want)
			}
		})
	}
}

// TestThriftTolerates: what is strange but does no harm.
func TestThriftTolerates(t *testing.T) {
	t.Parallel()
	m := bare(everything())
	deep := func(n int) string { return `0c0063` + strings.Repeat("0c0001", n-1) + strings.Repeat("00", n) + `00` }
	for _, test := range []struct{ name, body, want, note string }{
		{"empty list of type 0", `0f000b 00 00000000 00`, `{"list":[]}`, ""},
		{"empty map of types 0", `0d000d 0000 00000000 00`, `{"map":{}}`, ""},
		{"field twice", `030003 01 030003 02 00`, `{"byte":2}`, ""},
		{"bytes behind", `030003 01 00 0102`, `{"byte":1}`, "2 bytes of the message behind shop.All are not shown"},
		{"invalid UTF-8", `0b0007 00000001 ff 00`, `{"text":"�"}`, "invalid UTF-8 from the peer is shown as U+FFFD"},
		{"missing required", `0c000a 00 00`, `{"inner":{}}`, `shop.Inner came without its required field "id"`},
		{"union of two", `0c0015 080001 00000001 0b0002 00000000 00 00`, `{"choice":{"number":1,"text":""}}`, "union shop.Choice came with 2 fields"},
		{"union of none", `0c0015 00 00`, `{"choice":{}}`, "union shop.Choice came with 0 fields"},
		{"key twice", `0d000f 0203 00000002 0101 0102 00`, `{"byFlag":[[true,1],[true,2]]}`, `a map came with the key "true" twice: shown as an array of pairs`},
		{"unknown fields", `020063 01 030064 01 040065 0000000000000000 060066 0001 080067 00000001 0a0068 0000000000000001 00`, `{}`, "skipped 6 in shop.All"},
		{"unknown containers", `0b0063 00000001 61 0c0064 020001 01 00 0d0065 0b03 00000001 00000001 61 01 0e0066 08 00000001 00000001 0f0067 0c 00000002 0000 00`, `{}`, "skipped 5 in shop.All"},
		{"unknown, 64 levels deep", deep(64), `{}`, "skipped 1 in shop.All"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var notes []string
			o := format.Options{
				Warn:    func(s string) { notes = append(notes, s) },
				Skipped: func(name string, n, _ int) { notes = append(notes, "skipped "+string(rune('0'+n))+" in "+name) },
			}
			got, err := codec(t, m, o).Decode(nil, unhex(t, test.body))
			if err != nil || string(got) != test.want || strings.Join(notes, "; ") != test.note {
				t.Errorf("%s, %v, %q\nwant %s, %q", got, err, notes, test.want, test.note)
			}
		})
	}
	if _, err := codec(t, m, format.Options{}).Decode(nil, unhex(t, deep(65))); err == nil {
		t.Error("an unknown field 65 levels deep was skipped")
	}
}

// TestThriftSpecVector is the struct of the compact protocol that shows each rule.
func TestThriftSpecVector(t *testing.T) {
	t.Parallel()
	c := codec(t, over(stream.Compact, bare(structOf("x.Rules", field(1, "yes", tBool), field(2, "no", tBool), field(3, "i8", tI8), field(20, "i32", tI32),
		field(100, "d", tDouble), field(101, "l", listOf(tBool)), field(102, "m", mapOf(tString, tI64)), field(103, "e", mapOf(tString, tI64))))), format.Options{})
	got, err := c.Decode(nil, unhex(t, `111213ff05280307c801000000000000f83f192101021b0186016bd8041b0000`))
	want := `{"yes":true,"no":false,"i8":-1,"i32":-2,"d":1.5,"l":[true,false],"m":{"k":300},"e":{}}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
}

func TestThriftDefaults(t *testing.T) {
	t.Parallel()
	elem := structOf("d.Elem", &thrift.Field{ID: 1, Name: "a", Type: tI32, Requiredness: thrift.Optional})
	s := structOf("d.Request",
		withDefault(field(1, "a", tI8), `0`), withDefault(field(3, "c", tDouble), `5.1`), withDefault(field(4, "d", tString), `"123"`),
		withDefault(field(5, "e", listOf(record(elem))), `[{"a":34}]`), withDefault(field(6, "f", mapOf(tI32, record(elem))), `{"12":{"a":34}}`),
		field(7, "g", tI32), withDefault(required(field(8, "h", tColor)), `"GREEN"`), withDefault(field(9, "i", tBinary), `"/w=="`))
	loop := structOf("d.Loop", field(1, "n", tI32))
	loop.Fields = append(loop.Fields, withDefault(field(2, "again", record(loop)), `{"n":1}`))
	for _, test := range []struct {
		name string
		s    *thrift.Struct
		o    format.Options
		body string
		want string
	}{
		{"shown", s, format.Options{}, `00`, `{"a":0,"c":5.1,"d":"123","e":[{"a":34}],"f":{"12":{"a":34}},"h":"GREEN","i":"/w=="}`},
		{"in the options' form", s, format.Options{EnumNumbers: true, Binary: format.Hex}, `00`, `{"a":0,"c":5.1,"d":"123","e":[{"a":34}],"f":{"12":{"a":34}},"h":2,"i":"ff"}`},
		{"between what came", s, format.Options{}, `0b0004 00000000 080007 00000001 00`, `{"a":0,"c":5.1,"d":"","e":[{"a":34}],"f":{"12":{"a":34}},"g":1,"h":"GREEN","i":"/w=="}`},
		{"out of order", s, format.Options{}, `080007 00000001 030001 05 00`, `{"a":5,"c":5.1,"d":"123","e":[{"a":34}],"f":{"12":{"a":34}},"g":1,"h":"GREEN","i":"/w=="}`},
		{"that contains itself", loop, format.Options{}, `00`, `{"again":{"n":1}}`},
		{"empty ones", everything(), format.Options{EmitDefaults: true}, `00`, `{"yes":false,"no":false,"byte":0,"short":0,"int":0,"long":0,"real":0,"text":"","blob":"","color":0,"list":[],"set":[],"map":{},"byNumber":{},"byFlag":{},"byColor":{},"byReal":{},"byBlob":[],"byInner":[],"negative":0,"far":[]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := codec(t, bare(test.s), test.o).Decode(nil, unhex(t, test.body))
			if err != nil || string(got) != test.want {
				t.Errorf("%s, %v\nwant %s", got, err, test.want)
			}
		})
	}
	got, err := codec(t, bare(s), format.Options{}).Encode(nil, []byte(`{"g":1}`))
	if want := unhex(t, `08000700000001 08000800000002 00`); err != nil || string(got) != string(want) {
		t.Errorf("required field with a default: %x, %v", got, err)
	}
}

func TestThriftOutputForms(t *testing.T) {
	t.Parallel()
	s := structOf("o.S", &thrift.Field{ID: 1, Name: "idl_name", Alias: "alias", Type: tI64}, field(2, "color", tColor), field(3, "blob", tBinary), field(4, "m", mapOf(tColor, tI64)))
	body := `0a0001 0000000000000007 080002 00000001 0b0003 00000002 6869 0d0004 080a 00000001 00000001 0000000000000009 00`
	for _, test := range []struct {
		name string
		o    format.Options
		want string
	}{
		{"usual", format.Options{}, `{"alias":7,"color":"RED","blob":"aGk=","m":{"RED":9}}`},
		{"names of the IDL", format.Options{IDLNames: true}, `{"idl_name":7,"color":"RED","blob":"aGk=","m":{"RED":9}}`},
		{"enums as numbers", format.Options{EnumNumbers: true}, `{"alias":7,"color":1,"blob":"aGk=","m":{"1":9}}`},
		{"i64 as strings", format.Options{Int64: format.Int64String}, `{"alias":"7","color":"RED","blob":"aGk=","m":{"RED":"9"}}`},
		{"binary as text", format.Options{Binary: format.Text}, `{"alias":7,"color":"RED","blob":"hi","m":{"RED":9}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := codec(t, bare(s), test.o).Decode(nil, unhex(t, body))
			if err != nil || string(got) != test.want {
				t.Errorf("%s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestThriftTemplate(t *testing.T) {
	t.Parallel()
	choice := structOf("x.Choice", field(1, "a", tI32), field(2, "b", tString))
	choice.Form = thrift.FormUnion
	elem := structOf("x.Elem", withDefault(field(1, "n", tI32), `7`), field(2, "id", tUUID))
	for _, test := range []struct {
		name string
		m    idl.Message
		want string
	}{
		{"every type", everything(), `{"yes":false,"no":false,"byte":0,"short":0,"int":0,"long":0,"real":0,"text":"","blob":"","color":"RED","inner":{"name":"","id":0},"list":[0],"set":[""],"map":{"":0},"byNumber":{"0":""},"byFlag":{"false":0},"byColor":{"RED":0},"byReal":{"0":false},"byBlob":[["",0]],"byInner":[[{"name":"","id":0},0]],"choice":{"number":0},"uuid":"00000000-0000-0000-0000-000000000000","negative":0,"far":[[false]],"self":null}`},
		{"one struct argument", thriftMethod(nil, args(field(1, "req", record(elem)))).Input, `{"n":7,"id":"00000000-0000-0000-0000-000000000000"}`},
		{"several arguments", thriftMethod(nil, args(field(1, "req", record(elem)), field(2, "n", tI8))).Input, `{"req":{"n":7,"id":"00000000-0000-0000-0000-000000000000"},"n":0}`},
		{"union", choice, `{"a":0}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := format.Template(nil, test.m, format.TemplateOptions{})
			if err != nil || string(got) != test.want {
				t.Errorf("%s, %v\nwant %s", got, err, test.want)
			}
		})
	}
	if notes := format.OneofNotes(choice); len(notes) != 1 || notes[0] != "union x.Choice: one of a b" {
		t.Errorf("%q", notes)
	}
}

func TestThriftBase(t *testing.T) {
	t.Parallel()
	env := structOf("base.TrafficEnv", field(1, "Open", tBool), field(2, "Env", tString))
	b := structOf("base.Base", field(1, "LogID", tString), field(5, "TrafficEnv", record(env)), field(6, "Extra", mapOf(tString, tString)))
	holder := field(255, "Base", record(b))
	holder.Base = true
	req := structOf("x.Request", field(1, "msg", tString), holder)
	m := thriftMethod(nil, args(field(1, "req", record(req))))
	values := []format.BaseValue{{"LogID", "7"}, {"Extra.a.b", "x"}, {"TrafficEnv.Open", "true"}}
	for _, test := range []struct{ in, want string }{
		{`{}`, `{"Base":{"LogID":"7","TrafficEnv":{"Open":true},"Extra":{"a.b":"x"}}}`},
		{`{"Base":null,"msg":"m"}`, `{"msg":"m","Base":{"LogID":"7","TrafficEnv":{"Open":true},"Extra":{"a.b":"x"}}}`},
		{`{"Base":{"LogID":"mine","Extra":{"c":"y"}},"msg":"m"}`, `{"msg":"m","Base":{"LogID":"mine","TrafficEnv":{"Open":true},"Extra":{"a.b":"x","c":"y"}}}`},
	} {
		body, err := codec(t, m, format.Options{Base: values}).Encode(nil, []byte(test.in))
		if err != nil {
			t.Fatal(err)
		}
		got, err := codec(t, bare(structOf("x.Args", field(1, "req", record(req)))), format.Options{}).Decode(nil, body)
		if want := `{"req":` + test.want + `}`; err != nil || string(got) != want {
			t.Errorf("%s: %s, %v\nwant %s", test.in, got, err, want)
		}
	}
	must := *req
	must.Fields = append([]*thrift.Field{}, req.Fields...)
	for i, f := range must.Fields {
		if f.Base {
			copied := *f
			must.Fields[i] = required(&copied)
		}
	}
	for _, doc := range []string{`{}`, `{"Base":null}`} {
		if _, err := codec(t, thriftMethod(nil, args(field(1, "req", record(&must)))), format.Options{Base: values}).Encode(nil, []byte(doc)); err != nil {
			t.Errorf("required base, %s: %v", doc, err)
		}
	}
	_, err := codec(t, m, format.Options{Base: values}).Encode(nil, []byte(`{"Base": {"LogID": 7}}`))
	if v, ok := err.(*format.ValueError); !ok || v.Offset != 19 {
		t.Errorf("%v", err)
	}
	for _, bad := range []format.BaseValue{{"LogId", "x"}, {"LogID.x", "x"}, {"TrafficEnv.Open", "maybe"}} {
		if _, err := format.Compile(m, format.Options{Base: []format.BaseValue{bad}}); err == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
	if _, err := format.Compile(thriftMethod(nil, nil), format.Options{Base: values}); err == nil {
		t.Error("a method without a base field was accepted")
	}
}

// TestThriftDefaultsBomb: a list of structs of one byte each must not become
// gigabytes of default values.
func TestThriftDefaultsBomb(t *testing.T) {
	t.Parallel()
	elem := structOf("x.Elem", withDefault(field(1, "text", tString), `"`+strings.Repeat("long ", 10_000)+`"`))
	body := append(unhex(t, "0f00010c00010000"), make([]byte, 1<<16+1)...)
	_, err := codec(t, bare(structOf("x.List", field(1, "list", listOf(record(elem))))), format.Options{}).Decode(nil, body)
	if err == nil || !strings.Contains(err.Error(), "with the default values of the IDL, the message takes more than") {
		t.Errorf("%.200v", err)
	}
}
