package document

import "github.com/idlcall/idlcall/pkg/shape"

// begin is how a value begins, as far as there is no choice: `[{` of a list of messages. It
// is all of an empty message.
func begin(s shape.Shape) string {
	switch s.Kind {
	case shape.Message:
		if s.Empty {
			return "{}"
		}
		return "{"
	case shape.List:
		return "[" + begin(s.Elem())
	case shape.Map:
		if s.KeyIsText() {
			return `{"`
		}
		return "[[" + begin(s.Key())
	case shape.Text, shape.Bytes, shape.Enum:
		return `"`
	case shape.Free:
		switch s.Form {
		case shape.Object:
			return "{"
		case shape.Array:
			return "["
		case shape.Any:
			return `{"@type": "`
		case shape.Null:
			return "null"
		}
	}
	return ""
}

// quote is a JSON string.
func quote(s string) string { return string(shape.Quote(s)) }
