package idl

import (
	"fmt"
	"strings"
)

// The parser and what comes behind it walk what is nested by calling themselves,
// so that text is looked at before they get it.

// maxBrackets is how deep brackets of any kind may be nested: more than messages
// (maxNesting) and the values of options in them need.
const maxBrackets = 2 * maxNesting

// maxParts is how many parts a dotted name may have.
const maxParts = 200

// maxImports is how many files one file may import.
const maxImports = 5000

// checkDepth refuses text of a file that is nested too deeply, or has a name of too
// many parts.
func checkDepth(f *file, text string) error {
	l := &lexer{src: text, pos: len(bom(text))}
	depth, parts := 0, 0
	for l.next() != tokEOF {
		switch l.tok {
		case '{', '[', '(', '<':
			depth++
		case '}', ']', ')', '>':
			depth--
		case '.':
			parts++
		case tokIdent:
		default:
			parts = 0
		}
		switch {
		case depth > maxBrackets:
			return tooMuch(f, l, fmt.Sprintf("nested more than %d deep", maxBrackets))
		case parts > maxParts:
			return tooMuch(f, l, fmt.Sprintf("a name of more than %d parts", maxParts))
		case l.tok == tokIdent && !follows(l):
			parts = 0
		}
	}
	return nil
}

// follows reports whether a dot is the next token.
func follows(l *lexer) bool {
	i := skipSpace(l.src, l.pos)
	return i < len(l.src) && l.src[i] == '.'
}

func tooMuch(f *file, l *lexer, what string) error {
	before := l.src[:l.start]
	line := strings.Count(before, "\n") + 1
	return &ParseError{File: f.shown, Line: line, Col: l.start - strings.LastIndexByte(before, '\n'), Message: what}
}

// manyParts reports whether a name is longer than any can be.
func manyParts(name string) bool { return strings.Count(name, ".") > maxParts }
