package protoscan

// Outline is the index of a file: of source text, or of an encoded descriptor.
type Outline struct {
	Name    string // of an encoded file
	Pkg     string
	Imports []Import
	Decls   []Decl
	Refs    []Ref // of the options of a source file
	// Odd says that the rest of a text is not understood.
	Odd bool

	// Segs cover a text without gaps: header statements, which always stay, and
	// declarations.
	Segs []Segment

	// Header has the package, options, syntax and edition fields of an encoded file
	// as they are, Source its SourceCodeInfo.
	Header, Source []byte
	// Placeholder is an encoded file that whoever sent it does not have itself.
	Placeholder bool
}

// Segment is a piece of a text.
type Segment struct {
	Start, End int
	Decl       int // 1 + index into Decls, for a declaration
	Imp        int // 1 + index into Imports, for an import statement
}

// Import is an import statement.
type Import struct {
	Name   string
	Public bool
	// StrStart and StrEnd are the range of the quoted name in a text.
	StrStart, StrEnd int
}

// Kind is what is declared. The first four are in the order of the fields of a
// FileDescriptorProto, from 4 on.
type Kind uint8

// The kinds.
const (
	Message Kind = iota
	Enum
	Service
	Extend
	MapEntry // the message that an encoded map field has, unnamed in source
)

// Decl is a declaration at the top level of a file.
type Decl struct {
	Kind Kind
	// Name is full; an extend block in source has none, but an Extendee.
	Name, Scope string
	Extendee    string
	// BodyStart and BodyEnd are the braces in the source.
	BodyStart, BodyEnd int
	// Raw and Index are the element in an encoded file.
	Raw   []byte
	Index int
}

// Ref is a name as it is written, and the full name of the scope it stands in.
type Ref struct {
	Name, Scope string
	Option      bool // of an extension or type in an option
}

// Body is what a look into a declaration yields.
type Body struct {
	// Names are the full names of the messages, enums and extensions declared
	// inside, however deep; Values those of enum values.
	Names  []Inner
	Values []string
	Refs   []Ref
	// Extensions are those that the declaration makes.
	Extensions []Extension
	Methods    []Method
	// Odd says that not all of it is understood.
	Odd bool
}

// Inner is a declaration inside another.
type Inner struct {
	Name string
	Kind Kind
}

// Extension says that a field extends a message.
type Extension struct {
	Name     string // full
	Extendee Ref
	Number   int32
}

// Method is one rpc statement. Start and End are its range in a text.
type Method struct {
	Name          string
	Start, End    int
	Input, Output Ref
	Client        bool
	Server        bool
	Refs          []Ref
}
