package diff_test

import (
	"context"
	"fmt"

	"github.com/idlcall/idlcall/pkg/diff"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// What breaks is told by rule, for the wire and for JSON.
func Example() {
	ctx := context.Background()
	from, err := load.Files(ctx, load.Options{Strings: []load.Text{{Name: "old.thrift", Text: "struct User { 1: i32 age }\nservice Users { User Get(1: i32 id) }"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	to, err := load.Files(ctx, load.Options{Strings: []load.Text{{Name: "new.thrift", Text: "struct User { 1: string age }\nservice Users { User Get(1: i32 id) }"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := diff.Compare(ctx, from, to, diff.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range report.Findings {
		fmt.Println(f.Rule, f.Wire, f.JSON)
		fmt.Println(f.Message)
		fmt.Println(f.Methods)
	}
	// Output:
	// field-retyped true true
	// old.User.age (1) was i32, is string
	// [Users/Get]
}
