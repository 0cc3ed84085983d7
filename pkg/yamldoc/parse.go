package yamldoc

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The limits of a document: what people write is far below them, and what is above would
// cost the parser more than it is worth.
const (
	// MaxSize is the largest document in bytes.
	MaxSize  = 256 << 10
	maxDepth = 100
	// maxMarks bounds tags, anchors, aliases and keys behind "?", for which the parser's
	// time grows with the square of their number.
	maxMarks = 2000
	// maxWeight bounds the bytes of a document with all aliases replaced.
	maxWeight = 16 << 20
)

// Parse reads a document. An empty one is a Node of kind Null. All errors are *Error.
func Parse(file string, text []byte) (*Node, error) {
	d := &document{file: file}
	if err := d.read(text); err != nil {
		return nil, err
	}
	tokens := lexer.Tokenize(d.text)
	if err := d.bound(tokens); err != nil {
		return nil, err
	}
	tree, err := d.tree(tokens)
	if err != nil {
		return nil, err
	}
	return d.only(tree)
}

// read takes the text with \n as the only line end.
func (d *document) read(text []byte) error {
	if len(text) > MaxSize {
		return d.errorAt(1, 1, fmt.Sprintf("the file has more than %d KiB", MaxSize>>10))
	}
	s := strings.TrimPrefix(string(text), "\ufeff")
	d.text = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	line, col := 1, 1
	for i, r := range d.text {
		if r == utf8.RuneError && !strings.HasPrefix(d.text[i:], "\ufffd") {
			return d.errorAt(line, col, "this is not UTF-8")
		}
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return d.errorAt(line, col, fmt.Sprintf("control character %U: in double quotes it is written \\x%02x", r, r))
		}
		col++
		if r == '\n' {
			line, col = line+1, 1
		}
	}
	return nil
}

// bound refuses what would take the parser too deep: it recurses for each level.
func (d *document) bound(tokens token.Tokens) error {
	flow, line, inLine, marks := 0, 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, inLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType:
			inLine++
		case token.MappingKeyType, token.TagType, token.AnchorType, token.AliasType:
			marks++
		}
		if marks > maxMarks {
			return d.errorAt(t.Position.Line, t.Position.Column, fmt.Sprintf("the file has more than %d tags, anchors, aliases and keys behind ?", maxMarks))
		}
		if flow > maxDepth || inLine > maxDepth {
			return d.tooDeep(t.Position.Line, t.Position.Column)
		}
	}
	return nil
}

func (d *document) tooDeep(line, col int) error {
	return d.errorAt(line, col, fmt.Sprintf("values are nested more than %d levels deep", maxDepth))
}

// tree runs the parser, which is not trusted to survive all that it is given.
func (d *document) tree(tokens token.Tokens) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			file, err = nil, d.errorAt(1, 1, fmt.Sprintf("this is no YAML that can be read: %v", r))
		}
	}()
	file, err = parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	var syntax interface {
		error
		GetToken() *token.Token
		GetMessage() string
	}
	switch {
	case errors.As(err, &syntax) && syntax.GetToken() != nil && syntax.GetToken().Position != nil:
		at := syntax.GetToken().Position
		return nil, d.errorAt(at.Line, at.Column, plainMessage(syntax.GetMessage()))
	case err != nil:
		return nil, d.errorAt(1, 1, err.Error())
	}
	return file, nil
}

// plainMessage is what the parser says, where that would not be understood.
func plainMessage(said string) string {
	if strings.Contains(said, "'\t'") {
		return "a tab stands here: YAML indents with spaces"
	}
	return said
}

// only is the one document of a file.
func (d *document) only(file *ast.File) (*Node, error) {
	var body ast.Node
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); directive || doc.Body == nil {
			continue
		}
		if body != nil {
			at := start(doc.Body)
			return nil, d.errorAt(at.Line, at.Column, "a second document begins here: one is wanted")
		}
		body = doc.Body
	}
	if body == nil {
		return &Node{Kind: Null, Line: 1, Col: 1, doc: d}, nil
	}
	b := builder{document: d, anchors: map[string]*Node{}}
	return b.build(body, 1)
}
