package protoscan

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// Text indexes proto source.
func Text(src string) *Outline {
	s := &Outline{}
	l := &lexer{src: src, pos: len(source.Mark(src))}
	at := 0
	for l.next(); l.tok != source.EOF; l.next() {
		seg := Segment{Start: at}
		ok := s.statement(l, &seg)
		seg.End = lineRest(src, l.end)
		at = seg.End
		l.pos = at
		if !ok {
			s.Odd = true
			seg.End = len(src)
			s.Segs = append(s.Segs, seg)
			return s
		}
		s.Segs = append(s.Segs, seg)
	}
	s.Segs = append(s.Segs, Segment{Start: at, End: len(src)})
	return s
}

// statement scans one top-level statement and leaves l on its last token.
func (s *Outline) statement(l *lexer, seg *Segment) bool {
	if l.tok == ';' {
		return true
	}
	if l.tok != source.Ident {
		return false
	}
	word := l.text()
	if word == "export" || word == "local" {
		if tok, next := l.peek(); tok == source.Ident && (next == "message" || next == "enum") {
			l.next()
			word = next
		}
	}
	switch word {
	case "syntax", "edition":
		return toSemicolon(l)
	case "package":
		l.next()
		s.Pkg = l.dotted()
		if ManyParts(s.Pkg) {
			s.Pkg = ""
			return false
		}
		return l.tok == ';'
	case "import":
		seg.Imp = len(s.Imports) + 1
		return s.importLine(l)
	case "option":
		return scanOptions(l, s.Pkg, &s.Refs)
	case "message", "enum", "service", "extend":
		return s.declaration(l, word, seg)
	}
	return false
}

func (s *Outline) importLine(l *lexer) bool {
	imp := Import{}
	if l.next(); l.tok == source.Ident {
		imp.Public = l.text() == "public"
		l.next()
	}
	imp.StrStart = l.start
	for l.tok == source.String {
		part, ok := unquote(l.text())
		if !ok {
			return false
		}
		imp.Name += part
		imp.StrEnd = l.end
		l.next()
	}
	if len(s.Imports) > MaxImports {
		return false
	}
	s.Imports = append(s.Imports, imp)
	return l.tok == ';' && imp.Name != ""
}

// unquote takes the quotes off a string without escapes, which is all that
// names of files need.
func unquote(lit string) (string, bool) {
	return lit[1 : len(lit)-1], !strings.ContainsRune(lit, '\\')
}

func (s *Outline) declaration(l *lexer, word string, seg *Segment) bool {
	d := Decl{Kind: kindOf(word)}
	l.next()
	name := l.dotted()
	if name == "" || l.tok != '{' {
		return false
	}
	d.BodyStart = l.start
	end, ok := skipBlock(l.src, l.start)
	if !ok {
		return false
	}
	l.pos, l.start, l.end = end, end-1, end
	d.BodyEnd = end
	d.Scope = s.Pkg
	if d.Kind == Extend {
		d.Extendee = name
	} else {
		d.Name = names.Join(s.Pkg, name)
	}
	s.Decls = append(s.Decls, d)
	seg.Decl = len(s.Decls)
	return true
}

// toSemicolon leaves l on the semicolon that ends the statement.
func toSemicolon(l *lexer) bool {
	for l.tok != ';' {
		if l.next() == source.EOF || l.tok == source.Bad {
			return false
		}
	}
	return true
}

// scanOptions passes what may hold options, up to the semicolon outside of all
// brackets, and collects the names of extensions and of types in it: those in
// parentheses, and those in brackets that begin a field of a message literal.
func scanOptions(l *lexer, scope string, refs *[]Ref) bool {
	depth := 0
	for {
		switch open := l.tok; open {
		case source.EOF, source.Bad:
			return false
		case ';':
			if depth == 0 {
				return true
			}
		case '{', '<':
			depth++
		case '}', '>', ']':
			if depth--; depth < 0 {
				return false
			}
		case '(', '[':
			l.next()
			if name := optionName(l, open); name != "" {
				*refs = append(*refs, Ref{name, scope, true})
			}
			if open == '[' {
				depth++
				continue // the token has not been looked at
			}
			if l.tok != ')' {
				return false
			}
		}
		l.next()
	}
}

// optionName reads the name after '(' or '[' and leaves l on the token after it.
func optionName(l *lexer, open source.Token) string {
	ahead := *l
	name := ahead.dotted()
	for open == '[' && ahead.tok == '/' {
		ahead.next()
		name = "." + ahead.dotted() // the type in an Any
	}
	if open == '(' {
		*l = ahead
		return name
	}
	if name == "" || ahead.tok != ']' {
		return ""
	}
	switch tok, _ := ahead.peek(); tok {
	case ':', '{', '<':
		*l = ahead
		return name
	}
	return ""
}
