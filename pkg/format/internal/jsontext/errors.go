package jsontext

import (
	"fmt"
	"strings"
)

// ValueError is format.ValueError on its way out.
type ValueError struct {
	Offset  int
	Path    string
	Message string
	Nearest []string
}

func (e *ValueError) Error() string {
	if e.Path == "" {
		return e.Message
	}
	return shortPath(e.Path) + ": " + e.Message
}

// DecodeError is format.DecodeError on its way out.
type DecodeError struct {
	Type    string
	Path    string
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

// shortPath keeps the two ends of a path that nobody would read.
func shortPath(path string) string {
	const end = 60
	if len(path) <= 2*end {
		return path
	}
	return strings.ToValidUTF8(path[:end], "") + "…" + strings.ToValidUTF8(path[len(path)-end:], "")
}

// Within prepends a path element to a ValueError on its way up.
func Within(err error, element string) error {
	if v, ok := err.(*ValueError); ok {
		v.Path = joinPath(element, v.Path)
	}
	return err
}

// Malformed is a DecodeError whose type and path are to follow.
func Malformed(off int, message string) error { return &DecodeError{Offset: off, Message: message} }

// InField adds a field and its offset to a DecodeError on its way up.
func InField(err error, name string, off int) error {
	if e, ok := err.(*DecodeError); ok {
		e.Path = joinPath(name, e.Path)
		e.Offset += off
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
