package fields

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Pair is a path with its value.
type Pair struct {
	// Path is as it was given.
	Path string
	// Value is text, or JSON where Raw is true. "@FILE" stands for the bytes of a file
	// where the type is bytes, and for its JSON where Raw is true.
	Value string
	Raw   bool

	steps []step
}

// step is one of the parts of a path.
type step struct {
	kind  stepKind
	name  string // of a field, or a key
	index int
	end   int // of the step in the path, in bytes
}

type stepKind uint8

const (
	byName  stepKind = iota // a field, or a key
	byIndex                 // [3], a key too
	byKey                   // [text] or ["text"]: a key, or the name of an extension
	another                 // []
)

// Error is a pair that cannot be used.
type Error struct {
	// Path leads to where the mistake is: it is the path of the pair, or begins it.
	Path    string
	Message string
	// Nearest are known names like an unknown one, best first: whole paths, or
	// values where Value is true.
	Nearest []string
	Value   bool
}

func (e *Error) Error() string {
	if e.Path == "" {
		return e.Message
	}
	return e.Path + ": " + e.Message
}

// Outcome is KindData.
func (*Error) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindData} }

// Parse takes "PATH=VALUE" or "PATH:=JSON" apart. A path has names with dots between
// them; [0] is an element of a list, [] a further one, [key] or ["any key"] an entry of a
// map and [pkg.name] an extension.
func Parse(text string) (Pair, error) {
	path, value, found := cut(text)
	if !found {
		return Pair{}, &Error{Message: fmt.Sprintf("%q has no =: want PATH=VALUE or PATH:=JSON", shorten(text))}
	}
	p := Pair{Path: path, Value: value}
	p.Path, p.Raw = strings.CutSuffix(path, ":")
	var err error
	p.steps, err = steps(p.Path)
	return p, err
}

// cut cuts at the first "=" that is not in brackets.
func cut(text string) (path, value string, found bool) {
	inside, quoted := false, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && inside:
			quoted = !quoted
		case quoted:
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		case c == '=' && !inside:
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

func steps(path string) ([]step, error) {
	var list []step
	for at := 0; at < len(path) || at == 0; {
		s, err := nextStep(path, at)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
		at = s.end
	}
	return list, nil
}

// nextStep reads the step that begins at path[at:], or at the dot before it.
func nextStep(path string, at int) (step, error) {
	if at < len(path) && path[at] == '[' {
		return bracket(path, at)
	}
	if at > 0 && path[at] != '.' {
		return step{}, &Error{Path: path[:at], Message: "want . or [ to follow"}
	}
	if at > 0 {
		at++
	}
	end := at
	for end < len(path) && path[end] != '.' && path[end] != '[' {
		end++
	}
	if end == at {
		return step{}, &Error{Path: path[:at], Message: "a name is missing"}
	}
	return step{kind: byName, name: path[at:end], end: end}, nil
}

// bracket reads "[...]".
func bracket(path string, at int) (step, error) {
	unclosed := &Error{Path: path, Message: "[ without ]"}
	rest := path[at+1:]
	if strings.HasPrefix(rest, `"`) {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil || len(rest) == len(quoted) || rest[len(quoted)] != ']' {
			return step{}, unclosed
		}
		key, err := strconv.Unquote(quoted)
		if err != nil {
			return step{}, &Error{Path: path, Message: "a key in quotes is not well-formed"}
		}
		return step{kind: byKey, name: key, end: at + len(quoted) + 2}, nil
	}
	text, _, closed := strings.Cut(rest, "]")
	if !closed {
		return step{}, unclosed
	}
	s := step{kind: byKey, name: text, end: at + len(text) + 2}
	if text == "" {
		s.kind = another
	} else if n, err := strconv.Atoi(text); err == nil && n >= 0 && strconv.Itoa(n) == text {
		s.kind, s.index = byIndex, n
	}
	return s, nil
}

// shorten is the beginning of what a message quotes.
func shorten(text string) string {
	const limit = 40
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
