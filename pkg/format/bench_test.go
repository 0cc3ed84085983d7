package format_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
)

// benchDoc is a nested message of about size bytes on the wire, with its fields in the
// order of the IDL.
func benchDoc(size int) []byte {
	item := `{"fDouble":3.25,"fInt32":12345,"fInt64":"-9007199254740993","fBool":true,"fString":"some text here","fEnum":"GREEN","numbers":[1,2,3,400],"byName":{"a":1,"b":2}}`
	n := max(0, size/80-1)
	return fmt.Appendf(nil, `{"fString":"outer","children":[%s]}`, strings.TrimSuffix(strings.Repeat(item+",", n), ","))
}

// BenchmarkProtobuf has protojson over dynamicpb beside our one-pass codec. Bytes are
// those of the wire.
func BenchmarkProtobuf(b *testing.B) {
	m := method(b, "kinds.proto", "Call")
	ours, theirs := codec(b, m, format.Options{}), oracle{m.Input.(*idl.ProtoMessage)}
	for _, size := range []int{100, 1 << 10, 10 << 10} {
		doc := benchDoc(size)
		body, err := ours.Encode(nil, doc)
		if err != nil {
			b.Fatal(err)
		}
		run := func(name string, f func() error) {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		var dst []byte
		run("encode", func() error { dst, err = ours.Encode(dst[:0], doc); return err })
		run("decode", func() error { dst, err = ours.Decode(dst[:0], body); return err })
		run("protojson-encode", func() error {
			msg, err := theirs.encode(doc)
			if err != nil {
				return err
			}
			_, err = proto.Marshal(msg)
			return err
		})
		run("protojson-decode", func() error {
			msg, err := theirs.unmarshal(body)
			if err != nil {
				return err
			}
			_, err = protojson.Marshal(msg)
			return err
		})
	}
}
