package jq

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"

	"github.com/idlcall/idlcall/pkg/stream"
)

// SyntaxError is an expression that does not parse or compile.
type SyntaxError struct {
	// Text is the line with the mistake; Line and Col, which count from 1, say where
	// that is, Col in characters.
	Text      string
	Line, Col int
	Err       error
}

func newSyntaxError(text string, err error) *SyntaxError {
	e := &SyntaxError{Line: 1, Err: err}
	before := text
	if parse, ok := errors.AsType[*gojq.ParseError](err); ok {
		before = text[:max(0, min(parse.Offset-len(parse.Token), len(text)))] // Offset is behind the token
	}
	e.Line += strings.Count(before, "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	e.Col = 1 + utf8.RuneCountInString(before[start:])
	e.Text, _, _ = strings.Cut(text[start:], "\n")
	return e
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %v", e.Line, e.Col, e.Err)
}

func (e *SyntaxError) Unwrap() error { return e.Err }

// Outcome is KindUsage: expressions come from the caller.
func (*SyntaxError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }
