package oracle_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cloudwego/dynamicgo/conv"
	"github.com/cloudwego/dynamicgo/conv/j2p"
	"github.com/cloudwego/dynamicgo/conv/p2j"
	dynamicproto "github.com/cloudwego/dynamicgo/proto"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

const ordersProto = `syntax = "proto3";
package orders;
service Orders { rpc Call(Order) returns (Order); }
message Item {
  int64 id = 1; string name = 2; double price = 3; int32 count = 4; bool active = 5;
  repeated string tags = 6; Color color = 7; repeated int32 sizes = 8;
}
enum Color { NONE = 0; RED = 1; GREEN = 2; }
message Order {
  int64 id = 1; string customer = 2; repeated Item items = 3; map<string, string> labels = 4; Item first = 5;
}
`

// protoCodec is ours, which writes what dynamicgo does: 64-bit integers and enums as
// numbers.
func protoCodec(t testing.TB) format.Codec {
	t.Helper()
	schema, err := load.Files(context.Background(), load.Options{Strings: []load.Text{{Name: "x.proto", Text: ordersProto}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.Message(context.Background(), "orders.Order")
	if err != nil {
		t.Fatal(err)
	}
	program, err := format.Compile(&idl.Method{Input: m, Output: m}, format.Options{EnumNumbers: true})
	if err != nil {
		t.Fatal(err)
	}
	return program.Codec()
}

// protoOrder is a document of about size bytes.
func protoOrder(size int) []byte {
	var items []string
	for i := 0; ; i++ {
		doc := fmt.Sprintf(`{"id":12345678901,"customer":"Ada Lovelace","items":[%s],"labels":{"region":"eu-west"}}`, strings.Join(items, ","))
		if len(doc) >= size {
			return []byte(doc)
		}
		items = append(items, fmt.Sprintf(`{"id":%d,"name":"item number %d","price":%d.25,"count":%d,"active":true,"tags":["red","green"],"color":2}`, (i+1)*1000, i, i, i+1))
	}
}

// BenchmarkProtoCodec has dynamicgo's conversions and json.Valid beside ours. Bytes
// are those of the JSON.
func BenchmarkProtoCodec(b *testing.B) {
	ours := protoCodec(b)
	service, err := dynamicproto.NewDescritorFromContent(b.Context(), "x.proto", ordersProto, map[string]string{"x.proto": ordersProto})
	if err != nil {
		b.Fatal(err)
	}
	theirs := service.LookupMethodByName("Call").Input()
	toJSON, toWire := p2j.NewBinaryConv(conv.Options{}), j2p.NewBinaryConv(conv.Options{})
	for _, size := range []int{100, 1000, 10000} {
		doc := protoOrder(size)
		body, err := ours.Encode(nil, doc)
		if err != nil {
			b.Fatal(err)
		}
		run := func(name string, f func() error) { runCodec(b, fmt.Sprintf("%s/%d", name, size), len(doc), f) }
		var dst []byte
		run("encode", func() (err error) { dst, err = ours.Encode(dst[:0], doc); return err })
		run("j2p", func() error { _, err := toWire.Do(b.Context(), theirs, doc); return err })
		run("valid", func() error {
			if !json.Valid(doc) {
				return fmt.Errorf("invalid")
			}
			return nil
		})
		run("decode", func() (err error) { dst, err = ours.Decode(dst[:0], body); return err })
		run("p2j", func() error { _, err := toJSON.Do(b.Context(), theirs, body); return err })
	}
}
