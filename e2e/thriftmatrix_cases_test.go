package e2e

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// languages are from the string of Apache's cross test, with what else JSON and the
// protocols may stumble over.
var languages = []string{
	`""`, `"Test"`, `"\" \\ / \b \f \n \r \t \u0001 } { : ' quote"`,
	`"Afrikaans, Aragonés, العربية, مصرى, Azərbaycan, Башҡорт, Žemaitėška, বাংলা, Mìng-dĕ̤ng-ngṳ̄, Ελληνικά, עברית, हिन्दी, 日本語, ქართული, 한국어, ไทย, 中文"`,
	`"🜁 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🏳️‍🌈"`,
}

// same is a case of a method that returns its argument.
func same(name, method string, values ...string) thriftCase {
	c := thriftCase{name: name, method: method}
	for _, v := range values {
		c.requests += fmt.Sprintf("{\"thing\": %s}\n", v)
		c.stdout += v + "\n"
	}
	return c
}

// allBytes are the 256 bytes.
func allBytes() string {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return `"` + base64.StdEncoding.EncodeToString(b) + `"`
}

const (
	truck  = `{"string_thing":"Truck","byte_thing":8,"i32_thing":8,"i64_thing":8}`
	insane = `{"userMap":{"FIVE":5000,"EIGHT":-9},"xtructs":[` + truck + `,` + truck + `]}`
)

// apacheCases are those of ThriftTest.
func apacheCases() []thriftCase {
	return append([]thriftCase{
		{name: "void", method: "testVoid", requests: "{}", stdout: "null\n"},
		same("string", "testString", languages...),
		same("long string", "testString", `"`+strings.Repeat("long ", 20_000)+`"`),
		same("bool", "testBool", "true", "false"),
		same("byte", "testByte", "1", "-1", "0", "-128", "127"),
		same("i32", "testI32", "-1", "0", "1", "-2147483648", "2147483647"),
		same("i64", "testI64", "0", "1", "-1", "7000000000", "-7000000000", "-34359738368", "4294967296", "-4294967296",
			"2147483648", "-2147483648", "-2147483649", "9007199254740993", "-9007199254740993",
			"9223372036854775807", "-9223372036854775808"),
		same("double", "testDouble", "-5.2098523", "-0.000341012439638598279", "0", "1", "4294967296", "-4294967296", "0.1",
			"9223372036854775807e-3", "5e-324", "1.7976931348623157e+308", `"NaN"`, `"Infinity"`, `"-Infinity"`).shortest(),
		{
			name: "negative zero", method: "testDouble", requests: `{"thing": -0.0}`, stdout: "-0\n",
			node: &thriftCase{stdout: "0\n"}, // its library has no such zero
		},
		same("binary", "testBinary", `""`, `"AA=="`, allBytes()),
		same("uuid", "testUuid", `"00112233-4455-6677-8899-aabbccddeeff"`, `"00000000-0000-0000-0000-000000000000"`),
		same("struct", "testStruct", `{"string_thing":"Zero","byte_thing":1,"i32_thing":-3,"i64_thing":-5}`,
			`{"string_thing":"","byte_thing":-128,"i32_thing":2147483647,"i64_thing":9223372036854775807}`).alone(),
		{
			name: "struct without fields", method: "testStruct", requests: "{}",
			stdout: `{"string_thing":"","byte_thing":0,"i32_thing":0,"i64_thing":0}` + "\n", node: &thriftCase{stdout: "{}\n"},
		},
		same("nest", "testNest", `{"byte_thing":1,"struct_thing":{"string_thing":"Zero","byte_thing":1,"i32_thing":-3,"i64_thing":-5},"i32_thing":5}`).alone(),
		same("map", "testMap", "{}", `{"0":-10,"1":-9,"2":-8,"3":-7,"4":-6,"-2147483648":2147483647}`).anyOrder(),
		same("string map", "testStringMap", "{}", `{"":"empty","a":"2","b":"blah","some":"thing","日本語":"中文"}`).anyOrder(),
		same("set", "testSet", "[]", "[-2,-1,0,1,2]"),
		same("list", "testList", "[]", "[-2,-1,0,1,2,2]", "["+strings.Repeat("300,", 299)+"300]"),
		same("enum", "testEnum", `"ONE"`, `"TWO"`, `"THREE"`, `"FIVE"`, `"EIGHT"`, "4"),
		same("typedef", "testTypedef", "309858235082523", "-9223372036854775808"),
		{
			name: "map of maps", method: "testMapMap", requests: `{"hello": 1}`, unordered: true,
			stdout: `{"-4":{"-1":-1,"-2":-2,"-3":-3,"-4":-4},"4":{"1":1,"2":2,"3":3,"4":4}}` + "\n",
		},
		{
			name: "multi", method: "testMulti", stdout: `{"string_thing":"Hello2","byte_thing":42,"i32_thing":4242,"i64_thing":424242}` + "\n",
			requests: `{"arg0": 42, "arg1": 4242, "arg2": 424242, "arg3": {"1": "blah", "2": "thing"}, "arg4": "EIGHT", "arg5": 24}`,
		},
		{
			name: "insanity", method: "testInsanity", requests: insane, unordered: true,
			stdout: insanity + `{"userMap":{},"xtructs":[]}}}` + "\n", node: &thriftCase{stdout: insanity + "{}}}\n"},
		},
	}, throwing()...)
}

