package jq_test

import (
	"context"
	"fmt"

	"github.com/idlcall/idlcall/pkg/jq"
)

// An expression picks parts of a reply; another is an assertion.
func Example() {
	reply := []byte(`{"orders": [{"id": 9007199254740993, "state": "open"}, {"id": 2, "state": "paid"}]}`)

	names, err := jq.Compile(`.orders[] | {id, state}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for v, err := range names.Run(context.Background(), reply) {
		fmt.Println(string(v.AppendJSON(nil)), err)
	}

	paid, _ := jq.Compile(`all(.orders[]; .state == "paid")`)
	held, err := paid.HoldsAll(context.Background(), reply)
	fmt.Println(held, err)
	// Output:
	// {"id":9007199254740993,"state":"open"} <nil>
	// {"id":2,"state":"paid"} <nil>
	// false <nil>
}
