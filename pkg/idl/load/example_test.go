package load_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// Load reads IDL; a Schema finds methods in it by full or short names.
func ExampleFiles() {
	ctx := context.Background()
	schema, err := load.Files(ctx, load.Options{Strings: []load.Text{{Name: "a.proto", Text: `
		syntax = "proto3";
		package a;
		message M {}
		service S { rpc Watch(M) returns (stream M); }`}}})
	if err != nil {
		panic(err)
	}
	m, err := schema.Method(ctx, "S/Watch")
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Path(), m.Type, m.Input.Name())

	_, err = schema.Method(ctx, "S/Wacth")
	if missing, ok := errors.AsType[*idl.NotFoundError](err); ok {
		fmt.Println(err, missing.Nearest)
	}
	// Output:
	// /a.S/Watch server streaming a.M
	// no method "Wacth" in a.S [a.S/Watch]
}
