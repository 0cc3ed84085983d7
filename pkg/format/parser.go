package format

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds nesting, of JSON values and of messages alike. It is the limit
// that Protobuf implementations share.
const maxDepth = 10000

// parser reads one JSON document (RFC 8259, strictly) from memory. Positions are
// byte offsets into src, so every error can point at its cause.
type parser struct {
	src []byte
	pos int
	// scratch holds strings that had escapes; valid until the next string.
	scratch []byte
}

func (p *parser) fail(off int, format string, args ...any) error {
	return &ValueError{Offset: off, Message: fmt.Sprintf(format, args...)}
}

// peek skips white space and returns the byte that follows, 0 at the end.
func (p *parser) peek() byte {
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		if c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		p.pos++
	}
	return 0
}

// expect consumes one structural byte.
func (p *parser) expect(c byte, where string) error {
	if p.peek() != c {
		return p.unexpected(fmt.Sprintf("%q %s", c, where))
	}
	p.pos++
	return nil
}

// unexpected says what stands at pos instead of what was wanted.
func (p *parser) unexpected(want string) error {
	return p.fail(p.pos, "expected %s, found %s", want, p.found())
}

// found names what stands at pos, for messages.
func (p *parser) found() string {
	c := p.peek()
	switch {
	case p.pos >= len(p.src):
		return "the end of the input"
	case c == '"':
		return "a string"
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '-' || c >= '0' && c <= '9':
		return "a number"
	case p.word("null"):
		return "null"
	case p.word("true"), p.word("false"):
		return "a boolean"
	}
	r, n := utf8.DecodeRune(p.src[p.pos:])
	if r == utf8.RuneError && n <= 1 {
		return fmt.Sprintf("byte 0x%02x", c)
	}
	return fmt.Sprintf("%q", r)
}

