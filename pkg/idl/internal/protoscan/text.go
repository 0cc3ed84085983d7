package protoscan

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protolex"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// Text indexes proto source.
func Text(src string) *Outline {
	s := &Outline{}
	l := &protolex.Lexer{Src: src, Pos: len(source.Mark(src))}
	at := 0
	for l.Next(); l.Tok != source.EOF; l.Next() {
		seg := Segment{Start: at}
		ok := s.statement(l, &seg)
		seg.End = protolex.LineRest(src, l.End)
		at = seg.End
		l.Pos = at
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
func (s *Outline) statement(l *protolex.Lexer, seg *Segment) bool {
	if l.Tok == ';' {
		return true
	}
	if l.Tok != source.Ident {
		return false
	}
	word := l.Text()
	if word == "export" || word == "local" {
		if tok, next := l.Peek(); tok == source.Ident && (next == "message" || next == "enum") {
			l.Next()
			word = next
		}
	}
	switch word {
	case "syntax", "edition":
		return toSemicolon(l)
	case "package":
		l.Next()
		s.Pkg = l.Dotted()
		if ManyParts(s.Pkg) {
			s.Pkg = ""
			return false
		}
		return l.Tok == ';'
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

func (s *Outline) importLine(l *protolex.Lexer) bool {
	imp := Import{}
	if l.Next(); l.Tok == source.Ident {
		imp.Public = l.Text() == "public"
		l.Next()
	}
	imp.StrStart = l.Start
	for l.Tok == source.String {
		part, ok := unquote(l.Text())
		if !ok {
			return false
		}
		imp.Name += part
		imp.StrEnd = l.End
		l.Next()
	}
	if len(s.Imports) > MaxImports {
		return false
	}
	s.Imports = append(s.Imports, imp)
	return l.Tok == ';' && imp.Name != ""
}

// unquote takes the quotes off a string without escapes, which is all that
// names of files need.
func unquote(lit string) (string, bool) {
	return lit[1 : len(lit)-1], !strings.ContainsRune(lit, '\\')
}

func (s *Outline) declaration(l *protolex.Lexer, word string, seg *Segment) bool {
	d := Decl{Kind: kindOf(word)}
	l.Next()
	name := l.Dotted()
	if name == "" || l.Tok != '{' {
		return false
	}
	d.BodyStart = l.Start
	end, ok := protolex.SkipBlock(l.Src, l.Start)
	if !ok {
		return false
	}
	l.Pos, l.Start, l.End = end, end-1, end
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
func toSemicolon(l *protolex.Lexer) bool {
	for l.Tok != ';' {
		if l.Next() == source.EOF || l.Tok == source.Bad {
			return false
		}
	}
	return true
}

// scanOptions passes what may hold options, up to the semicolon outside of all
// brackets, and collects the names of extensions and of types in it: those in
// parentheses, and those in brackets that begin a field of a message literal.
func scanOptions(l *protolex.Lexer, scope string, refs *[]Ref) bool {
	depth := 0
	for {
		switch open := l.Tok; open {
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
			l.Next()
			if name := optionName(l, open); name != "" {
				*refs = append(*refs, Ref{name, scope, true})
			}
			if open == '[' {
				depth++
				continue // the token has not been looked at
			}
			if l.Tok != ')' {
				return false
			}
		}
		l.Next()
	}
}

// optionName reads the name after '(' or '[' and leaves l on the token after it.
func optionName(l *protolex.Lexer, open source.Token) string {
	ahead := *l
	name := ahead.Dotted()
	for open == '[' && ahead.Tok == '/' {
		ahead.Next()
		name = "." + ahead.Dotted() // the type in an Any
	}
	if open == '(' {
		*l = ahead
		return name
	}
	if name == "" || ahead.Tok != ']' {
		return ""
	}
	switch tok, _ := ahead.Peek(); tok {
	case ':', '{', '<':
		*l = ahead
		return name
	}
	return ""
}
