package document

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/shape"
)

// note is the type of a place, and the first line of the comment.
func (w *writer) note(p *place) string {
	var text, comment string
	switch {
	case p.field != nil:
		text, comment = p.field.Type(), first(w.notes.Field(p.field.Owner, p.field.Name))
		if p.field.Deprecated {
			text = "deprecated " + text
		}
	case p.pair:
		text = "key and value of " + p.shape.String()
	default:
		text = p.shape.String()
	}
	if p.shape.Kind == shape.Bytes {
		text += ", in base64"
	}
	if comment != "" {
		text += "  " + comment
	}
	return text
}

// expect says what value belongs here.
func (w *writer) expect() {
	p := &w.inner
	if !p.known {
		return
	}
	if !p.pair {
		w.out.Expected = &p.shape
	}
	w.out.Hint = w.hint(p)
}

// hint is a place in words: "number: int32, the number to square".
func (w *writer) hint(p *place) string {
	text, comment := p.shape.String(), ""
	if p.field != nil {
		text, comment = p.field.Type(), first(w.notes.Field(p.field.Owner, p.field.Name))
	}
	if p.pair {
		text = "[" + p.shape.Key().String() + ", " + p.shape.Elem().String() + "]"
	}
	if p.shape.Arguments {
		text = "the arguments of " + strings.TrimSuffix(p.shape.Name, "_args")
	}
	if p.name != "" {
		text = p.name + ": " + text
	}
	if example, _ := example(p.shape); example != "" {
		text += `, like "` + example + `"`
	} else if p.shape.Kind == shape.Bytes {
		text += ", in base64"
	}
	if p.field != nil && p.field.Default != nil {
		text += ", by default " + string(p.field.Default)
	}
	if comment == "" && p.shape.Kind == shape.Message {
		comment = first(w.notes.Message(p.shape.Name))
	}
	if comment != "" {
		text += ", " + comment
	}
	return text
}

// hintOfKey says what the field of a name is.
func (w *writer) hintOfKey(name string) {
	f := frame{open: '{', key: name, state: wantColon, url: w.cursor.top().url}
	if f.url == "" {
		f.url = w.rest.url
	}
	if p := w.outer.inside(&f); p.known && name != "" {
		w.out.Hint = w.hint(&p)
	}
}

// hintOfObject says what the innermost object is.
func (w *writer) hintOfObject() {
	s := w.outer.shape
	switch {
	case !w.outer.known || w.sep != "":
	case s.Kind == shape.Map:
		w.out.Hint = "key: " + s.Key().String()
	case s.Arguments:
		w.out.Hint = "an argument of " + strings.TrimSuffix(s.Name, "_args")
	case s.Kind == shape.Message:
		w.out.Hint = "a field of " + s.Name
	case s.Form == shape.Any && len(w.out.Candidates) > 0:
		w.out.Hint = "@type, or a field of the message that it names"
	}
}

// first is the first line of a comment.
func first(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}
