package h2

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"
)

// table decodes header blocks from a dynamic table that has some entries.
func table(t testing.TB) *hpack.Decoder {
	t.Helper()
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, name := range []string{"one", "two", "three"} {
		if err := enc.WriteField(hpack.HeaderField{Name: name, Value: "value of " + name}); err != nil {
			t.Fatal(err)
		}
	}
	d := hpack.NewDecoder(4096, nil)
	if _, err := d.DecodeFull(block.Bytes()); err != nil {
		t.Fatal(err)
	}
	return d
}

// entries are those of the dynamic table: indexes from 62 on (RFC 7541 section 2.3.3).
func entries(d *hpack.Decoder) (all []hpack.HeaderField) {
	for i := byte(62); i < 127; i++ {
		fields, err := d.DecodeFull([]byte{0x80 | i})
		if err != nil {
			_ = d.Close()
			return all
		}
		all = append(all, fields...)
	}
	return all
}

// FuzzRepeatable: a block that can be repeated leaves the dynamic table as it was, and
// stands for the same once more.
func FuzzRepeatable(f *testing.F) {
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, field := range []hpack.HeaderField{
		{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/grpc"}, {Name: "secret", Value: "of nobody", Sensitive: true},
		{Name: "x-long", Value: strings.Repeat("long", 50)}, {Name: "x-long", Value: strings.Repeat("secret", 50), Sensitive: true},
	} {
		for range 2 {
			block.Reset()
			_ = enc.WriteField(field)
			f.Add(bytes.Clone(block.Bytes()))
		}
	}
	f.Add([]byte{0x3f, 0xe1, 0x1f, 0x88})
	f.Add([]byte{0x0f, 0x2f, 0x03, 'a', 'b', 'c', 0xbe, 0x10, 0x01, 'x', 0x81, 0x8f})
	f.Fuzz(func(t *testing.T, block []byte) {
		if !repeatable(block) {
			return
		}
		d := table(t)
		before := entries(d)
		first, err := d.DecodeFull(block)
		if err != nil {
			return
		}
		if after := entries(d); !slices.Equal(before, after) {
			t.Fatalf("% x makes %v of the table %v", block, after, before)
		}
		if again, err := d.DecodeFull(block); err != nil || !slices.Equal(first, again) {
			t.Fatalf("% x is %v, then %v, %v", block, first, again, err)
		}
	})
}

func TestRepeatable(t *testing.T) {
	t.Parallel()
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	encode := func(fields ...hpack.HeaderField) []byte {
		block.Reset()
		for _, f := range fields {
			_ = enc.WriteField(f)
		}
		return bytes.Clone(block.Bytes())
	}
	known, added := hpack.HeaderField{Name: ":method", Value: "POST"}, hpack.HeaderField{Name: "x-a", Value: "1"}
	secret := hpack.HeaderField{Name: "x-b", Value: "2", Sensitive: true}
	if !repeatable(encode(known, secret)) {
		t.Error("a field of the static table and one that is never added cannot be repeated")
	}
	if repeatable(encode(known, added)) {
		t.Error("a field that is added to the table can be repeated")
	}
	if !repeatable(encode(known, added, secret)) {
		t.Error("a field that is in the table cannot be repeated")
	}
	enc.SetMaxDynamicTableSize(100)
	if repeatable(encode(known)) {
		t.Error("a change of the table's size can be repeated")
	}
	for _, cut := range [][]byte{{0x00}, {0x00, 5, 'a'}, {0xff}, {0xff, 0x80}, {0x0f}, {0x00, 0x7f, 1}} {
		if repeatable(cut) {
			t.Errorf("% x, which ends too early, can be repeated", cut)
		}
	}
}
