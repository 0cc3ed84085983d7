package fields

import (
	"slices"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// kind is what a value is in JSON, as far as text has to become one.
type kind uint8

const (
	kindMessage kind = iota
	kindList
	kindMap
	kindFree // any JSON: google.protobuf.Struct and the like
	kindBool
	kindInteger
	kindFloat
	kindText // a string, or what JSON writes as one
	kindBytes
	kindEnum
)

// shape is what can stand at a place of a document.
type shape struct {
	kind kind
	// name is the type for people: "shop.Item", "int32".
	name string
	// fields are the members of a message, in the order of the IDL.
	fields func() []field
	// extension finds a member that is not among the fields; may be nil.
	extension func(name string) (field, bool)
	// elem is what a list or a map has.
	elem func() shape
	// values are the names of an enum, in the order of the IDL.
	values func() []string
}

// field is a member of a message.
type field struct {
	// names are those that JSON may have, what is usual first.
	names []string
	// oneof is the name of what allows only one of several, or empty.
	oneof string
	shape func() shape
}

// shapeOf is the shape of a request.
func shapeOf(m idl.Message) shape {
	switch m := m.(type) {
	case *idl.ProtoMessage:
		return protoMessage(m.Descriptor, m.Types)
	case *thrift.Struct:
		return thriftRequest(m)
	}
	return shape{kind: kindFree, name: m.Name()}
}

// find is the field of a name: of two that share one, that which JSON usually has it for.
func (s shape) find(name string) (field, bool) {
	all := s.fields()
	for _, f := range all {
		if f.names[0] == name {
			return f, true
		}
	}
	for _, f := range all {
		if slices.Contains(f.names, name) {
			return f, true
		}
	}
	if s.extension != nil {
		return s.extension(name)
	}
	return field{}, false
}

// names are those of all fields.
func (s shape) names() []string {
	var all []string
	for _, f := range s.fields() {
		all = append(all, f.names...)
	}
	return all
}
