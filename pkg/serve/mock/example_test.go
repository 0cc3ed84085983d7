package mock_test

import (
	"context"
	"fmt"
	"net"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/serve/mock"
	"github.com/idlcall/idlcall/pkg/session"
)

const shop = `syntax = "proto3";
package shop;
message Query { int64 id = 1; string name = 2; }
message Item { int64 id = 1; string name = 2; int32 left = 3; }
service Shop {
  rpc Find(Query) returns (Item);
  rpc Watch(Query) returns (stream Item);
  rpc Sum(stream Query) returns (Item);
  rpc Chat(stream Query) returns (stream Item);
}
`

// A Mock answers for a server of any protocol.
func Example() {
	ctx := context.Background()
	schema, err := load.Files(ctx, load.Options{Strings: []load.Text{{Name: "shop.proto", Text: shop}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	script, err := mock.Read("rules.yaml", []byte(`
rules:
- method: Shop/Find
  when: .request.id == 7
  reply: {id: 7, name: hat, left: 2}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	m := mock.New(mock.Options{})
	if err := m.Use(ctx, schema, script); err != nil {
		fmt.Println(err)
		return
	}
	server := &serve.Server{Find: m.Find}
	s, err := session.Open(ctx, session.Options{Call: call.Options{
		Targets: []call.Target{{Network: "tcp", Address: "mock:1", Authority: "mock", Text: "mock"}},
		Dial: func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { _ = server.ServeConn(ctx, theirs) }()
			return ours, nil
		},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	find, err := s.Method(ctx, "Shop/Find") // by the reflection of the mock
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, request := range []string{`{"id": 7}`, `{"id": 8, "name": "coat"}`} {
		reply, err := find.Call(ctx, []byte(request))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(string(reply.JSON))
	}
	// Output:
	// {"id":"7","name":"hat","left":2}
	// {"id":"8","name":"coat"}
}
