package document

import (
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shape"
)

// Completion is what may stand at a cursor.
type Completion struct {
	// From and To are the part of the text that a candidate takes the place of, in bytes.
	// The cursor is inside it, or at one of its ends.
	From, To   int
	Candidates []Candidate
	// Hint says what is expected: "number: int32, the number to square". It is empty where
	// nothing is known.
	Hint string
	// Expected is the type of the value that is expected or that the cursor is at the end
	// of; nil where there is none, as where a key belongs.
	Expected *shape.Shape
}

// Candidate is one thing that may stand at a cursor.
type Candidate struct {
	// Text is what is inserted: `"name": "`.
	Text string
	// Shown is what a menu has: name.
	Shown string
	// Note is the type and the first line of the comment.
	Note string
	// Group is "fields", "oneof NAME", "values", "keys", or "end" of what closes a bracket.
	Group string
}

// writer makes a Completion.
type writer struct {
	text   string
	at     int
	cursor *cursor
	notes  *shape.Notes
	// outer is the value that the innermost bracket is, inner what is inside it at the
	// cursor.
	outer, inner place
	rest         rest
	// sep stands before what is inserted.
	sep string
	out Completion
}

// At returns what may stand at a place of a text that becomes requests. The place may be
// anywhere: outside of the text it is that of the nearer end. Nothing is offered where a
// document is complete. Texts of the IDL are in the notes, hints and names as they are:
// a terminal may obey them.
func At(request idl.Message, notes *shape.Notes, text string, at int) Completion {
	at = max(0, min(at, len(text)))
	w := &writer{text: text, at: at, cursor: locate(text, at), notes: notes}
	typed := &w.cursor.typed
	w.outer, w.inner = w.cursor.at(request)
	w.out.From, w.out.To = typed.from, typed.to
	ended := w.ends(at)
	if ended {
		w.expect()
		w.cursor.take(text, *typed)
		*typed = token{end, at, at, false}
		w.out.From, w.out.To = at, at
	}
	w.rest = follow(text, w.out.To, w.cursor.top().open)
	w.candidates()
	return w.out
}

// ends reports whether the cursor is at the end of a value that is complete as it is.
func (w *writer) ends(at int) bool {
	t := w.cursor.typed
	if t.to != at || w.cursor.wantsKey() {
		return false
	}
	switch t.kind {
	case number, ref:
		return true
	case word:
		return isLiteral(w.text[t.from:t.to])
	case str:
		return !t.open
	}
	return false
}

// wantsKey reports whether what is being typed is a key.
func (c *cursor) wantsKey() bool {
	f := c.top()
	return f.open == '{' && (f.state == wantKey || f.state == wantMore)
}

func (w *writer) candidates() {
	f := w.cursor.top()
	switch {
	case f.open == 0 && f.state == wantMore: // the document is complete
	case f.state == wantMore:
		w.more(f)
	case f.state == wantColon && w.cursor.typed.kind == end:
		w.hintOfKey(f.key)
		if !w.rest.begins(w.text, ":") && w.inner.known {
			w.add(Candidate{Text: ": " + begin(w.inner.shape), Shown: f.key, Note: w.note(&w.inner), Group: "fields"})
		}
	case f.state == wantKey:
		w.keys(f)
	default:
		w.expect()
		w.values()
	}
}

// more offers what follows a value: further members and elements, and the end.
func (w *writer) more(f *frame) {
	typing := w.cursor.typed.kind != end
	w.sep = ", "
	switch {
	case f.open == '{':
		w.keys(f)
	case w.outer.pair && f.index > 0:
	case !w.rest.begins(w.text, ","):
		next := *f
		next.index++
		if to := w.outer.inside(&next); to.known && !typing && !w.exhausted(&to) {
			w.add(Candidate{Text: w.sep + opening(&to), Shown: ",", Note: w.note(&to), Group: "values"})
		}
	}
	if !typing && f.open == '[' && (!w.outer.pair || f.index > 0) {
		w.end("]")
	}
}

// opening is how a value begins, or an entry of a map that stands as a pair.
func opening(p *place) string {
	if p.pair {
		return "[" + begin(p.shape.Key())
	}
	return begin(p.shape)
}

// end offers a closing bracket where there is none yet.
func (w *writer) end(bracket string) {
	if !w.rest.closed {
		w.out.Candidates = append(w.out.Candidates, Candidate{Text: bracket, Shown: bracket, Group: "end"})
	}
}

func (w *writer) add(c Candidate) { w.out.Candidates = append(w.out.Candidates, c) }
