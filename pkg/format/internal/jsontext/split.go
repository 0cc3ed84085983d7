package jsontext

// Splitter finds where a JSON document ends, byte by byte, so that documents may
// arrive in pieces, run together or spread over lines. It accepts a little more
// than JSON (the codec is the judge of that) but stops at the first byte that no
// JSON document can have at its place: a mistake is then reported at once
// instead of after more input.
type Splitter struct {
	state state
	// open has one entry a level, true for an object.
	open []bool
}

type state uint8

const (
	wantValue state = iota
	wantFirstElement
	wantFirstKey
	wantKey
	wantColon
	wantComma // or the closing bracket
	inString
	inKey
	inStringEscape // inString + 2
	inKeyEscape    // inKey + 2
	inScalar       // a number, true, false or null: only what follows ends it
	complete
	broken
)

// Feed consumes b up to the end of the document. It returns how many bytes
// belong to it; done says that the document is complete or cannot be completed.
func (s *Splitter) Feed(b []byte) (n int, done bool) {
	for n < len(b) {
		c := b[n]
		if s.state == inScalar {
			if IsScalar(c) {
				n++
				continue
			}
			s.valueEnds()
			if s.state == complete {
				return n, true // c belongs to what follows
			}
		}
		n++
		s.step(c)
		if s.state >= complete {
			return n, true
		}
	}
	return n, false
}

// IsScalar reports whether a byte can be part of a number, true, false or null.
func IsScalar(c byte) bool { return IsWord(c) || c == '.' || c == '+' || c == '-' }

func (s *Splitter) step(c byte) {
	switch s.state {
	case inString, inKey:
		s.inside(c)
	case inStringEscape:
		s.state = inString
	case inKeyEscape:
		s.state = inKey
	default:
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			return
		}
		s.token(c)
	}
}

// inside handles a byte of a string.
func (s *Splitter) inside(c byte) {
	switch {
	case c == '\\':
		s.state += inStringEscape - inString
	case c < ' ':
		s.state = broken
	case c == '"' && s.state == inKey:
		s.state = wantColon
	case c == '"':
		s.valueEnds()
	}
}

// token handles a byte between values.
func (s *Splitter) token(c byte) {
	switch {
	case s.state == wantColon && c == ':':
		s.state = wantValue
	case s.state == wantComma && c == ',':
		s.state = wantValue
		if s.open[len(s.open)-1] {
			s.state = wantKey
		}
	case (s.state == wantKey || s.state == wantFirstKey) && c == '"':
		s.state = inKey
	case s.closes(c):
		s.open = s.open[:len(s.open)-1]
		s.valueEnds()
	case s.state <= wantFirstElement:
		s.value(c)
	default:
		s.state = broken
	}
}

// closes reports whether c ends the innermost object or array here.
func (s *Splitter) closes(c byte) bool {
	if len(s.open) == 0 {
		return false
	}
	if s.open[len(s.open)-1] {
		return c == '}' && (s.state == wantComma || s.state == wantFirstKey)
	}
	return c == ']' && (s.state == wantComma || s.state == wantFirstElement)
}

// splitDepth is a little more than the codec takes, so that it is the codec that
// says what nests too deep.
const splitDepth = MaxDepth + 2

func (s *Splitter) value(c byte) {
	switch {
	case c == '{' && len(s.open) < splitDepth:
		s.open, s.state = append(s.open, true), wantFirstKey
	case c == '[' && len(s.open) < splitDepth:
		s.open, s.state = append(s.open, false), wantFirstElement
	case c == '"':
		s.state = inString
	case IsScalar(c):
		s.state = inScalar
	default:
		s.state = broken
	}
}

func (s *Splitter) valueEnds() {
	s.state = wantComma
	if len(s.open) == 0 {
		s.state = complete
	}
}

// Reset is due before the next document.
func (s *Splitter) Reset() { s.state, s.open = wantValue, s.open[:0] }
