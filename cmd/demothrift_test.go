package cmd

import (
	"bytes"
	"strings"
	"testing"
)

// run is one command line: what it wrote and its exit code. Words of args are
// split at spaces; a document with spaces in it comes from stdin.
func run(args, stdin string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	code = Main(strings.Fields(args), strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), code
}

const echoed = `{"Msg":"hello","I8":1,"I16":2,"I32":3,"I64":4,"Binary":"aGVsbG8=","Map":{"a":"b"},"Set":["hello","world"],"List":["x"],"ErrorCode":"FAILURE","Info":{"Map":{"hello":"world"},"ID":232324}}`

// TestDemoThriftTransports: the same request over every transport prints the same.
func TestDemoThriftTransports(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"", "-t ttheader", "-t ttheader-framed", "-t framed", "-t buffered"} {
		for _, protocol := range []string{"binary", "compact", "json"} {
			if protocol == "json" && (transport == "" || strings.Contains(transport, "ttheader")) {
				continue // TTHeader has no number for it
			}
			args := "call demo EchoTypes/Echo " + transport + " --protocol " + protocol + " -d " + echoed
			out, stderr, code := run(args, "")
			if out != echoed+"\n" || stderr != "" || code != 0 {
				t.Errorf("%s: %d\n%s%s", args, code, out, stderr)
			}
		}
	}
}

func TestDemoThrift(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, args, stdin, stdout, stderr string
		code                              int
	}{
		{"several arguments", `Shop/Add -d {"a":1,"b":-3}`, "", "-2\n", "", 0},
		{"by the bare name", `Add -d {"a":1,"b":2}`, "", "3\n", "", 0},
		{"--service", `Chat --service Nobody`, "", "", "error: no service \"Nobody\"\nhint: 'idlcall list' shows what there is\n", 3},
		{"each", `Shop/Add --each`, `{"a":1,"b":2}{"a":3}`, "3\n3\n", "", 0},
		{"no arguments", `Shop/Ping`, "", "null\n", "", 0},
		{"oneway", `Shop/Note -d {"text":"x"}`, "", "", "", 0},
		{"IDL default in a request", `Shop/Buy -d {"items":[{"name":"hat","size":3}]}`, "", `{"id":1,"items":[{"name":"hat","count":1,"size":"LARGE"}]}` + "\n", "", 0},
		{"declared exception", `Shop/Buy -d {"items":[{"name":"unicorn"}]}`, "", "", `error: exception shop.SoldOut: {"name":"unicorn","left":0}` + "\n", 112},
		{"second declared exception", `Shop/Buy`, "", "", `error: exception shop.NotFound: {"id":0}` + "\n", 112},
		{"business error", `Shop/Refund`, "", "", "error: business status 404: no such order\n" + `detail: extra {"hint":"orders are forgotten at once"}` + "\n", 113},
		{"application exception", `Shop/Add -d {"a":9223372036854775807,"b":1}`, "", "", "error: application exception 6 (internal error): 9223372036854775807 + 1 does not fit in 64 bits\n", 102},
		{"Base and BaseResp", `ExampleMethod -d {"Msg":"hi","Base":{"Extra":{"k":"v"}}}`, "", `{"Msg":"hi","BaseResp":{"StatusMessage":"ok","StatusCode":0,"Extra":{"k":"v"}}}` + "\n", "", 0},
		{"--base under the document", `ExampleMethod -d {"Msg":"hi","Base":{"Extra":{"k":"v"}}} --base Extra.k=w --base Extra.z=1`, "", `{"Msg":"hi","BaseResp":{"StatusMessage":"ok","StatusCode":0,"Extra":{"k":"v","z":"1"}}}` + "\n", "", 0},
		{"--base without a field", `Shop/Ping --base LogID=1`, "", "", "error: Shop.Ping has no argument of type base.Base\n", 2},
		{"defaults are shown, not sent", `Probe -d {"b":2}`, "", `{"wire":"2","back":{"a":0,"b":0,"c":5.1,"d":"123","e":[{"a":34}],"f":{"12":{"a":34}}}}` + "\n", "", 0},
		{"raw", `EchoPingPong --raw=hex -d 0c00010b00010000000268690000`, "", "0c00000b00010000000268690000\n", "", 0},
		{"raw, base64", `EchoPingPong --raw=base64`, "", "", "error: --raw: there is no body to send (give -d)\n", 2},
		{"raw, not hex", `EchoPingPong --raw=hex -d xyz`, "", "", "error: -d: body 1: \"xyz\" is not hex\n", 4},
		{"server streaming", `EchoServer -d {"message":"x"}`, "", `{"message":"x"}` + "\n" + `{"message":"x"}` + "\n" + `{"message":"x"}` + "\n", "", 0},
		{"client streaming", `EchoClient`, `{"message":"x"} {"message":"y"}`, `{"message":"x y"}` + "\n", "", 0},
		{"bidi streaming over HTTP/2", `TestService/Echo -t grpc`, `{"message":"x"} {"message":"y"}`, `{"message":"x"}` + "\n" + `{"message":"y"}` + "\n", "", 0},
		{"streaming mode unary", `EchoUnary -d {"message":"x"}`, "", `{"message":"x"}` + "\n", "", 0},
		{"streaming mode unary over HTTP/2", `EchoUnary -t grpc -d {"message":"x"}`, "", `{"message":"x"}` + "\n", "", 0},
		{"package in the path", `EchoServer -t grpc --path-package a.b -d {"message":"x"} --max-replies 1`, "", `{"message":"x"}` + "\n", "", 0},
		{"exception as JSON", `Shop/Buy --error-format json`, "", "", `{"error":{"message":"exception shop.NotFound: {\"id\":0}","exitCode":112,"exception":{"type":"shop.NotFound","value":{"id":0}}}}` + "\n", 112},
		{"application exception as JSON", `Shop/Add --error-format json -d {"a":9223372036854775807,"b":1}`, "", "", `{"error":{"message":"application exception 6 (internal error): 9223372036854775807 + 1 does not fit in 64 bits","exitCode":102,"applicationException":{"type":6,"name":"internal error","message":"9223372036854775807 + 1 does not fit in 64 bits"}}}` + "\n", 102},
		{"business error as JSON", `Shop/Refund --error-format json`, "", "", `{"error":{"message":"business status 404: no such order","exitCode":113,"bizStatus":{"code":404,"message":"no such order","extra":{"hint":"orders are forgotten at once"}}}}` + "\n", 113},
		{"text output", `Shop/Ping --output text`, "", "", "error: --output text: Thrift has no text format\n", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out, stderr, code := run("call demo "+test.args, test.stdin)
			if out != test.stdout || stderr != test.stderr || code != test.code {
				t.Errorf("exit %d\n%s%swant %d\n%s%s", code, out, stderr, test.code, test.stdout, test.stderr)
			}
		})
	}
}