// insanity has the argument twice, and an empty one.
const insanity = `{"1":{"TWO":` + insane + `,"THREE":` + insane + `},"2":{"SIX":`

// throwing are the cases of methods with exceptions.
func throwing() []thriftCase {
	return []thriftCase{
		{name: "no exception", method: "testException", requests: `{"arg": "success"}`, stdout: "null\n"},
		{
			name: "exception", method: "testException", requests: `{"arg": "Xception"}`, exit: 112,
			stderr: `error: exception ThriftTest.Xception: {"errorCode":1001,"message":"Xception"}`,
		},
		{
			name: "undeclared exception", method: "testException", requests: `{"arg": "TException"}`, exit: 102,
			stderr: `error: application exception 6 \(internal error\): Internal error processing testException: this is a TException`,
			node:   &thriftCase{exit: 96, stderr: `error: application exception 0 \(unknown\): TException`},
		},
		{
			name: "no exception of two", method: "testMultiException", requests: `{"arg0": "success", "arg1": "test 3"}`,
			stdout: `{"string_thing":"test 3","byte_thing":0,"i32_thing":0,"i64_thing":0}` + "\n",
			node:   &thriftCase{stdout: `{"string_thing":"test 3"}` + "\n"},
		},
		{
			name: "first exception of two", method: "testMultiException", requests: `{"arg0": "Xception", "arg1": "test 1"}`, exit: 112,
			stderr: `error: exception ThriftTest.Xception: {"errorCode":1001,"message":"This is an Xception"}`,
		},
		{
			name: "second exception of two", method: "testMultiException", requests: `{"arg0": "Xception2", "arg1": "test 2"}`, exit: 112,
			stderr: `error: exception ThriftTest.Xception2: {"errorCode":2002,"struct_thing":{"string_thing":"This is an Xception2"` +
				`,"byte_thing":0,"i32_thing":0,"i64_thing":0}}`,
			node: &thriftCase{
				exit:   112,
				stderr: `error: exception ThriftTest.Xception2: {"errorCode":2002,"struct_thing":{"string_thing":"This is an Xception2"}}`,
			},
		},
	}
}

// shortest expects doubles as idlcall writes them.
func (c thriftCase) shortest() thriftCase {
	c.stdout = strings.NewReplacer("-0.000341012439638598279", "-0.0003410124396385983", "9223372036854775807e-3", "9223372036854776").Replace(c.stdout)
	return c
}

