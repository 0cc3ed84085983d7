package shell

import (
	"context"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shape"
	"github.com/idlcall/idlcall/pkg/shell/document"
	"github.com/idlcall/idlcall/pkg/shell/editor"
	"github.com/idlcall/idlcall/pkg/terminal"
)

// completeDocument offers what may stand at the cursor of a request, which begins at a byte of the
// text.
func (s *Shell) completeDocument(m *idl.Method, text string, begin, cursor int) editor.Completion {
	if m == nil {
		return editor.Completion{}
	}
	if hasValue(text[begin:cursor], text[cursor:]) {
		return editor.Completion{Message: "here is a value already"}
	}
	found := s.at(m, text, begin, cursor)
	c := editor.Completion{From: begin + found.From}
	for _, one := range found.Candidates {
		c.Candidates = append(c.Candidates, candidate{Text: one.Text, Shown: visible(one.Shown), Note: visible(one.Note), Group: one.Group})
	}
	return c
}

// hasValue reports whether the cursor is between a colon and the value behind it.
func hasValue(before, behind string) bool {
	before, behind = strings.TrimRight(before, " \t\n"), strings.TrimLeft(behind, " \t\n")
	return strings.HasSuffix(before, ":") && behind != "" && !strings.ContainsAny(behind[:1], ",}]")
}

// at is what may stand at a place of a request.
func (s *Shell) at(m *idl.Method, text string, begin, cursor int) document.Completion {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	return document.At(m.Input, s.names.comments(ctx, m), text[begin:], cursor-begin)
}

// hintDocument says what is expected at the cursor of a request.
func (s *Shell) hintDocument(m *idl.Method, text string, begin, cursor int) string {
	if m == nil {
		return ""
	}
	return visible(s.at(m, text, begin, cursor).Hint)
}

// visible is text of the IDL on one line, without what a terminal obeys.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if terminal.Obeys(r) {
			return ' '
		}
		return r
	}, text)
}

// hint says what is expected where the cursor of a line is in a request.
func (s *Shell) hint(text string, cursor int) string {
	if strings.HasPrefix(strings.TrimLeft(text, " "), ":") {
		return ""
	}
	p := s.parsed(text[:cursor])
	if !p.document || len(p.line.Words) == 0 {
		return ""
	}
	return s.hintDocument(s.known(p.line), text, p.at, cursor)
}

// highlight colours the requests of a line.
func (s *Shell) highlight(text string) string {
	if s.palette.Reset == "" || strings.HasPrefix(strings.TrimLeft(text, " "), ":") {
		return text
	}
	var b strings.Builder
	done := 0
	for _, d := range s.spans(text) {
		b.WriteString(text[done:d[0]])
		b.WriteString(s.highlightDocument(text[d[0]:d[1]]))
		done = d[1]
	}
	b.WriteString(text[done:])
	return b.String()
}

// spans are the places of the requests in a line, the last of which may not have ended.
func (s *Shell) spans(text string) [][2]int {
	p := parser{input: text, takesValue: s.takesValue, line: &Line{}}
	var list [][2]int
	for p.space(); p.at < len(text); p.space() {
		at, isFlag := p.at, p.flag
		err := p.part()
		if isDocument := !isFlag && beginsDocument(text[at]); isDocument && err != nil {
			return append(list, [2]int{at, len(text)})
		} else if isDocument {
			list = append(list, [2]int{at, p.at})
		}
		if err != nil {
			break
		}
	}
	return list
}

// highlightDocument colours requests.
func (s *Shell) highlightDocument(text string) string {
	if s.palette.Reset == "" {
		return text
	}
	var b strings.Builder
	done := 0
	for _, span := range document.Highlight(text) {
		b.WriteString(text[done:span.From])
		done = span.To
		part := text[span.From:span.To]
		if colour := s.colour(span.Token, part); colour != "" {
			part = colour + strings.ReplaceAll(part, "\n", s.palette.Reset+"\n"+colour) + s.palette.Reset
		}
		b.WriteString(part)
	}
	b.WriteString(text[done:])
	return b.String()
}

// errorColour is that of what cannot be: white on red.
const errorColour = "\x1b[97;41m"

func (s *Shell) colour(t document.Token, text string) string {
	switch t {
	case document.Key:
		return s.palette.Key
	case document.String:
		return s.palette.String
	case document.Number:
		return s.palette.Number
	case document.Literal:
		return map[byte]string{'n': s.palette.Null, 'f': s.palette.False, 't': s.palette.True}[text[0]]
	case document.Reference:
		return s.palette.True
	case document.Punctuation:
		if text[0] == '[' || text[0] == ']' {
			return s.palette.Array
		}
		return s.palette.Object
	case document.Error:
		return errorColour
	}
	return ""
}

// comments are those of the types that a method has.
func (n *names) comments(ctx context.Context, m *idl.Method) *shape.Notes {
	schema, err := n.look(ctx)
	if err != nil {
		return nil
	}
	notes := n.ofTypes[m]
	if notes == nil {
		if n.ofTypes == nil {
			n.ofTypes = map[*idl.Method]*shape.Notes{}
		}
		// They look types up as long as the shell lasts; a server that is slow is waited for.
		notes = shape.NewNotes(context.WithoutCancel(ctx), schema, m.FullName())
		n.ofTypes[m] = notes
	}
	return notes
}
