package thriftidl

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// lexer cuts Thrift IDL into tokens, without copying. It never fails: what
// is no token comes out as source.Bad. Unlike Protobuf's, names have dots in them,
// numbers have signs, # begins a comment, and strings may hold line ends.
type lexer struct {
	src string
	pos int

	tok        source.Token
	start, end int // of the token
	// doc is where the comments begin that belong to the token: those right
	// before it, without an empty line between. It is start if there are none.
	doc int
}

func (l *lexer) text() string { return l.src[l.start:l.end] }

func (l *lexer) isWord(s string) bool { return l.tok == source.Ident && l.text() == s }

// next moves to the next token and returns its kind.
func (l *lexer) next() source.Token {
	open := l.skipSpace()
	l.start = l.pos
	switch {
	case open:
		l.tok, l.pos = source.Bad, len(l.src)
	case l.pos >= len(l.src):
		l.tok = source.EOF
	default:
		l.scan(l.src[l.pos])
	}
	l.end = l.pos
	return l.tok
}

func (l *lexer) scan(c byte) {
	switch {
	case source.IsLetter(c):
		for l.pos < len(l.src) && (source.IsLetter(l.src[l.pos]) || source.IsDigit(l.src[l.pos]) || l.src[l.pos] == '.') {
			l.pos++
		}
		l.tok = source.Ident
	case source.IsDigit(c) || (c == '+' || c == '-' || c == '.') && l.digitFollows():
		l.pos = source.SkipNumber(l.src, l.pos+1)
		l.tok = source.Number
	case c == '"' || c == '\'':
		l.pos, l.tok = skipString(l.src, l.pos)
	case c > ' ' && c < 0x7f:
		l.pos++
		l.tok = source.Token(c)
	default:
		l.pos++
		for l.pos < len(l.src) && l.src[l.pos]&0xc0 == 0x80 { // the rest of a character
			l.pos++
		}
		l.tok = source.Bad
	}
}

// digitFollows reports whether a sign or point begins a number.
func (l *lexer) digitFollows() bool {
	rest := l.src[l.pos+1:]
	if l.src[l.pos] != '.' {
		rest = strings.TrimPrefix(rest, ".")
	}
	return rest != "" && source.IsDigit(rest[0])
}

// peek is the token after the current one.
func (l *lexer) peek() lexer {
	ahead := *l
	ahead.next()
	return ahead
}

// skipSpace passes white space and comments before a token and finds doc. It
// stops at a comment that does not end and returns true.
func (l *lexer) skipSpace() (open bool) {
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
		case source.IsSpace(c):
			l.pos++
		case isComment(s, l.pos):
			if doc < 0 && (breaks > 0 || first) {
				doc = l.pos
			}
			end, ok := skipComment(s, l.pos)
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

func isComment(s string, i int) bool {
	return s[i] == '#' || s[i] == '/' && i+1 < len(s) && (s[i+1] == '/' || s[i+1] == '*')
}

// skipComment passes the comment at i, without the line end that closes
// it. It reports whether a comment that needs an end has one.
func skipComment(s string, i int) (int, bool) {
	if strings.HasPrefix(s[i:], "/*") {
		n := strings.Index(s[i+2:], "*/")
		return i + n + 4, n >= 0
	}
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n, true
	}
	return len(s), true
}

// skipString passes the string at i. A backslash takes the character after
// it along, as in Apache's lexer (apache/thrift:compiler/cpp/src/thrift/thriftl.ll).
func skipString(s string, i int) (int, source.Token) {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch s[i] {
		case quote:
			return i + 1, source.String
		case '\\':
			i++
		}
	}
	return len(s), source.Bad
}

// skipBlock passes the braces that open at i and reports whether they
// close.
func skipBlock(s string, i int) (int, bool) {
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
			var tok source.Token
			if i, tok = skipString(s, i); tok == source.Bad {
				return i, false
			}
		case (c == '/' || c == '#') && isComment(s, i):
			var ok bool
			if i, ok = skipComment(s, i); !ok {
				return i, false
			}
		default:
			i++
		}
	}
	return i, false
}

// lineRest moves i past the comments that begin on the same line; they
// belong to what stands before them.
func lineRest(s string, i int) int {
	for j := i; j < len(s) && s[j] != '\n'; {
		switch {
		case source.IsSpace(s[j]) || s[j] == ',' || s[j] == ';':
			j++
		case isComment(s, j):
			var ok bool
			if j, ok = skipComment(s, j); !ok {
				return i
			}
			i = j
		default:
			return i
		}
	}
	return i
}

// unescape is what a quoted string means. Escapes that Apache's lexer does
// not know stay as they are: patterns in annotations are full of them.
func unescape(lit string) string {
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
