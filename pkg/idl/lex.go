package idl

// lexer cuts proto source into tokens, without copying. It never fails: bytes
// that are no token at all come out as tokErr, and what to do about them is left
// to the real parser.
type lexer struct {
	src string
	pos int

	tok        token
	start, end int // of the token
}

type token uint8

const (
	tokEOF token = iota
	tokIdent
	tokNumber
	tokString
	tokErr
	// Anything else is the byte itself, all of which are above these.
)

// next moves to the next token and returns its kind.
func (l *lexer) next() token {
	l.pos = skipSpace(l.src, l.pos)
	l.start = l.pos
	if l.pos >= len(l.src) {
		l.tok = tokEOF
		l.end = l.pos
		return l.tok
	}
	c := l.src[l.pos]
	switch {
	case isLetter(c):
		l.pos++
		for l.pos < len(l.src) && (isLetter(l.src[l.pos]) || isDigit(l.src[l.pos])) {
			l.pos++
		}
		l.tok = tokIdent
	case isDigit(c):
		l.pos = skipNumber(l.src, l.pos)
		l.tok = tokNumber
	case c == '"' || c == '\'':
		l.pos, l.tok = skipString(l.src, l.pos)
	case c > ' ' && c < 0x7f:
		l.pos++
		l.tok = token(c)
	default:
		l.pos++
		l.tok = tokErr
	}
	l.end = l.pos
	return l.tok
}

func (l *lexer) text() string { return l.src[l.start:l.end] }

func (l *lexer) isIdent(s string) bool { return l.tok == tokIdent && l.text() == s }

// peek is the kind and text of the token after the current one.
func (l *lexer) peek() (token, string) {
	ahead := *l
	ahead.next()
	return ahead.tok, ahead.text()
}

// dotted reads a name such as ".a.b.C" from the current token on and leaves the
// lexer on the token after it. Space and comments inside are dropped. It is
// empty where there is no name.
func (l *lexer) dotted() string {
	start, end := l.start, l.start
	var built []byte // only when the name is interrupted by space
	part := func() {
		if built == nil && end == l.start {
			end = l.end
		} else {
			if built == nil {
				built = []byte(l.src[start:end])
			}
			built = append(built, l.text()...)
		}
		l.next()
	}
	if l.tok == '.' {
		part()
	}
	for l.tok == tokIdent {
		part()
		if l.tok != '.' {
			break
		}
		part()
	}
	if built != nil {
		return string(built)
	}
	return l.src[start:end]
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// skipSpace passes white space and comments; an open comment ends with the text.
func skipSpace(s string, i int) int {
	for i < len(s) {
		switch c := s[i]; {
		case isSpace(c):
			i++
		case c == '/' && i+1 < len(s) && (s[i+1] == '/' || s[i+1] == '*'):
			i = skipComment(s, i)
		default:
			return i
		}
	}
	return i
}

// skipComment passes the comment at i, without the line end of a // comment.
func skipComment(s string, i int) int {
	if s[i+1] == '/' {
		for i < len(s) && s[i] != '\n' {
			i++
		}
		return i
	}
	for i += 2; i+1 < len(s); i++ {
		if s[i] == '*' && s[i+1] == '/' {
			return i + 2
		}
	}
	return len(s)
}

func skipString(s string, i int) (int, token) {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch s[i] {
		case quote:
			return i + 1, tokString
		case '\\':
			i++
		case '\n':
			return i, tokErr
		}
	}
	return len(s), tokErr
}

func skipNumber(s string, i int) int {
	for ; i < len(s); i++ {
		c := s[i]
		sign := (c == '+' || c == '-') && (s[i-1] == 'e' || s[i-1] == 'E')
		if !isLetter(c) && !isDigit(c) && c != '.' && !sign {
			break
		}
	}
	return i
}

// skipBlock passes the braces that open at i and reports whether they close.
func skipBlock(s string, i int) (int, bool) {
	depth := 0
	for i < len(s) {
		switch c := s[i]; c {
		case '{':
			depth++
			i++
		case '}':
			i++
			if depth--; depth == 0 {
				return i, true
			}
		case '"', '\'':
			var tok token
			if i, tok = skipString(s, i); tok == tokErr {
				return i, false
			}
		case '/':
			if i+1 < len(s) && (s[i+1] == '/' || s[i+1] == '*') {
				i = skipComment(s, i)
			} else {
				i++
			}
		default:
			i++
		}
	}
	return i, false
}

// lineRest moves i past white space and comments that begin on the same line,
// up to the line's end: they belong to what stands before them.
func lineRest(s string, i int) int {
	for j := i; j < len(s); {
		switch c := s[j]; {
		case c == '\n':
			return j
		case isSpace(c):
			j++
		case c == '/' && j+1 < len(s) && (s[j+1] == '/' || s[j+1] == '*'):
			j = skipComment(s, j)
			i = j
		default:
			return i
		}
	}
	return i
}
