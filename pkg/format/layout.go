package format

import (
	"bytes"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// Palette is what is written before the parts of a JSON document, and Reset behind each of
// them. Empty strings leave them plain.
type Palette struct {
	Null, False, True, Number string
	String, Key               string
	Array, Object             string // their punctuation
	Comment                   string // of templates
	Reset                     string
}

// layout writes compact JSON anew, over lines and in colour. Its input is our own
// output, so it is valid, but for the comments of templates. It may come in pieces, cut between two tokens or inside a
// string.
type layout struct {
	palette Palette
	pretty  bool
	dst     []byte
	objects []bool // for each level, whether it is an object
	opened  byte   // a bracket that is not written yet: it may be closed at once
	key     bool   // the next string is a key
	inside  bool   // a string has begun
}

// append appends a piece. After the last of a document, l is ready for another.
func (l *layout) append(dst, json []byte) []byte {
	l.dst = dst
	for i := 0; i < len(json); {
		i += l.token(json[i:])
	}
	return l.dst
}

// token writes the token that b begins with, or what of it there is, and returns its
// length.
func (l *layout) token(b []byte) int {
	if l.inside {
		return l.rest(b)
	}
	c := b[0]
	if l.opened != 0 {
		open := l.opened
		l.opened = 0
		if c == '}' || c == ']' {
			l.paint(l.bracketColour(open), []byte{open, c})
			return 1
		}
		l.open(open)
	}
	switch c {
	case '/':
		return l.comment(b)
	case '{', '[':
		l.opened = c
	case '}', ']':
		l.objects = l.objects[:len(l.objects)-1]
		l.newline()
		l.paint(l.bracketColour(c), b[:1])
	case ',':
		l.key = len(l.objects) > 0 && l.objects[len(l.objects)-1]
		if l.key {
			l.paint(l.palette.Object, b[:1])
		} else {
			l.paint(l.palette.Array, b[:1])
		}
		l.newline()
	case ':':
		l.key = false
		l.paint(l.palette.Object, b[:1])
		if l.pretty {
			l.dst = append(l.dst, ' ')
		}
	case '"':
		l.inside = true
		l.dst = append(append(l.dst, l.stringColour()...), '"')
	default:
		n := 1
		for n < len(b) && jsontext.IsScalar(b[n]) {
			n++
		}
		l.paint(l.scalarColour(c), b[:n])
		return n
	}
	return 1
}

// comment writes a line of comment, which comes whole, and begins the next.
func (l *layout) comment(b []byte) int {
	line, _, _ := bytes.Cut(b, []byte{'\n'})
	l.paint(l.palette.Comment, line)
	l.newline()
	return len(line) + 1
}

// open writes a bracket that has something inside.
func (l *layout) open(bracket byte) {
	l.paint(l.bracketColour(bracket), []byte{bracket})
	l.objects = append(l.objects, bracket == '{')
	l.key = bracket == '{'
	l.newline()
}

// scalarColour is that of what begins with c and is no string.
func (l *layout) scalarColour(c byte) string {
	switch c {
	case 'n':
		return l.palette.Null
	case 'f':
		return l.palette.False
	case 't':
		return l.palette.True
	}
	return l.palette.Number
}

func (l *layout) bracketColour(bracket byte) string {
	if bracket == '{' || bracket == '}' {
		return l.palette.Object
	}
	return l.palette.Array
}

func (l *layout) stringColour() string {
	if l.key {
		return l.palette.Key
	}
	return l.palette.String
}

// rest writes what follows the opening quote of a string. An escape is not cut.
func (l *layout) rest(b []byte) int {
	n := 0
	for n < len(b) && b[n] != '"' {
		if b[n] == '\\' {
			n++
		}
		n++
	}
	if n >= len(b) {
		l.dst = append(l.dst, b...)
		return len(b)
	}
	l.inside = false
	l.dst = append(l.dst, b[:n+1]...)
	if l.stringColour() != "" {
		l.dst = append(l.dst, l.palette.Reset...)
	}
	return n + 1
}

func (l *layout) paint(colour string, text []byte) {
	if colour == "" {
		l.dst = append(l.dst, text...)
		return
	}
	l.dst = append(append(append(l.dst, colour...), text...), l.palette.Reset...)
}

func (l *layout) newline() {
	if !l.pretty {
		return
	}
	l.dst = append(l.dst, '\n')
	for range l.objects {
		l.dst = append(l.dst, ' ', ' ')
	}
}

// textLayout spreads a line of text format over lines, indented by two spaces. The
// line may come in pieces, which do not cut an escape.
type textLayout struct {
	depth   int
	begun   bool // the line that is being written has something in it
	inside  bool // a string has begun
	space   bool // a space has come that may be a line's end
	last    byte
	escaped bool
}

func (t *textLayout) append(dst, line []byte) []byte {
	for _, c := range line {
		dst = t.byte(dst, c)
		t.last = c
	}
	return dst
}

func (t *textLayout) byte(dst []byte, c byte) []byte {
	if t.inside {
		t.inside = c != '"' || t.escaped
		t.escaped = c == '\\' && !t.escaped
		return append(dst, c)
	}
	if t.space {
		t.space = false
		if c == '{' {
			dst = append(dst, ' ')
		} else {
			dst, t.begun = append(dst, '\n'), false
		}
	}
	if !t.begun && c != '}' {
		dst, t.begun = t.indent(dst), true
	}
	switch {
	case c == '{':
		t.depth++
		dst, t.begun = append(dst, '{', '\n'), false
	case c == '}':
		t.depth--
		if t.begun {
			dst = append(dst, '\n')
		}
		dst, t.begun = append(t.indent(dst), '}'), true
	case c == ' ' && t.last != ':':
		t.space = true
	default:
		t.inside = c == '"'
		dst = append(dst, c)
	}
	return dst
}

func (t *textLayout) indent(dst []byte) []byte {
	return append(dst, bytes.Repeat([]byte("  "), t.depth)...)
}
