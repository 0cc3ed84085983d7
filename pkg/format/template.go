package format

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/format/internal/protojson"
	"github.com/idlcall/idlcall/pkg/format/internal/thriftjson"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// Template appends a request skeleton for a message as compact JSON: every field
// with an empty value, one element in each list and map, nested messages filled
// in, and of a oneof the first field (two would be refused). A field that would
// show a message inside itself is null, or has no elements.
func Template(dst []byte, m idl.Message, o Options) ([]byte, error) {
	o.Binary = Base64 // a request is read back
	switch m := m.(type) {
	case *thrift.Struct:
		return thriftjson.Template(dst, m, o.ofThrift()), nil
	case *idl.ProtoMessage:
		return protojson.Template(dst, m, o.ofProtobuf()), nil
	}
	return nil, fmt.Errorf("no template for %s", m.Name())
}

// OneofNotes returns a line for each oneof among the fields of m itself, or for
// the union that it is: the fields that Template left out.
func OneofNotes(m idl.Message) []string {
	switch m := m.(type) {
	case *thrift.Struct:
		return thriftjson.Notes(m)
	case *idl.ProtoMessage:
		return protojson.Notes(m)
	}
	return nil
}
