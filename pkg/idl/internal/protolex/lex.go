// Package protolex cuts Protobuf source into tokens.
package protolex

import "github.com/idlcall/idlcall/pkg/idl/internal/source"

// Lexer cuts proto source into tokens, without copying. It never fails: bytes
// that are no token at all come out as source.Bad, and what to do about them is left
// to the real parser.
type Lexer struct {
	Src string
	Pos int // where the next token is looked for

	Tok        source.Token
	Start, End int  // of the token
	Open       bool // a comment before it does not end
}

// Next moves to the next token and returns its kind.
func (l *Lexer) Next() source.Token {
	l.Pos, l.Open = skipSpace(l.Src, l.Pos)
	l.Start = l.Pos
	if l.Pos >= len(l.Src) {
		l.Tok = source.EOF
		l.End = l.Pos
		return l.Tok
	}
	c := l.Src[l.Pos]
	switch {
	case source.IsLetter(c):
		l.Pos++
		for l.Pos < len(l.Src) && (source.IsLetter(l.Src[l.Pos]) || source.IsDigit(l.Src[l.Pos])) {
			l.Pos++
		}
		l.Tok = source.Ident
	case source.IsDigit(c):
		l.Pos = source.SkipNumber(l.Src, l.Pos)
		l.Tok = source.Number
	case c == '"' || c == '\'':
		l.Pos, l.Tok = skipString(l.Src, l.Pos)
	case c > ' ' && c < 0x7f:
		l.Pos++
		l.Tok = source.Token(c)
	default:
		l.Pos++
		l.Tok = source.Bad
	}
	l.End = l.Pos
	return l.Tok
}

// Text is the token as it stands in the source.
func (l *Lexer) Text() string { return l.Src[l.Start:l.End] }

// IsIdent reports whether the token is this word.
func (l *Lexer) IsIdent(s string) bool { return l.Tok == source.Ident && l.Text() == s }

// Peek is the kind and text of the token after the current one.
func (l *Lexer) Peek() (source.Token, string) {
	ahead := *l
	ahead.Next()
	return ahead.Tok, ahead.Text()
}

// Dotted reads a name such as ".a.b.C" from the current token on and leaves the
// Lexer on the token after it. Space and comments inside are dropped. It is
// empty where there is no name.
func (l *Lexer) Dotted() string {
	start, end := l.Start, l.Start
	var built []byte // only when the name is interrupted by space
	part := func() {
		if built == nil && end == l.Start {
			end = l.End
		} else {
			if built == nil {
				built = []byte(l.Src[start:end])
			}
			built = append(built, l.Text()...)
		}
		l.Next()
	}
	if l.Tok == '.' {
		part()
	}
	for l.Tok == source.Ident {
		part()
		if l.Tok != '.' {
			break
		}
		part()
	}
	if built != nil {
		return string(built)
	}
	return l.Src[start:end]
}

// SkipSpace passes white space and comments; an open comment ends with the text.
func SkipSpace(s string, i int) int {
	i, _ = skipSpace(s, i)
	return i
}

// skipSpace is SkipSpace, and reports whether a comment is open.
func skipSpace(s string, i int) (_ int, open bool) {
	for i < len(s) {
		switch c := s[i]; {
		case source.IsSpace(c):
			i++
		case c == '/' && i+1 < len(s) && (s[i+1] == '/' || s[i+1] == '*'):
			i, open = skipComment(s, i)
		default:
			return i, false
		}
	}
	return i, open
}

// skipComment passes the comment at i, without the line end of a // comment, and reports whether
// it is open.
func skipComment(s string, i int) (_ int, open bool) {
	if s[i+1] == '/' {
		for i < len(s) && s[i] != '\n' {
			i++
		}
		return i, false
	}
	for i += 2; i+1 < len(s); i++ {
		if s[i] == '*' && s[i+1] == '/' {
			return i + 2, false
		}
	}
	return len(s), true
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

// SkipBlock passes the braces that open at i and reports whether they close.
func SkipBlock(s string, i int) (int, bool) {
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
				i, _ = skipComment(s, i)
			} else {
				i++
			}
		default:
			i++
		}
	}
	return i, false
}

// LineRest moves i past white space and comments that begin on the same line,
// up to the line's end: they belong to what stands before them.
func LineRest(s string, i int) int {
	for j := i; j < len(s); {
		switch c := s[j]; {
		case c == '\n':
			return j
		case source.IsSpace(c):
			j++
		case c == '/' && j+1 < len(s) && (s[j+1] == '/' || s[j+1] == '*'):
			j, _ = skipComment(s, j)
			i = j
		default:
			return i
		}
	}
	return i
}
