package load_test

import (
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

const placedProto = `syntax = "proto3";
package p;
service S {
  rpc Do(M) returns (M);
}
message M {
  int32 a = 1;
  message I { string s = 1; map<string, int32> m = 2; }
  enum E { Z = 0;
    ONE = 1; }
}
enum Top { T0 = 0; }
`

const placedThrift = `struct M {
  1: i32 a
}
enum E { A = 1, B }
service P { void Up() }
service S extends P {
  M Do(1: M m, 2: i32 n) throws (1: X x)
}
exception X { 1: string why }
`

// TestPlace: symbols have the places that they have in the text; what is not there has that
// of what is around it.
func TestPlace(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       map[string]idl.Place
	}{
		{"x.proto", placedProto, map[string]idl.Place{
			"p.S":               {File: "x.proto", Line: 3, Col: 1, Kind: "service"},
			"p.S/Do":            {File: "x.proto", Line: 4, Col: 3, Kind: "service"},
			"p.M":               {File: "x.proto", Line: 6, Col: 1, Kind: "message"},
			"p.M.a":             {File: "x.proto", Line: 7, Col: 3, Kind: "message"},
			"p.M.I.m":           {File: "x.proto", Line: 8, Col: 29, Kind: "message"},
			"p.M.I.m.value":     {File: "x.proto", Line: 8, Col: 29, Kind: "message"},
			"p.M.E.ONE":         {File: "x.proto", Line: 10, Col: 5, Kind: "message"},
			"p.Top.T0":          {File: "x.proto", Line: 12, Col: 12, Kind: "enum"},
			"p.M.nothing":       {File: "x.proto", Line: 6, Col: 1, Kind: "message"},
			"p.Nothing":         {},
			"":                  {},
			"google.protobuf.A": {},
		}},
		{"x.thrift", placedThrift, map[string]idl.Place{
			"S":         {File: "x.thrift", Line: 6, Col: 1, Kind: "service"},
			"S/Do":      {File: "x.thrift", Line: 7, Col: 3, Kind: "service"},
			"S/Do.n":    {File: "x.thrift", Line: 7, Col: 16, Kind: "service"},
			"S/Do.x":    {File: "x.thrift", Line: 7, Col: 34, Kind: "service"},
			"S/Do.zzz":  {File: "x.thrift", Line: 7, Col: 3, Kind: "service"},
			"S/Up":      {File: "x.thrift", Line: 5, Col: 13, Kind: "service"},
			"x.M":       {File: "x.thrift", Line: 1, Col: 1, Kind: "struct"},
			"x.M.a":     {File: "x.thrift", Line: 2, Col: 3, Kind: "struct"},
			"x.E.B":     {File: "x.thrift", Line: 4, Col: 17, Kind: "enum"},
			"x.X.why":   {File: "x.thrift", Line: 9, Col: 15, Kind: "exception"},
			"x.X.other": {File: "x.thrift", Line: 9, Col: 1, Kind: "exception"},
			"x.Nothing": {}, "Nothing/Do": {}, "": {},
		}},
	} {
		s := mustLoad(t, load.Options{Strings: []load.Text{{Name: c.name, Text: c.text}}})
		for symbol, want := range c.want {
			if got, err := s.Place(t.Context(), symbol); err != nil || got != want {
				t.Errorf("%s %s: %+v, %v, want %+v", c.name, symbol, got, err, want)
			}
		}
	}
}
