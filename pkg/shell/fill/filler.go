package fill

import (
	"fmt"
	"slices"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shape"
)

// Options say how to ask.
type Options struct {
	// Notes has the comments; it may be nil.
	Notes *shape.Notes
	// All asks for deprecated fields, and for those that Kitex fills, too.
	All bool
	// Read has the content of a file that an answer names; nil where there are no files.
	Read func(name string) ([]byte, error)
}

// Filler asks for one request.
type Filler struct {
	request idl.Message
	root    shape.Shape
	o       Options
	answers []answer
	marks   []int // how many answers there were before each step
	at      *walk // how far the answers lead

	fields   map[string][]shape.Field // of messages that have been walked
	programs map[string]*format.Program
}

// New returns a Filler for a request.
func New(request idl.Message, o Options) *Filler {
	if o.Read == nil {
		o.Read = func(name string) ([]byte, error) { return nil, fmt.Errorf("there is no file %q here", name) }
	}
	f := &Filler{
		request: request, root: shape.Of(request), o: o,
		fields: map[string][]shape.Field{}, programs: map[string]*format.Program{},
	}
	f.at = f.walk(nil, false)
	return f
}

// Next is the question that is to be answered; false where all have been.
func (f *Filler) Next() (Question, bool) {
	if f.at.question == nil {
		return Question{}, false
	}
	return *f.at.question, true
}

// Answer answers the question. An answer that does not do is an *Error, and the question
// stays. Without a question, nothing happens.
func (f *Filler) Answer(text string) error {
	if f.at.question == nil {
		return nil
	}
	a, err := f.at.read(text)
	if err != nil {
		return f.refuse(err)
	}
	return f.step([]answer{a}, false)
}

// Skip leaves out what is not required from here on, up to a question that is.
func (f *Filler) Skip() error {
	if f.at.question == nil || f.at.question.Required {
		return nil
	}
	return f.step([]answer{{skip: true}}, true)
}

// step takes answers, if they do.
func (f *Filler) step(more []answer, skipping bool) error {
	next := f.walk(slices.Concat(f.answers, more), skipping)
	if next.err != nil {
		return f.refuse(next.err)
	}
	f.marks = append(f.marks, len(f.answers))
	f.answers, f.at = next.answers, next
	return nil
}

// Back returns to the question before, and forgets what was answered; false at the first.
func (f *Filler) Back() bool {
	if len(f.marks) == 0 {
		return false
	}
	last := len(f.marks) - 1
	f.answers = f.answers[:f.marks[last]]
	f.marks = f.marks[:last]
	f.at = f.walk(slices.Clone(f.answers), false)
	return true
}

// JSON is the request as far as it has been given, in one line, in the order of the IDL.
// Once there are no more questions, a codec takes it.
func (f *Filler) JSON() []byte {
	if len(f.at.out) == 0 && f.root.Kind == shape.Message {
		return []byte("{}")
	}
	return slices.Clone(f.at.out)
}
