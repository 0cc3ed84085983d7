package format_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// benchDocument is a struct of nested structs, lists and maps, and a document of
// it of about so many bytes.
func benchDocument(size int) (*thrift.Struct, string) {
	item := structOf("bench.Item", field(1, "id", tI64), field(2, "name", tString), field(3, "price", tDouble), field(4, "count", tI32),
		field(5, "active", tBool), field(6, "tags", listOf(tString)), field(7, "color", tColor))
	order := structOf("bench.Order", field(1, "id", tI64), field(2, "customer", tString), field(3, "items", listOf(record(item))), field(4, "labels", mapOf(tString, tString)))
	var items []string
	for i := 0; ; i++ {
		doc := fmt.Sprintf(`{"id":12345678901,"customer":"Ada Lovelace","items":[%s],"labels":{"region":"eu-west","tier":"gold"}}`, strings.Join(items, ","))
		if len(doc) >= size {
			return order, doc
		}
		items = append(items, fmt.Sprintf(`{"id":%d,"name":"item number %d","price":%d.25,"count":%d,"active":true,"tags":["red","green"],"color":"GREEN"}`, i*1000, i, i, i))
	}
}

func BenchmarkThrift(b *testing.B) {
	for _, size := range []int{100, 1000, 10000} {
		s, doc := benchDocument(size)
		for _, p := range []stream.Protocol{stream.Binary, stream.Compact} {
			data := []byte(doc)
			c := codec(b, over(p, bare(s)), format.Options{})
			body, err := c.Encode(nil, []byte(doc))
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("encode/%s/%d", p, size), func(b *testing.B) {
				b.SetBytes(int64(len(doc)))
				b.ReportAllocs()
				var out []byte
				for b.Loop() {
					out, _ = c.Encode(out[:0], data)
				}
			})
			b.Run(fmt.Sprintf("decode/%s/%d", p, size), func(b *testing.B) {
				b.SetBytes(int64(len(doc)))
				b.ReportAllocs()
				var out []byte
				for b.Loop() {
					out, _ = c.Decode(out[:0], body)
				}
			})
		}
	}
}
