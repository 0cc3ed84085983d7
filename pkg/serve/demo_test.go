package serve_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/idlcall/idlcall/pkg/serve"
)

// The demo's IDL is built in.
func ExampleDemo_Schema() {
	demo := serve.NewDemo()
	defer demo.Close()
	ctx := context.Background()
	schema, err := demo.Schema(ctx, "")
	if err != nil {
		panic(err)
	}
	m, err := schema.Method(ctx, "Pow")
	if err != nil {
		panic(err)
	}
	fmt.Println(m.FullName(), m.Type)
	// Output: stream.ServerStream/Pow server streaming
}

// TestDialAfterClose: a closed demo is no server.
func TestDialAfterClose(t *testing.T) {
	t.Parallel()
	demo := serve.NewDemo()
	if c, err := demo.Dial(t.Context()); err != nil {
		t.Fatal(err)
	} else {
		c.Close()
	}
	demo.Close()
	if _, err := demo.Dial(t.Context()); err == nil {
		t.Fatal("dialled a closed server")
	}
}
