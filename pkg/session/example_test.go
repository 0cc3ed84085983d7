package session_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
)

// A method of Thrift is called with JSON, a declared exception told by its name, and a
// stream of Protobuf read in a loop. "demo" is a server inside the process.
func Example() {
	ctx := context.Background()
	s, err := session.Open(ctx, session.Options{Target: session.Demo})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	buy, _ := s.Method(ctx, "Shop/Buy")
	reply, err := buy.Call(ctx, []byte(`{"items": [{"name": "hat"}], "customer": "Ann"}`))
	fmt.Println(string(reply.JSON), err)

	_, err = buy.Call(ctx, []byte(`{"items": [{"name": "unicorn"}]}`))
	if sold, ok := errors.AsType[*format.Exception](err); ok && sold.Type == "shop.SoldOut" {
		fmt.Println("sold out:", string(sold.JSON))
	}

	pow, _ := s.Method(ctx, "ServerStream/Pow")
	st, err := pow.Stream(ctx)
	if err == nil {
		err = st.Send([]byte(`{"number": 2}`))
	}
	fmt.Println("sent:", err)
	for msg, err := range st.All() {
		fmt.Println(string(msg), err)
		if string(msg) == `{"number":"4"}` {
			break // the server sees a cancellation
		}
	}
	// Output:
	// {"id":1,"items":[{"name":"hat","count":1}]} <nil>
	// sold out: {"name":"unicorn","left":0}
	// sent: <nil>
	// {"number":"1"} <nil>
	// {"number":"2"} <nil>
	// {"number":"4"} <nil>
}
