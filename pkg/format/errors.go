package format

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// ValueError is a mistake in a JSON document, as a Codec sees it.
type ValueError struct {
	// Offset is where the mistake stands, in bytes from the document's start.
	Offset int
	// Path leads to the value ("user.tags[2]"); empty at the top.
	Path    string
	Message string
	// Nearest are known names like the unknown one, best first.
	Nearest []string
}

func (e *ValueError) Error() string {
	if e.Path == "" {
		return e.Message
	}
	return shortPath(e.Path) + ": " + e.Message
}

// shortPath keeps the two ends of a path that nobody would read.
func shortPath(path string) string {
	const end = 60
	if len(path) <= 2*end {
		return path
	}
	return strings.ToValidUTF8(path[:end], "") + "…" + strings.ToValidUTF8(path[len(path)-end:], "")
}

// within prepends a path element to a ValueError on its way up.
func within(err error, element string) error {
	if v, ok := err.(*ValueError); ok {
		v.Path = joinPath(element, v.Path)
	}
	return err
}

func joinPath(element, rest string) string {
	switch {
	case rest == "", element == "":
		return element + rest
	case rest[0] == '[':
		return element + rest
	}
	return element + "." + rest
}

// InputError is a document that cannot become a request: where it stands, what
// is wrong, and the line itself.
type InputError struct {
	// Source names the input: "stdin", "-d", or a file.
	Source string
	// Index counts documents from 1.
	Index int
	// Line and Col count from 1, Col in characters.
	Line, Col int
	// Text is the line the mistake stands in, shortened to what a terminal
	// shows, and Caret the number of characters before the mistake in it.
	Text  string
	Caret int
	Err   error
}

func (e *InputError) Error() string {
	return fmt.Sprintf("%s: document %d, line %d, column %d: %v", e.Source, e.Index, e.Line, e.Col, e.Err)
}

func (e *InputError) Unwrap() error { return e.Err }

// ReadError is input that cannot be read.
type ReadError struct {
	Source string
	Err    error
}

func (e *ReadError) Error() string {
	err := e.Err
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err // Source is the path
	}
	return "read " + e.Source + ": " + err.Error()
}

func (e *ReadError) Unwrap() error { return e.Err }

// DocumentSizeError is a document that is larger than the Reader's limit.
type DocumentSizeError struct{ Limit int }

func (e *DocumentSizeError) Error() string {
	return fmt.Sprintf("the document is larger than %d bytes", e.Limit)
}

// DecodeError is an encoded message that does not fit its type.
type DecodeError struct {
	Type string // full name of the message type
	Path string // field names down to the place; may be empty
	// Offset is in bytes from the start of the body.
	Offset  int
	Message string
}

func (e *DecodeError) Error() string {
	where := e.Type
	if e.Path != "" {
		where += "." + shortPath(e.Path)
	}
	return fmt.Sprintf("%s: %s at byte %d", where, e.Message, e.Offset)
}

// Widths of the excerpt around a mistake, in characters.
const (
	excerptBefore = 60
	excerptAfter  = 20
)

// excerpt cuts the line that holds text[off] to what a terminal shows, with
// tabs and control characters as spaces, and returns the number of characters
// before the mistake.
func excerpt(text []byte, off int) (line string, caret int) {
	off = min(off, len(text))
	start, end := off, off
	for start > 0 && text[start-1] != '\n' && off-start < 4*excerptBefore {
		start--
	}
	for end < len(text) && text[end] != '\n' && text[end] != '\r' && end-off < 4*excerptAfter {
		end++
	}
	before, after := []rune(string(text[start:off])), []rune(string(text[off:end]))
	left, right := "", ""
	if len(before) > excerptBefore {
		before, left = before[len(before)-excerptBefore+1:], "…"
	}
	if len(after) > excerptAfter {
		after, right = after[:excerptAfter-1], "…"
	}
	shown := strings.Map(plain, left+string(before))
	return shown + strings.Map(plain, string(after)+right), utf8.RuneCountInString(shown)
}

func plain(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}
