package fill

import "github.com/idlcall/idlcall/pkg/stream"

// Kind is how a question is answered.
type Kind uint8

// The kinds.
const (
	// Value is a value, as text: bob, 7, 2026-01-02T03:04:05Z. A string is the text as it
	// is, and "" with its quotes the empty one. "@FILE" is the content of a file, for bytes.
	Value Kind = iota
	// Choice is one of Choices, by its name, or the beginning of that.
	Choice
	// Confirm is yes or no: whether a message is wanted, or a further element. JSON, as
	// {"name": "hat"}, is the message itself.
	Confirm
)

// Question is what is asked. Texts of the IDL are as they are: a terminal may obey them.
type Question struct {
	Kind Kind
	// Path leads to the value: "items[1].name". It is empty where the request is one value.
	Path string
	// Type is the type for people: "required string", "key: string" of a map.
	Type string
	// Comment is that of the IDL, in lines.
	Comment []string
	// Default is what the IDL says of a field that is not given, as JSON; nil where it says
	// nothing.
	Default []byte
	// Required says that an empty answer is refused. Otherwise it leaves the value out,
	// means no, or, where More is true, ends the list or the map.
	Required, More bool
	// Choices are for a menu.
	Choices []Option
}

// Option is one of a menu.
type Option struct {
	Name string
	Note string // the type, the first line of the comment
}

// Error is an answer that does not do.
type Error struct {
	// Path is that of the question.
	Path    string
	Message string
	// Nearest are the values that may have been meant, best first.
	Nearest []string
}

func (e *Error) Error() string {
	if e.Path == "" {
		return e.Message
	}
	return e.Path + ": " + e.Message
}

// Outcome is KindData.
func (*Error) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindData} }
