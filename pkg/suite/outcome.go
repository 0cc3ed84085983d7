package suite

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Is reports whether a call ended in this way, message and details aside.
func (f *Failing) Is(o stream.Outcome) bool { return f.hasKind(o) && f.hasCode(o) }

func (f *Failing) String() string {
	switch {
	case f.Code == "":
		return f.Kind.String()
	case f.Kind == stream.KindStatus:
		if code, err := strconv.ParseUint(f.Code, 10, 32); err == nil {
			return "status " + f.Code + strings.TrimSuffix(" "+stream.Code(code).String(), " "+f.Code)
		}
	}
	return f.Kind.String() + " " + f.Code
}

// hasKind compares kinds. A deadline that passed may be told by either side.
func (f *Failing) hasKind(got stream.Outcome) bool {
	late := f.Kind == stream.KindDeadline && got.Kind == stream.KindStatus && got.Code == int64(stream.DeadlineExceeded)
	return late || f.Kind == got.Kind
}

// hasCode compares codes: numbers, or names. The type of an exception may be without the
// name of its file.
func (f *Failing) hasCode(got stream.Outcome) bool {
	if f.Code == "" {
		return true
	}
	if f.Kind == stream.KindDeclared {
		return f.Code == got.Name || f.Code == strings.TrimPrefix(path.Ext(got.Name), ".")
	}
	if code, err := strconv.ParseInt(f.Code, 10, 64); err == nil {
		return code == got.Code
	}
	return sameWords(f.Code, got.Name)
}

// sameWords compares names of codes: case, blanks and underscores do not count.
func sameWords(a, b string) bool {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == '_' || r == ' ' || r == '-' {
				return -1
			}
			return unicode.ToLower(r)
		}, s)
	}
	return letters(a) == letters(b)
}

// Has reports whether a number is within the bounds.
func (c *Count) Has(n int) bool { return n >= c.Min && (c.Max < 0 || n <= c.Max) }

func (c *Count) String() string {
	switch {
	case c.Max == c.Min:
		return strconv.Itoa(c.Min)
	case c.Max < 0:
		return fmt.Sprintf("at least %d", c.Min)
	}
	return fmt.Sprintf("%d to %d", c.Min, c.Max)
}
