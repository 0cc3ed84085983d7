package idl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jhump/protoreflect/desc/protoparse"
)

// ParseErrors are several mistakes in IDL text, in the order in which the parser
// met them; at least two. errors.As finds the first as *ParseError.
type ParseErrors []*ParseError

func (e ParseErrors) Error() string {
	return fmt.Sprintf("%v (and %d more)", e[0], len(e)-1)
}

// Unwrap returns every mistake.
func (e ParseErrors) Unwrap() []error {
	all := make([]error, len(e))
	for i := range e {
		all[i] = e[i]
	}
	return all
}

// maxMistakes is the number of mistakes after which parsing ends.
const maxMistakes = 20

type parseErrors struct {
	list ParseErrors
	// disk is where imports were looked for; nil where none were.
	disk *disk
}

// add takes one mistake from the parser; not nil ends the parsing.
func (p *parseErrors) add(e protoparse.ErrorWithPos, parts map[string]*part) error {
	pos := e.GetPosition()
	shown := pos.Filename
	if pt := parts[shown]; pt != nil {
		shown = pt.file.shown
	}
	cause := errors.Unwrap(e)
	if cause == nil {
		cause = e
	}
	mistake := &ParseError{File: shown, Line: pos.Line, Col: pos.Col, Message: strings.TrimPrefix(cause.Error(), "syntax error: ")}
	if name, ok := strings.CutSuffix(mistake.Message, ": file does not exist"); ok {
		mistake.Import, mistake.Message = name, fmt.Sprintf("import %q not found", name)
		if pt := parts[pos.Filename]; pt != nil && p.disk != nil {
			mistake.Message += p.disk.lookedIn(pt.file)
		}
	}
	p.list = append(p.list, mistake)
	if len(p.list) >= maxMistakes {
		return e
	}
	return nil
}

func (p *parseErrors) result() error {
	if len(p.list) == 1 {
		return p.list[0]
	}
	return p.list
}
