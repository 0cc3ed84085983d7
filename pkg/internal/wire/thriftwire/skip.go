package thriftwire

import "fmt"

// SkipBinary returns the size of a value of the binary protocol. depth is how many
// levels it may nest, itself included: MaxDepth for what a peer sent. Lengths and
// counts are compared with what remains before anything else. A Void is skipped
// as the empty struct that Kitex makes of it. All errors are *Error.
func SkipBinary(b []byte, typ byte, depth int) (n int, err error) {
	return skip(Binary, b, typ, depth)
}

// SkipCompact is SkipBinary for the compact protocol. A bool is taken for an
// element, which has a byte; that of a field has none, and nothing to skip.
func SkipCompact(b []byte, ctype byte, depth int) (n int, err error) {
	return skip(Compact, b, ctype, depth)
}

func skip(p Protocol, b []byte, typ byte, depth int) (int, error) {
	if p.Least(typ) == 0 && !p.isStruct(typ) {
		return 0, unknownType(typ)
	}
	w := walker{p, b, 0}
	if err := w.value(typ, depth); err != nil {
		return w.pos, err
	}
	return w.pos, nil
}

// walker steps over values in memory.
type walker struct {
	p   Protocol
	b   []byte
	pos int
}

// at moves the offset of an error to where the walker is.
func (w *walker) at(err *Error) *Error {
	err.Offset += w.pos
	return err
}

func (w *walker) advance(n int) *Error {
	if n > len(w.b)-w.pos {
		return truncated(w.pos, fmt.Sprintf("a value of %d bytes, but only %d follow", n, len(w.b)-w.pos))
	}
	w.pos += n
	return nil
}

func (w *walker) value(typ byte, depth int) *Error {
	switch {
	case w.p.isStruct(typ):
		return w.fields(depth)
	case w.p.isContainer(typ):
		return w.container(typ, depth)
	}
	n, err := w.p.scalar(w.b[w.pos:], typ)
	if err != nil {
		return w.at(err)
	}
	return w.advance(n)
}

func tooDeep(offset int) *Error {
	return &Error{Offset: offset, Reason: fmt.Sprintf("values nested deeper than %d levels", MaxDepth)}
}

func (w *walker) fields(depth int) *Error {
	if depth <= 0 {
		return tooDeep(w.pos)
	}
	for {
		typ, n, none, err := w.p.field(w.b[w.pos:])
		if err != nil {
			return w.at(err)
		}
		w.pos += n
		if typ == Stop {
			return nil
		}
		if !none {
			if err := w.value(typ, depth-1); err != nil {
				return err
			}
		}
	}
}

func (w *walker) container(typ byte, depth int) *Error {
	if depth <= 0 {
		return tooDeep(w.pos)
	}
	c, n, err := w.p.container(w.b[w.pos:], typ)
	if err != nil {
		return w.at(err)
	}
	if c.least > len(w.b)-w.pos-n {
		return truncated(w.pos, fmt.Sprintf("a container of %d bytes or more, but only %d follow", c.least, len(w.b)-w.pos-n))
	}
	w.pos += n
	if c.key == 0 && c.values > 0 && w.p.fixed(c.elem) > 0 {
		return w.advance(c.values * w.p.fixed(c.elem))
	}
	for i := range c.values {
		elem := c.elem
		if c.key != 0 && i%2 == 0 {
			elem = c.key
		}
		if err := w.value(elem, depth-1); err != nil {
			return err
		}
	}
	return nil
}
