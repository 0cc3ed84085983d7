package format

import (
	"github.com/idlcall/idlcall/pkg/format/internal/protojson"
	"github.com/idlcall/idlcall/pkg/idl"
)

// EncodeText appends the wire form of a message in the Protobuf text format.
func EncodeText(dst, text []byte, m *idl.ProtoMessage) ([]byte, error) {
	return protojson.EncodeText(dst, text, m)
}

// Details returns the JSON of each detail in an encoded google.rpc.Status (code =
// 1, message = 2, details = 3, each a google.protobuf.Any). What does not parse
// is left out, with an error beside the rest.
func Details(status []byte, types idl.Types, o Options) ([][]byte, error) {
	details, err := protojson.Details(status, types, o.ofProtobuf())
	return details, public(err)
}
