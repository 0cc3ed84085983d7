package idl

// Element is one definition as the JSON form of a Description has it. Which
// fields are set depends on the kind.
type Element struct {
	Kind string `json:"kind"`
	// Name is fully qualified; of a file it is the path.
	Name    string `json:"name"`
	Comment string `json:"comment,omitempty"`

	// Methods have these.
	Input           string `json:"input,omitempty"`
	Output          string `json:"output,omitempty"`
	ClientStreaming bool   `json:"clientStreaming,omitempty"`
	ServerStreaming bool   `json:"serverStreaming,omitempty"`

	// Fields, extensions and enum values have a number.
	Number *int32 `json:"number,omitempty"`
	// Type is "int32", "message", "enum", "map" and so on; TypeName the full
	// name of a message or enum, of a map's value for maps.
	Type      string `json:"type,omitempty"`
	TypeName  string `json:"typeName,omitempty"`
	KeyType   string `json:"keyType,omitempty"`
	ValueType string `json:"valueType,omitempty"`
	// Label is "optional", "repeated" or "required".
	Label    string `json:"label,omitempty"`
	JSONName string `json:"jsonName,omitempty"`
	// Presence says that a field that is set to its default differs from one
	// that is not set.
	Presence bool   `json:"presence,omitempty"`
	Oneof    string `json:"oneof,omitempty"`
	Default  string `json:"default,omitempty"`
	Extendee string `json:"extendee,omitempty"`

	Services   []*Element `json:"services,omitempty"`
	Methods    []*Element `json:"methods,omitempty"`
	Fields     []*Element `json:"fields,omitempty"`
	Values     []*Element `json:"values,omitempty"`
	Messages   []*Element `json:"messages,omitempty"`
	Enums      []*Element `json:"enums,omitempty"`
	Extensions []*Element `json:"extensions,omitempty"`
}