// alone is for an argument that is a struct and the only one: it stands for all.
func (c thriftCase) alone() thriftCase {
	c.requests = c.stdout
	return c
}

func (c thriftCase) anyOrder() thriftCase {
	c.unordered = true
	return c
}

// kitexCases are those of calls.thrift that every transport can carry.
var kitexCases = []thriftCase{
	{name: "no arguments", method: "Calls/Hello", requests: "{}", stdout: "\"hello\"\n"},
	{name: "void", method: "Calls/Ping", requests: "{}", stdout: "null\n"},
	{name: "void with an argument", method: "Touch", requests: `{"text": "x"}`, stdout: "null\n"},
	{
		name: "arguments", method: "Join", requests: `{"first": "a", "second": -7, "rest": ["x", "y"], "item": {"text": "t"}} {}`,
		stdout: "\"a/-7/x,y/t\"\n\"/0//none\"\n",
	},
	{name: "bytes", method: "Same", requests: `{"data": ` + allBytes() + `}`, stdout: allBytes() + "\n"},
	{name: "result", method: "Throw", requests: `{"which": "none"}`, stdout: `{"text":"none"}` + "\n"},
	{
		name: "first exception", method: "Throw", requests: `{"which": "NotFound"}`, exit: 112,
		stderr: `error: exception calls.NotFound: {"key":"kee","nearest":\["key","keen"\]}`,
	},
	{
		name: "second exception", method: "Throw", requests: `{"which": "Denied"}`, exit: 112,
		stderr: `error: exception calls.Denied: {"code":7,"reason":"not today","item":{"text":"door","number":9007199254740993}}`,
	},
	{name: "void without exception", method: "ThrowVoid", requests: `{"which": "none"}`, stdout: "null\n"},
	{
		name: "exception of void", method: "ThrowVoid", requests: `{"which": "NotFound"}`, exit: 112,
		stderr: `error: exception calls.NotFound: {"key":"kee","nearest":\["key","keen"\]}`,
	},
	{
		name: "handler error", method: "Fail", requests: `{"message": "no way"}`, exit: 102,
		stderr: `error: application exception 6 \(internal error\): biz error: no way`,
	},
	{
		name: "type of exception", method: "FailType", requests: `{"type": 12345, "message": "own"}`, exit: 111,
		stderr: `error: application exception 12345: own \[biz error\]`,
	},
	{
		name: "panic", method: "Panic", requests: `{"message": "oops"}`, exit: 102,
		stderr: `error: application exception 6 \(internal error\): panic: .* oops`,
	},
	{
		name: "no result", method: "Nil", requests: "{}", exit: 5,
		stderr: `error: Calls.Nil answered without a result: .*\nhint: the handler returned nothing, or it was a Kitex business error .*`,
	},
	{name: "slow", method: "Sleep", requests: `{"ms": 20} {"ms": 0}`, stdout: "\"slept 20 ms\"\n\"slept 0 ms\"\n"},
}

const everyType = `{"Msg":"中 😀","I8":-128,"I16":32767,"I32":-2147483648,"I64":9223372036854775807,"Binary":"AAECA/8=",` +
	`"Map":{"k":"v"},"Set":["a","b"],"List":["x","","z"],"ErrorCode":"FAILURE","Info":{"Map":{"inner":"1"},"ID":-9223372036854775808},` +
	`"Base":{"LogID":"log","Caller":"me","Addr":"here","Client":"c"}}` + "\n"

var echoCases = []thriftCase{
	{name: "every type", method: "Echo", requests: everyType, stdout: everyType},
	{
		name: "no fields", method: "Echo", requests: "{}",
		stdout: `{"Msg":"","I8":0,"I16":0,"I32":0,"I64":0,"Binary":"","Map":{},"Set":[],"List":[],"ErrorCode":"SUCCESS","Info":{}}` + "\n",
	},
}
