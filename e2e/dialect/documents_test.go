package dialect

// valuesIDL has a field of each type and of each kind of requiredness, with what annotations do
// to names and values.
const valuesIDL = `
namespace go values
include "base.thrift"
enum Color { RED = 1 GREEN = 2 }
struct Inner { 1: required i32 id 2: optional string name 3: string plain }
union Choice { 1: i32 number 2: string text }
exception Refused { 1: i32 code 2: string why }
exception Broken { 1: string why }
struct All {
  1: bool flag 2: i8 tiny 3: i16 small 4: i32 count 5: i64 big 6: double real 7: string text 8: binary blob
  9: Color color 10: Inner inner 11: list<i32> numbers 12: set<string> words 13: map<string, i64> labels
  14: map<i32, Inner> byID 15: optional list<Inner> inners 16: Choice choice 17: list<list<string>> nested
  18: i64 asText (api.js_conv = "") 19: string go_name (go.tag = 'json:"goName,omitempty"') 20: optional i32 maybe
  21: map<bool, i32> byFlag 22: map<double, i32> byReal 23: map<binary, i32> byBlob 24: map<Color, i32> byColor
  25: optional byte small_default = 7 26: optional string text_default = "hi" 27: double real_default = 1
  28: list<string> list_default = ["a", "b"] 29: required Inner must 30: map<string, string> map_default = {"k": "v"}
  31: list<binary> blobs 32: list<i64> asTexts (api.js_conv = "") 33: Color color_default = Color.GREEN
  34: optional Inner struct_default = {"id": 5} 35: map<i64, list<double>> deep 36: list<bool> flags 255: optional base.Base base
}
service Values {
  All All(1: All req) throws (1: Refused refused, 2: Broken broken)
  string Text(1: string text)
  i32 Number(1: i32 n)
  list<string> List(1: list<string> l)
  binary Blob(1: binary b)
  void Nothing(1: Inner i) throws (1: Refused refused)
  Inner Several(1: Inner first, 2: i32 second)
  oneway void Way(1: Inner i)
  map<i32, string> Map(1: map<i32, string> m)
  bool Flag(1: bool b)
}
`

const baseIDL = `
namespace go base
struct TrafficEnv { 1: bool Open = false 2: string Env = "" }
struct Base { 1: string LogID = "" 2: string Caller = "" 3: string Addr = "" 4: string Client = "" 5: optional TrafficEnv TrafficEnv 6: optional map<string, string> Extra }
`

// documents are requests, by method. Many are wrong: what Kitex does then counts.
var documents = map[string][]string{
	"All": {
		`{}`, `null`, `[]`, `""`, `1`, `{"must":{}}`, `{"must":{"id":1}}`, `{"must":null}`,
		`{"tiny":300,"must":{"id":1}}`, `{"count":4294967297}`, `{"big":9223372036854775808}`, `{"big":-9223372036854775809}`, `{"count":1.9}`, `{"count":1e3}`,
		`{"count":"7"}`, `{"big":"7"}`, `{"big":"x"}`, `{"tiny":"300"}`, `{"big":""}`, `{"count":true}`, `{"count":null}`,
		`{"flag":"true"}`, `{"flag":1}`, `{"flag":true}`, `{"real":"NaN"}`, `{"real":1}`, `{"real":1e400}`, `{"real":"1.5"}`, `{"real":-0.0}`,
		`{"text":5}`, `{"text":null}`, `{"text":"a\/b\u00e9\ud83d\ude00"}`, `{"text":"a` + "\n" + `b"}`, "{\"text\":\"\xff\"}", `{"text":"\q"}`, `{"text":"\ud83d"}`,
		`{"blob":"aGk="}`, `{"blob":"aGk"}`, `{"blob":"-_8="}`, `{"blob":"!"}`, `{"blob":""}`, `{"blob":[1]}`,
		`{"color":2}`, `{"color":"RED"}`, `{"color":77}`, `{"inner":[]}`, `{"inner":{"unknown":1,"id":2}}`, `{"inner":{"id":"3"}}`,
		`{"numbers":[1,null,2]}`, `{"numbers":[]}`, `{"numbers":null}`, `{"numbers":{}}`, `{"numbers":[1,"2",3]}`, `{"numbers":[1,]}`,
		`{"words":["a","a"]}`, `{"labels":{"a":1,"b":null}}`, `{"labels":{"a":1,"a":2}}`, `{"labels":[]}`, `{"labels":{}}`,
		`{"byID":{"1":{"id":1},"x":{}}}`, `{"byID":{"5":{"id":9,"name":"n"}}}`, `{"byID":{"4294967297":{"id":9}}}`, `{"inners":[{"id":1},{}]}`, `{"inners":[null]}`,
		`{"choice":{"number":1,"text":"x"}}`, `{"choice":{}}`, `{"nested":[["a"],[],null]}`, `{"asText":"12"}`, `{"asText":12}`, `{"asText":""}`, `{"asText":"x"}`,
		`{"asTexts":["1","2"]}`, `{"asTexts":[1,2]}`, `{"goName":"x"}`, `{"go_name":"x"}`, `{"maybe":1,"maybe":2}`, `{"unknown":{"a":[1,2,{"b":null}]},"count":3}`,
		`{"byFlag":{"true":1}}`, `{"byReal":{"1.5":1}}`, `{"byBlob":{"aGk=":1}}`, `{"byColor":{"RED":1}}`, `{"byColor":{"1":1}}`,
		`{"text":"x"} trailing`, `{"text":"x"}{"text":"y"}`, `{"text":"x"`, `{"text" "x"}`, `{text:"x"}`, `  {"text":"x"}  `, `{"blobs":["aGk=",""]}`,
		`{"base":{"LogID":"own","Extra":{"a":"1"}},"count":1}`, `{"base":null}`, `{"base":{}}`, `{"struct_default":{},"list_default":[],"map_default":null}`,
		`{"deep":{"1":[1,2.5],"-2":[]}}`, `{"flags":[true,false]}`, `{"flags":[true,1]}`,
	},
	"Text":    {`"hi"`, `hi`, `5`, `null`, `"a\nb"`, `""`, `{"a":1}`, `"ü"`, `"unfinished`},
	"Number":  {`5`, `"5"`, `5.5`, `null`, `true`, `4294967297`, `{}`, `-0`, `05`},
	"List":    {`["a","b"]`, `[]`, `null`, `"a"`, `[1]`, `[null]`},
	"Blob":    {`"aGk="`, `aGk=`, `"x"`, `null`},
	"Nothing": {`{"id":1}`, `{}`, `null`},
	"Several": {`{"id":1}`, `{"first":{"id":1},"second":2}`, `5`},
	"Way":     {`{"id":1}`},
	"Map":     {`{"1":"a"}`, `{}`, `{"x":"a"}`, `{"1":null}`, `[[1,"a"]]`},
	"Flag":    {`true`, `false`, `"true"`, `0`},
}

