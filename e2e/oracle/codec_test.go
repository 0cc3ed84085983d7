package oracle_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/e2e/oracle"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

const ordersIDL = `
enum Color { RED = 1, GREEN = 2 }
struct Item {
    1: i64 id, 2: string name, 3: double price, 4: i32 count, 5: bool active,
    6: list<string> tags, 7: i16 small, 8: i8 tiny, 9: binary blob, 10: Color color
}
struct Order {
    1: i64 id, 2: string customer, 3: list<Item> items, 4: map<string, string> labels,
    5: set<i32> numbers, 6: map<i64, Item> byID, 7: Item first
}
`

// codecs are ours and dynamicgo's for one type of an IDL. Ours writes enums as
// numbers, as dynamicgo does.
func codecs(t testing.TB, text, name string) (format.Codec, *oracle.Type) {
	t.Helper()
	schema, err := load.Files(context.Background(), load.Options{Strings: []load.Text{{Name: "x.thrift", Text: text}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.Message(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := format.Compile(&idl.Method{Input: m, Output: m}, format.Options{EnumNumbers: true})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := oracle.Compile(text, name)
	if err != nil {
		t.Fatal(err)
	}
	return ours.Codec(), theirs
}

// order is a document of about size bytes.
func order(size int) []byte {
	var items []string
	for i := 0; ; i++ {
		doc := fmt.Sprintf(`{"id":12345678901,"customer":"Ada Lovelace","items":[%s],"labels":{"region":"eu-west"}}`, strings.Join(items, ","))
		if len(doc) >= size {
			return []byte(doc)
		}
		items = append(items, fmt.Sprintf(`{"id":%d,"name":"item number %d","price":%d.25,"count":%d,"active":true,"tags":["red","green"],"color":2}`, i*1000, i, i, i))
	}
}

// runCodec measures a conversion of so many bytes of JSON.
func runCodec(b *testing.B, name string, size int, f func() error) {
	b.Run(name, func(b *testing.B) {
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			if err := f(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkThriftCodec has dynamicgo's conversions beside ours. Bytes are those of
// the JSON.
func BenchmarkThriftCodec(b *testing.B) {
	ours, theirs := codecs(b, ordersIDL, "Order")
	for _, size := range []int{100, 1000, 10000} {
		doc := order(size)
		body, err := ours.Encode(nil, doc)
		if err != nil {
			b.Fatal(err)
		}
		run := func(name string, f func() error) { runCodec(b, fmt.Sprintf("%s/%d", name, size), len(doc), f) }
		var dst []byte
		run("encode", func() (err error) { dst, err = ours.Encode(dst[:0], doc); return err })
		run("j2t", func() error { _, err := theirs.FromJSON(doc); return err })
		run("decode", func() (err error) { dst, err = ours.Decode(dst[:0], body); return err })
		run("t2j", func() error { _, err := theirs.ToJSON(body); return err })
	}
}
