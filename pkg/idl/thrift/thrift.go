package thrift

import (
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl/internal/seal"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
)

// Kind is a Thrift type as the wire knows it; the values are the type codes
// of the binary protocol.
type Kind uint8

// The kinds. Enums are I32, binary is String, unions and exceptions are Struct.
const (
	KindBool   Kind = thriftwire.Bool
	KindI8     Kind = thriftwire.I8
	KindDouble Kind = thriftwire.Double
	KindI16    Kind = thriftwire.I16
	KindI32    Kind = thriftwire.I32
	KindI64    Kind = thriftwire.I64
	KindString Kind = thriftwire.String
	KindStruct Kind = thriftwire.Struct
	KindMap    Kind = thriftwire.Map
	KindSet    Kind = thriftwire.Set
	KindList   Kind = thriftwire.List
	KindUUID   Kind = thriftwire.UUID
)

var kindNames = [...]string{
	KindBool: "bool", KindI8: "i8", KindDouble: "double", KindI16: "i16", KindI32: "i32",
	KindI64: "i64", KindString: "string", KindStruct: "struct", KindMap: "map", KindSet: "set",
	KindList: "list", KindUUID: "uuid",
}

// String is the name in the IDL.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return "type " + strconv.Itoa(int(k))
}

// Type is the type of a value, with typedefs resolved.
type Type struct {
	Kind Kind
	// Name is the type for people: "i32", "list<base.Base>", "binary"; of an
	// enum or a struct its full name.
	Name string
	// Binary tells binary from string where Kind is KindString.
	Binary bool
	// Enum is set where Kind is KindI32 and the type is an enum.
	Enum *Enum
	// Struct is set where Kind is KindStruct. Structs may contain themselves.
	Struct *Struct
	// Key is set for maps, Elem for maps, sets and lists.
	Key, Elem *Type
}

// Enum is an enum type.
type Enum struct {
	// FullName is the name with the file's before it: "base.Code".
	FullName string
	// Values are in the order of the IDL. Two may have one number.
	Values []EnumValue
}

// EnumValue is a name and its number.
type EnumValue struct {
	Name   string
	Number int32
}

// Form tells apart what Thrift encodes as a struct.
type Form uint8

// The forms.
const (
	FormStruct Form = iota
	FormUnion
	FormException
	// FormArguments is what a request carries: a field for each parameter.
	FormArguments
	// FormResult is what a reply carries: field 0 is the return value, where
	// there is one, and further fields the declared exceptions. At most one
	// is set.
	FormResult
)

// Struct describes a struct, a union, an exception, or the arguments or the
// result of a method. The methods of a Schema return it complete: every type that
// its fields lead to is there too.
type Struct struct {
	// FullName is the name with the file's before it ("base.Base"); arguments
	// and results are "Service.Method_args" and "Service.Method_result".
	FullName string
	Form     Form
	// Fields are in the order of the IDL.
	Fields      []*Field
	Annotations []Annotation
}

// Name is FullName.
func (s *Struct) Name() string { return s.FullName }

// Sealed makes a Struct one of the messages of package idl.
func (*Struct) Sealed(seal.Message) {}

// Requiredness says whether a field must be there.
type Requiredness uint8

// The kinds of requiredness. A field that says neither is by default.
const (
	Unspecified Requiredness = iota
	Required
	Optional
)

// Field is a field of a struct, a parameter or a result.
type Field struct {
	ID   int16
	Name string
	// Alias is the name in JSON that annotations give it (api.key, or the json
	// part of go.tag); empty where they give none.
	Alias        string
	Type         *Type
	Requiredness Requiredness
	// Default is the default value as JSON in the mapping of package format
	// (enums by name, binary in base64, maps with keys that are no strings as
	// arrays of pairs); nil where the IDL gives none. It fits Type.
	Default []byte
	// Base says that the IDL writes the type as base.Base, which Kitex fills
	// from the context of a call where it is a field of the request.
	Base        bool
	Annotations []Annotation
}

// Annotation is a "key = value" in parentheses. A key may repeat.
type Annotation struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}
