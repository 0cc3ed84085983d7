package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/idlcall/idlcall/pkg/gateway"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/session"
)

const shop = `struct Item { 1: string name, 2: i32 count }
struct Order { 1: i64 id (api.header = "Order-Id"), 2: list<Item> items }
service Shop { Order Buy(1: list<Item> items, 2: string customer (api.path = "who")) (api.post = "/orders/:who") }`

// A Gateway is an http.Handler in front of an RPC server; "demo" is inside the process.
func Example() {
	ctx := context.Background()
	s, err := session.Open(ctx, session.Options{Target: session.Demo, Files: &load.Options{Strings: []load.Text{{Name: "shop.thrift", Text: shop}}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	g, err := gateway.New(ctx, s, gateway.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/orders/Ann", strings.NewReader(`{"items": [{"name": "hat", "count": 2}]}`)))
	fmt.Println(w.Code, w.Header().Get("Order-Id"), w.Body)
	// Output: 200 1 {"items":[{"name":"hat","count":2}]}
}
