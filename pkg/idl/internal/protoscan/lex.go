package protoscan

import "github.com/idlcall/idlcall/pkg/idl/internal/source"

// lexer cuts proto source into tokens, without copying. It never fails: bytes
// that are no token at all come out as source.Bad, and what to do about them is left
// to the real parser.
type lexer struct {
	src string
	pos int

	tok        source.Token
	start, end int // of the token
}

// next moves to the next token and returns its kind.
func (l *lexer) next() source.Token {
	l.pos = skipSpace(l.src, l.pos)
	l.start = l.pos
	if l.pos >= len(l.src) {
		l.tok = source.EOF
		l.end = l.pos
		return l.tok
	}
	c := l.src[l.pos]
	switch {
	case source.IsLetter(c):
		l.pos++
		for l.pos < len(l.src) && (source.IsLetter(l.src[l.pos]) || source.IsDigit(l.src[l.pos])) {
			l.pos++
		}
		l.tok = source.Ident
	case source.IsDigit(c):
		l.pos = source.SkipNumber(l.src, l.pos)
		l.tok = source.Number
	case c == '"' || c == '\'':
		l.pos, l.tok = skipString(l.src, l.pos)
	case c > ' ' && c < 0x7f:
		l.pos++
		l.tok = source.Token(c)
	default:
		l.pos++
		l.tok = source.Bad
	}
	l.end = l.pos
	return l.tok
}

func (l *lexer) text() string { return l.src[l.start:l.end] }

func (l *lexer) isIdent(s string) bool { return l.tok == source.Ident && l.text() == s }

// peek is the kind and text of the token after the current one.
func (l *lexer) peek() (source.Token, string) {
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
	for l.tok == source.Ident {
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

// skipSpace passes white space and comments; an open comment ends with the text.
func skipSpace(s string, i int) int {
	for i < len(s) {
		switch c := s[i]; {
		case source.IsSpace(c):
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

func skipString(s string, i int) (int, source.Token) {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch s[i] {
		case quote:
			return i + 1, source.String
		case '\\':
			i++
		case '\n':
			return i, source.Bad
		}
	}
	return len(s), source.Bad
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
			var tok source.Token
			if i, tok = skipString(s, i); tok == source.Bad {
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
		case source.IsSpace(c):
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
