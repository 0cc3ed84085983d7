package yamldoc

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Error is a mistake in a document.
type Error struct {
	File string
	// Line and Col count from 1, Col in characters.
	Line, Col int
	Message   string
	// Nearest are known names like an unknown one, best first.
	Nearest []string
	// Text is the line with the mistake, shortened to what a terminal shows, and Caret
	// the number of characters before the mistake in it.
	Text  string
	Caret int
	// Err is the cause, where there is one.
	Err error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Message)
}

func (e *Error) Unwrap() error { return e.Err }

// Outcome is KindUsage.
func (*Error) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// Errorf is a mistake at the node. An operand of %w is its cause.
func (n *Node) Errorf(format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	e := n.doc.errorAt(n.Line, n.Col, err.Error())
	e.Err = unwrap(err)
	return e
}

func unwrap(err error) error {
	if w, ok := err.(interface{ Unwrap() error }); ok {
		return w.Unwrap()
	}
	return nil
}

// Unknown is the error of a name that is not among the known ones. What says what it
// names.
func (n *Node) Unknown(what, name string, known []string) *Error {
	e := n.Errorf("unknown %s %q", what, name)
	e.Nearest = idl.Nearest(name, known)
	return e
}

// What a line of an excerpt shows before and after the mistake, in characters.
const excerptBefore, excerptAfter = 60, 40

// errorAt is an error with the line that it is in.
func (d *document) errorAt(line, col int, message string) *Error {
	e := &Error{File: d.file, Line: line, Col: col, Message: message}
	text := []rune(d.line(line))
	at := min(max(col-1, 0), len(text))
	before, after := text[:at], text[at:]
	left, right := "", ""
	if len(before) > excerptBefore {
		before, left = before[len(before)-excerptBefore+1:], "…"
	}
	if len(after) > excerptAfter {
		after, right = after[:excerptAfter-1], "…"
	}
	shown := strings.Map(plain, string(before))
	e.Text = left + shown + strings.Map(plain, string(after)) + right
	e.Caret = len([]rune(left)) + len(before)
	return e
}

func plain(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}
