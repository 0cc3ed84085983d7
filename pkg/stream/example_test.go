package stream_test

import (
	"context"
	"fmt"
	"io"

	"github.com/idlcall/idlcall/pkg/stream"
)

// A Pump drives any stream: it takes requests from one func and gives replies to
// another.
func ExamplePump() {
	p := newPeer()
	go p.serve(func(m string) []string { return []string{"you said " + m} }, io.EOF)
	err := stream.Pump{}.Run(context.Background(), p, stream.Bidi, docs(io.EOF, "one", "two"), func(body []byte) error {
		fmt.Printf("%s\n", body)
		return nil
	})
	fmt.Println(err)
	// Output:
	// you said one
	// you said two
	// <nil>
}
