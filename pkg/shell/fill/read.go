package fill

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/shape"
)

// reader makes an answer of text.
type reader struct {
	// verbatim says that space is part of the text.
	verbatim bool
	read     func(text string) (answer, error)
}

// answer reads an answer to a question.
func (r reader) answer(q *Question, text string) (answer, error) {
	if !r.verbatim {
		text = strings.TrimSpace(text)
	}
	switch {
	case text != "":
		return r.read(text)
	case q.Required && r.verbatim:
		return answer{}, &Error{Message: `it is required: "" is an empty string`}
	case q.Required:
		return answer{}, &Error{Message: "it is required"}
	}
	return answer{skip: true}, nil
}

// scalar reads a value.
func (f *Filler) scalar(s shape.Shape, choices []Option) reader {
	r := reader{verbatim: s.Kind == shape.Text && s.Form == shape.Plain}
	r.read = func(text string) (answer, error) {
		switch {
		case text == `""` && (s.Kind == shape.Text || s.Kind == shape.Bytes):
			return answer{json: []byte(text)}, nil
		case s.Kind == shape.Free && json.Valid([]byte(text)):
			return answer{json: []byte(text)}, nil
		case s.Kind == shape.Free && s.Form != shape.Plain:
			return answer{}, &Error{Message: "want JSON for " + s.Name}
		case choices != nil:
			if s.Kind == shape.Bool {
				text = yesOrNo(text)
			}
			name, err := pick(choices, text)
			if err != nil {
				return answer{}, err
			}
			if name != "" {
				text = name
			}
		}
		value, err := s.JSON(text, f.o.Read)
		return answer{json: value}, err
	}
	return r
}

// yesOrNo is the boolean that one of two words is, or another text as it is.
func yesOrNo(text string) string {
	switch strings.ToLower(text) {
	case "y", "yes":
		return "true"
	case "n", "no":
		return "false"
	}
	return text
}

// options are the values of a type that has few.
func (f *Filler) options(s shape.Shape) []Option {
	switch s.Kind {
	case shape.Bool:
		return []Option{{Name: "true"}, {Name: "false"}}
	case shape.Enum:
		var list []Option
		for _, v := range s.Values() {
			list = append(list, Option{v.Name, note("", f.o.Notes.Value(s.Name, v.Name))})
		}
		return list
	}
	return nil
}

// pick is the choice that a text is, or begins: whatever the case, if it is only one. It is
// "" where there is none.
func pick(choices []Option, text string) (string, error) {
	var found []string
	for _, c := range choices {
		switch {
		case c.Name == text:
			return c.Name, nil
		case len(c.Name) >= len(text) && strings.EqualFold(c.Name[:len(text)], text):
			found = append(found, c.Name)
		}
	}
	whole := slices.IndexFunc(found, func(name string) bool { return len(name) == len(text) })
	switch {
	case len(found) == 0:
		return "", nil
	case whole >= 0:
		return found[whole], nil
	case len(found) > 1:
		return "", &Error{Message: fmt.Sprintf("%q begins several", text), Nearest: found}
	}
	return found[0], nil
}

// member reads the choice of a field of a oneof. JSON is the whole of a union.
func member(choices []Option, union bool) reader {
	return reader{read: func(text string) (answer, error) {
		if union && text[0] == '{' {
			return object(text)
		}
		name, err := pick(choices, text)
		if err == nil && name == "" {
			var names []string
			for _, c := range choices {
				names = append(names, c.Name)
			}
			err = &Error{Message: fmt.Sprintf("there is no %q to choose", text), Nearest: names}
		}
		return answer{member: name}, err
	}}
}

// confirm reads yes or no. JSON is the message itself.
func confirm() reader {
	return reader{read: func(text string) (answer, error) {
		if text[0] == '{' {
			return object(text)
		}
		switch yesOrNo(text) {
		case "true":
			return answer{}, nil
		case "false":
			return answer{skip: true}, nil
		}
		return answer{}, &Error{Message: fmt.Sprintf("want y or n, or the message as JSON, not %q", text)}
	}}
}

// object reads a message that is given as JSON.
func object(text string) (answer, error) {
	var value json.RawMessage
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return answer{}, &Error{Message: "it is no JSON: " + err.Error()}
	}
	return answer{json: value}, nil
}

// note is a type, and the first line of a comment.
func note(typ string, comment []string) string {
	switch {
	case len(comment) == 0:
		return typ
	case typ == "":
		return comment[0]
	}
	return typ + "  " + comment[0]
}
