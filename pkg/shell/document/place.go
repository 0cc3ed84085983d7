package document

import (
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shape"
)

// place is what the IDL has at a place of a document.
type place struct {
	shape shape.Shape
	// known is false behind a field that the IDL does not have.
	known bool
	field *shape.Field // where it is a member of a message
	// name is what a hint calls it: "items[2]".
	name string
	// pair says that an array is one entry of a map, which shape is.
	pair bool
}

// at is the place of the value that the innermost bracket is, and that of what is inside it
// at the cursor.
func (c *cursor) at(m idl.Message) (outer, inner place) {
	inner = place{shape: shape.Of(m), known: true}
	for i := 1; i < len(c.stack); i++ {
		outer = inner
		inner = outer.inside(&c.stack[i])
	}
	return outer, inner
}

// inside is the place of the current value of a bracket that stands at p.
func (p *place) inside(f *frame) place {
	s := p.shape
	switch {
	case !p.known:
		return place{}
	case f.open == '[' && p.pair && f.index == 0:
		return place{shape: s.Key(), known: true, name: "key of " + p.name}
	case f.open == '[' && p.pair:
		return place{shape: s.Elem(), known: f.index == 1, name: "value of " + p.name}
	case f.open == '[' && s.Kind == shape.List:
		return place{shape: s.Elem(), known: true, name: p.name + "[" + strconv.Itoa(f.index) + "]"}
	case f.open == '[' && s.Kind == shape.Map:
		return place{shape: s, known: true, pair: true, name: p.name}
	case f.open == '{' && s.Kind == shape.Map:
		return place{shape: s.Elem(), known: f.key != "" || f.state == wantValue, name: p.name + "[" + strconv.Quote(f.key) + "]"}
	case f.open == '{' && s.Form == shape.Any && f.key == "@type":
		return place{shape: shape.Shape{Kind: shape.Text, Name: "type URL"}, known: true, name: "@type"}
	case f.open == '{':
		if s.Form == shape.Any {
			s, _ = s.Inside(f.url)
		}
		if field, ok := s.Find(f.key); ok {
			return place{shape: field.Shape(), known: true, field: &field, name: field.Names[0]}
		}
	}
	return place{}
}
