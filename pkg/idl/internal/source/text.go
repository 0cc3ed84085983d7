package source

import (
	"strings"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/idl"
)

// Mistake is a mistake at an offset of a text that shown names. Columns count
// characters, from 1 as lines do.
func Mistake(shown, text string, at int, message string) *idl.ParseError {
	before := strings.TrimPrefix(text[:min(at, len(text))], Mark(text))
	line := 1 + strings.Count(before, "\n")
	col := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return &idl.ParseError{File: shown, Line: line, Col: col, Message: message}
}

// Mark is the byte order mark at the start of a text, if any.
func Mark(text string) string {
	const mark = "\ufeff"
	if strings.HasPrefix(text, mark) {
		return mark
	}
	return ""
}
