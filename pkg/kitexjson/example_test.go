package kitexjson_test

import (
	"context"
	"fmt"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/kitexjson"
)

func Example() {
	ctx := context.Background()
	sources := load.Options{Strings: []load.Text{{Text: "struct R { 1: i8 n } service S { R Get(1: R r) }"}}, Lang: "thrift"}
	schema, err := load.Files(ctx, sources)
	if err != nil {
		panic(err)
	}
	m, err := schema.Method(ctx, "S/Get")
	if err != nil {
		panic(err)
	}
	program, err := format.Compile(m, format.Options{Dialect: kitexjson.New(sources)})
	if err != nil {
		panic(err)
	}
	body, err := program.Codec().Encode(nil, []byte(`{"n": 300, "unknown": 1}`))
	fmt.Printf("%x %v\n", body, err)
	reply, err := program.Codec().Decode(nil, []byte{12, 0, 0, 3, 0, 1, 44, 0, 0})
	fmt.Printf("%s %v\n", reply, err)
	// Output:
	// 0c00010300012c0000 <nil>
	// {"n":44} <nil>
}
