package thrift

// Element is one Thrift definition as the JSON form of an idl.Description has it. Which fields are set depends on the kind.
type Element struct {
	// Kind is "service", "method", "struct", "union", "exception", "enum",
	// "enum value", "typedef", "const", "field" or "file".
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Comment string `json:"comment,omitempty"`

	// Services have Extends; methods the rest, with Streaming as annotated.
	Extends   string     `json:"extends,omitempty"`
	Oneway    bool       `json:"oneway,omitempty"`
	Streaming string     `json:"streaming,omitempty"`
	Returns   string     `json:"returns,omitempty"`
	Arguments []*Element `json:"arguments,omitempty"`
	Throws    []*Element `json:"throws,omitempty"`

	// Number is the id of a field or the number of an enum value.
	Number *int32 `json:"number,omitempty"`
	// Type and Default, or the Value of a constant, are as the IDL writes them.
	Type         string `json:"type,omitempty"`
	Requiredness string `json:"requiredness,omitempty"`
	Alias        string `json:"alias,omitempty"`
	Default      string `json:"default,omitempty"`
	Value        string `json:"value,omitempty"`

	Includes    []string     `json:"includes,omitempty"`
	Definitions []*Element   `json:"definitions,omitempty"`
	Methods     []*Element   `json:"methods,omitempty"`
	Fields      []*Element   `json:"fields,omitempty"`
	Values      []*Element   `json:"values,omitempty"`
	Annotations []Annotation `json:"annotations,omitempty"`
}
