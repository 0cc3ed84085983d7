package protoidl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jhump/protoreflect/desc/protoparse"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// maxMistakes is the number of mistakes after which parsing ends.
const maxMistakes = 20

type parseErrors struct {
	list idl.ParseErrors
	// disk is where imports were looked for; nil where none were.
	disk *source.Disk
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
	mistake := &idl.ParseError{File: shown, Line: pos.Line, Col: pos.Col, Message: strings.TrimPrefix(cause.Error(), "syntax error: ")}
	if name, ok := strings.CutSuffix(mistake.Message, ": file does not exist"); ok {
		mistake.Import, mistake.Message = name, fmt.Sprintf("import %q not found", name)
		if pt := parts[pos.Filename]; pt != nil && p.disk != nil {
			mistake.Message += p.disk.LookedIn(pt.file.path)
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
