package format_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/stream"
)

const echoProto = `
syntax = "proto3";
package echo;
message Request { string name = 1; int64 id = 2; }
service Echo { rpc Call(Request) returns (Request); }
`

func echo() *idl.Method {
	ctx := context.Background()
	schema, err := load.Files(ctx, load.Options{Strings: []load.Text{{Name: "echo.proto", Text: echoProto}}})
	if err != nil {
		panic(err)
	}
	m, err := schema.Method(ctx, "Call")
	if err != nil {
		panic(err)
	}
	return m
}

// A method is compiled once. Its codecs map JSON documents to message bodies and back.
func ExampleCompile() {
	program, err := format.Compile(echo(), format.Options{})
	if err != nil {
		panic(err)
	}
	codec := program.Codec()
	body, err := codec.Encode(nil, []byte(`{"name": "Ada", "id": 9007199254740993}`))
	fmt.Printf("%x %v\n", body, err)
	reply, err := codec.Decode(nil, body)
	fmt.Printf("%s %v\n", reply, err)
	// Output:
	// 0a03416461108180808080808010 <nil>
	// {"name":"Ada","id":"9007199254740993"} <nil>
}

// In Thrift a method's one struct stands for its arguments, and a reply is what the
// method returns.
func ExampleCompile_thrift() {
	ctx := context.Background()
	schema, err := load.Files(ctx, load.Options{Strings: []load.Text{{Name: "shop.thrift", Text: `
		enum Size { SMALL = 1, LARGE = 2 }
		struct Item { 1: required string name, 2: optional Size size }
		service Shop { Item Find(1: Item like) }`}}})
	if err != nil {
		panic(err)
	}
	m, err := schema.Method(ctx, "Shop/Find")
	if err != nil {
		panic(err)
	}
	m.Protocol = stream.Compact
	program, err := format.Compile(m, format.Options{})
	if err != nil {
		panic(err)
	}
	codec := program.Codec()
	body, err := codec.Encode(nil, []byte(`{"name": "hat", "size": "LARGE"}`))
	fmt.Printf("%x %v\n", body, err)
	reply, err := codec.Decode(nil, []byte("\x0c\x00\x18\x03hat\x15\x02\x00\x00"))
	fmt.Printf("%s %v\n", reply, err)
	_, err = codec.Encode(nil, []byte(`{"size": "BIG"}`))
	fmt.Println(err)
	// Output:
	// 1c180368617415040000 <nil>
	// {"name":"hat","size":"SMALL"} <nil>
	// size: unknown value "BIG" of enum shop.Size
}

// A Reader cuts any number of documents out of its input and says where a mistake
// stands.
func ExampleReader() {
	program, err := format.Compile(echo(), format.Options{})
	if err != nil {
		panic(err)
	}
	in := strings.NewReader("{\"name\":\"a\"} {\"name\":\"b\"}\n{\n  \"nmae\": \"c\"}")
	r := format.NewReader(in, "stdin", program.Codec().Encode, 0)
	for {
		body, err := r.Next()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%x\n", body)
	}
	// Output:
	// 0a0161
	// 0a0162
	// stdin: document 3, line 3, column 3: unknown field "nmae" in echo.Request
}

// A Printer writes replies in one of several forms.
func ExamplePrinter() {
	m := echo()
	program, err := format.Compile(m, format.Options{})
	if err != nil {
		panic(err)
	}
	for _, style := range []format.Style{{}, {Pretty: true}, {Output: format.TextForm}} {
		p := format.NewPrinter(os.Stdout, m, program.Codec(), style)
		if err := p.Print([]byte("\x0a\x03Ada\x10\x05")); err != nil {
			panic(err)
		}
		if err := p.Flush(); err != nil {
			panic(err)
		}
	}
	// Output:
	// {"name":"Ada","id":"5"}
	// {
	//   "name": "Ada",
	//   "id": "5"
	// }
	// name: "Ada" id: 5
}
