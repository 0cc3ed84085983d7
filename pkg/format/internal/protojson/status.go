package protojson

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl"
)

// Details returns the JSON of each detail in an encoded google.rpc.Status (code =
// 1, message = 2, details = 3, each a google.protobuf.Any). What does not parse
// is left out, with an error beside the rest.
func Details(status []byte, types idl.Types, o jsontext.Options) ([][]byte, error) {
	d := decoder{types: newFinder(newTypes(types, o.IDLNames)), o: o}
	var details [][]byte
	err := each(status, func(num protowire.Number, r record) error {
		if num != 3 || r.wire != protowire.BytesType {
			return nil
		}
		json, err := d.any(nil, r.b, 0)
		if err == nil {
			details = append(details, json)
		}
		return err
	})
	return details, err
}
