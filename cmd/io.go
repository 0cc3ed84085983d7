package cmd

import (
	"io"
	"os"
	"strings"

	"github.com/fatih/color"
	"golang.org/x/term"

	"github.com/idlcall/idlcall/pkg/format"
)

// streams are the three files of the process, or stand-ins in a test.
type streams struct {
	in       io.Reader
	out, err io.Writer
	life     *lifetime // nil in tests
	// args are the command line, and kitex is that of MainWith.
	args  []string
	kitex Kitex
	// completing says that a shell asks what may come next.
	completing bool
	inside     *inside // nil outside of a shell
}

// isTerminal reports whether a stream is an interactive terminal.
func isTerminal(stream any) bool {
	for {
		w, ok := stream.(interface{ Unwrap() io.Writer })
		if !ok {
			break
		}
		stream = w.Unwrap()
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colorMode says when to use colour.
type colorMode string

const (
	colorAuto   colorMode = "auto"
	colorAlways colorMode = "always"
	colorNever  colorMode = "never"
)

// wanted decides for one stream. NO_COLOR (no-color.org) and TERM=dumb turn
// the automatic choice off.
func (m colorMode) wanted(stream any) bool {
	switch m {
	case colorAlways:
		return true
	case colorNever:
		return false
	}
	return isTerminal(stream) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// palette has jq's habits: bold keys, green strings.
func palette() format.Palette {
	sequence := func(attributes ...color.Attribute) string {
		c := color.New(attributes...)
		c.EnableColor()
		begin, _, _ := strings.Cut(c.Sprint("|"), "|")
		return begin
	}
	return format.Palette{
		Key:     sequence(color.FgBlue, color.Bold),
		String:  sequence(color.FgGreen),
		Number:  sequence(color.FgCyan),
		Literal: sequence(color.FgMagenta),
		Comment: sequence(color.Faint),
		Reset:   "\x1b[0m",
	}
}
