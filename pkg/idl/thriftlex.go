package idl

import "strings"

// thriftLexer cuts Thrift IDL into tokens, without copying. It never fails: what
// is no token comes out as tokErr. Unlike Protobuf's, names have dots in them,
// numbers have signs, # begins a comment, and strings may hold line ends.
type thriftLexer struct {
	src string
	pos int

	tok        token
	start, end int // of the token
	// doc is where the comments begin that belong to the token: those right
	// before it, without an empty line between. It is start if there are none.
	doc int
}

func (l *thriftLexer) text() string { return l.src[l.start:l.end] }

func (l *thriftLexer) isWord(s string) bool { return l.tok == tokIdent && l.text() == s }

// next moves to the next token and returns its kind.
func (l *thriftLexer) next() token {
	open := l.skipSpace()
	l.start = l.pos
	switch {
	case open:
		l.tok, l.pos = tokErr, len(l.src)
	case l.pos >= len(l.src):
		l.tok = tokEOF
	default:
		l.scan(l.src[l.pos])
	}
	l.end = l.pos
	return l.tok
}

func (l *thriftLexer) scan(c byte) {
	switch {
	case isLetter(c):
		for l.pos < len(l.src) && (isLetter(l.src[l.pos]) || isDigit(l.src[l.pos]) || l.src[l.pos] == '.') {
			l.pos++
		}
		l.tok = tokIdent
	case isDigit(c) || (c == '+' || c == '-' || c == '.') && l.digitFollows():
		l.pos = skipNumber(l.src, l.pos+1)
		l.tok = tokNumber
	case c == '"' || c == '\'':
		l.pos, l.tok = skipThriftString(l.src, l.pos)
	case c > ' ' && c < 0x7f:
		l.pos++
		l.tok = token(c)
	default:
		l.pos++
		for l.pos < len(l.src) && l.src[l.pos]&0xc0 == 0x80 { // the rest of a character
			l.pos++
		}
		l.tok = tokErr
	}
}

// digitFollows reports whether a sign or point begins a number.
func (l *thriftLexer) digitFollows() bool {
	rest := l.src[l.pos+1:]
	if l.src[l.pos] != '.' {
		rest = strings.TrimPrefix(rest, ".")
	}
	return rest != "" && isDigit(rest[0])
}

// peek is the token after the current one.
func (l *thriftLexer) peek() thriftLexer {
	ahead := *l
	ahead.next()
	return ahead
}

// skipSpace passes white space and comments before a token and finds doc. It
// stops at a comment that does not end and returns true.
func (l *thriftLexer) skipSpace() (open bool) {
	s := l.src
	doc, breaks := -1, 0 // line ends since the last comment or token
	first := l.pos == 0
	for l.pos < len(s) {
		switch c := s[l.pos]; {
		case c == '\n':
			if breaks++; breaks > 1 {
				doc = -1
			}
			l.pos++
		case isSpace(c):
			l.pos++
		case isThriftComment(s, l.pos):
			if doc < 0 && (breaks > 0 || first) {
				doc = l.pos
			}
			end, ok := skipThriftComment(s, l.pos)
			if !ok {
				return true
			}
			l.pos, breaks = end, 0
		default:
			l.doc = l.pos
			if doc >= 0 {
				l.doc = doc
			}
			return false
		}
	}
	l.doc = l.pos
	return false
}

func isThriftComment(s string, i int) bool {
	return s[i] == '#' || s[i] == '/' && i+1 < len(s) && (s[i+1] == '/' || s[i+1] == '*')
}

// skipThriftComment passes the comment at i, without the line end that closes
// it. It reports whether a comment that needs an end has one.
func skipThriftComment(s string, i int) (int, bool) {
	if strings.HasPrefix(s[i:], "/*") {
		n := strings.Index(s[i+2:], "*/")
		return i + n + 4, n >= 0
	}
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n, true
	}
	return len(s), true
}

// skipThriftString passes the string at i. A backslash takes the character after
// it along, as in Apache's lexer (apache/thrift:compiler/cpp/src/thrift/thriftl.ll).
func skipThriftString(s string, i int) (int, token) {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch s[i] {
		case quote:
			return i + 1, tokString
		case '\\':
			i++
		}
	}
	return len(s), tokErr
}

// skipThriftBlock passes the braces that open at i and reports whether they
// close.
func skipThriftBlock(s string, i int) (int, bool) {
	for depth := 0; i < len(s); {
		switch c := s[i]; {
		case c == '{':
			depth++
			i++
		case c == '}':
			i++
			if depth--; depth == 0 {
				return i, true
			}
		case c == '"' || c == '\'':
			var tok token
			if i, tok = skipThriftString(s, i); tok == tokErr {
				return i, false
			}
		case (c == '/' || c == '#') && isThriftComment(s, i):
			var ok bool
			if i, ok = skipThriftComment(s, i); !ok {
				return i, false
			}
		default:
			i++
		}
	}
	return i, false
}

// thriftLineRest moves i past the comments that begin on the same line; they
// belong to what stands before them.
func thriftLineRest(s string, i int) int {
	for j := i; j < len(s) && s[j] != '\n'; {
		switch {
		case isSpace(s[j]) || s[j] == ',' || s[j] == ';':
			j++
		case isThriftComment(s, j):
			var ok bool
			if j, ok = skipThriftComment(s, j); !ok {
				return i
			}
			i = j
		default:
			return i
		}
	}
	return i
}

// unescapeThrift is what a quoted string means. Escapes that Apache's lexer does
// not know stay as they are: patterns in annotations are full of them.
func unescapeThrift(lit string) string {
	s := lit[1 : len(lit)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case '\\', '"', '\'':
			b.WriteByte(s[i])
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
