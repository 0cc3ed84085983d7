package idl

import "strconv"

// ThriftKind is a Thrift type as the wire knows it; the values are the type codes
// of the binary protocol (apache/thrift:doc/specs/thrift-binary-protocol.md).
type ThriftKind uint8

// The kinds. Enums are I32, binary is String, unions and exceptions are Struct.
const (
	KindBool   ThriftKind = 2
	KindI8     ThriftKind = 3
	KindDouble ThriftKind = 4
	KindI16    ThriftKind = 6
	KindI32    ThriftKind = 8
	KindI64    ThriftKind = 10
	KindString ThriftKind = 11
	KindStruct ThriftKind = 12
	KindMap    ThriftKind = 13
	KindSet    ThriftKind = 14
	KindList   ThriftKind = 15
	KindUUID   ThriftKind = 16
)

var thriftKindNames = [...]string{
	KindBool: "bool", KindI8: "i8", KindDouble: "double", KindI16: "i16", KindI32: "i32",
	KindI64: "i64", KindString: "string", KindStruct: "struct", KindMap: "map", KindSet: "set",
	KindList: "list", KindUUID: "uuid",
}

// String is the name in the IDL.
func (k ThriftKind) String() string {
	if int(k) < len(thriftKindNames) && thriftKindNames[k] != "" {
		return thriftKindNames[k]
	}
	return "type " + strconv.Itoa(int(k))
}

// ThriftType is the type of a value, with typedefs resolved.
type ThriftType struct {
	Kind ThriftKind
	// Name is the type for people: "i32", "list<base.Base>", "binary"; of an
	// enum or a struct its full name.
	Name string
	// Binary tells binary from string where Kind is KindString.
	Binary bool
	// Enum is set where Kind is KindI32 and the type is an enum.
	Enum *ThriftEnum
	// Struct is set where Kind is KindStruct. Structs may contain themselves.
	Struct *ThriftStruct
	// Key is set for maps, Elem for maps, sets and lists.
	Key, Elem *ThriftType
}

// ThriftEnum is an enum type.
type ThriftEnum struct {
	// FullName is the name with the file's before it: "base.Code".
	FullName string
	// Values are in the order of the IDL. Two may have one number.
	Values []ThriftEnumValue
}

// ThriftEnumValue is a name and its number.
type ThriftEnumValue struct {
	Name   string
	Number int32
}

// ThriftForm tells apart what Thrift encodes as a struct.
type ThriftForm uint8

// The forms.
const (
	FormStruct ThriftForm = iota
	FormUnion
	FormException
	// FormArguments is what a request carries: a field for each parameter.
	FormArguments
	// FormResult is what a reply carries: field 0 is the return value, where
	// there is one, and further fields the declared exceptions. At most one
	// is set.
	FormResult
)

// ThriftStruct describes a struct, a union, an exception, or the arguments or the
// result of a method. The methods of a Schema return it complete: every type that
// its fields lead to is there too.
type ThriftStruct struct {
	// FullName is the name with the file's before it ("base.Base"); arguments
	// and results are "Service.Method_args" and "Service.Method_result".
	FullName string
	Form     ThriftForm
	// Fields are in the order of the IDL.
	Fields      []*ThriftField
	Annotations []ThriftAnnotation
}

// Name is FullName.
func (s *ThriftStruct) Name() string { return s.FullName }
func (*ThriftStruct) message()       {}

// ThriftRequiredness says whether a field must be there.
type ThriftRequiredness uint8

// The kinds of requiredness. A field that says neither is by default.
const (
	Unspecified ThriftRequiredness = iota
	Required
	Optional
)

// ThriftField is a field of a struct, a parameter or a result.
type ThriftField struct {
	ID   int16
	Name string
	// Alias is the name in JSON that annotations give it (api.key, or the json
	// part of go.tag); empty where they give none.
	Alias        string
	Type         *ThriftType
	Requiredness ThriftRequiredness
	// Default is the default value as JSON in the mapping of package format
	// (enums by name, binary in base64, maps with keys that are no strings as
	// arrays of pairs); nil where the IDL gives none. It fits Type.
	Default []byte
	// Base says that the IDL writes the type as base.Base, which Kitex fills
	// from the context of a call where it is a field of the request.
	Base        bool
	Annotations []ThriftAnnotation
}

// ThriftAnnotation is a "key = value" in parentheses. A key may repeat.
type ThriftAnnotation struct{ Key, Value string }
