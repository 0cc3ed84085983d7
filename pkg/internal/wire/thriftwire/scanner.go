package thriftwire

// Scanner finds the end of a message on a buffer that grows, where no length goes
// before it. What it has stepped over it does not look at again. The zero value
// scans the binary protocol.
type Scanner struct {
	p     Protocol
	pos   int // stepped over; may be beyond what has come, inside a string
	floor int // what the message takes at least
	begun bool
	json  jsonScan
	stack []level
}

// level is a struct or a container that is not at its end.
type level struct {
	isStruct  bool
	key, elem byte
	left      int // values of a container
}

// Reset makes the Scanner ready for the next message; it keeps its memory.
func (s *Scanner) Reset(p Protocol) { *s = Scanner{p: p, stack: s.stack[:0]} }

// Scan looks at b, which is the message as far as it has come. n is where the
// message ends where done is true, and otherwise the number of bytes that it has
// at least, more than len(b). All errors are *Error.
func (s *Scanner) Scan(b []byte) (n int, done bool, err error) {
	if s.p == JSON {
		s.pos, done, err = s.json.scan(b, s.pos)
		if done || err != nil {
			return s.pos, done, err
		}
		return len(b) + 1, false, nil
	}
	if !s.begun {
		m, err := Parse(s.p, b)
		if e, ok := err.(*Error); ok && e.Truncated {
			return len(b) + 1, false, nil
		}
		if err != nil {
			return 0, false, err
		}
		s.begun, s.pos = true, len(b)-len(m.Body)
		s.stack = append(s.stack, level{isStruct: true})
	}
	for len(s.stack) > 0 {
		if s.pos > len(b) {
			return max(s.pos, s.floor), false, nil
		}
		if err := s.step(b[s.pos:]); err != nil {
			if err.Truncated {
				return max(len(b)+1, s.floor), false, nil
			}
			err.Offset += s.pos
			return 0, false, err
		}
	}
	return s.pos, s.pos <= len(b), nil
}

// step goes over one field, one value or the header of a container; b is what
// comes next. On an error nothing has changed.
func (s *Scanner) step(b []byte) *Error {
	top := &s.stack[len(s.stack)-1]
	if top.isStruct {
		typ, n, none, err := s.p.field(b)
		if err != nil {
			return err
		}
		if typ == Stop {
			s.pos += n
			s.pop()
			return nil
		}
		if none {
			s.pos += n
			return nil
		}
		return s.value(b, n, typ)
	}
	if top.left == 0 {
		s.pop()
		return nil
	}
	typ := top.elem
	if top.key != 0 && top.left%2 == 0 {
		typ = top.key
	}
	depth := len(s.stack)
	if err := s.value(b, 0, typ); err != nil {
		return err
	}
	s.stack[depth-1].left--
	return nil
}

func (s *Scanner) pop() { s.stack = s.stack[:len(s.stack)-1] }

// value goes over a value that begins at offset at of b, or into it.
func (s *Scanner) value(b []byte, at int, typ byte) *Error {
	inner := level{isStruct: s.p.isStruct(typ)}
	n, least := 0, 0
	var err *Error
	if s.p.isContainer(typ) {
		var c container
		if c, n, err = s.p.container(b[at:], typ); err == nil {
			inner.key, inner.elem, inner.left, least = c.key, c.elem, c.values, c.least
		}
	} else if !inner.isStruct {
		n, err = s.p.scalar(b[at:], typ)
	}
	if err != nil {
		err.Offset += at
		return err
	}
	if inner.isStruct || s.p.isContainer(typ) {
		if len(s.stack) == MaxDepth {
			return tooDeep(at)
		}
		if inner.key == 0 && inner.left > 0 && s.p.fixed(inner.elem) > 0 {
			n += inner.left * s.p.fixed(inner.elem)
		} else {
			s.stack = append(s.stack, inner)
		}
	}
	s.pos += at + n
	s.floor = max(s.floor, s.pos+least)
	return nil
}
