package decode_test

import (
	"fmt"
	"time"

	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/proxy/decode"
)

// What a client of Connect sends, without IDL.
func Example() {
	d := decode.New(decode.Options{Emit: func(e decode.Event) {
		switch d := e.Details.(type) {
		case decode.Start:
			fmt.Println("start", d.Method.FullName(), d.Transport)
		case decode.Message:
			fmt.Printf("%s %q: %s\n", d.From, d.Body, d.Reason)
		}
	}})
	w := d.Watch(proxy.Conn{At: time.Now(), Client: "somebody"}, nil)
	w.Data(proxy.Client, time.Now(), []byte("POST /shop.Shop/Buy HTTP/1.1\r\nContent-Type: application/proto\r\nContent-Length: 2\r\n\r\n\x08\x01"))
	w.Closed(proxy.Closed{At: time.Now()})
	// Output:
	// start shop.Shop/Buy connect
	// client "\b\x01": no IDL
}
