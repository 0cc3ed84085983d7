package demo_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/idlcall/idlcall/pkg/serve/demo"
)

// The demo's IDL is built in.
func ExampleDemo_Schema() {
	d := demo.New()
	defer d.Close()
	ctx := context.Background()
	schema, err := d.Schema(ctx, "")
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
	d := demo.New()
	if c, err := d.Dial(t.Context()); err != nil {
		t.Fatal(err)
	} else {
		c.Close()
	}
	d.Close()
	if _, err := d.Dial(t.Context()); err == nil {
		t.Fatal("dialled a closed server")
	}
}
