package fill

import (
	"slices"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shape"
)

// answer is what somebody has answered.
type answer struct {
	skip bool
	// json is a value; nil where a message is wanted that further answers fill.
	json []byte
	// member is a field of a oneof.
	member string
}

// walk goes through the type of a request along answers, and writes the JSON.
type walk struct {
	f        *Filler
	answers  []answer
	next     int
	skipping bool // what is not required gets no question

	// question is where the answers end; nil if that is the end.
	question *Question
	read     func(text string) (answer, error)
	// err is what is wrong with the last answer.
	err error

	out     []byte
	closers []byte // of the brackets that are open in out, outermost first
	within  []string
	spots   []spot
}

// spot is a field whose value is being written: the codec of its message can judge that.
type spot struct {
	message idl.Message
	key     string // empty where the value is the whole request
	from    int    // of the value in out
	closers int    // that are not of the value
}

// walk goes along answers.
func (f *Filler) walk(answers []answer, skipping bool) *walk {
	w := &walk{f: f, answers: answers, skipping: skipping, spots: []spot{{message: f.request}}}
	p := place{shape: f.root, required: true, chosen: true}
	w.value(&p)
	return w
}

// stopped reports whether the walk is over.
func (w *walk) stopped() bool { return w.question != nil || w.err != nil }

// ask takes the next answer; false where there is none, or it leaves the value out. make
// has the question, and what reads an answer to it.
func (w *walk) ask(q func() (Question, reader)) (answer, bool) {
	if w.stopped() {
		return answer{}, false
	}
	if w.next == len(w.answers) {
		question, read := q()
		if !w.skipping || question.Required {
			w.question, w.read = &question, func(text string) (answer, error) { return read.answer(&question, text) }
			return answer{}, false
		}
		w.answers = append(w.answers, answer{skip: true})
	}
	a := w.answers[w.next]
	w.next++
	return a, !a.skip
}

// fresh reports whether the last answer has just been taken: all before it are checked.
func (w *walk) fresh() bool { return w.next == len(w.answers) }

// open and close write brackets.
func (w *walk) open(bracket, closer byte) {
	w.out, w.closers = append(w.out, bracket), append(w.closers, closer)
}

func (w *walk) close() {
	last := len(w.closers) - 1
	w.out, w.closers = append(w.out, w.closers[last]), w.closers[:last]
}

// separate writes a comma unless a bracket has just been opened.
func (w *walk) separate() {
	if c := w.out[len(w.out)-1]; c != '{' && c != '[' {
		w.out = append(w.out, ", "...)
	}
}

// fields are those of a message. They are made once: an answer walks all again.
func (w *walk) fields(s shape.Shape) []shape.Field {
	list, ok := w.f.fields[s.Name]
	if !ok {
		list = s.Fields()
		w.f.fields[s.Name] = list
	}
	return list
}

// message writes an object, and asks for what is in it.
func (w *walk) message(p *place) {
	s := p.shape
	w.within = append(w.within, s.Name)
	w.open('{', '}')
	asked := map[string]bool{}
	for i := range w.fields(s) {
		field := &w.fields(s)[i]
		switch {
		case w.stopped():
		case field.Oneof == "":
			if w.wanted(field) {
				w.member(s, field, p.path, false)
			}
		case !asked[field.Oneof]:
			asked[field.Oneof] = true
			w.oneof(s, field.Oneof, p.path)
		}
	}
	w.close()
	w.within = w.within[:len(w.within)-1]
}

// wanted reports whether a field is asked for.
func (w *walk) wanted(f *shape.Field) bool {
	return f.Required || w.f.o.All || !f.Base && !f.Deprecated
}

// member writes a field, if it is given.
func (w *walk) member(s shape.Shape, f *shape.Field, path string, chosen bool) {
	before := len(w.out)
	w.separate()
	w.out = append(append(w.out, shape.Quote(f.Names[0])...), ": "...)
	w.spots = append(w.spots, spot{s.Descriptor(), f.Names[0], len(w.out), len(w.closers)})
	p := place{shape: f.Shape(), field: f, about: f, path: join(path, f.Names[0]), required: f.Required || chosen, chosen: chosen}
	if !w.value(&p) {
		w.out = w.out[:before]
	}
	w.spots = w.spots[:len(w.spots)-1]
}

// recursive reports whether a message is inside one of its type.
func (w *walk) recursive(s shape.Shape) bool { return slices.Contains(w.within, s.Name) }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
