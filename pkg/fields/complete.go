package fields

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
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
	f := &Fields{shape: shapeOf(m)}
	if path, value, found := cut(typed); found {
		if path, raw := strings.CutSuffix(path, ":"); !raw {
			return f.completeValue(path, value)
		}
		return nil
	}
	begun := strings.LastIndexAny(typed, ".]") + 1
	before, rest := typed[:begun], typed[begun:]
	s, ok := f.at(strings.TrimSuffix(before, "."))
	if !ok || s.kind != kindMessage || before != "" && !strings.HasSuffix(before, ".") {
		return nil
	}
	var list []Candidate
	for _, field := range s.fields() {
		for i, name := range field.names {
			if !strings.HasPrefix(name, rest) || i > 0 && rest == "" {
				continue
			}
			inner := field.shape()
			list = append(list, Candidate{before + name + inner.joint(), inner.describe()})
			break
		}
	}
	return list
}

// at is the shape to which a path leads.
func (f *Fields) at(path string) (shape, bool) {
	if path == "" {
		return f.shape, true
	}
	steps, err := steps(path)
	if err != nil {
		return shape{}, false
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
	for _, word := range s.words() {
		if strings.HasPrefix(word, value) {
			list = append(list, Candidate{path + "=" + word, s.name})
		}
	}
	return list
}

// words are the values there are, where there are few.
func (s shape) words() []string {
	switch s.kind {
	case kindBool:
		return []string{"true", "false"}
	case kindEnum:
		return s.values()
	}
	return nil
}

// joint is what stands between a field and what is given for it.
func (s shape) joint() string {
	switch s.kind {
	case kindMessage, kindMap:
		return "."
	case kindList:
		if inner := s.elem(); inner.kind == kindMessage || inner.kind == kindMap {
			return "[]."
		}
		return "[]="
	case kindFree:
		return ":="
	}
	return "="
}

// describe is the type for people.
func (s shape) describe() string {
	if s.kind == kindList && s.name == "list" || s.kind == kindMap && s.name == "map" {
		return s.name + " of " + s.elem().name
	}
	return s.name
}