// word reports whether a literal stands at pos, as a whole word.
func (p *parser) word(w string) bool {
	end := p.pos + len(w)
	if end > len(p.src) || string(p.src[p.pos:end]) != w {
		return false
	}
	return end == len(p.src) || !isWord(p.src[end])
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// null consumes a null, if one stands here.
func (p *parser) null() bool {
	if p.peek() != 'n' || !p.word("null") {
		return false
	}
	p.pos += 4
	return true
}

// boolean consumes true or false.
func (p *parser) boolean() (bool, error) {
	switch p.peek() {
	case 't':
		if p.word("true") {
			p.pos += 4
			return true, nil
		}
	case 'f':
		if p.word("false") {
			p.pos += 5
			return false, nil
		}
	}
	return false, p.unexpected("true or false")
}

// stopsString marks the ASCII characters of a string that do not just stand for
// themselves: control characters, the quote, the backslash.
var stopsString = [utf8.RuneSelf]bool{
	true, true, true, true, true, true, true, true,
	true, true, true, true, true, true, true, true,
	true, true, true, true, true, true, true, true,
	true, true, true, true, true, true, true, true,
	'"': true, '\\': true,
}

// str consumes a string and returns its contents, which alias src or scratch:
// they are valid until the next call.
func (p *parser) str() ([]byte, error) {
	if p.peek() != '"' {
		return nil, p.unexpected("a string")
	}
	start := p.pos + 1
	ascii := true
	for i := start; i < len(p.src); i++ {
		c := p.src[i]
		if c < utf8.RuneSelf && !stopsString[c] {
			continue
		}
		switch {
		case c == '"':
			if !ascii && !utf8.Valid(p.src[start:i]) {
				return nil, p.invalidUTF8(start, i)
			}
			p.pos = i + 1
			return p.src[start:i], nil
		case c == '\\':
			return p.escaped(start, i)
		case c < ' ':
			return nil, p.fail(i, "control character 0x%02x in a string: write it as \\u%04x", c, c)
		case c >= 0x80:
			ascii = false
		}
	}
	return nil, p.fail(p.pos, "string has no closing quote")
}

func (p *parser) invalidUTF8(start, end int) error {
	for i := start; i < end; {
		r, n := utf8.DecodeRune(p.src[i:end])
		if r == utf8.RuneError && n == 1 {
			return p.fail(i, "invalid UTF-8 (byte 0x%02x) in a string", p.src[i])
		}
		i += n
	}
	return nil
}

// escaped goes on with a string that starts at start from its first backslash.
func (p *parser) escaped(start, i int) ([]byte, error) {
	out := append(p.scratch[:0], p.src[start:i]...)
	for i < len(p.src) {
		switch c := p.src[i]; {
		case c == '"':
			if !utf8.Valid(out) {
				if err := p.invalidUTF8(start, i); err != nil {
					return nil, err
				}
			}
			p.pos, p.scratch = i+1, out
			return out, nil
		case c < ' ':
			return nil, p.fail(i, "control character 0x%02x in a string: write it as \\u%04x", c, c)
		case c != '\\':
			out = append(out, c)
			i++
		default:
			var n int
			var err error
			if out, n, err = p.escape(out, i); err != nil {
				return nil, err
			}
			i += n
		}
	}
	return nil, p.fail(start-1, "string has no closing quote")
}

// escape appends what the escape sequence at i stands for and returns its length.
func (p *parser) escape(out []byte, i int) ([]byte, int, error) {
	if i+1 >= len(p.src) {
		return nil, 0, p.fail(i, "string has no closing quote")
	}
	switch c := p.src[i+1]; c {
	case '"', '\\', '/':
		return append(out, c), 2, nil
	case 'b':
		return append(out, '\b'), 2, nil
	case 'f':
		return append(out, '\f'), 2, nil
	case 'n':
		return append(out, '\n'), 2, nil
	case 'r':
		return append(out, '\r'), 2, nil
	case 't':
		return append(out, '\t'), 2, nil
	case 'u':
		return p.unicode(out, i)
	}
	return nil, 0, p.fail(i, "unknown escape sequence \\%c", p.src[i+1])
}

// unicode handles \uXXXX, with surrogate pairs. A lone surrogate is no text.
func (p *parser) unicode(out []byte, i int) ([]byte, int, error) {
	hi, ok := p.hex4(i + 2)
	if !ok {
		return nil, 0, p.fail(i, "\\u needs four hexadecimal digits")
	}
	if !utf16.IsSurrogate(hi) {
		return utf8.AppendRune(out, hi), 6, nil
	}
	if i+7 < len(p.src) && p.src[i+6] == '\\' && p.src[i+7] == 'u' {
		lo, ok := p.hex4(i + 8)
		if r := utf16.DecodeRune(hi, lo); ok && r != utf8.RuneError {
			return utf8.AppendRune(out, r), 12, nil
		}
	}
	return nil, 0, p.fail(i, "lone surrogate \\u%04x is not a character", hi)
}

func (p *parser) hex4(i int) (rune, bool) {
	if i+4 > len(p.src) {
		return 0, false
	}
	var r rune
	for _, c := range p.src[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// number consumes a number and returns its text.
func (p *parser) number() ([]byte, error) {
	c := p.peek()
	if c != '-' && (c < '0' || c > '9') {
		return nil, p.unexpected("a number")
	}
	n := numberLen(p.src[p.pos:])
	if n == 0 || p.pos+n < len(p.src) && (isWord(p.src[p.pos+n]) || p.src[p.pos+n] == '.') {
		end := p.pos
		for end < len(p.src) && (isWord(p.src[end]) || p.src[end] == '.' || p.src[end] == '+' || p.src[end] == '-') {
			end++
		}
		return nil, p.fail(p.pos, "%q is not a JSON number", clip(p.src[p.pos:end]))
	}
	text := p.src[p.pos : p.pos+n]
	p.pos += n
	return text, nil
}

// numberLen returns how many bytes of b are a number by RFC 8259, 0 if none.
func numberLen(b []byte) int {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch whole := digits(b[i:]); {
	case whole == 0, whole > 1 && b[i] == '0':
		return 0
	default:
		i += whole
	}
	if i < len(b) && b[i] == '.' {
		fraction := digits(b[i+1:])
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
		exponent := digits(b[j:])
		if exponent == 0 {
			return 0
		}
		i = j + exponent
	}
	return i
}

func digits(b []byte) int {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n
}

// clip shortens user text for a message.
func clip(b []byte) string {
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

// skip consumes any one value.
func (p *parser) skip(depth int) error {
	if depth > maxDepth {
		return p.fail(p.pos, "nested deeper than %d levels", maxDepth)
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(func([]byte, int) error { return p.skip(depth + 1) })
	case c == '[':
		return p.array(func(int) error { return p.skip(depth + 1) })
	case c == '"':
		_, err := p.str()
		return err
	case c == '-' || c >= '0' && c <= '9':
		_, err := p.number()
		return err
	case c == 't', c == 'f':
		_, err := p.boolean()
		return err
	case p.null():
		return nil
	}
	return p.unexpected("a value")
}

// open consumes the bracket that opens an object or array, and reports whether
// anything stands in it; if not, the closing one is consumed too.
func (p *parser) open(open, end byte, what string) (any bool, err error) {
	if err := p.expect(open, what); err != nil {
		return false, err
	}
	if p.peek() == end {
		p.pos++
		return false, nil
	}
	return true, nil
}

func (p *parser) openObject() (bool, error) { return p.open('{', '}', "to open an object") }
func (p *parser) openArray() (bool, error)  { return p.open('[', ']', "to open an array") }

// more consumes what follows a member: a comma, and then there is another one,
// or the closing bracket.
func (p *parser) more(end byte) (bool, error) {
	switch p.peek() {
	case ',':
		p.pos++
		return true, nil
	case end:
		p.pos++
		return false, nil
	}
	return false, p.unexpected(fmt.Sprintf("',' or %q", end))
}

// key consumes a key and its colon. The key is valid until the next string is
// read.
func (p *parser) key() (key []byte, off int, err error) {
	p.peek()
	off = p.pos
	if p.pos >= len(p.src) || p.src[p.pos] != '"' {
		return nil, off, p.unexpected("a key in double quotes")
	}
	if key, err = p.str(); err != nil {
		return nil, off, err
	}
	if p.pos < len(p.src) && p.src[p.pos] == ':' {
		p.pos++
		return key, off, nil
	}
	return key, off, p.expect(':', "after a key")
}

// object consumes an object; member is called at the value of each key, with
// the key (valid until the next string is read) and its offset.
func (p *parser) object(member func(key []byte, off int) error) error {
	more, err := p.openObject()
	for more && err == nil {
		key, off, keyErr := p.key()
		if keyErr != nil {
			return keyErr
		}
		if err := member(key, off); err != nil {
			return err
		}
		more, err = p.more('}')
	}
	return err
}

// array consumes an array; element is called at each of its values.
func (p *parser) array(element func(i int) error) error {
	more, err := p.openArray()
	for i := 0; more && err == nil; i++ {
		if err := element(i); err != nil {
			return err
		}
		more, err = p.more(']')
	}
	return err
}

// end checks that nothing but white space follows.
func (p *parser) end() error {
	if p.peek(); p.pos < len(p.src) {
		return p.fail(p.pos, "unexpected %s after the document", p.found())
	}
	return nil
}
