package format_test

import (
	"testing"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// TestKitexMap has what e2e/dialect cannot compare with Kitex, whose order of fields is any.
func TestKitexMap(t *testing.T) {
	t.Parallel()
	s := structOf("k.S", field(1, "n", tI8), field(2, "m", mapOf(tI32, tString)), field(3, "list", listOf(tI64)),
		&thrift.Field{ID: 4, Name: "opt", Type: tString, Requiredness: thrift.Optional}, field(5, "blob", tBinary))
	m := thriftMethod(record(s), args(field(1, "s", record(s)), field(2, "more", tI32)))
	for _, test := range []struct{ name, json, want string }{
		{"order", `{"list":[1,null],"n":300,"m":{"2":"b","1":"a"},"blob":"hi"}`,
			`0c0001 0300012c 0d0002080b00000002 00000001 0000000161 00000002 0000000162 0f00030a00000002 0000000000000001 0000000000000000 0b0005 00000002 6869 00 00`},
		{"nothing", `null`, `00`},
		{"last key", `{"n":1,"n":2,"m":null,"list":null,"blob":null}`, `0c0001 03000102 0d0002080b00000000 0f00030a00000000 0b000500000000 00 00`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := codec(t, m, format.Options{Dialect: format.KitexMap(format.MapOptions{})})
			got, err := c.Encode(nil, []byte(test.json))
			if err != nil || string(got) != string(unhex(t, test.want)) {
				t.Errorf("%x, %v\nwant %x", got, err, unhex(t, test.want))
			}
		})
	}
	c := codec(t, m, format.Options{Dialect: format.KitexMap(format.MapOptions{})})
	for _, test := range []struct{ json, want string }{
		{`{"n":true}`, `n: Kitex needs i8, but got a boolean`},
		{`{"m":{"x":"a"}}`, `m["x"]: strconv.ParseInt: parsing "x": invalid syntax`},
		{`{"list":[1,{}]}`, `list[1]: Kitex needs i64, but got an object`},
		{`{"n":1.5}`, `n: strconv.ParseInt: parsing "1.5": invalid syntax`},
		{`[]`, `Kitex needs k.S, but got an array`},
	} {
		if _, err := c.Encode(nil, []byte(test.json)); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v\nwant %s", test.json, err, test.want)
		}
	}
	_, err := format.Compile(thriftMethod(nil, nil), format.Options{Dialect: format.KitexMap(format.MapOptions{})})
	if want := "no mapping for Shop/Buy: Kitex's generic calls need an argument"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// FuzzKitexMap: whatever a peer sends ends, without a panic, and what is read is JSON for the writer.
func FuzzKitexMap(f *testing.F) {
	for _, body := range []string{`00`, `030001ff00`, `0d000d0b0a00000001000000016b000000000000012c00`, `0c00170c001700 00 00`, `0f000b087fffffff`} {
		f.Add(unhex(f, body))
	}
	m := bare(everything())
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, o := range []format.MapOptions{{}, {Base64: true, EmptyStructs: format.AllFields}} {
			c := codec(t, m, format.Options{Dialect: format.KitexMap(o)})
			if text, err := c.Decode(nil, body); err == nil {
				_, _ = c.Encode(nil, text)
			}
		}
	})
}