// TestConvert: offline, both ways, in every form.
func TestConvert(t *testing.T) {
	t.Parallel()
	const base = "convert --target demo "
	for _, test := range []struct {
		name, args, stdin, stdout, stderr string
		code                              int
	}{
		{"JSON to hex", `--type shop.Item -d {"name":"a","count":2}`, "", "0b000100000001610800020000000200\n", "", 0},
		{"hex to JSON", `--type shop.Item --from hex -d 0b000100000001610800020000000200`, "", `{"name":"a","count":2}` + "\n", "", 0},
		{"compact", `--type shop.Item --protocol compact -d {"name":"a","count":2}`, "", "180161150400\n", "", 0},
		{"base64", `--type shop.Item --protocol compact --to base64 -d {"name":"a","count":2}`, "", "GAFhFQQA\n", "", 0},
		{"from base64", `--type shop.Item --protocol compact --from base64 -d GAFhFQQA`, "", `{"name":"a","count":2}` + "\n", "", 0},
		{"several", `--type shop.Item --protocol compact`, `{"name":"a"}{"name":"b"}`, "18016100\n18016200\n", "", 0},
		{"unknown type", `--type message.Nothing`, `{}`, "", "error: no service \"message\"\nhint: 'idlcall list' shows what there is\n", 3},
		{"arguments of a method", `--type Shop/Add -d {"a":1}`, "", "0a0001000000000000000100\n", "", 0},
		{"Protobuf", `--type api.Echo/EchoPB -d {"message":"hi"}`, "", "0a026869\n", "", 0},
		{"Protobuf to text", `--type api.Echo/EchoPB --from hex --to text -d 0a026869`, "", "message: \"hi\"\n", "", 0},
		{"Protobuf from text", `--type api.Echo/EchoPB --from text --to hex`, "message: 'hi'", "0a026869\n", "", 0},
		{"binary output", `--type api.Echo/EchoPB --to binary -d {"message":"hi"}`, "", "\n\x02hi", "", 0},
		{"two messages in binary", `--type api.Echo/EchoPB --to binary -d {}{}`, "", "", "error: --to binary writes one message, but the input has more\n", 4},
		{"wrong bytes", `--type shop.Item --from hex -d 0b0001`, "", "", "error: message 1: shop.Item.name: the message ends inside a value: 4 wanted, 0 left at byte 3\n", 4},
		{"no input", `--type shop.Item`, "", "", "error: there is no input to convert\n", 4},
		{"no type", ``, "", "", "error: missing --type\nhint: it names the message that is converted\n", 2},
		{"Thrift text", `--type shop.Item --to text -d {"name":"a"}`, "", "", "error: --to text: Thrift has no text format\n", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out, stderr, code := run(base+test.args, test.stdin)
			if out != test.stdout || stderr != test.stderr || code != test.code {
				t.Errorf("exit %d\n%s%swant %d\n%s%s", code, out, stderr, test.code, test.stdout, test.stderr)
			}
		})
	}
}
