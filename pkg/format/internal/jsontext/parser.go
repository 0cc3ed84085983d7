package jsontext

import (
	"fmt"
	"unicode/utf8"
)

// MaxDepth bounds nesting, of JSON values and of messages alike. It is the limit
// that Protobuf implementations share.
const MaxDepth = 10000

// Parser reads one JSON document (RFC 8259, strictly) from memory. Positions are
// byte offsets into Src, so every error can point at its cause.
type Parser struct {
	Src []byte
	Pos int // of the next byte; it may be set back
	// scratch holds strings that had escapes; valid until the next string.
	scratch []byte
}

// Fail is a mistake at an offset.
func (p *Parser) Fail(off int, format string, args ...any) error {
	return &ValueError{Offset: off, Message: fmt.Sprintf(format, args...)}
}

// Peek skips white space and returns the byte that follows, 0 at the end.
func (p *Parser) Peek() byte {
	for uint(p.Pos) < uint(len(p.Src)) {
		c := p.Src[p.Pos]
		if c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		p.Pos++
	}
	return 0
}

// Expect consumes one structural byte.
func (p *Parser) Expect(c byte, where string) error {
	if p.Peek() != c {
		return p.Unexpected(fmt.Sprintf("%q %s", c, where))
	}
	p.Pos++
	return nil
}

// Unexpected says what stands at pos instead of what was wanted.
func (p *Parser) Unexpected(want string) error {
	return p.Fail(p.Pos, "expected %s, found %s", want, p.found())
}

// found names what stands at pos, for messages.
func (p *Parser) found() string {
	c := p.Peek()
	switch {
	case p.Pos >= len(p.Src):
		return "the end of the input"
	case c == '"':
		return "a string"
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '-' || c >= '0' && c <= '9':
		return "a number"
	case p.Word("null"):
		return "null"
	case p.Word("true"), p.Word("false"):
		return "a boolean"
	}
	r, n := utf8.DecodeRune(p.Src[p.Pos:])
	if r == utf8.RuneError && n <= 1 {
		return fmt.Sprintf("byte 0x%02x", c)
	}
	return fmt.Sprintf("%q", r)
}

// Word reports whether a literal stands at pos, as a whole word.
func (p *Parser) Word(w string) bool {
	end := p.Pos + len(w)
	if end > len(p.Src) || string(p.Src[p.Pos:end]) != w {
		return false
	}
	return end == len(p.Src) || !IsWord(p.Src[end])
}

// IsWord reports whether a byte can be part of a word: a literal, a number, a name.
func IsWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// Null consumes a null, if one stands here.
func (p *Parser) Null() bool {
	if p.Peek() != 'n' || !p.Word("null") {
		return false
	}
	p.Pos += 4
	return true
}

// Bool consumes true or false.
func (p *Parser) Bool() (bool, error) {
	switch p.Peek() {
	case 't':
		if p.Word("true") {
			p.Pos += 4
			return true, nil
		}
	case 'f':
		if p.Word("false") {
			p.Pos += 5
			return false, nil
		}
	}
	return false, p.Unexpected("true or false")
}

// Number consumes a number and returns its text.
func (p *Parser) Number() ([]byte, error) {
	c := p.Peek()
	if c != '-' && (c < '0' || c > '9') {
		return nil, p.Unexpected("a number")
	}
	n := NumberLen(p.Src[p.Pos:])
	if n == 0 || p.Pos+n < len(p.Src) && (IsWord(p.Src[p.Pos+n]) || p.Src[p.Pos+n] == '.') {
		end := p.Pos
		for end < len(p.Src) && (IsWord(p.Src[end]) || p.Src[end] == '.' || p.Src[end] == '+' || p.Src[end] == '-') {
			end++
		}
		return nil, p.Fail(p.Pos, "%q is not a JSON number", Clip(p.Src[p.Pos:end]))
	}
	text := p.Src[p.Pos : p.Pos+n]
	p.Pos += n
	return text, nil
}

