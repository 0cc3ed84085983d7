package shape

import (
	"slices"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// Kind is what a value is in JSON, as far as text has to become one.
type Kind uint8

// The kinds.
const (
	Message Kind = iota
	List
	Map
	Free // any JSON: google.protobuf.Struct and the like
	Bool
	Integer
	Float
	Text // a string, or what JSON writes as one
	Bytes
	Enum
)

// Shape is what can stand at a place of a document.
type Shape struct {
	Kind Kind
	// Name is the type for people: "shop.Item", "int32".
	Name string
	// Form says more of a value of Protobuf that has a JSON of its own, and of a UUID.
	Form Form
	// Distinct says that a list must not have an element twice.
	Distinct bool
	// Union says that a message is a union of Thrift, of which one field must be given.
	Union bool
	// Arguments says that a message has the arguments of a method of Thrift.
	Arguments bool
	// Empty says that a message has no fields.
	Empty bool

	// message is the descriptor of a message; nil where the kind is another.
	message   idl.Message
	fields    func() []Field
	extension func(name string) (Field, bool)
	elem, key func() Shape
	values    func() []Value
	inside    func(url string) (Shape, bool)
}

// Form is a form of text, or of free JSON.
type Form uint8

// The forms. Plain is text as it is, and JSON without rules.
const (
	Plain Form = iota
	Timestamp
	Duration
	FieldMask
	UUID
	Object // google.protobuf.Struct
	Array  // google.protobuf.ListValue
	Any
	Null // google.protobuf.NullValue
)

// Field is a member of a message.
type Field struct {
	// Names are those that JSON may have, what is usual first. An extension has its
	// full name in brackets.
	Names []string
	// Owner is the full name of the message, and Name that of the field in the IDL.
	Owner, Name string
	// Oneof is the name of what allows only one of several, or empty; of a union it is
	// the full name of that.
	Oneof string
	// Required says that a codec refuses a message without the field.
	Required bool
	// Default is the IDL's default value as JSON; nil where the IDL has none.
	Default []byte
	// Deprecated is what the IDL says. Base says that Kitex fills the field from the
	// context of a call.
	Deprecated, Base bool

	shape func() Shape
}

// Value is one of an enum.
type Value struct {
	Name   string
	Number int32
}

// Of is the shape of a request.
func Of(m idl.Message) Shape {
	switch m := m.(type) {
	case *idl.ProtoMessage:
		return protoMessage(m.Descriptor, m.Types)
	case *thrift.Struct:
		return thriftRequest(m)
	}
	return Shape{Kind: Free, Name: m.Name()}
}

// Shape is what stands for the field.
func (f *Field) Shape() Shape { return f.shape() }

// Type is the type for people, with what the IDL says before it: "required string".
func (f *Field) Type() string {
	if f.Required {
		return "required " + f.shape().String()
	}
	return f.shape().String()
}

// Descriptor is the type of a message, nil for all that is none.
func (s Shape) Descriptor() idl.Message { return s.message }

// Fields are the members of a message, in the order of the IDL; none of another kind.
// They are made anew each time.
func (s Shape) Fields() []Field {
	if s.fields == nil {
		return nil
	}
	return s.fields()
}

// Elem is what a list has as elements, a map as values.
func (s Shape) Elem() Shape {
	if s.elem == nil {
		return s
	}
	return s.elem()
}

// Key is what a map has as keys. Keys that JSON cannot have as such (KeyIsText) stand in
// pairs: [[key, value]].
func (s Shape) Key() Shape {
	if s.key == nil {
		return Shape{Kind: Text, Name: "string"}
	}
	return s.key()
}

// KeyIsText reports whether the entries of a map are the members of an object.
func (s Shape) KeyIsText() bool {
	switch s.Key().Kind {
	case Message, List, Map, Free:
		return false
	}
	return true
}

// Values are those of an enum, in the order of the IDL.
func (s Shape) Values() []Value {
	if s.values == nil {
		return nil
	}
	return s.values()
}

// Find is the field of a name: of two that share one, that which JSON usually has it for.
// A name in brackets may be that of an extension.
func (s Shape) Find(name string) (Field, bool) {
	all := s.Fields()
	for _, f := range all {
		if f.Names[0] == name {
			return f, true
		}
	}
	for _, f := range all {
		if slices.Contains(f.Names, name) {
			return f, true
		}
	}
	if n := len(name); n > 2 && name[0] == '[' && name[n-1] == ']' {
		return s.Extension(name[1 : n-1])
	}
	return Field{}, false
}

// Extension finds a member that is not among the fields by its full name.
func (s Shape) Extension(name string) (Field, bool) {
	if s.extension == nil {
		return Field{}, false
	}
	return s.extension(name)
}

// Names are those of all fields.
func (s Shape) Names() []string {
	var all []string
	for _, f := range s.Fields() {
		all = append(all, f.Names...)
	}
	return all
}

// TakesNull reports whether null is a value, not the absence of one.
func (s Shape) TakesNull() bool {
	return s.Kind == Free && (s.Form == Plain || s.Form == Null)
}

// String is the type for people, written as the IDL has it: "repeated shop.Item",
// "map<string, int32>".
func (s Shape) String() string {
	switch {
	case s.Kind == List && s.Name == "list":
		return "repeated " + s.Elem().Name
	case s.Kind == Map && s.Name == "map":
		return "map<" + s.Key().Name + ", " + s.Elem().Name + ">"
	}
	return s.Name
}