// replies are bodies, in hexadecimal, by method.
var replies = map[string][]string{
	"All": {
		`0c0000 00 00`, `00`, ``, `0c0000 0c001d 08000100000001 00 00 00`, `0c0000 0c001d 00 00 00`,
		`0c0000 020001 01 030002 ff 060003 fffe 080004 7fffffff 0a0005 7fffffffffffffff 040006 3ff8000000000000 0b0007 00000002 6869 0b0008 00000002 ff00 080009 00000002 0c001d 08000100000001 00 00 00`,
		`0c0000 0a0004 0000000000000001 0b0007 00000001 61 00 00`, `0c0000 0b0007 ffffffff 00 00`, `0c0000 080007 00000001 00 00`,
		`0c0000 0f000b 0000000000 00 00`, `0c0000 0d000d 0000 00000000 00 00`, `0c0000 0f000c 0b 00000001 00000001 61 00 00`, `0c0000 020001 02 00 00`,
		`0c0000 0b0007 00000002 ff0a 00 00`, `0c0000 0d0015 02 08 00000001 01 00000001 00 00`, `0c0000 0d0016 04 08 00000001 3ff8000000000000 00000001 00 00`,
		`0c0000 0d0017 0b 08 00000001 00000002 6869 00000001 00 00`, `0c0000 0a0012 000000000000000c 0f0020 0a 00000002 0000000000000001 0000000000000002 00 00`,
		`0c0000 0b0013 00000001 78 080063 00000001 00 00`, `0c0001 08000100000007 0b0002 00000001 78 00 00`, `0c0002 0b0001 00000001 78 00 00`, `0c0001 00 00`,
		`0c0000 00 0c0001 08000100000007 00 00`, `0c0001 08000100000007 00 0c0000 00 00`, `080000 00000001 00`, `0c0000`, `0c0000 080004 00000001 00 00 ff`,
		`0c0000 04 0006 7ff8000000000000 00 00`, `0c0000 0b0007 00000004 0001c285 00 00`,
	},
	"Text":    {`0b0000 00000002 6869 00`, `0b0000 00000003 0a2261 00`, `00`, `0b0000 00000001 ff 00`, `0b0000 00000000 00`, `080000 00000001 00`, `0b0000 00000002 c3bc 00`, `0b0000 00000004 f09f9880 00`},
	"Number":  {`080000 00000005 00`, `00`, `0a0000 0000000000000005 00`},
	"List":    {`0f0000 0b 00000001 00000001 61 00`, `0f0000 00 00000000 00`, `00`},
	"Blob":    {`0b0000 00000002 6869 00`, `0b0000 00000000 00`},
	"Nothing": {`010000 00 00`, `00`, `0c0001 08000100000007 00 00`, ``},
	"Map":     {`0d0000 08 0b 00000001 00000001 00000001 61 00`, `0d0000 08 0b 00000000 00`},
	"Flag":    {`020000 01 00`, `020000 00 00`, `00`},
}
