package jsontext

import "strings"

// Nesting keeps a template from showing a type inside itself, and from growing without
// end: where each type has several of the next, they double from level to level.
type Nesting[T comparable] struct {
	within map[T]bool // the types around the current place
	// Lacking says that what has just been written lacks something required, which
	// it cannot have since it would be inside itself. What may be empty around it
	// is, then.
	Lacking bool
}

// maxTemplate is the size above which what is nested stays empty.
const maxTemplate = 1 << 20

// Enter reports whether a type can be shown behind text of a size. If so, Leave is due
// after it.
func (n *Nesting[T]) Enter(t T, size int) bool {
	if n.within[t] || size > maxTemplate {
		return false
	}
	if n.within == nil {
		n.within = map[T]bool{}
	}
	n.within[t] = true
	return true
}

// Leave ends what Enter began.
func (n *Nesting[T]) Leave(t T) { delete(n.within, t) }

// Within reports whether a type is being shown.
func (n *Nesting[T]) Within(t T) bool { return n.within[t] }

// Template is what a template has beside the fields.
type Template struct {
	Examples bool
	Notes    func(message, field string) []string
}

// AppendNotes appends the comments of a field, before its key: each begins with "//" and ends
// with a newline.
func (t *Template) AppendNotes(dst []byte, message, field string) []byte {
	if t.Notes == nil {
		return dst
	}
	for _, line := range t.Notes(message, field) {
		dst = append(append(append(dst, "// "...), line...), '\n')
	}
	return dst
}

// AppendExample appends a string that is like what a field of a name holds.
func AppendExample(dst []byte, name string) []byte {
	lower := strings.ToLower(name)
	example := name
	switch {
	case strings.Contains(lower, "email"):
		example = "user@example.com"
	case strings.HasSuffix(lower, "url"), strings.HasSuffix(lower, "uri"):
		example = "https://example.com/"
	case lower == "":
		example = "text"
	}
	dst, _ = AppendString(dst, example)
	return dst
}
