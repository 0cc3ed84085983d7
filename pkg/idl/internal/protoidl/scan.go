package protoidl

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// The scanner indexes proto source without parsing it: what a file declares, and
// where in the text. Bodies are passed over by their braces; scanBody looks into
// one when somebody needs it. What it does not understand it marks (odd), and
// such files are compiled whole, so that the real parser has the last word.

// scanned is the outline of one source text.
type scanned struct {
	pkg     string
	imports []importLine
	// segs cover the text without gaps: header statements (nil decl), which
	// always stay, and declarations.
	segs []segment
	refs []ref // of the options of the file
	odd  bool
}

type segment struct {
	start, end int
	decl       *decl
	imp        int // 1 + index into imports, for an import statement
}

type importLine struct {
	name   string
	public bool
	// str is the range of the quoted name.
	strStart, strEnd int
}

// ref is a name as it is written, and the full name of the scope it stands in.
type ref struct {
	name, scope string
	option      bool // of an extension or type in an option
}

func scanText(src string) *scanned {
	s := &scanned{}
	l := &lexer{src: src, pos: len(source.Mark(src))}
	at := 0
	for l.next(); l.tok != source.EOF; l.next() {
		seg := segment{start: at}
		ok := s.statement(l, &seg)
		seg.end = lineRest(src, l.end)
		at = seg.end
		l.pos = at
		if !ok {
			s.odd = true
			seg.end = len(src)
			s.segs = append(s.segs, seg)
			return s
		}
		s.segs = append(s.segs, seg)
	}
	s.segs = append(s.segs, segment{start: at, end: len(src)})
	return s
}

// statement scans one top-level statement and leaves l on its last token.
func (s *scanned) statement(l *lexer, seg *segment) bool {
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
		s.pkg = l.dotted()
		if manyParts(s.pkg) {
			s.pkg = ""
			return false
		}
		return l.tok == ';'
	case "import":
		seg.imp = len(s.imports) + 1
		return s.importLine(l)
	case "option":
		return scanOptions(l, s.pkg, &s.refs)
	case "message", "enum", "service", "extend":
		return s.declaration(l, word, seg)
	}
	return false
}

func (s *scanned) importLine(l *lexer) bool {
	imp := importLine{}
	if l.next(); l.tok == source.Ident {
		imp.public = l.text() == "public"
		l.next()
	}
	imp.strStart = l.start
	for l.tok == source.String {
		part, ok := unquote(l.text())
		if !ok {
			return false
		}
		imp.name += part
		imp.strEnd = l.end
		l.next()
	}
	if len(s.imports) > maxImports {
		return false
	}
	s.imports = append(s.imports, imp)
	return l.tok == ';' && imp.name != ""
}

// unquote takes the quotes off a string without escapes, which is all that
// names of files need.
func unquote(lit string) (string, bool) {
	return lit[1 : len(lit)-1], !strings.ContainsRune(lit, '\\')
}

func (s *scanned) declaration(l *lexer, word string, seg *segment) bool {
	d := &decl{kind: kindOf(word)}
	l.next()
	name := l.dotted()
	if name == "" || l.tok != '{' {
		return false
	}
	d.bodyStart = l.start
	end, ok := skipBlock(l.src, l.start)
	if !ok {
		return false
	}
	l.pos, l.start, l.end = end, end-1, end
	d.bodyEnd = end
	d.scope = s.pkg
	if d.kind == kindExtend {
		d.extendee = name
	} else {
		d.name = names.Join(s.pkg, name)
	}
	seg.decl = d
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
func scanOptions(l *lexer, scope string, refs *[]ref) bool {
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
				*refs = append(*refs, ref{name, scope, true})
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
