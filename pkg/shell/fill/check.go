package fill

import (
	"errors"
	"slices"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shape"
)

// check has a codec judge the innermost field that is being written, with its open brackets
// closed. That the message around it lacks fields is no mistake yet. pending stands for a
// value that is to follow, and is not judged.
func (w *walk) check(pending string) {
	spot := &w.spots[len(w.spots)-1]
	var text []byte
	if spot.key != "" {
		text = append(append(append(text, '{'), shape.Quote(spot.key)...), ':')
	}
	text = append(text, w.out[spot.from:]...)
	limit := len(text)
	text = append(text, pending...)
	open := slices.Clone(w.closers[spot.closers:])
	slices.Reverse(open)
	text = append(text, open...)
	if spot.key != "" {
		text = append(text, '}')
	}
	program, err := w.f.program(spot.message)
	if err == nil {
		_, err = program.Codec().Encode(nil, text)
	}
	v, isValue := errors.AsType[*format.ValueError](err)
	switch {
	case isValue && spot.key != "" && v.Path == "", isValue && pending != "" && v.Offset >= limit:
	case isValue:
		w.err = &Error{Message: v.Message, Nearest: v.Nearest}
	default:
		w.err = err
	}
}

// program is what encodes a message.
func (f *Filler) program(m idl.Message) (*format.Program, error) {
	if p := f.programs[m.Name()]; p != nil {
		return p, nil
	}
	p, err := format.Compile(&idl.Method{Input: m, Output: m}, format.Options{})
	if err == nil {
		f.programs[m.Name()] = p
	}
	return p, err
}

// refuse is the mistake in an answer to the question.
func (f *Filler) refuse(err error) error {
	path := f.at.question.Path
	if v, ok := errors.AsType[*shape.ValueError](err); ok {
		return &Error{path, v.Message, v.Nearest}
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return &Error{path, e.Message, e.Nearest}
	}
	return &Error{Path: path, Message: err.Error()}
}
