package fields

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shape"
)

// Candidate is what a pair that is being typed may become.
type Candidate struct {
	// Text is the pair as far as it goes then. It ends in "=", "." or "[" where more
	// must follow.
	Text string
	// Note says what it is: a type.
	Note string
}

// Complete returns what may follow what has been typed of a pair: fields with what joins
// their value to them, or the values of an enum or a boolean.
func Complete(m idl.Message, typed string) []Candidate {
	f := &Fields{shape: shape.Of(m)}
	if path, value, found := cut(typed); found {
		if path, raw := strings.CutSuffix(path, ":"); !raw {
			return f.completeValue(path, value)
		}
		return nil
	}
	begun := strings.LastIndexAny(typed, ".]") + 1
	before, rest := typed[:begun], typed[begun:]
	s, ok := f.at(strings.TrimSuffix(before, "."))
	if !ok || s.Kind != shape.Message || before != "" && !strings.HasSuffix(before, ".") {
		return nil
	}
	var list []Candidate
	for _, field := range s.Fields() {
		for i, name := range field.Names {
			if !strings.HasPrefix(name, rest) || i > 0 && rest == "" {
				continue
			}
			inner := field.Shape()
			list = append(list, Candidate{before + name + joint(inner), inner.String()})
			break
		}
	}
	return list
}

// at is the shape to which a path leads.
func (f *Fields) at(path string) (shape.Shape, bool) {
	if path == "" {
		return f.shape, true
	}
	steps, err := steps(path)
	if err != nil {
		return shape.Shape{}, false
	}
	s, err := f.follow(&Pair{Path: path, steps: steps})
	return s, err == nil
}

func (f *Fields) completeValue(path, value string) []Candidate {
	s, ok := f.at(path)
	if !ok {
		return nil
	}
	var list []Candidate
	for _, word := range words(s) {
		if strings.HasPrefix(word, value) {
			list = append(list, Candidate{path + "=" + word, s.Name})
		}
	}
	return list
}

// words are the values there are, where there are few.
func words(s shape.Shape) []string {
	if s.Kind == shape.Bool {
		return []string{"true", "false"}
	}
	var names []string
	for _, v := range s.Values() {
		names = append(names, v.Name)
	}
	return names
}

// joint is what stands between a field and what is given for it.
func joint(s shape.Shape) string {
	switch s.Kind {
	case shape.Message, shape.Map:
		return "."
	case shape.List:
		if inner := s.Elem(); inner.Kind == shape.Message || inner.Kind == shape.Map {
			return "[]."
		}
		return "[]="
	case shape.Free:
		return ":="
	}
	return "="
}
