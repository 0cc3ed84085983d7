package format

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/format/internal/protojson"
	"github.com/idlcall/idlcall/pkg/format/internal/thriftjson"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// TemplateOptions say what a template has beside the fields.
type TemplateOptions struct {
	Options

	// Examples puts values that look like values into the fields, in place of empty ones.
	Examples bool
	// Notes are the lines that stand as comments above a field, which make the template
	// something for people: JSON has no comments. The message has its full name. It may
	// be nil.
	Notes func(message, field string) []string
}

// Template appends a request skeleton for a message as compact JSON: every field
// with an empty value, one element in each list and map, nested messages filled
// in, and of a oneof the first field (two would be refused). A field that would
// show a message inside itself is null, or has no elements. A comment begins with "//" and
// ends with a newline; a Printer takes them.
func Template(dst []byte, m idl.Message, o TemplateOptions) ([]byte, error) {
	o.Binary = Base64 // a request is read back
	with := jsontext.Template{Examples: o.Examples, Notes: o.Notes}
	switch m := m.(type) {
	case *thrift.Struct:
		return thriftjson.Template(dst, m, o.ofThrift(), with), nil
	case *idl.ProtoMessage:
		return protojson.Template(dst, m, o.ofProtobuf(), with), nil
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
