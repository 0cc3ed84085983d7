package jsontext

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Text consumes a string and returns its contents, which alias src or scratch:
// they are valid until the next call.
func (p *Parser) Text() ([]byte, error) {
	if p.Peek() != '"' {
		return nil, p.Unexpected("a string")
	}
	start := p.Pos + 1
	i := nextSpecial(p.Src, start)
	if i < len(p.Src) && p.Src[i] == '"' {
		p.Pos = i + 1
		return p.Src[start:i], nil
	}
	return p.text(start, i)
}

// text goes on with a string that starts at start, of which there is no mistake and no
// escape before i.
func (p *Parser) text(start, i int) ([]byte, error) {
	ascii := true
	if i < len(p.Src) && p.Src[i] >= utf8.RuneSelf {
		ascii = false
		i = nextSyntax(p.Src, i)
	}
	if i >= len(p.Src) {
		return nil, p.Fail(p.Pos, "string has no closing quote")
	}
	switch c := p.Src[i]; {
	case c == '\\':
		return p.escaped(start, i)
	case c < ' ':
		return nil, p.Fail(i, "control character 0x%02x in a string: write it as \\u%04x", c, c)
	case !ascii && !utf8.Valid(p.Src[start:i]):
		return nil, p.invalidUTF8(start, i)
	}
	p.Pos = i + 1
	return p.Src[start:i], nil
}

// TextAt is Text, with the offset of its opening quote.
func (p *Parser) TextAt() (text []byte, off int, err error) {
	p.Peek()
	off = p.Pos
	text, err = p.Text()
	return text, off, err
}

func (p *Parser) invalidUTF8(start, end int) error {
	for i := start; i < end; {
		r, n := utf8.DecodeRune(p.Src[i:end])
		if r == utf8.RuneError && n == 1 {
			return p.Fail(i, "invalid UTF-8 (byte 0x%02x) in a string", p.Src[i])
		}
		i += n
	}
	return nil
}

// escaped goes on with a string that starts at start from its first backslash.
func (p *Parser) escaped(start, i int) ([]byte, error) {
	out := append(p.scratch[:0], p.Src[start:i]...)
	for i < len(p.Src) {
		switch c := p.Src[i]; {
		case c == '"':
			if !utf8.Valid(out) {
				if err := p.invalidUTF8(start, i); err != nil {
					return nil, err
				}
			}
			p.Pos, p.scratch = i+1, out
			return out, nil
		case c < ' ':
			return nil, p.Fail(i, "control character 0x%02x in a string: write it as \\u%04x", c, c)
		case c != '\\':
			end := nextSyntax(p.Src, i+1)
			out = append(out, p.Src[i:end]...)
			i = end
		default:
			var n int
			var err error
			if out, n, err = p.escape(out, i); err != nil {
				return nil, err
			}
			i += n
		}
	}
	return nil, p.Fail(start-1, "string has no closing quote")
}

// escape appends what the escape sequence at i stands for and returns its length.
func (p *Parser) escape(out []byte, i int) ([]byte, int, error) {
	if i+1 >= len(p.Src) {
		return nil, 0, p.Fail(i, "string has no closing quote")
	}
	switch c := p.Src[i+1]; c {
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
	return nil, 0, p.Fail(i, "unknown escape sequence \\%c", p.Src[i+1])
}

// unicode handles \uXXXX, with surrogate pairs. A lone surrogate is no text.
func (p *Parser) unicode(out []byte, i int) ([]byte, int, error) {
	hi, ok := p.hex4(i + 2)
	if !ok {
		return nil, 0, p.Fail(i, "\\u needs four hexadecimal digits")
	}
	if !utf16.IsSurrogate(hi) {
		return utf8.AppendRune(out, hi), 6, nil
	}
	if i+7 < len(p.Src) && p.Src[i+6] == '\\' && p.Src[i+7] == 'u' {
		lo, ok := p.hex4(i + 8)
		if r := utf16.DecodeRune(hi, lo); ok && r != utf8.RuneError {
			return utf8.AppendRune(out, r), 12, nil
		}
	}
	return nil, 0, p.Fail(i, "lone surrogate \\u%04x is not a character", hi)
}

func (p *Parser) hex4(i int) (rune, bool) {
	if i+4 > len(p.Src) {
		return 0, false
	}
	var r rune
	for _, c := range p.Src[i : i+4] {
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
