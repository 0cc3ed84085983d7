package protoscan

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/protolex"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// The parser and what comes behind it walk what is nested by calling themselves,
// so that text is looked at before they get it.

// maxBrackets is how deep brackets of any kind may be nested: more than messages
// (maxNesting) and the values of options in them need.
const maxBrackets = 2 * maxNesting

// maxParts is how many parts a dotted name may have.
const maxParts = 200

// MaxImports is how many files one file may import.
const MaxImports = 5000

// CheckDepth refuses text that is nested too deeply, or has a name of too many parts.
// shown names the file.
func CheckDepth(shown, text string) error {
	l := &protolex.Lexer{Src: text, Pos: len(source.Mark(text))}
	depth, parts := 0, 0
	for l.Next() != source.EOF {
		switch l.Tok {
		case '{', '[', '(', '<':
			depth++
		case '}', ']', ')', '>':
			depth--
		case '.':
			parts++
		case source.Ident:
		default:
			parts = 0
		}
		switch {
		case depth > maxBrackets:
			return source.Mistake(shown, text, l.Start, fmt.Sprintf("nested more than %d deep", maxBrackets))
		case parts > maxParts:
			return source.Mistake(shown, text, l.Start, fmt.Sprintf("a name of more than %d parts", maxParts))
		case l.Tok == source.Ident && !follows(l):
			parts = 0
		}
	}
	return nil
}

// follows reports whether a dot is the next token.
func follows(l *protolex.Lexer) bool {
	i := protolex.SkipSpace(l.Src, l.Pos)
	return i < len(l.Src) && l.Src[i] == '.'
}

// ManyParts reports whether a name is longer than any can be.
func ManyParts(name string) bool { return strings.Count(name, ".") > maxParts }