// NumberLen returns how many bytes of b are a number by RFC 8259, 0 if none.
func NumberLen(b []byte) int {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch whole := Digits(b[i:]); {
	case whole == 0, whole > 1 && b[i] == '0':
		return 0
	default:
		i += whole
	}
	if i < len(b) && b[i] == '.' {
		fraction := Digits(b[i+1:])
		if fraction == 0 {
			return 0
		}
		i += 1 + fraction
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		j := i + 1
		if j < len(b) && (b[j] == '+' || b[j] == '-') {
			j++
		}
		exponent := Digits(b[j:])
		if exponent == 0 {
			return 0
		}
		i = j + exponent
	}
	return i
}

// Digits is how many decimal digits b begins with.
func Digits(b []byte) int {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n
}

// Clip shortens user text for a message.
func Clip(b []byte) string {
	const limit = 40
	if len(b) <= limit {
		return string(b)
	}
	n := limit
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return string(b[:n]) + "…"
}

// TooDeep is the mistake of a value at more than MaxDepth levels.
func (p *Parser) TooDeep() error {
	return p.Fail(p.Pos, "nested deeper than %d levels", MaxDepth)
}

// Skip consumes any one value.
func (p *Parser) Skip(depth int) error {
	if depth > MaxDepth {
		return p.TooDeep()
	}
	switch c := p.Peek(); {
	case c == '{':
		return p.Object(func([]byte, int) error { return p.Skip(depth + 1) })
	case c == '[':
		return p.Array(func(int) error { return p.Skip(depth + 1) })
	case c == '"':
		_, err := p.Text()
		return err
	case c == '-' || c >= '0' && c <= '9':
		_, err := p.Number()
		return err
	case c == 't', c == 'f':
		_, err := p.Bool()
		return err
	case p.Null():
		return nil
	}
	return p.Unexpected("a value")
}

// open consumes the bracket that opens an object or array, and reports whether
// anything stands in it; if not, the closing one is consumed too.
func (p *Parser) open(open, end byte, what string) (any bool, err error) {
	if p.Peek() != open {
		return false, p.Expect(open, what)
	}
	p.Pos++
	if p.Peek() == end {
		p.Pos++
		return false, nil
	}
	return true, nil
}

// OpenObject is open for an object.
func (p *Parser) OpenObject() (bool, error) { return p.open('{', '}', "to open an object") }

// OpenArray is open for an array.
func (p *Parser) OpenArray() (bool, error) { return p.open('[', ']', "to open an array") }

// Comma consumes a comma, if one stands right here: what nearly always follows a value. More is
// for all else; it is no call where it has no place.
func (p *Parser) Comma() bool {
	if uint(p.Pos) < uint(len(p.Src)) && p.Src[p.Pos] == ',' {
		p.Pos++
		return true
	}
	return false
}

// More consumes what follows a member: a comma, and then there is another one,
// or the closing bracket.
func (p *Parser) More(end byte) (bool, error) {
	switch p.Peek() {
	case ',':
		p.Pos++
		return true, nil
	case end:
		p.Pos++
		return false, nil
	}
	return false, p.Unexpected(fmt.Sprintf("',' or %q", end))
}

// Object consumes an object; member is called at the value of each key, with
// the key (valid until the next string is read) and its offset.
func (p *Parser) Object(member func(key []byte, off int) error) error {
	more, err := p.OpenObject()
	for more && err == nil {
		key, off, keyErr := p.Key()
		if keyErr != nil {
			return keyErr
		}
		if err := member(key, off); err != nil {
			return err
		}
		more, err = p.More('}')
	}
	return err
}

// Array consumes an array; element is called at each of its values.
func (p *Parser) Array(element func(i int) error) error {
	more, err := p.OpenArray()
	for i := 0; more && err == nil; i++ {
		if err := element(i); err != nil {
			return err
		}
		more, err = p.More(']')
	}
	return err
}

// End checks that nothing but white space follows.
func (p *Parser) End() error {
	if p.Peek(); p.Pos < len(p.Src) {
		return p.Fail(p.Pos, "unexpected %s after the document", p.found())
	}
	return nil
}
