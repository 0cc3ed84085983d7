package cmd

import (
	"fmt"
	"os"
	"strings"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
)

// colorsVariable has colours, as GREP_COLORS has them.
const colorsVariable = "IDLCALL_COLORS"

// theme has a sequence that begins each colour, or "" for none.
type theme struct {
	format.Palette
	inks [inkCount]string
}

// ink is what a part of a line of our own means; a theme has its colour.
type ink uint8

// The inks. Ordinary text has none.
const (
	inkNone ink = iota
	inkError
	inkWarning
	inkHint
	inkDetail
	inkCaret
	inkMistake
	inkCount
)

// usualColours has jq's habits: bold keys, green strings, a null that stands back.
const usualColours = "null=2:false=35:true=35:number=36:string=32:key=34;1:comment=2:" +
	"error=1;31:warning=1;33:hint=1;36:detail=1:caret=1;32:mistake=1;31"

// themeNames are what there is a colour for.
const themeNames = "null false true number string array object key comment error warning hint detail caret mistake"

// newTheme is the usual one with what a setting, NAME=SGR with colons between, changes. The
// error says what of the setting is not understood, which changes nothing.
func newTheme(setting string) (theme, error) {
	t := theme{Palette: format.Palette{Reset: "\x1b[0m"}}
	if err := t.set(usualColours); err != nil {
		return t, err
	}
	return t, t.set(setting)
}

func (t *theme) set(setting string) error {
	var wrong []string
	for part := range strings.SplitSeq(setting, ":") {
		if part == "" {
			continue
		}
		name, sgr, given := strings.Cut(part, "=")
		switch place := t.place(name); {
		case place == nil:
			wrong = append(wrong, fmt.Sprintf("unknown name %q%s", name, nearestTheme(name)))
		case !given || !isSGR(sgr):
			wrong = append(wrong, fmt.Sprintf("%q: want %s=SGR, such as %s=1;31", part, name, name))
		case sgr == "":
			*place = ""
		default:
			*place = "\x1b[" + sgr + "m"
		}
	}
	if wrong != nil {
		return fmt.Errorf("%s: %s", colorsVariable, strings.Join(wrong, "; "))
	}
	return nil
}

// place is where the sequence of a name is kept; nil is of no name.
func (t *theme) place(name string) *string {
	switch name {
	case "null":
		return &t.Null
	case "false":
		return &t.False
	case "true":
		return &t.True
	case "number":
		return &t.Number
	case "string":
		return &t.String
	case "array":
		return &t.Array
	case "object":
		return &t.Object
	case "key":
		return &t.Key
	case "comment":
		return &t.Comment
	}
	if i := t.ink(name); i != inkNone {
		return &t.inks[i]
	}
	return nil
}

func (*theme) ink(name string) ink {
	switch name {
	case "error":
		return inkError
	case "warning":
		return inkWarning
	case "hint":
		return inkHint
	case "detail":
		return inkDetail
	case "caret":
		return inkCaret
	case "mistake":
		return inkMistake
	}
	return inkNone
}

// isSGR reports whether a text is the numbers of a sequence for colours, and so no other
// sequence: ECMA-48 8.3.117, without the colons of its subparameters.
func isSGR(s string) bool { return strings.Trim(s, "0123456789;") == "" }

func nearestTheme(name string) string {
	if near := idl.Nearest(name, strings.Fields(themeNames)); len(near) > 0 {
		return fmt.Sprintf(" (did you mean %s?)", near[0])
	}
	return " (there are " + strings.ReplaceAll(themeNames, " ", ", ") + ")"
}

// colours are those of the environment; what of it is wrong is told once.
func (l *look) colours() theme {
	if l == nil {
		t, _ := newTheme(os.Getenv(colorsVariable))
		return t
	}
	l.reading.Do(func() {
		var err error
		if l.theme, err = newTheme(os.Getenv(colorsVariable)); err != nil {
			fmt.Fprintf(l.err, "warning: %s\n", visible(err.Error()))
		}
	})
	return l.theme
}
