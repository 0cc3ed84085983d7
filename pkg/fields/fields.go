package fields

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shape"
)

// Fields are pairs that fit a message.
type Fields struct {
	shape  shape.Shape
	pairs  []Pair
	values [][]byte // the JSON of each
}

// New checks pairs against a message. read has the content of a file that a value names;
// it is called at once. A pair that does not fit is an *Error.
func New(m idl.Message, pairs []Pair, read func(name string) ([]byte, error)) (*Fields, error) {
	f := &Fields{shape: shape.Of(m), pairs: pairs, values: make([][]byte, len(pairs))}
	for i := range pairs {
		p := &pairs[i]
		s, err := f.follow(p)
		if err != nil {
			return nil, err
		}
		if f.values[i], err = p.json(s, read); err != nil {
			return nil, err
		}
	}
	_, err := f.Over(nil, []byte("{}")) // what pairs say of each other
	if e, ok := err.(*Error); ok && strings.HasPrefix(e.Message, holes) {
		err = nil // a document may fill them
	}
	return f, err
}

// follow is the shape to which a path leads.
func (f *Fields) follow(p *Pair) (shape.Shape, error) {
	s := f.shape
	for i := range p.steps {
		next, err := walk(s, p, i)
		if err != nil {
			return s, err
		}
		s = next.shape
	}
	return s, nil
}

// place is what a step leads to.
type place struct {
	shape shape.Shape
	field shape.Field // where it is a member of a message
}

// walk follows one step of a path.
func walk(s shape.Shape, p *Pair, i int) (place, error) {
	st := p.steps[i]
	before := &Error{Path: strings.TrimSuffix(p.Path[:st.end], p.text(i))}
	switch s.Kind {
	case shape.Message:
		if st.kind == byIndex || st.kind == another {
			return place{}, before.say("it is a message of type %s, not a list", s.Name)
		}
		return memberOf(s, p, i)
	case shape.List:
		if st.kind == byName || st.kind == byKey {
			return place{}, before.say("it is a list: name an element ([0]), or add one ([])")
		}
		return place{shape: s.Elem()}, nil
	case shape.Map:
		if st.kind == another {
			return place{}, before.say("it is a map, not a list: give a key (.KEY or [\"KEY\"])")
		}
		return place{shape: s.Elem()}, nil
	case shape.Free:
		return place{shape: s}, nil
	}
	return place{}, before.say("it is of type %s, which has nothing inside", s.Name)
}

// text is a step as it stands in the path, with the dot before it.
func (p *Pair) text(i int) string {
	begin := 0
	if i > 0 {
		begin = p.steps[i-1].end
	}
	return p.Path[begin:p.steps[i].end]
}

func (e *Error) say(format string, args ...any) *Error {
	e.Message = fmt.Sprintf(format, args...)
	return e
}

// memberOf is a field of a message. A name in brackets is that of an extension.
func memberOf(s shape.Shape, p *Pair, i int) (place, error) {
	st, what, find := p.steps[i], "field", s.Find
	if st.kind == byKey {
		what, find = "extension", s.Extension
	}
	if f, ok := find(st.name); ok {
		return place{f.Shape(), f}, nil
	}
	err := (&Error{Path: p.Path[:st.end]}).say("unknown %s %q in %s", what, shorten(st.name), s.Name)
	before := strings.TrimSuffix(p.Path[:st.end], st.name)
	if what == "field" {
		for _, near := range idl.Nearest(st.name, s.Names()) {
			err.Nearest = append(err.Nearest, before+near)
		}
	}
	return place{}, err
}

// Over appends the document with the pairs laid over it: a pair changes or adds what its
// path leads to, and takes the place of what a oneof had. A document of white space is an
// empty object. What is no JSON object is returned as it is, for a codec to judge.
func (f *Fields) Over(dst, document []byte) ([]byte, error) {
	root := &node{raw: document}
	if text := bytes.TrimSpace(document); len(text) > 0 && text[0] != '{' {
		return append(dst, document...), nil
	}
	for i := range f.pairs {
		if err := f.set(root, &f.pairs[i], f.values[i]); err != nil {
			return dst, err
		}
	}
	return root.append(dst), nil
}

// set gives a place its value.
func (f *Fields) set(n *node, p *Pair, value []byte) error {
	s := f.shape
	for i := range p.steps {
		at, err := walk(s, p, i)
		if err != nil {
			return err
		}
		if n, err = down(s, n, p, i, at.field); err != nil {
			return err
		}
		n.given = n.given || i < len(p.steps)-1
		s = at.shape
	}
	if n.set || n.given && len(n.members)+len(n.items) > 0 {
		return p.fault("it is given twice")
	}
	*n = node{raw: value, given: true, set: true}
	return nil
}

// holes begins the message of an index behind the end of a list.
const holes = "there is no element"

// down is the node to which a step leads, made where there is none.
func down(s shape.Shape, n *node, p *Pair, i int, f shape.Field) (*node, error) {
	st := p.steps[i]
	asList := s.Kind == shape.List || s.Kind == shape.Free && (st.kind == another || st.kind == byIndex)
	if n.set {
		return nil, p.fault("%s is given already, as a whole", p.Path[:st.end-len(p.text(i))])
	}
	if err := n.open(!asList); err != nil {
		return nil, p.fault("%v, at %s", err, p.Path[:st.end-len(p.text(i))])
	}
	switch {
	case !asList && s.Kind == shape.Message:
		next := n.member(f.Names...)
		if f.Oneof != "" {
			for _, other := range s.Fields() {
				if other.Oneof == f.Oneof {
					n.drop(other.Names, next)
				}
			}
		}
		return next, nil
	case !asList:
		return n.member(st.name), nil
	case st.kind == byIndex && st.index > len(n.items):
		return nil, p.fault("%s %d: the list has %d, and [] adds one", holes, st.index, len(n.items))
	case st.kind == byIndex && st.index < len(n.items):
		return n.items[st.index], nil
	}
	if last := len(n.items) - 1; st.kind == another && n.appended && i+1 < len(p.steps) && !taken(s, n.items[last], p, i+1) {
		return n.items[last], nil
	}
	next := &node{given: true}
	n.items, n.appended = append(n.items, next), st.kind == another
	return next, nil
}

// taken reports whether the place to which the rest of a path leads has a value already,
// so that "[]" begins another element.
func taken(s shape.Shape, n *node, p *Pair, i int) bool {
	s = s.Elem()
	for ; i < len(p.steps); i++ {
		if n.raw != nil {
			return true
		}
		at, err := walk(s, p, i)
		if err != nil || p.steps[i].kind == another {
			return false
		}
		names := append([]string{p.steps[i].name}, at.field.Names...)
		next := n.lookup(p.steps[i], names)
		if next == nil {
			return false
		}
		n, s = next, at.shape
	}
	return true
}
