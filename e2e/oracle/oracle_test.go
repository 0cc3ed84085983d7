package oracle_test

import (
	"encoding/hex"
	"testing"

	"github.com/idlcall/idlcall/e2e/oracle"
)

const itemIDL = `
enum Color { RED = 1 }
struct Item { 1: required string text, 2: optional i64 number, 3: list<double> rest, 4: map<i32, binary> blobs, 5: Color color }
exception Bad { 1: i32 code }
service Parent { void Ping() }
service S extends Parent {
    Item Get(1: string first, 3: i32 second, 2: Item item) throws (1: Bad bad, 4: Bad worse)
}
`

func TestOracle(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, what, json, body string }{
		{
			"struct", "Item", `{"text":"hi","number":9007199254740993,"rest":[1.5],"blobs":{"7":"AP8="},"color":1}`,
			"0b0001000000026869" + "0a00020020000000000001" + "0f000304000000013ff8000000000000" +
				"0d0004080b000000010000000700000002" + "00ff" + "08000500000001" + "00",
		},
		{
			"arguments", "S/Get", `{"first":"a","second":-1,"item":{"text":""}}`,
			"0b00010000000161" + "080003ffffffff" + "0c00020b00010000000000" + "00",
		},
		{"result", "S/Get result", `{"success":{"text":"x"}}`, "0c00000b0001000000017800" + "00"},
		{"exception", "S/Get result", `{"worse":{"code":7}}`, "0c00040800010000000700" + "00"},
		{"inherited", "S/Ping", `{}`, "00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			body, err := oracle.JSONToThrift(itemIDL, test.what, []byte(test.json))
			if err != nil || hex.EncodeToString(body) != test.body {
				t.Fatalf("got  %x, %v\nwant %s", body, err, test.body)
			}
			json, err := oracle.ThriftToJSON(itemIDL, test.what, body)
			if err != nil || string(json) != test.json {
				t.Errorf("got  %s, %v\nwant %s", json, err, test.json)
			}
		})
	}
}

func TestOracleErrors(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"Nothing", "S/Nothing", "Nothing/Get"} {
		if _, err := oracle.Compile(itemIDL, what); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if body, err := oracle.JSONToThrift(itemIDL, "Item", []byte(`{"number":1}`)); err == nil {
		t.Errorf("without what is required: %x", body)
	}
}
