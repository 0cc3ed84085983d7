package fill

import (
	"slices"
	"strconv"

	"github.com/idlcall/idlcall/pkg/shape"
)

// place is where a value belongs.
type place struct {
	shape shape.Shape
	path  string
	// field is set of a member of a message. about has the comment, of what is inside a
	// field, too.
	field, about *shape.Field
	// what stands before the type: "key: ".
	what string
	// required says that there must be a value, chosen that somebody has asked for it: a
	// message is entered.
	required, chosen bool
	// more says that an empty answer ends a list or a map.
	more bool
}

// about is what is asked of a place.
func (w *walk) about(p *place, k Kind) Question {
	q := Question{Kind: k, Path: p.path, Type: p.what + p.shape.String(), Required: p.required, More: p.more}
	if p.field != nil {
		q.Type, q.Default = p.field.Type(), p.field.Default
	}
	if p.about != nil {
		q.Comment = w.f.o.Notes.Field(p.about.Owner, p.about.Name)
	}
	if len(q.Comment) == 0 && p.shape.Kind == shape.Message {
		q.Comment = w.f.o.Notes.Message(p.shape.Name)
	}
	return q
}

// value asks for a value and writes it. It reports whether there is one.
func (w *walk) value(p *place) bool {
	switch s := p.shape; {
	case s.Kind == shape.Message && s.Union:
		return w.union(p)
	case s.Kind == shape.Message:
		return w.nested(p)
	case s.Kind == shape.List:
		return w.list(p)
	case s.Kind == shape.Map:
		return w.mapping(p)
	}
	if !w.scalar(p) {
		return false
	}
	if w.fresh() {
		w.check("")
	}
	return true
}

// scalar asks for a value that is none of several parts, and writes it.
func (w *walk) scalar(p *place) bool {
	a, ok := w.ask(func() (Question, reader) {
		q := w.about(p, Value)
		if q.Choices = w.f.options(p.shape); q.Choices != nil {
			q.Kind = Choice
		}
		return q, w.f.scalar(p.shape, q.Choices)
	})
	w.out = append(w.out, a.json...)
	return ok
}

// write writes JSON that was the answer, and has it checked.
func (w *walk) write(json []byte) {
	w.out = append(w.out, json...)
	if w.fresh() {
		w.check("")
	}
}

// nested asks for a message: whether it is wanted, where that is not clear. That one which
// is required has itself inside is not.
func (w *walk) nested(p *place) bool {
	if !p.chosen && (!p.required || w.recursive(p.shape)) {
		a, ok := w.ask(func() (Question, reader) {
			q := w.about(p, Confirm)
			q.Required = false
			return q, confirm()
		})
		if !ok {
			return false
		}
		if a.json != nil {
			w.write(a.json)
			return true
		}
	}
	if w.stopped() {
		return false
	}
	w.message(p)
	return true
}

// union asks which field of a union is wanted.
func (w *walk) union(p *place) bool {
	fields := w.fields(p.shape)
	a, ok := w.ask(func() (Question, reader) {
		q := w.about(p, Choice)
		q.Choices = w.members(fields, p.shape.Name)
		return q, member(q.Choices, true)
	})
	if !ok {
		return false
	}
	if a.json != nil {
		w.write(a.json)
		return true
	}
	w.within = append(w.within, p.shape.Name)
	w.open('{', '}')
	w.chosen(p.shape, fields, a.member, p.path)
	w.close()
	w.within = w.within[:len(w.within)-1]
	return true
}

// oneof asks which of some fields is wanted.
func (w *walk) oneof(s shape.Shape, name, path string) {
	fields := w.fields(s)
	a, ok := w.ask(func() (Question, reader) {
		choices := w.members(fields, name)
		return Question{Kind: Choice, Path: join(path, name), Type: "oneof", Choices: choices}, member(choices, false)
	})
	if ok && a.member != "" {
		w.chosen(s, fields, a.member, path)
	}
}

// chosen asks for a field that has been chosen.
func (w *walk) chosen(s shape.Shape, fields []shape.Field, name, path string) {
	if i := slices.IndexFunc(fields, func(f shape.Field) bool { return f.Names[0] == name }); i >= 0 {
		w.member(s, &fields[i], path, true)
	}
}

// members are the fields of a oneof as a menu has them.
func (w *walk) members(fields []shape.Field, oneof string) []Option {
	var list []Option
	for i := range fields {
		if f := &fields[i]; f.Oneof == oneof {
			list = append(list, Option{f.Names[0], note(f.Type(), w.f.o.Notes.Field(f.Owner, f.Name))})
		}
	}
	return list
}

// list asks for elements until there are enough.
func (w *walk) list(p *place) bool {
	before := len(w.out)
	w.open('[', ']')
	n := 0
	for ; !w.stopped(); n++ {
		at := len(w.out)
		w.separate()
		elem := place{shape: p.shape.Elem(), path: p.path + "[" + strconv.Itoa(n) + "]", more: true}
		if n == 0 {
			elem.about = p.about
		}
		if !w.value(&elem) {
			w.out = w.out[:at]
			break
		}
		if p.shape.Distinct && w.fresh() && !w.stopped() {
			w.check("")
		}
	}
	w.close()
	return w.keep(p, before, n)
}

// keep drops a list or a map that has got nothing, unless there must be one.
func (w *walk) keep(p *place, before, n int) bool {
	if n > 0 || p.required && !w.stopped() {
		return true
	}
	w.out = w.out[:before]
	return false
}

// mapping asks for keys until there are enough, and for the value of each.
func (w *walk) mapping(p *place) bool {
	before, asText := len(w.out), p.shape.KeyIsText()
	if asText {
		w.open('{', '}')
	} else {
		w.open('[', ']')
	}
	n, given := 0, true
	for ; given && !w.stopped(); n++ {
		at := len(w.out)
		w.separate()
		if asText {
			given = w.entry(p, n)
		} else {
			given = w.pair(p, n)
		}
		if !given {
			w.out = w.out[:at]
			n--
		}
	}
	w.close()
	return w.keep(p, before, n)
}

// key is where the key of an entry belongs.
func (p *place) key(n int) place {
	key := place{shape: p.shape.Key(), path: p.path + "[" + strconv.Itoa(n) + "]", what: "key: ", more: true}
	if n == 0 {
		key.about = p.about
	}
	return key
}

// entry asks for one entry of a map as a member of an object.
func (w *walk) entry(p *place, n int) bool {
	key, from := p.key(n), len(w.out)
	if !w.scalar(&key) {
		return false
	}
	name := string(w.out[from:])
	if name[0] != '"' {
		name = `"` + name + `"`
	}
	w.out = append(append(w.out[:from], name...), ": "...)
	return w.entered(p, p.path+"["+name+"]")
}

// pair asks for one entry of a map as a pair of key and value.
func (w *walk) pair(p *place, n int) bool {
	key := p.key(n)
	w.open('[', ']')
	defer w.close()
	if !w.value(&key) || w.stopped() {
		return false
	}
	w.out = append(w.out, ", "...)
	return w.entered(p, key.path)
}

// entered asks for the value that belongs to a key, if the key will do.
func (w *walk) entered(p *place, path string) bool {
	if w.fresh() {
		w.check("null")
	}
	value := place{shape: p.shape.Elem(), path: path, what: "value: ", required: true, chosen: true}
	return !w.stopped() && w.value(&value)
}
