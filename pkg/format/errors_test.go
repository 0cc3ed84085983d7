package format_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
)

// TestErrorTypes: whatever room finds a mistake, callers see the types of this package.
func TestErrorTypes(t *testing.T) {
	t.Parallel()
	m := method(t, "kinds.proto", "Call")
	out := m.Output.(*idl.ProtoMessage)
	failing := exception("shop.SoldOut", field(1, "code", tI32))
	buy := thriftMethod(tI32, args(field(1, "n", tI32)), field(1, "sold", failing))
	encode := func(m *idl.Method, doc string) error {
		_, err := codec(t, m, format.Options{}).Encode(nil, []byte(doc))
		return err
	}
	decode := func(m *idl.Method, body string) error {
		_, err := codec(t, m, format.Options{}).Decode(nil, []byte(body))
		return err
	}
	_, streamErr := codec(t, m, format.Options{}).Stream(nil, []byte("\xff"), nil)
	_, detailsErr := format.Details([]byte("\xff"), out.Types, format.Options{})
	_, baseErr := format.Compile(buy, format.Options{Base: []format.BaseValue{{Path: "LogID", Value: "x"}}})
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"document":           {encode(m, `{"x":1}`), `*format.ValueError unknown field "x" in kinds.All`},
		"Thrift document":    {encode(buy, `{"n":"x"}`), `*format.ValueError n: "x" is not a number`},
		"body":               {decode(m, "\xff"), `*format.DecodeError kinds.All: broken tag at byte 0`},
		"body in pieces":     {streamErr, `*format.DecodeError kinds.All: broken tag at byte 0`},
		"body as text":       {format.NewPrinter(io.Discard, m, nil, format.Style{Output: format.TextForm}).Print([]byte("\xff")), `*format.DecodeError kinds.All: broken tag at byte 0`},
		"details":            {detailsErr, `*format.DecodeError : broken tag at byte 0`},
		"Thrift body":        {decode(buy, ""), `*format.DecodeError Shop.Buy: the message ends inside a value: 1 wanted, 0 left at byte 0`},
		"declared exception": {decode(buy, "\x0c\x00\x01\x00\x00"), `*format.Exception exception shop.SoldOut: {}`},
		"no result":          {decode(buy, "\x00"), `*format.NoResultError Shop.Buy answered without a result: neither i32 nor an exception that the IDL declares`},
		"base value":         {baseErr, `*format.BaseError Shop.Buy has no argument of type base.Base`},
	} {
		if got := fmt.Sprintf("%T %v", test.err, test.err); got != test.want {
			t.Errorf("%s: %s\nwant %s", name, got, test.want)
		}
	}
}
